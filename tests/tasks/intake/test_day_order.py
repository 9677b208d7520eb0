"""05/06 is read as the whole file shows, and an operator is asked where the file leaves it open."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.statuses import Disposition
from schemas.tables import Application, Outbox, QuarantineItem, SourceFile
from tasks.core.database import reading
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import disposition_by_row, google_forms, import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("opened_season")


def imported(tmp_path: Path, *moments: str, **fields: Sequence[str]) -> dict[str, str]:
    """The day of each district's application, of responses that were sent at these moments."""
    rows = [
        survey_row(n, LEA_IDS[n], submitted_at=moment, **{name: values[n] for name, values in fields.items()})
        for n, moment in enumerate(moments)
    ]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    with reading() as db:
        return {a.lea_id: a.submitted_at.date().isoformat() for a in db.scalars(select(Application))}


def test_a_day_above_twelve_anywhere_in_the_file_puts_the_day_first_everywhere(tmp_path: Path) -> None:
    found = imported(tmp_path, "05/06/2022 10:00", "23/05/2022 10:00", "06/05/2022 10:00")
    assert [*found.values()] == ["2022-06-05", "2022-05-23", "2022-05-06"]
    with reading() as db:
        assert "with the day first" in db.scalars(select(SourceFile.message)).one()


def test_a_day_above_twelve_behind_the_month_puts_the_month_first_everywhere(tmp_path: Path) -> None:
    found = imported(tmp_path, "05/06/2022 10:00", "05/23/2022 10:00", "6/5/2022 10:00")
    assert [*found.values()] == ["2022-05-06", "2022-05-23", "2022-06-05"]


def test_the_file_is_read_to_its_end_before_a_date_is_decided(tmp_path: Path) -> None:
    rows = [survey_row(n, LEA_IDS[0], submitted_at=f"05/06/2022 10:{n % 60:02d}") for n in range(120)]
    import_survey_files(
        csv_file(tmp_path / "s.csv", [*rows, survey_row(121, LEA_IDS[1], submitted_at="23/05/2022 9:00")])
    )
    with reading() as db:
        assert db.get_one(Application, ("2022", LEA_IDS[0])).submitted_at.date().isoformat() == "2022-06-05"


def test_a_date_that_stays_open_is_a_question_to_the_operator_and_to_nobody_else(tmp_path: Path) -> None:
    assert imported(tmp_path, "05/06/2022 10:00", "06/05/2022 11:00") == {}
    assert disposition_by_row() == {2: Disposition.QUARANTINED, 3: Disposition.QUARANTINED}
    with reading() as db:
        first, _ = db.scalars(select(QuarantineItem).order_by(QuarantineItem.row_number))
        assert (first.rule, first.value) == ("IN-007", "05/06/2022 10:00")
        assert "write it with the year first, as 2022-05-06 or 2022-06-05" in first.remedy
        assert "Does the day or the month stand first" in db.scalars(select(SourceFile.message)).one()
        assert list(db.scalars(select(Outbox))) == []


def test_dates_that_prove_both_orders_leave_only_those_open_that_can_be_either(tmp_path: Path) -> None:
    found = imported(tmp_path, "05/06/2022 10:00", "23/05/2022 10:00", "05/24/2022 10:00", "05/05/2022 10:00")
    assert sorted(found.values()) == ["2022-05-05", "2022-05-23", "2022-05-24"]
    assert disposition_by_row()[2] == Disposition.QUARANTINED


@pytest.mark.parametrize(
    ("written", "day"), [("5/3/2022 10:00:00", "2022-05-03"), ("03/05/2022 10:00:00", "2022-05-03")]
)
def test_the_only_order_in_which_all_responses_came_while_the_survey_was_open_is_theirs(
    tmp_path: Path, written: str, day: str
) -> None:
    (tmp_path / "s.csv").write_text(google_forms(written), encoding="utf-8")
    import_survey_files(tmp_path / "s.csv")
    with reading() as db:
        assert db.scalars(select(Application)).one().submitted_at.date().isoformat() == day


def test_the_days_that_a_lead_writes_are_read_as_the_file_shows(tmp_path: Path) -> None:
    imported(
        tmp_path, "23/05/2022 10:00", "24/05/2022 10:00", start_from=["05/09/2022", ""], start_until=["", "6/10/2022"]
    )
    with reading() as db:
        found = [(a.start_from, a.start_until) for a in db.scalars(select(Application).order_by(Application.lea_id))]
    assert [[day and day.isoformat() for day in days] for days in found] == [["2022-09-05", None], [None, "2022-10-06"]]


def test_an_open_date_is_answered_with_a_corrected_row_which_keeps_its_place(tmp_path: Path) -> None:
    from tests.tasks.surveys.test_corrections import exported

    imported(tmp_path, "05/06/2022 10:00")
    (row,) = exported(tmp_path / "q.csv")
    import_survey_files(csv_file(tmp_path / "q.csv", [row | {"submitted_at": "2022-06-05 10:00"}]))
    with reading() as db:
        assert db.scalars(select(Application)).one().submitted_at.date().isoformat() == "2022-06-05"
    assert exported(tmp_path / "q2.csv") == []
