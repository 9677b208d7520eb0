"""Workbooks with more than one sheet: the responses are found, none is left out in silence."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from schemas.contracts import SURVEY
from tasks.intake.match_headers import wanted_names
from tasks.intake.read import open_source
from tests.factories.surveys import SURVEY_HEADER, survey_row
from tests.tasks.intake.test_read import Read, read_path

COVER: list[list[object]] = [
    ["District interest survey"],
    ["Exported on", "2022-06-01"],
    ["Responses", 3],
    ["By", "the survey tool"],
]
LEGEND: list[list[object]] = [["code", "meaning"], ["1", "Certification"], ["2", "Academy"], ["3", "Both"]]


def responses(*numbers: int, header: Sequence[str] = SURVEY_HEADER) -> list[list[object]]:
    rows: list[list[object]] = [[*survey_row(n).values()] for n in numbers]
    return [[*header], *rows]


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([*row])
    book.save(path)
    return path


def found_ids(path: Path, *, with_names: bool = True) -> tuple[list[str], list[int], list[str]]:
    with open_source(path, wanted_names(SURVEY) if with_names else frozenset()) as source:
        blocks = [*source.blocks(100)]
        ids = [row[0] for block in blocks for row in zip(*block.columns(), strict=True)]
        return ids, [number for block in blocks for number in block.row_numbers], source.messages


@pytest.mark.parametrize("with_names", [True, False])
@pytest.mark.parametrize(
    "order", [("Cover", "Data"), ("Data", "Cover"), ("Cover", "Data", "Legend"), ("Legend", "Data")]
)
def test_a_cover_sheet_does_not_hide_the_responses_and_is_named(
    tmp_path: Path, order: Sequence[str], with_names: bool
) -> None:
    sheets: dict[str, list[list[object]]] = {"Cover": COVER, "Data": responses(1, 2, 3), "Legend": LEGEND}
    path = workbook(tmp_path / "x.xlsx", {name: sheets[name] for name in order})
    ids, numbers, messages = found_ids(path, with_names=with_names)
    assert (ids, numbers) == (["R_0001", "R_0002", "R_0003"], [2, 3, 4])
    assert all(f"'{name}'" in messages[0] for name in order if name != "Data")


def test_sheets_with_the_same_columns_are_read_one_after_the_other_with_numbers_of_their_own(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", {"May": responses(1, 2), "About": COVER, "June": responses(3, 4, 5)})
    ids, numbers, messages = found_ids(path)
    assert ids == ["R_0001", "R_0002", "R_0003", "R_0004", "R_0005"]
    assert numbers == [2, 3, 5, 6, 7]
    assert "'May', 'June'" in messages[0]
    assert "'About'" in messages[1]


def test_two_sheets_that_could_both_be_the_survey_are_asked_about(tmp_path: Path) -> None:
    other = responses(3, header=[*SURVEY_HEADER[:-1], "another"])
    path = workbook(tmp_path / "x.xlsx", {"First": responses(1, 2), "Second": other})
    ids, _, messages = found_ids(path)
    assert ids == []
    assert "'First', 'Second'" in messages[0]
    assert "send a workbook with one of them" in messages[0]


def test_a_workbook_of_empty_sheets_says_that_nothing_is_in_it(tmp_path: Path) -> None:
    found: Read = read_path(workbook(tmp_path / "x.xlsx", {"A": [], "B": [[None, None]]}))
    assert (found.cells, len(found.messages)) == ([], 1)
