"""One pass over a file's bytes: its hash, how its text is encoded, and whether its lines are of a length within limits."""

import codecs
import hashlib
import re
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from tasks.intake.formats.limits import FILE_BYTES, LINE_BYTES, MIB, RejectedFileError
from tasks.intake.formats.single_byte import SAMPLE_BYTES, likelier_encoding, sampled_words

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
STRAY = re.compile("[\udc80-\udcff]")
LETTER = re.compile("[^\x00-\x7f\udc80-\udcff]")
MANY_ZEROS, MOST_ZEROS = 0.3, 0.9
UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
ENOUGH_BYTES = 8 * MIB  # a text of so many bytes beyond ASCII, and not one letter of UTF-8 among them, is in no UTF-8
ORDINARY = (b"\n", b"\r", b"\t")
DELETE = b"\x7f"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What was told from a file's bytes; ``has_strays`` where single bytes are not text in its encoding.

    ``has_odd_signs``: it may hold signs that nobody sees (control signs, and what there is beyond ASCII).
    """

    file_hash: str
    size_bytes: int
    encoding: str
    has_strays: bool
    has_zeros: bool
    has_odd_signs: bool
    has_formula_text: bool
    is_line_length_within_limits: bool
    is_blank: bool


@dataclass(slots=True)
class _Text:
    """What is known so far of the encoding of a text that is not in UTF-16."""

    decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    )
    has_strays: bool = False
    has_letters: bool = False
    has_undefined: bool = False
    seen_bytes: int = 0
    words: list[bytes] = field(default_factory=list)
    room: int = SAMPLE_BYTES

    def add(self, block: bytes) -> None:
        if not self._is_told():
            self._decode(block)
            self.seen_bytes += len(block)
        if not self.has_letters and self.room > 0:
            found = sampled_words(block, self.room)
            self.room -= sum(map(len, found))
            self.words += found
        self.has_undefined = self.has_undefined or UNDEFINED_IN_CP1252.search(block) is not None

    def _decode(self, block: bytes, *, is_last: bool = False) -> None:
        text = self.decoder.decode(block, is_last)
        self.has_strays = self.has_strays or STRAY.search(text) is not None
        self.has_letters = self.has_letters or LETTER.search(text) is not None

    def _is_told(self) -> bool:
        return self.has_strays and (self.has_letters or self.seen_bytes > ENOUGH_BYTES)

    def encoding(self, by_head: str) -> tuple[str, bool]:
        """The encoding, and whether single bytes are not text in it."""
        self._decode(b"", is_last=True)  # half a letter at the end of the file
        if by_head != "utf-8" or not self.has_strays or self.has_letters:
            return by_head, self.has_strays
        found = likelier_encoding(self.words)
        return found, found == "cp1252" and self.has_undefined


@dataclass(slots=True)
class _Lines:
    """How long the line is in which the last block ends, in bytes, and whether none was too long."""

    encoding: str
    run: int = 0
    is_within_limits: bool = True
    decoder: codecs.IncrementalDecoder | None = None

    def add(self, block: bytes) -> None:
        """Lines within a block are short enough by the block's own length."""
        ends, sign_bytes = (b"\n", b"\r"), 1
        if self.encoding.startswith("utf-16"):  # where a byte may be half of another sign
            self.decoder = self.decoder or codecs.getincrementaldecoder(self.encoding)(errors="replace")
            text = self.decoder.decode(block)
            last, length, sign_bytes = max(text.rfind("\n"), text.rfind("\r")), len(text), 2
        else:
            last, length = max(map(block.rfind, ends)), len(block)
        self.run = self.run + length * sign_bytes if last < 0 else (length - last - 1) * sign_bytes
        self.is_within_limits = self.is_within_limits and self.run <= LINE_BYTES


def fingerprint(file: BinaryIO) -> Fingerprint:
    """Read the file once, in blocks, and go back to its start.

    Raises:
        RejectedFileError: the file is larger than any survey.
    """
    digest = hashlib.sha256()
    by_head = _by_head(file.read(4096))
    file.seek(0)
    is_wide = by_head.startswith(("utf-16", "utf-32"))
    text, lines, size = _Text(), _Lines(by_head), 0
    has_formula = has_odd_signs = is_wide
    has_zeros, is_blank = False, True
    while block := file.read(MIB):
        digest.update(block)
        size += len(block)
        if size > FILE_BYTES:
            raise RejectedFileError(f"it is larger than {FILE_BYTES // MIB:,} MiB")
        lines.add(block)
        has_zeros = has_zeros or 0 in block
        is_blank = is_blank and not block.strip(b"\xef\xbb\xbf \t\r\n\x00")
        has_formula = has_formula or b'="' in block
        is_plain = block.isascii()
        has_odd_signs = has_odd_signs or not is_plain or _has_control_signs(block)
        if not is_plain and not is_wide:
            text.add(block)
    file.seek(0)
    encoding, has_strays = text.encoding(by_head)
    within_limits = lines.is_within_limits
    return Fingerprint(
        digest.hexdigest(), size, encoding, has_strays, has_zeros, has_odd_signs, has_formula, within_limits, is_blank
    )


def _has_control_signs(block: bytes) -> bool:
    """Whether there are other control signs than the ends of lines and tabs."""
    signs = np.frombuffer(block, np.uint8)
    low = int(np.count_nonzero(signs < ord(" ")))
    return low > sum(map(block.count, ORDINARY)) or DELETE in block


def _by_head(head: bytes) -> str:
    for mark, encoding in BOMS:
        if head.startswith(mark):
            return encoding
    if head.count(0) > MANY_ZEROS * len(head):
        shares = [head[place::4].count(0) / max(len(head[place::4]), 1) for place in range(4)]
        if min(shares[2:]) > MOST_ZEROS:
            return "utf-32-le"
        if min(shares[:2]) > MOST_ZEROS:
            return "utf-32-be"
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    return "utf-8"
