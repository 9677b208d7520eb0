import json
from pathlib import Path

import openpyxl
import pytest

from tasks.files import SourceTable, read_source


def read(tmp_path: Path, content: bytes, name: str = "export.csv") -> SourceTable:
    path = tmp_path / name
    path.write_bytes(content)
    return read_source(path)


def cells(table: SourceTable) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(tmp_path: Path, content: bytes) -> None:
    table = read(tmp_path, content)
    assert table.rows == ()
    assert table.messages


def test_a_header_alone_says_that_there_are_no_responses(tmp_path: Path) -> None:
    assert "no responses" in read(tmp_path, b"a,b\n").messages[0]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_delimiter_is_told_from_the_header(tmp_path: Path, sign: str) -> None:
    assert cells(read(tmp_path, f"a{sign}b\n1{sign}2\n".encode())) == [("1", "2")]


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path: Path) -> None:
    assert [row.row_number for row in read(tmp_path, b"a,b\n1,2\n3,4\n").rows] == [2, 3]


def test_quoted_newlines_stay_in_their_cell(tmp_path: Path) -> None:
    assert cells(read(tmp_path, b'a,b\n"one\ntwo",2\n')) == [("one\ntwo", "2")]


def test_a_byte_that_is_not_utf8_is_reported_with_its_row_and_the_others_are_read(tmp_path: Path) -> None:
    table = read(tmp_path, b"name,b\nAndr\xe9,1\nAda,2\n")
    assert [(f.row_number, f.rule) for f in table.findings] == [(2, "IN-002")]
    assert "0xE9" in table.findings[0].problem
    assert cells(table)[1] == ("Ada", "2")


@pytest.mark.parametrize("row", ["1,2,3", "1"])
def test_a_row_with_too_many_or_too_few_cells_is_reported(tmp_path: Path, row: str) -> None:
    table = read(tmp_path, f"a,b\n{row}\n1,2\n".encode())
    assert [(f.row_number, f.rule) for f in table.findings] == [(2, "IN-003")]


def test_a_qualtrics_export_has_three_header_rows_and_every_name_of_a_column(tmp_path: Path) -> None:
    ids = ['"{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}"', '"{""ImportId"":""QID1""}"']
    table = read(
        tmp_path, f"RecordedDate,Q1\nRecorded Date,District\n{','.join(ids)}\n2022-05-01 10:00:00,x\n".encode()
    )
    assert (table.dialect, table.header_rows, table.zone) == ("qualtrics", 3, "America/Denver")
    assert table.columns[1].names == ("Q1", "District", "QID1")
    assert [row.row_number for row in table.rows] == [4]


def test_an_old_qualtrics_export_with_python_style_ids_is_read_too(tmp_path: Path) -> None:
    table = read(tmp_path, b"Q1,Q2\none,two\n{'ImportId': 'QID1'},{'ImportId': 'QID2'}\n1,2\n")
    assert [column.names[-1] for column in table.columns] == ["QID1", "QID2"]


@pytest.mark.parametrize(
    "content",
    [
        [{"a": 1, "b": ["x", "y"]}, {"a": None}],
        {"responses": [{"a": 1, "b": ["x", "y"]}, {"a": None}]},
    ],
)
def test_json_records_become_rows_and_lists_are_joined(tmp_path: Path, content: object) -> None:
    assert cells(read(tmp_path, json.dumps(content).encode(), "x.json")) == [("1", "x; y"), ("", "")]


def test_json_lines_are_read(tmp_path: Path) -> None:
    assert cells(read(tmp_path, b'{"a": 1}\n{"a": 2}\n', "x.jsonl")) == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("content", "name"), [(b'[{"a": 1', "x.json"), (b"[1, 2]", "x.json"), (b"PK\x03\x04junk", "x.xlsx")]
)
def test_what_cannot_be_read_says_so_and_names_the_way_out(tmp_path: Path, content: bytes, name: str) -> None:
    table = read(tmp_path, content, name)
    assert (table.dialect, table.rows) == ("unreadable", ())
    assert "save it as CSV (UTF-8)" in table.messages[0]


def test_a_workbook_is_read_with_whole_numbers_and_trailing_blanks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "b", "c"])
    sheet.append([25.0, "x"])
    book.save(tmp_path / "x.xlsx")
    assert cells(read_source(tmp_path / "x.xlsx")) == [("25", "x", "")]
