"""One pass over a file's bytes: its hash, how its text is encoded, and whether its lines are of a length within limits."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from tasks.intake.formats.limits import FILE_BYTES, LINE_BYTES, MIB, RejectedFileError

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
STRAY = re.compile("[\udc80-\udcff]")
LETTER = re.compile("[^\x00-\x7f\udc80-\udcff]")
MANY_ZEROS = 0.3
UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What was told from a file's bytes; ``has_strays`` where single bytes are not text in its encoding."""

    file_hash: str
    size_bytes: int
    encoding: str
    has_strays: bool
    has_zeros: bool
    has_formula_text: bool
    is_line_length_within_limits: bool
    is_blank: bool


def fingerprint(file: BinaryIO) -> Fingerprint:
    """Read the file once, in blocks, and go back to its start.

    Raises:
        RejectedFileError: the file is larger than any survey.
    """
    digest = hashlib.sha256()
    head = file.read(4096)
    encoding = _by_head(head)
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    size = run = strays = undefined = 0
    formula = has_letters = has_zeros = False
    within_limits = blank = True
    while block := file.read(MIB):
        digest.update(block)
        size += len(block)
        if size > FILE_BYTES:
            raise RejectedFileError(f"it is larger than {FILE_BYTES // MIB:,} MiB")
        run = _run(block, run)
        within_limits = within_limits and run <= LINE_BYTES
        has_zeros = has_zeros or 0 in block
        blank = blank and not block.strip(b"\xef\xbb\xbf \t\r\n\x00")
        formula = formula or b'="' in block or encoding.startswith("utf-16")
        if not block.isascii() and not encoding.startswith("utf-16"):
            text = decoder.decode(block)
            strays += len(STRAY.findall(text))
            has_letters = has_letters or LETTER.search(text) is not None
            undefined += len(UNDEFINED_IN_CP1252.findall(block))
    file.seek(0)
    if encoding == "utf-8" and strays and not has_letters:
        encoding, strays = "cp1252", undefined
    return Fingerprint(digest.hexdigest(), size, encoding, bool(strays), has_zeros, formula, within_limits, blank)


def _by_head(head: bytes) -> str:
    for mark, encoding in BOMS:
        if head.startswith(mark):
            return encoding
    if head.count(0) > MANY_ZEROS * len(head):
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    return "utf-8"


def _run(block: bytes, before: int) -> int:
    """How many bytes since the last end of a line; lines within a block are short enough by the block's own length."""
    last = max(block.rfind(b"\n"), block.rfind(b"\r"))
    return before + len(block) if last < 0 else len(block) - last - 1
