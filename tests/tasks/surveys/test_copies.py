"""Copies of responses: what says the same is a repeat; what says something else is never dropped in silence."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.statuses import Disposition
from schemas.tables import Application, IntakeRow, Outbox, QuarantineItem
from tasks.core.database import reading
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import (
    IMPORTED,
    csv_text,
    disposition_by_row,
    dispositions,
    import_survey_files,
    survey_row,
)
from tests.tasks.surveys.test_corrections import exported

pytestmark = pytest.mark.usefixtures("opened_season")


def test_distinct_responses_of_which_no_column_is_known_are_all_kept_and_all_exported(tmp_path: Path) -> None:
    rows = [["Do you celebrate?", "What is the main dish?"], *(["Yes", f"dish {n}"] for n in range(5))]
    (tmp_path / "s.csv").write_text(csv_text(rows), encoding="utf-8")
    import_survey_files(tmp_path / "s.csv")
    assert set(disposition_by_row().values()) == {Disposition.QUARANTINED}
    assert [row["as_it_came"] for row in exported(tmp_path / "q.csv")] == [f"Yes,dish {n}" for n in range(5)]


def test_of_a_large_file_without_our_columns_some_rows_are_kept_and_the_rest_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a,b\n" + "".join(f"{n},x\n" for n in range(30_000)), encoding="utf-8")
    (report,) = import_survey_files(tmp_path / "s.csv")
    assert 5_000 <= report.quarantined == report.rows < 11_000
    assert f"after {report.rows:,} rows the file was not read on" in report.messages[-1]


def test_a_response_of_which_no_column_is_known_is_a_repeat_only_of_one_that_says_the_same(tmp_path: Path) -> None:
    rows = [["Do you celebrate?", "And?"], ["Yes", "a"], ["Yes", "b"], ["Yes", "a"]]
    (tmp_path / "s.csv").write_text(csv_text(rows), encoding="utf-8")
    import_survey_files(tmp_path / "s.csv")
    assert [*disposition_by_row().values()] == [Disposition.QUARANTINED, Disposition.QUARANTINED, Disposition.REPEATED]


def test_two_faulty_copies_of_one_id_are_both_kept_where_they_say_different_things(tmp_path: Path) -> None:
    rows = [survey_row(1, certification_seats="twenty"), survey_row(1, certification_seats="thirty")]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    assert disposition_by_row() == {2: Disposition.QUARANTINED, 3: Disposition.QUARANTINED}
    assert len(exported(tmp_path / "q.csv")) == 2


@pytest.mark.parametrize("in_one_file", [True, False])
def test_the_same_id_with_other_answers_is_a_question_to_the_operator(tmp_path: Path, *, in_one_file: bool) -> None:
    one, other = survey_row(1), survey_row(1, certification_seats="30")
    if in_one_file:
        import_survey_files(csv_file(tmp_path / "s.csv", [one, other]))
    else:
        import_survey_files(csv_file(tmp_path / "a.csv", [one]))
        import_survey_files(csv_file(tmp_path / "b.csv", [other]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.QUARANTINED]
    with reading() as db:
        item = db.scalars(select(QuarantineItem)).one()
        assert (item.rule, item.field, item.value) == ("IN-011", "certification_seats", "30")
        assert "R_0001" in item.problem
        assert "certification_seats is '25' there" in item.problem
        assert [payload["template"] for payload in db.scalars(select(Outbox.payload))] == ["application_received"]
    assert exported(tmp_path / "q.csv")[0]["certification_seats"] == "30"


def test_a_copy_that_was_asked_about_is_asked_about_once(tmp_path: Path) -> None:
    one, other = survey_row(1), survey_row(1, certification_seats="30")
    import_survey_files(csv_file(tmp_path / "a.csv", [one]))
    import_survey_files(csv_file(tmp_path / "b.csv", [other]))
    import_survey_files(csv_file(tmp_path / "c.csv", [other, survey_row(2, LEA_IDS[1])]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.ACCEPTED, Disposition.QUARANTINED, Disposition.REPEATED]


def test_answers_that_count_after_all_come_in_under_an_id_of_their_own(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1)]))
    import_survey_files(
        csv_file(tmp_path / "b.csv", [survey_row(1, certification_seats="30", submitted_at="2022-05-09 09:00:00")])
    )
    (row,) = exported(tmp_path / "q.csv")
    corrected = row | {"response_id": "R_0001-2", "submitted_at": "2022-05-09 09:00"}
    import_survey_files(csv_file(tmp_path / "q.csv", [corrected]), as_of=IMPORTED + timedelta(days=1))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.REPEATED, Disposition.SUPERSEDED]
    assert exported(tmp_path / "q2.csv") == []
    with reading() as db:
        assert db.scalars(select(Application)).one().response_id == "R_0001-2"


@pytest.mark.parametrize(
    "changes",
    [
        {"finished": "True"},
        {"submitted_at": "2022-05-02T14:01:00Z"},
        {"slots": "mon-15:30,TUE-16:30"},
        {"lead_name": " ada   HOLMANN "},
    ],
)
def test_what_tools_write_differently_is_no_other_answer(tmp_path: Path, changes: dict[str, str]) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, slots="MON-15:30; TUE-16:30")]))
    again = survey_row(1, slots="MON-15:30; TUE-16:30") | changes
    import_survey_files(csv_file(tmp_path / "b.csv", [again]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.REPEATED]


def test_a_copy_from_a_file_with_fewer_columns_says_the_same(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, superintendent_name="Bo Ley")]))
    fewer = {name: value for name, value in survey_row(1).items() if name != "superintendent_name"}
    import_survey_files(csv_file(tmp_path / "b.csv", [fewer]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.REPEATED]
    with reading() as db:
        assert len(list(db.scalars(select(IntakeRow)))) == 2
