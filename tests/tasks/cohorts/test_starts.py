"""The start of a cohort, agreed with the leads: proposed inside their windows, and confirmed by them or by silence."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from schemas.kinds import ConfirmedBy
from schemas.statuses import CohortKind, StartStatus
from schemas.tables import (
    Cohort,
    CohortSession,
    Decision,
)
from tasks.cohorts.starts import confirm_silent_starts
from tasks.core.database import reading, transaction
from tasks.season.control_totals import tally
from tests.factories.enrollment import enroll_educators
from tests.factories.letters.written import calendar_methods, letters_written
from tests.factories.season import store_rows
from tests.factories.seats import open_season_with_seats
from tests.tasks.cohorts.starts import (
    AFTER,
    COHORT,
    FIRST,
    LATER,
    LEA,
    OTHER,
    PLANNED,
    agreed,
    broken_promises,
    combined_cohort,
    every_other_week,
    only_leader,
    prefer,
    private_cohort,
    reasons,
    schedule,
    send,
    session_days,
    start_row,
    told_last,
)

pytestmark = pytest.mark.usefixtures("database")


def test_a_lead_who_prefers_a_start_after_the_season_s_last_gets_the_last_one_and_reads_why() -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    only_leader("TUE-15:30")
    prefer(LEA, date(2022, 11, 30))
    schedule()
    assert session_days()[0] == date(2022, 10, 25)
    (letter,) = letters_written("start_proposed")
    assert (
        "In the survey you named a start on or after Wednesday, November 30, 2022. No cohort of this season starts after "
        "Monday, October 31, 2022. This is the nearest start that is possible." in letter["body"]
    )
    with reading() as db:
        told = db.scalars(select(Decision.reason).where(Decision.rule == "start-proposed")).one()
    assert "prefers a start on or after 2022-11-30. No cohort of this season starts after 2022-10-31." in told
    assert broken_promises(PLANNED) == {}


def test_a_lead_whose_time_lost_against_another_district_s_reads_that() -> None:
    combined_cohort(date(2022, 10, 4), None, other_until=date(2022, 9, 16))
    bodies = {letter["to"]: letter["body"] for letter in letters_written("start_proposed")}
    lost = "No start suits all districts in the cohort that named a time; this one suits 1 of 2."
    assert session_days()[0] == date(2022, 10, 4), "three days nearer to the other window than the first start"
    assert f"In the survey you named a start by Friday, September 16, 2022. {lost}" in bodies["lead@other.example"]
    assert "This is inside the time that you named in the survey." in bodies["lead@lea.example"]


def test_a_lead_is_asked_once_about_a_start_inside_the_time_that_the_district_prefers() -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    only_leader("TUE-15:30")
    prefer(LEA, date(2022, 9, 21), date(2022, 10, 7))
    assert [schedule(), schedule(), schedule(PLANNED + timedelta(days=1))] == [1, 0, 0]
    assert session_days() == every_other_week(LATER)
    (letter,) = letters_written("start_proposed")
    assert letter["to"] == "lead@lea.example"
    assert letter["subject"].endswith(f"cohort {COHORT}: Tuesday, September 27, 2022")
    assert "This is inside the time that you named in the survey." in letter["body"]
    assert "it is confirmed if we do not hear from you by Thursday, August 25, 2022." in letter["body"]
    with reading() as db:
        decision = db.scalars(select(Decision).where(Decision.rule == "start-proposed")).one()
    assert (decision.subject_key, decision.inputs) == (COHORT, {"met": [LEA], "missed": []})
    assert agreed() == (StartStatus.PROPOSED, ConfirmedBy.NOBODY, LATER)


def test_in_a_combined_cohort_each_lead_is_told_whether_the_own_time_was_met() -> None:
    combined_cohort(date(2022, 9, 20), date(2022, 11, 7))
    assert session_days()[0] == date(2022, 10, 25), "inside the first window, and as near as can be to the other one"
    bodies = {letter["to"]: letter["body"] for letter in letters_written("start_proposed")}
    assert "This is inside the time" in bodies["lead@lea.example"]
    assert "you named a start on or after Monday, November 7, 2022" in bodies["lead@other.example"]
    with reading() as db:
        decision = db.scalars(select(Decision).where(Decision.rule == "start-proposed")).one()
    assert decision.inputs == {"met": [LEA], "missed": [OTHER]}
    assert f"District {OTHER} prefers a start on or after 2022-11-07." in decision.reason


def test_silence_confirms_after_the_days_that_the_letter_names_and_not_before(tmp_path: Path) -> None:
    private_cohort()
    last_day = datetime(2022, 8, 25, 23, 0, tzinfo=UTC)
    assert confirm_silent_starts.fn("2022", last_day) == 0
    assert [confirm_silent_starts.fn("2022", AFTER) for _ in range(2)] == [1, 0]
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.SILENCE, FIRST)
    assert send(tmp_path, start_row("another", "2022-09-27", answered_on="2022-08-26"), as_of=AFTER) == 0
    assert "to be answered by 2022-08-25, and is confirmed" in reasons()[0]
    assert broken_promises(datetime(2022, 9, 14, 13, 0, tzinfo=UTC)) == {}


def test_an_answer_of_a_day_in_time_counts_also_where_its_file_comes_after_silence_has_confirmed(
    tmp_path: Path,
) -> None:
    private_cohort()
    confirm_silent_starts.fn("2022", AFTER)
    assert send(tmp_path, start_row("another", "2022-09-27", answered_on="2022-08-25"), as_of=AFTER) == 1
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.LEAD, LATER)


def test_a_lead_confirms_and_gets_a_letter(tmp_path: Path) -> None:
    private_cohort()
    assert send(tmp_path, start_row(starts_on="9/13/2022")) == 1
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.LEAD, FIRST)
    (letter,) = letters_written("start_answered")
    assert letter["subject"] == f"Your cohort {COHORT} starts on Tuesday, September 13, 2022"
    assert confirm_silent_starts.fn("2022", AFTER) == 0
    assert tally("2022", "start").holds


def test_a_private_cohort_moves_to_the_start_that_its_lead_asks_for_with_every_calendar(tmp_path: Path) -> None:
    emails = private_cohort()
    assert send(tmp_path, start_row("another", "2022-09-23")) == 1, "a Friday: the first Tuesday after it"
    assert session_days() == every_other_week(LATER)
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.LEAD, LATER)
    told = letters_written("start_moved")
    assert sorted(letter["to"] for letter in told) == emails
    assert {tuple(calendar_methods(letter)) for letter in told} == {("PUBLISH",)}
    assert str(told[0]["calendars"]).count("SEQUENCE:1") == 5
    (lead,) = letters_written("start_answered")
    assert lead["subject"] == f"Your cohort {COHORT} now starts on Tuesday, September 27, 2022"
    with reading() as db:
        cohort = db.get_one(Cohort, ("2022", COHORT))
    assert (cohort.starts_on, (cohort.ends_on - cohort.starts_on).days) == (LATER, 14 * 7 - 1)
    assert broken_promises(datetime(2022, 10, 1, 13, 0, tzinfo=UTC)) == {}


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        ("2022-08-16", "A cohort cannot start before Monday, September 12, 2022, any more."),
        ("2022-11-08", "No cohort of this season starts after Monday, October 31, 2022."),
    ],
)
def test_a_start_that_does_not_fit_leaves_the_cohort_and_the_lead_is_told_which_would(
    tmp_path: Path, asked_for: str, told: str
) -> None:
    private_cohort()
    assert send(tmp_path, start_row("another", asked_for)) == 1
    assert (session_days()[0], agreed()) == (FIRST, (StartStatus.ANOTHER_ASKED, ConfirmedBy.NOBODY, FIRST))
    (letter,) = letters_written("start_answered")
    assert told in letter["body"]
    assert "possible:\n\n- Tuesday, " in letter["body"]
    assert "reply to this email by Monday, August 29, 2022" in letter["body"]
    assert [confirm_silent_starts.fn("2022", at) for at in (AFTER, AFTER + timedelta(days=4))] == [0, 1]
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.SILENCE, FIRST)


def test_a_start_at_which_the_facilitator_has_another_meeting_does_not_fit(tmp_path: Path) -> None:
    private_cohort()
    at = datetime(2022, 10, 11, 19, 0, tzinfo=UTC)
    key = {"season": "2022", "cohort_id": "2022-C009"}
    facts = {"kind": CohortKind.COMBINED, "slot": "TUE-15:00", "facilitator_id": "F1", "merged_into": ""}
    with transaction() as db:
        db.execute(delete(CohortSession).where(CohortSession.session_number == 3))
    store_rows(Cohort, {**key, **facts, "starts_on": date(2022, 10, 11), "ends_on": date(2023, 1, 16)})
    store_rows(CohortSession, {**key, "session_number": 1, "starts_at": at, "ends_at": at + timedelta(hours=2)})
    assert send(tmp_path, start_row("another", "2022-09-27")) == 1
    assert (
        "The facilitator has other meetings with a start on Tuesday, September 27"
        in told_last("start_answered")["body"]
    )
