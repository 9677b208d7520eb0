"""The contract is what its page says, and every part of it is described."""

import re

import pytest

from schemas.kinds import MeetingKind
from schemas.settings import ROOT
from schemas.statuses import CohortKind, MeetingStatus
from tasks.season.export.contract import ColumnType
from tasks.season.export.package import schema_of
from tasks.season.export.write import contract

PAGE = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")


def on_the_page() -> dict[str, list[str]]:
    """Each file of the page with its columns, without what stands in parentheses."""
    lines = PAGE[PAGE.index("| file |") : PAGE.index("## What to know")].strip().splitlines()[2:]
    rows = [re.sub(r" ?\([^)]*\)", "", line).strip("| ").split(" | ") for line in lines]
    return {name: columns.split(", ") for name, columns in rows}


def test_files_and_columns_are_those_of_the_page_in_its_order() -> None:
    assert {table.name: [column.name for column in table.columns] for table in contract()} == on_the_page()
    assert [table.name for table in contract()] == list(on_the_page())


def test_every_file_and_column_is_described_and_amounts_have_a_unit() -> None:
    for table in contract():
        assert table.title, table.name
        assert table.description.endswith("."), table.name
        for column in table.columns:
            assert column.description.endswith("."), f"{table.name}.{column.name}"
            is_amount = column.name.rpartition("_")[2] in {"cents", "hundredths", "seconds", "hours", "points"}
            assert not is_amount or column.unit, f"{table.name}.{column.name}"


def test_the_allowed_values_of_the_page_are_those_of_the_schema() -> None:
    told = dict(re.findall(r"(\w+) \(([a-z_, ]+)\)", PAGE[PAGE.index("| file |") : PAGE.index("## What to know")]))
    found = {column.name: set(column.values) for table in contract() for column in table.columns if column.values}
    assert f"kind ({', '.join(CohortKind)})" in PAGE
    assert f"kind ({', '.join(MeetingKind)})" in PAGE
    assert f"status ({', '.join(MeetingStatus)})" in PAGE
    for name in ("event", "result", "recipient_kind"):
        assert set(told[name].split(", ")) == found[name], name


@pytest.mark.parametrize("table", contract(), ids=lambda table: table.name)
def test_foreign_keys_name_columns_that_are_there(table: object) -> None:
    columns = {item.name: {column.name for column in item.columns} for item in contract()}
    for key in next(item for item in contract() if item is table).foreign_keys:
        assert set(key.columns) <= columns[table.name]  # type: ignore[attr-defined]
        assert set(key.refers_to) <= columns[key.table]


def test_a_list_says_by_what_its_items_are_joined() -> None:
    lists = [
        field
        for table in contract()
        for field, column in zip(schema_of(table)["fields"], table.columns, strict=True)
        if column.type is ColumnType.LIST
    ]
    assert {field["delimiter"] for field in lists} == {"|"}
    assert {field["type"] for field in lists} == {"string"}
