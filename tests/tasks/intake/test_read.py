import csv
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Finding
from tasks.intake.formats import limits
from tasks.intake.formats.head import Column
from tasks.intake.formats.text import _table
from tasks.intake.read import open_source
from tests.factories.season import zip_archive


@dataclass(frozen=True)
class Read:
    """A file read whole."""

    dialect: str
    encoding: str
    header_rows: int
    columns: tuple[Column, ...]
    zone: str
    messages: tuple[str, ...]
    cells: list[tuple[str, ...]]
    numbers: list[int]
    findings: list[tuple[int, str]]
    raw: list[bytes]
    problems: list[Finding]


def read_path(path: Path, block: int = 1_000) -> Read:
    with open_source(path) as source:
        cells: list[tuple[str, ...]] = []
        numbers, findings, raw, problems = [], [], [], []
        for part in source.blocks(block):
            cells += zip(*part.columns(), strict=True)
            numbers += part.row_numbers
            raw += [part.bytes_of(i) for i in range(len(part))]
            for index, found in sorted(part.findings.items()):
                findings += [(part.row_numbers[index], finding.rule) for finding in found]
                problems += found
        head = source.head
        return Read(
            source.dialect, source.encoding, head.header_rows, head.columns, head.zone, tuple(source.messages), cells, numbers,
            findings, raw, problems,
        )  # fmt: skip


def read(tmp_path: Path, content: bytes, name: str = "export.csv", block: int = 1_000) -> Read:
    path = tmp_path / name
    path.write_bytes(content)
    return read_path(path, block)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content)
    assert found.cells == []
    assert found.messages


def test_a_header_alone_says_that_there_are_no_responses(tmp_path: Path) -> None:
    assert "no responses" in read(tmp_path, b"a,b\n").messages[0]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(tmp_path: Path, sign: str) -> None:
    assert read(tmp_path, f"a{sign}b\n1{sign}2\n".encode()).cells == [("1", "2")]


def test_a_delimiter_within_quotes_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, b'"a, b, c, d";e\n1;2\n').cells == [("1", "2")]


def test_the_line_in_which_excel_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=;\na;b\n1;2\n").cells == [("1", "2")]


def test_rows_are_numbered_as_in_a_spreadsheet_blank_ones_counted(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n1,2\n\n3,4\n").numbers == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_known(tmp_path: Path, end: str) -> None:
    assert read(tmp_path, end.join(("a,b", "1,2", "3,4", "")).encode()).cells == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("block", [1, 2, 1_000])
def test_quoted_newlines_stay_in_their_cell(tmp_path: Path, block: int) -> None:
    found = read(tmp_path, b'a,b\n"one\ntwo",2\n3,4\n', block=block)
    assert found.cells == [("one\ntwo", "2"), ("3", "4")]
    assert found.raw == [b'"one\ntwo",2\n', b"3,4\n"]


@pytest.mark.parametrize("block", [1, 3, 1_000])
def test_a_quotation_mark_that_is_never_closed_keeps_back_only_its_own_row(tmp_path: Path, block: int) -> None:
    lines = [b"a,b", b"1,2", b'3,"four', *(b"5,%d" % n for n in range(60)), b'7,"eight"', b""]
    found = read(tmp_path, b"\n".join(lines), block=block)
    assert found.findings == [(3, "IN-004")]
    assert len(found.cells) == 63
    assert found.raw[1] == b'3,"four\n'
    assert found.cells[-1] == ("7", "eight")


@pytest.mark.parametrize("block", [100, 1_000, 60_000])
def test_of_a_long_file_with_an_open_quotation_mark_every_other_row_is_read(tmp_path: Path, block: int) -> None:
    rows = [b"%d,x" % n for n in range(3_000)]
    rows[20] = b'20,"x'
    found = read(tmp_path, b"\n".join([b"a,b", *rows, b""]), block=block)
    assert found.findings == [(22, "IN-004")]
    assert found.raw == [row + b"\n" for row in rows]
    assert found.numbers == [*range(2, 3_002)]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(tmp_path: Path, encoding: str, told: str) -> None:
    found = read(tmp_path, "name,town\nAndré,Haßfurt “x”\n".encode(encoding))
    assert (found.cells, found.encoding) == ([("André", "Haßfurt “x”")], told)


def test_a_stray_byte_in_a_utf8_file_is_reported_with_its_row_and_its_bytes_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, "name,b\nZoë,1\n".encode() + b"Andr\xe9,1\nAda,2\n")
    assert found.findings == [(3, "IN-002")]
    assert "0xE9" in found.problems[0].problem
    assert found.raw[1] == b"Andr\xe9,1\n"
    assert found.cells[2] == ("Ada", "2")


@pytest.mark.parametrize("row", ["1,2,3", "1"])
def test_a_row_with_too_many_or_too_few_cells_is_reported(tmp_path: Path, row: str) -> None:
    assert read(tmp_path, f"a,b\n{row}\n1,2\n".encode()).findings == [(2, "IN-003")]


def test_empty_cells_behind_the_last_column_are_no_fault(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n1,2,,\n")
    assert (found.cells, found.findings) == ([("1", "2")], [])


@pytest.mark.parametrize(
    "content",
    [
        [{"a": 1, "b": ["x", "y"]}, {"a": None}],
        {"responses": [{"a": 1, "b": ["x", "y"]}, {"a": None}]},
    ],
)
def test_json_records_become_rows_and_lists_are_joined(tmp_path: Path, content: object) -> None:
    assert read(tmp_path, json.dumps(content).encode(), "x.json").cells == [("1", "x; y"), ("", "")]


def test_json_lines_are_read_and_a_broken_line_keeps_back_only_itself(tmp_path: Path) -> None:
    found = read(tmp_path, b'{"a": 1}\n{"b": 2}\n{"a": \n[3]\n{"a": 4}\n', "x.jsonl")
    assert (found.dialect, found.findings) == ("jsonl", [(4, "IN-005"), (5, "IN-005")])
    assert [cells[0] for cells in found.cells] == ["1", "", '{"a":', "[3]", "4"]


@pytest.mark.parametrize(
    ("content", "name"), [(b'[{"a": 1', "x.json"), (b'"text"', "x.json"), (b"PK\x03\x04junk", "x.xlsx")]
)
def test_what_cannot_be_read_says_so_and_names_the_way_out(tmp_path: Path, content: bytes, name: str) -> None:
    found = read(tmp_path, b"[" + content if content == b'"text"' else content, name)
    assert (found.dialect, found.cells) == ("unreadable", [])
    assert "save it as CSV (UTF-8)" in found.messages[0]


def test_a_workbook_is_read_with_whole_numbers_and_trailing_blanks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "b", "c"])
    sheet.append([25.0, "x"])
    book.save(tmp_path / "x.xlsx")
    assert read_path(tmp_path / "x.xlsx").cells == [("25", "x", "")]


@pytest.mark.parametrize(
    "name", ["survey.csv", "folder/survey.csv", "../../etc/survey.csv", "C:\\x\\survey.csv", "/survey.csv"]
)
def test_the_export_in_an_archive_is_read_whatever_path_it_names(tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.parent.parent.rglob("survey.csv"))
    content = zip_archive({name: b"a,b\n1,2\n", "__MACOSX/._survey.csv": b"x", "readme.md": b"x"})
    assert read(tmp_path, content, "x.zip").cells == [("1", "2")]
    assert sorted(tmp_path.parent.parent.rglob("survey.csv")) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zip_archive({"a": b"x"}), "no export is in it"),
        (zip_archive({"a.csv": b"a\n1\n", "b.csv": b"a\n1\n"}), "2 exports"),
        (zip_archive({"a.csv": zip_archive({"b.csv": b"a\n1\n"})}), "archive within an archive"),
        (zip_archive({"a.csv": b"a,b\n" + b"0" * (20 * limits.MIB)}), "zip bomb"),
        (zip_archive({f"{n}.csv": b"" for n in range(limits.ARCHIVE_ENTRIES + 1)}), "more than"),
        (zip_archive({"a.csv": b"a,b\n1,2\n"})[:-30], "damaged"),
    ],
    ids=["none", "two", "nested", "bomb", "many", "damaged"],
)
def test_an_archive_that_is_not_one_honest_export_is_rejected_with_the_reason(
    tmp_path: Path, content: bytes, says: str
) -> None:
    found = read(tmp_path, content, "x.zip")
    assert found.cells == []
    assert says in found.messages[0]


def test_a_line_without_end_is_rejected_before_it_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n" + b"x" * (3 * limits.MIB))
    assert "a line of more than 1 MiB" in found.messages[0]


def test_a_table_wider_than_any_survey_is_rejected(tmp_path: Path) -> None:
    wide = ",".join(f"c{n}" for n in range(10_000))
    assert "10,000 columns" in read(tmp_path, f"{wide}\n{wide}\n".encode()).messages[0]


def test_formulas_and_links_in_a_workbook_are_named_and_nothing_is_calculated(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["a", "b"])
    sheet.append(["=1+1", "x"])
    book.save(tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx", "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    found = read_path(tmp_path / "x.xlsx")
    assert found.cells == [("", "x")]
    assert ["formulas" in found.messages[1], "links" in found.messages[0]] == [True, True]


def test_a_workbook_that_lies_about_its_size_costs_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b"])
    book.worksheets[0].append(["1", "2"])
    book.save(tmp_path / "y.xlsx")
    with zipfile.ZipFile(tmp_path / "y.xlsx") as source, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    assert read_path(tmp_path / "x.xlsx").cells == [("1", "2")]


def test_a_zero_sign_is_no_text_and_keeps_back_only_its_own_row(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n1,\x002\n3,4\n")
    assert (found.findings, found.cells) == ([(2, "IN-002")], [("1", "\ufffd2"), ("3", "4")])
    assert found.raw[0] == b"1,\x002\n"


@given(
    st.lists(
        st.lists(st.text("ab 1é;='#\ufeff\x0b\x1c\u2028", max_size=3), min_size=1, max_size=3), min_size=1, max_size=6
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_read_by_column_hold_what_they_hold_read_by_row(rows: list[list[str]], end: str) -> None:
    lines = [",".join(cells) + end for cells in rows]
    width = len(rows[0])
    table = _table("".join(lines), ",", width)
    is_plain = all(len(cells) == width for cells in rows) and (width > 1 or all(cells[0] for cells in rows))
    is_plain = is_plain and not lines[0].startswith("\ufeff")
    assert (table is not None) == is_plain
    if table is not None:
        assert [list(cells) for cells in table.rows()] == list(csv.reader(lines))


@pytest.mark.parametrize("lines", [['"a",b\n'], ["a,b\r"], ["a,b"], ["a,b\rc\n"], []])
def test_lines_that_are_not_plain_are_not_read_by_column(lines: list[str]) -> None:
    assert _table("".join(lines), ",", 2) is None


def test_a_file_that_names_a_delimiter_of_its_own_is_read_whatever_sign_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, "sep=é\naéb\n".encode() + "1é2\n".encode() * 80)
    assert found.cells == [("1", "2")] * 80
