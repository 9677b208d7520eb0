"""What no value may be, and what a column that stands twice comes to: each on its own row, with the others going on."""

from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.statuses import Disposition
from schemas.tables import Application, IntakeRow, Outbox, QuarantineItem, RejectedRow
from tasks.core.database import reading
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import csv_text, disposition_by_row, import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("opened_season")


def faults() -> list[tuple[int, str, str]]:
    with reading() as db:
        items = db.scalars(select(QuarantineItem).order_by(QuarantineItem.row_number, QuarantineItem.rule))
        return [(item.row_number, item.rule, item.field) for item in items]


@pytest.mark.parametrize("field", ["superintendent_name", "lead_name", "response_id", "lea_id"])
def test_a_value_of_900_000_characters_keeps_back_only_its_row_and_its_bytes_are_kept(
    tmp_path: Path, field: str
) -> None:
    long = "x" * 900_000
    path = csv_file(tmp_path / "s.csv", [survey_row(1, **{field: long}), survey_row(2, LEA_IDS[1])])
    import_survey_files(path)
    assert disposition_by_row() == {2: Disposition.QUARANTINED, 3: Disposition.ACCEPTED}
    assert (2, "IN-008", field) in faults()
    with reading() as db:
        item = db.scalars(select(QuarantineItem).where(QuarantineItem.rule == "IN-008")).one()
        assert "900,000 characters, and 500 at most are possible" in item.problem
        assert len(item.value) < 100
        assert max(len(str(cells)) for cells in db.scalars(select(IntakeRow.cells))) < 5_000
        assert long.encode() in db.scalars(select(RejectedRow.raw)).one()


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("lead_email", "lead\u202emoc.elpmaxe@lea.example", "U+202E"),
        ("lead_name", "Ada \u2066Holmann", "U+2066"),
        ("superintendent_name", "Ada\x07", "U+0007"),
        ("response_id", "R_\u200b0001", "U+200B"),
        ("district_name", "Ash\x9bford", "U+009B"),
    ],
)
def test_a_sign_that_nobody_sees_is_named_and_shown_and_nobody_is_written_to(
    tmp_path: Path, field: str, value: str, named: str
) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, **{field: value}), survey_row(2, LEA_IDS[1])]))
    assert disposition_by_row() == {2: Disposition.QUARANTINED, 3: Disposition.ACCEPTED}
    assert (2, "IN-009", field) in faults()
    with reading() as db:
        item = db.scalars(select(QuarantineItem).where(QuarantineItem.rule == "IN-009")).one()
        assert named in item.problem
        assert "\ufffd" in item.value
        (letter,) = db.scalars(select(Outbox.payload))
        assert letter["template"] == "application_received"


def test_tabs_line_breaks_and_letters_of_any_script_are_no_hidden_signs(tmp_path: Path) -> None:
    names = [
        "Zoë\tÖlund",
        "李 明",
        "O\u2019Neil \u2013 x",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "line\nbreak",
    ]
    rows = [survey_row(n, LEA_IDS[n % 4], superintendent_name=name) for n, name in enumerate(names)]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    assert Disposition.QUARANTINED not in disposition_by_row().values()


def test_of_a_column_that_stands_twice_the_filled_one_counts_and_a_row_in_which_both_differ_is_asked_about(
    tmp_path: Path,
) -> None:
    rows = [survey_row(n, LEA_IDS[n]) for n in range(4)]
    header = [*rows[0], "Academy Seats"]
    firsts, seconds = ["7", "", "9", "5"], ["", "8", "9", "6"]
    table = [
        [*(row | {"academy_seats": first, "option": "3"}).values(), second]
        for row, first, second in zip(rows, firsts, seconds, strict=True)
    ]
    (tmp_path / "s.csv").write_text(csv_text([header, *table]), encoding="utf-8", newline="")
    (report,) = import_survey_files(tmp_path / "s.csv")
    assert "'academy_seats' stands 2 times in the file" in report.messages[0]
    assert faults() == [(5, "IN-010", "academy_seats")]
    with reading() as db:
        item = db.scalars(select(QuarantineItem)).one()
        assert "with '5' and '6'" in item.problem
        seats = {row.row_number: row.content["academy_seats"] for row in db.scalars(select(IntakeRow))}
        assert len(list(db.scalars(select(Application)))) == 3
    assert seats == {2: "7", 3: "8", 4: "9", 5: "5"}
