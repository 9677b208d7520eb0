"""The lists that a season opens with are read and checked first; one message has everything that is wrong with them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from deployments.sample.panel import district_list, evaluator_list, facilitator_list
from deployments.sample.world import World
from flows.season import open_season
from schemas.tables import Capacity, District, Evaluator, Facilitator, Season
from tasks.core.database import reading
from tasks.intake.inbox import inbox_root
from tasks.season.lists import ListError, SeasonFiles, read_lists
from tasks.season.opening import open_with_lists
from tests.factories.season import LIST_ROWS, OPENED, csv_file, policy

pytestmark = pytest.mark.usefixtures("database")
NAMES = ("districts", "facilitators", "evaluators")


def written(folder: Path, **changed: Mapping[str, object]) -> dict[str, Path]:
    """The three lists as files, some values of a row changed."""
    return {name: csv_file(folder / f"{name}.csv", [{**LIST_ROWS[name], **changed.get(name, {})}]) for name in NAMES}


def opened(files: Mapping[str, Path]) -> str:
    """What is said of the lists when a season is opened with them; nothing where it is opened."""
    try:
        open_with_lists.fn("2022", **files, as_of=OPENED)
    except ListError as error:
        return str(error)
    return ""


def on_record() -> int:
    with reading() as db:
        tables = (Season, Capacity, District, Facilitator, Evaluator)
        return sum(db.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_swapped_lists_open_nothing_and_the_right_ones_then_do(tmp_path: Path) -> None:
    files = written(tmp_path)
    swapped = {**files, "facilitators": files["evaluators"], "evaluators": files["facilitators"]}
    for _ in range(2):
        told = opened(swapped).splitlines()
        assert [line.partition(":")[0] for line in told] == ["evaluators.csv", "facilitators.csv"]
        assert "it is the list of evaluators: name the right file" in told[0]
        assert (
            "the columns evaluator_id, lea_id, tracks, grade_bands, conflicts of the list of evaluators are missing"
            in told[1]
        )
    assert on_record() == 0
    assert opened(files) == ""
    assert on_record() == 8


def test_everything_that_is_wrong_with_all_lists_is_told_at_once_and_repeats_no_value(tmp_path: Path) -> None:
    files = written(tmp_path, districts={"enrollment": "4oo"}, facilitators={"email": "Zoé Ley", "maximum_cohorts": ""})
    twice = {**LIST_ROWS["evaluators"], "conflicts": "900002"}
    csv_file(files["evaluators"], [twice, twice])
    told = opened(files)
    assert [line.partition(";")[0].rpartition(":")[0] for line in told.splitlines()] == [
        "districts.csv, row 2, column enrollment",
        "facilitators.csv, row 2, column email",
        "facilitators.csv, row 2, column maximum_cohorts",
        "evaluators.csv, row 2, column conflicts",
        "evaluators.csv, row 3, column conflicts",
        "evaluators.csv, row 3, column evaluator_id",
    ]
    assert not re.search("4oo|Zoé|bo@|900002", told)
    assert on_record() == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no such file; check its name and its folder"),
        (b"", "it is empty; write a header and the rows into it"),
        (b"facilitator_id,name,email,slots,maximum_cohorts\n", "there is no row below the header"),
        (b"facilitator_id,name,email,slots,maximum_cohorts\n,,,,\n", "there is no row below the header"),
        (b"facilitator_id,name,email,slots\nF1,A,a@b.org,\n", "the column maximum_cohorts of the list"),
        (b"facilitator_id,name,email,slots,maximum_cohorts\nF1,A,a@b.org\n", "it has 3 values for 5 columns"),
        (b"facilitator_id,name,email,slots,maximum_cohorts\nF1,Ley,A,a@b.org,,2\n", "it has 6 values for 5 columns"),
        ("facilitator_id,name\nF1,Zoé".encode("latin-1"), "it is no CSV file in UTF-8; save it as CSV (UTF-8)"),
    ],
)
def test_a_file_that_is_no_list_is_told_by_its_name(content: bytes | None, told: str, tmp_path: Path) -> None:
    files = written(tmp_path)
    files["facilitators"].unlink()
    if content is not None:
        files["facilitators"].write_bytes(content)
    (line,) = opened(files).splitlines()
    assert line.startswith("facilitators.csv")
    assert told in line
    assert on_record() == 0


def test_a_list_that_a_spreadsheet_has_saved_with_empty_cells_and_rows_is_taken(tmp_path: Path) -> None:
    files = written(tmp_path)
    text = files["facilitators"].read_text(encoding="utf-8").replace("\n", ",,\n").replace(",2,,", " , 2,,")
    files["facilitators"].write_text(f"\ufeff{text},,,,,,\n", encoding="utf-8")
    assert opened(files) == ""


def test_the_lists_of_a_sample_of_any_size_are_right(tmp_path: Path) -> None:
    world = World(policy(), 5, tmp_path, None, 99)
    rows = read_lists(SeasonFiles(district_list(world), facilitator_list(world), evaluator_list(world)))
    assert len(rows.districts) == len(world.districts) == 99 * 198


def test_the_flow_fails_with_the_same_message_and_without_an_address(server: Any) -> None:
    assert server
    (folder := inbox_root() / "season").mkdir(parents=True)
    files = written(folder, facilitators={"email": "josé@lea.org"})
    with pytest.raises(ListError, match=r"^facilitators\.csv, row 2, column email: letters cannot be sent") as told:
        open_season("2022", **files, as_of=OPENED)
    assert "lea.org" not in str(told.value)
    assert on_record() == 0
