"""What stands in files beside tables, and what only looks like one: read as far as it is one, told, and never waited for."""

import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tasks.intake.formats import limits
from tasks.intake.read import open_source
from tests.tasks.intake.test_read import read, read_path


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("block", [1, 7, 1_000])
def test_rows_of_delimiters_alone_are_no_responses_and_keep_their_numbers(
    tmp_path: Path, block: int, *, quoted: bool
) -> None:
    rows = ["a,b,c", "1,2,3", *[",,", " , ,\t", "\xa0,,", ",", '"",,'] * 30, "4,,", ",5,", *[",,"] * 200, "6,7,8", ",,"]
    found = read(tmp_path, "\n".join([*rows, '"9",,' if quoted else "9,,", ""]).encode(), block=block)
    assert found.cells == [("1", "2", "3"), ("4", "", ""), ("", "5", ""), ("6", "7", "8"), ("9", "", "")]
    assert found.numbers == [2, 153, 154, 355, 357]
    assert (found.findings, found.raw[1]) == ([], b"4,,\n")


def test_rows_of_delimiters_before_the_header_hide_neither_it_nor_the_responses(tmp_path: Path) -> None:
    found = read(tmp_path, (";;\n" * 70 + "a;b;c\n" + ";;\n" * 70 + "1;2;3\n").encode())
    assert ([column.names for column in found.columns], found.cells) == ([("a",), ("b",), ("c",)], [("1", "2", "3")])
    assert found.numbers == [142]


def test_a_file_of_delimiters_alone_has_no_responses(tmp_path: Path) -> None:
    assert "no responses" in read(tmp_path, b"a,b\n" + b",\n" * 500).messages[0]


@pytest.mark.parametrize("first", [b"oops", b'{"a": 1', b"[", b"Exported on 2022-05-03", b"}", b'"text"'])
def test_a_bad_first_line_of_json_lines_keeps_back_only_itself(tmp_path: Path, first: bytes) -> None:
    found = read(tmp_path, first + b'\n{"a": 1, "b": 2}\n{"a": 3}\n{"b": 4}\n', "x.jsonl")
    assert (found.dialect, found.findings) == ("jsonl", [(2, "IN-005")])
    assert found.cells == [(first.decode(), ""), ("1", "2"), ("3", ""), ("", "4")]


@pytest.mark.parametrize(
    "content", [b'[\n{"a": 1},\n{"a": 2}\n]', b'[{"a": 1},\n{"a": 2}]', b'{"data": [{"a": 1}, {"a": 2}]}']
)
def test_a_document_of_json_is_one_however_its_lines_are_broken(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content, "x.json")
    assert (found.dialect, found.cells, found.findings) == ("json", [("1",), ("2",)], [])


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_told_at_once_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/zero") if kind == "device" else tmp_path / "export.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    with open_source(path) as source:
        assert "no ordinary file" in source.messages[0]
        assert (source.file_hash, [*source.blocks(10)]) == ("", [])


def test_a_table_that_is_none_from_some_row_on_is_read_up_to_there_and_that_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n" + b"1,2\n" * 3_000 + b'3,"' + b"no table any more\n" * 20_000, block=1_000)
    assert len(found.cells) < 12_000
    assert found.cells[:3_000] == [("1", "2")] * 3_000
    assert f"After {len(found.cells):,} rows the file cannot be read on" in found.messages[0]


def test_a_small_file_of_rows_that_do_not_fit_is_kept_whole(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n" + b"1,2,3\n" * 4_000)
    assert (len(found.cells), len(found.findings), found.messages) == (4_000, 4_000, ())


def test_a_line_of_utf_16_is_measured_in_letters_and_not_in_bytes_that_look_like_its_end(tmp_path: Path) -> None:
    found = read(tmp_path, ("a,b\n1," + "\u010a" * (2 * limits.MIB)).encode("utf-16"))
    assert "a line of more than 1 MiB" in found.messages[0]


def test_a_json_document_of_millions_of_values_is_rejected_before_they_fill_the_memory(tmp_path: Path) -> None:
    found = read(tmp_path, b"[" + b"[]," * limits.JSON_DOCUMENT_VALUES + b"[]]", "x.json")
    assert "one JSON document of more than 3,000,000 values; export it as CSV or JSON lines" in found.messages[0]


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("xl/sharedStrings.xml", "more than 500,000 different texts"),
        ("docProps/custom.xml", "custom.xml is larger than 1 MiB"),
        ("xl/worksheets/sheet9.xml", "a row of more than 8 MiB"),
    ],
)
def test_a_workbook_whose_parts_would_fill_the_memory_is_rejected_before(tmp_path: Path, part: str, says: str) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b"])
    book.save(tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx", "a") as archive, archive.open(part, "w", force_zip64=True) as file:
        for number in range(70):
            file.write(b"<si><t>%032x</t></si>" % number * (limits.MIB // 50))
    assert says in read_path(tmp_path / "x.xlsx").messages[0]
