"""What a file may cost before it is rejected: a hostile or broken file gets a message, and never the machine's memory.

The largest honest input is a state's cumulative survey export; each limit is several times what one was ever seen to need.
"""

import re

MIB = 1024 * 1024

FILE_BYTES = 2048 * MIB
LINE_BYTES = 1 * MIB
RECORD_LINES = 500
COLUMNS = 2_000
JSON_DOCUMENT_BYTES = 64 * MIB
JSON_DOCUMENT_VALUES = 3_000_000
UNPACKED_BYTES = 1024 * MIB
WORKBOOK_BYTES = 256 * MIB
SHARED_TEXTS, SHARED_TEXT_BYTES = 500_000, 64 * MIB
WORKBOOK_PART_BYTES = 1 * MIB
SHEET_ROW_BYTES = 8 * MIB
UNPACKED_RATIO = 200
RATIO_MATTERS_BYTES = 8 * MIB
ARCHIVE_ENTRIES = 1_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # the last: bytes of a name that are no text


SAVE_AS_CSV = "save it as CSV (UTF-8) and send it again"


class RejectedFileError(ValueError):
    """A file cannot be imported; the message says why, and the remedy what to do, in words for an operator."""

    def __init__(self, problem: str, remedy: str = SAVE_AS_CSV) -> None:
        """Take both, as parts of a sentence."""
        super().__init__(problem)
        self.remedy = remedy


def shown(name: str) -> str:
    """A file's own name as it may be printed and stored: no folders, no control signs, not endless."""
    return _CONTROL.sub("?", name.replace("\\", "/").rpartition("/")[2])[:120] or "unnamed"


def require_columns(width: int) -> None:
    """Stop at a table that is wider than any survey.

    Raises:
        RejectedFileError: with the number of columns.
    """
    if width > COLUMNS:
        raise RejectedFileError(f"it has {width:,} columns, more than the {COLUMNS:,} that a survey export may have")
