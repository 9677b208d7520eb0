"""Formats that people send instead of a table that can be read here: each told from its first bytes, with its remedy."""

import re
import zipfile
from typing import BinaryIO, NamedTuple

from tasks.intake.formats.limits import SAVE_AS_CSV, RejectedFileError

HEAD_BYTES = 4096
# How such files' names end: they are looked at like any export, so that whoever sends one is told.
SUFFIXES = frozenset(
    {".xls", ".xlsb", ".ods", ".numbers", ".slk", ".html", ".htm", ".mht", ".mhtml", ".xml", ".pdf", ".rtf", ".doc", ".docx",
     ".gz", ".7z", ".rar", ".sav", ".parquet"}
)  # fmt: skip
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
LOCKED = "EncryptedPackage".encode("utf-16-le")
OLD_TEXT = "WordDocument".encode("utf-16-le")
DIRECTORY_BYTES = 1 << 20
AS_WORKBOOK = "open it in a spreadsheet, save it as .xlsx or as CSV (UTF-8), and send that"
FROM_TOOL = "export the responses from the survey tool as CSV or .xlsx, and send that"
AS_UTF8 = 'save it as CSV (UTF-8), in Excel "CSV UTF-8 (comma delimited)", and send it again'


class Foreign(NamedTuple):
    """A format that is not read here, and what to do instead."""

    name: str
    remedy: str


MAGICS: tuple[tuple[bytes, Foreign], ...] = (
    (b"\x09\x08", Foreign("an Excel workbook of before 1997 (.xls)", AS_WORKBOOK)),
    (b"\x09\x04\x06\x00", Foreign("an Excel workbook of before 1997 (.xls)", AS_WORKBOOK)),
    (b"\x09\x02\x06\x00", Foreign("an Excel workbook of before 1997 (.xls)", AS_WORKBOOK)),
    (b"\x09\x00\x04\x00", Foreign("an Excel workbook of before 1997 (.xls)", AS_WORKBOOK)),
    (b"%PDF-", Foreign("a PDF document", FROM_TOOL)),
    (b"{\\rtf", Foreign("a document in Rich Text Format (.rtf)", FROM_TOOL)),
    (b"\x1f\x8b", Foreign("an archive packed with gzip (.gz)", "unpack it, or pack the export as .zip, and send that")),
    (b"7z\xbc\xaf\x27\x1c", Foreign("an archive packed with 7-Zip (.7z)", "pack the export as .zip, and send that")),
    (b"Rar!\x1a\x07", Foreign("an archive packed with RAR (.rar)", "pack the export as .zip, and send that")),
    (b"$FL2", Foreign("a data file of SPSS (.sav)", FROM_TOOL)),
    (b"$FL3", Foreign("a data file of SPSS (.zsav)", FROM_TOOL)),
    (b"PAR1", Foreign("a Parquet file", SAVE_AS_CSV)),
    (b"SQLite format 3\x00", Foreign("an SQLite database", FROM_TOOL)),
    (b"\x89PNG\r\n", Foreign("a picture (.png)", FROM_TOOL)),
    (b"\xff\xd8\xff", Foreign("a picture (.jpg)", FROM_TOOL)),
    (b"GIF8", Foreign("a picture (.gif)", FROM_TOOL)),
)
OLD_WORKBOOK = Foreign("an old Excel workbook (.xls)", AS_WORKBOOK)
LOCKED_WORKBOOK = Foreign(
    "an Excel workbook that is locked with a password", "save it without a password, and send that"
)
OLD_DOCUMENT = Foreign("an old Word document (.doc)", FROM_TOOL)
WEB_PAGE = Foreign("a web page (HTML), whatever its name ends with", AS_WORKBOOK)
WEB_ARCHIVE = Foreign("a web page in one file (MHTML), whatever its name ends with", AS_WORKBOOK)
XML_WORKBOOK = Foreign("a spreadsheet of Excel 2003 in XML", AS_WORKBOOK)
XML = Foreign("an XML document", FROM_TOOL)
UTF_32 = Foreign("text in the encoding UTF-32", AS_UTF8)
SYLK = re.compile(rb"ID;P[A-Z0-9]{0,20}(?:;[A-Z])*\r?\n[A-Z]{1,2};")  # a table with the column ID may begin alike
PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|table)\b", re.IGNORECASE | re.DOTALL)
MAIL_HEADER = re.compile(
    r"(?i)\s*(?:mime-version:|content-type:\s*multipart/related|from:.{0,200}\n(?:.{0,200}\n)?mime-version:)"
)
# What makes a zip file something else than an archive of exports, by the entry that it has.
PACKED: tuple[tuple[str, Foreign], ...] = (
    ("xl/workbook.bin", Foreign("an Excel workbook in the binary format (.xlsb)", AS_WORKBOOK)),
    ("word/document.xml", Foreign("a Word document (.docx)", FROM_TOOL)),
    ("ppt/presentation.xml", Foreign("a presentation (.pptx)", FROM_TOOL)),
    ("Index/Document.iwa", Foreign("a spreadsheet of Numbers (.numbers)", "export it as Excel or CSV, and send that")),
    ("META-INF/manifest.xml", Foreign("a spreadsheet in the OpenDocument format (.ods)", AS_WORKBOOK)),
)  # fmt: skip


def require_readable(file: BinaryIO, encoding: str) -> None:
    """Stop at a format that is not read here; the file stands at its start afterwards.

    Raises:
        RejectedFileError: with the name of the format, and the remedy.
    """
    head = file.read(HEAD_BYTES)
    found = _by_magic(head, file) or _by_text(head, encoding)
    file.seek(0)
    if found:
        raise RejectedFileError(f"it is {found.name}, which is not read here", found.remedy)


def require_readable_archive(archive: zipfile.ZipFile) -> None:
    """Stop at a zip file that is the document of another program.

    Raises:
        RejectedFileError: with the name of the format, and the remedy.
    """
    names = set(archive.namelist())
    found = next((foreign for entry, foreign in PACKED if entry in names), None)
    if found:
        raise RejectedFileError(f"it is {found.name}, which is not read here", found.remedy)


def _by_magic(head: bytes, file: BinaryIO) -> Foreign | None:
    if head.startswith(OLE):
        parts = head + file.read(DIRECTORY_BYTES)  # the names of what is in it
        if LOCKED in parts:
            return LOCKED_WORKBOOK
        return OLD_DOCUMENT if OLD_TEXT in parts else OLD_WORKBOOK
    if SYLK.match(head):
        return Foreign("a spreadsheet in the old format SYLK (.slk)", AS_WORKBOOK)
    return next((foreign for magic, foreign in MAGICS if head.startswith(magic)), None)


def _by_text(head: bytes, encoding: str) -> Foreign | None:
    if encoding.startswith("utf-32"):
        return UTF_32
    text = head.decode(encoding if encoding.startswith("utf-16") else "utf-8", errors="replace").lstrip("\ufeff")
    if PAGE.match(text):
        return WEB_PAGE
    if MAIL_HEADER.match(text):
        return WEB_ARCHIVE
    if not text.lstrip().startswith("<?xml"):
        return None
    if "schemas-microsoft-com:office:spreadsheet" in text:
        return XML_WORKBOOK
    return WEB_PAGE if re.search(r"<html\b", text, re.IGNORECASE) else XML
