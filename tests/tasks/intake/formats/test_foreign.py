"""What is no table that can be read says its name and the way out, and no row is made of its bytes."""

import gzip
from pathlib import Path

import pytest

from tests.factories.season import zip_archive
from tests.tasks.intake.test_read import read

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 504
TABLE = "response_id,lea_id\nR_1,0900002\nR_2,0900005\n"
PAGE = "<html><head><meta charset=utf-8></head><body><table><tr><td>response_id</td></tr><tr><td>R_1</td></tr></table>"
XML_WORKBOOK = (
    '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)


@pytest.mark.parametrize(
    ("name", "content", "format_name", "remedy"),
    [
        ("old.xls", OLE + "Workbook".encode("utf-16-le"), "an old Excel workbook (.xls)", "save it as .xlsx"),
        ("old.csv", OLE + b"\x01" * 4096, "an old Excel workbook (.xls)", "save it as .xlsx"),
        ("x.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "locked with a password", "without a password"),
        ("x.doc", OLE + "WordDocument".encode("utf-16-le"), "an old Word document", "export the responses"),
        ("1995.xls", b"\x09\x08\x08\x00\x00\x05\x05\x00" + b"\x00" * 99, "before 1997", "save it as .xlsx"),
        ("page.xls", PAGE.encode(), "a web page (HTML)", "open it in a spreadsheet"),
        ("page.xls", ("\ufeff\n <!-- x -->\n" + PAGE).encode(), "a web page (HTML)", "open it in a spreadsheet"),
        ("page.xls", PAGE.encode("utf-16"), "a web page (HTML)", "open it in a spreadsheet"),
        ("table.xls", b"<table border=1>\n<tr><td>a</td></tr>\n", "a web page (HTML)", "open it in a spreadsheet"),
        ("x.xls", b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n', "MHTML", "open it in a spreadsheet"),
        ("x.xls", XML_WORKBOOK.encode(), "Excel 2003 in XML", "save it as .xlsx"),
        ("x.csv", b'<?xml version="1.0"?>\n<responses><response/></responses>', "an XML document", "export the responses"),
        ("x.slk", b"ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K1\r\nE\r\n", "SYLK", "save it as .xlsx"),
        ("x.csv", TABLE.encode("utf-32"), "UTF-32", "CSV (UTF-8)"),
        ("x.csv", TABLE.encode("utf-32-le"), "UTF-32", "CSV (UTF-8)"),
        ("x.csv", TABLE.encode("utf-32-be"), "UTF-32", "CSV (UTF-8)"),
        ("x.csv", b"\x00\x00\xfe\xff" + TABLE.encode("utf-32-be"), "UTF-32", "CSV (UTF-8)"),
        ("x.pdf", b"%PDF-1.7\n1 0 obj\n", "a PDF document", "export the responses"),
        ("x.csv", b"{\\rtf1\\ansi response_id}", "Rich Text Format", "export the responses"),
        ("x.csv.gz", gzip.compress(TABLE.encode(), mtime=0), "gzip", "unpack it"),
        ("x.ods", zip_archive({"mimetype": b"x", "META-INF/manifest.xml": b"x", "content.xml": b"x"}), ".ods", ".xlsx"),
        ("x.docx", zip_archive({"[Content_Types].xml": b"x", "word/document.xml": b"x"}), ".docx", "export the responses"),
        ("x.xlsb", zip_archive({"[Content_Types].xml": b"x", "xl/workbook.bin": b"x"}), ".xlsb", ".xlsx"),
    ],
)  # fmt: skip
def test_a_file_of_another_format_says_its_name_and_the_remedy(
    tmp_path: Path, name: str, content: bytes, format_name: str, remedy: str
) -> None:
    found = read(tmp_path, content, name)
    assert (found.dialect, found.cells) == ("unreadable", [])
    (message,) = found.messages
    assert format_name in message
    assert remedy in message


@pytest.mark.parametrize(
    "header",
    ["ID;Price;PIN", "<b>Question</b>,b", "<!x>,b", "MIME,b", "%PDF,b", "ID;Player\nP;x"],
)
def test_a_table_that_only_begins_like_another_format_is_read(tmp_path: Path, header: str) -> None:
    sign = ";" if ";" in header else ","
    width = header.partition("\n")[0].count(sign) + 1
    row = sign.join("1" * width)
    found = read(tmp_path, f"{header}\n{row}\n".encode())
    assert found.cells[-1] == tuple(row.split(sign))
