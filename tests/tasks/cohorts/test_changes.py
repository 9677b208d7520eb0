"""Attendance, check-ins, moves, merges, and webinars, on both databases; every change reaches the calendars."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind, PlanKind, SubjectKind
from schemas.records import Component
from schemas.statuses import Disposition
from schemas.tables import (
    Application,
    Attendance,
    Cohort,
    CohortMember,
    Decision,
    IntakeRow,
    Plan,
    SeatBlock,
    Webinar,
)
from tasks.academy.webinars import invite_to_webinars, send_recommendation, update_webinar
from tasks.cohorts.attendance import check_in_with_leads, propose_merges, settle_attendance
from tasks.cohorts.changes import merge_two_cohorts, move_to_cohort
from tasks.cohorts.unplaced import tell_who_waits
from tasks.core.database import reading, transaction
from tasks.enrollment.withdrawals import withdraw_from
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.audit import audit
from tasks.season.control_totals import tally
from tests.factories.cohorts import fill_cohort
from tests.factories.enrollment import SUMMER, enroll_educators
from tests.factories.letters.written import calendar_methods, letters_written
from tests.factories.season import LEA_IDS, policy, stage_rows, store_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]
START = datetime(2022, 9, 10, 13, 0, tzinfo=UTC)
LATER = datetime(2022, 9, 13, 13, 0, tzinfo=UTC)


def members(cohort_id: str) -> list[str]:
    with reading() as db:
        return sorted(db.scalars(select(CohortMember.email).where(CohortMember.cohort_id == cohort_id)))


def kept_promises() -> set[str]:
    """The checks of the audit that find nothing."""
    return {item.check.name for item in audit("2022") if not item.violations}


def send_attendance(tmp_path: Path, as_of: datetime, *found: tuple[str, int, str, str]) -> None:
    names = ("cohort_id", "session_number", "email", "attended")
    table = [{**dict(zip(names, row, strict=True)), "independent_hours": 6} for row in found]
    stage_rows(tmp_path, InputKind.ATTENDANCE, as_of, *table)


def test_attendance_is_taken_in_once_and_who_missed_a_session_is_told(tmp_path: Path) -> None:
    open_season_with_seats()
    here, away, *_ = fill_cohort("C1", 15)
    send_attendance(
        tmp_path,
        LATER,
        ("C1", 1, here, "yes"),
        ("C1", 1, away, "no"),
        ("C1", 2, here, "yes"),
        ("C1", 1, "x@y.example", "yes"),
    )
    assert settle_attendance.fn("2022", LATER) == 2
    assert settle_attendance.fn("2022", LATER) == 0
    send_attendance(tmp_path, LATER, ("C1", 1, here, "no"))
    assert settle_attendance.fn("2022", LATER) == 0
    with reading() as db:
        assert db.get_one(Attendance, ("2022", here, 1)).is_present
        kinds = select(IntakeRow.disposition).where(IntakeRow.kind == InputKind.ATTENDANCE)
        assert sorted(db.scalars(kinds)) == [
            Disposition.ACCEPTED, Disposition.ACCEPTED, Disposition.QUARANTINED, Disposition.QUARANTINED,
            Disposition.SUPERSEDED,
        ]  # fmt: skip
    (told,) = letters_written("attendance")
    assert told["to"] == away
    assert "To catch up on: session 1." in str(told["body"])
    assert "- Session 1, Monday, September 12, 2022, 3:30 p.m. to 5:30 p.m. ET" in str(told["body"])
    assert policy().cohorts.recordings_url in str(told["body"])


def test_the_lead_hears_every_four_weeks_who_missed_sessions_and_how_full_the_seats_are(tmp_path: Path) -> None:
    open_season_with_seats()
    emails = fill_cohort("C1", 15)
    send_attendance(tmp_path, LATER, ("C1", 1, emails[0], "no"), ("C1", 1, emails[1], "yes"))
    settle_attendance.fn("2022", LATER)
    due = datetime(2022, 10, 10, 13, 0, tzinfo=UTC)
    assert [check_in_with_leads.fn("2022", day) for day in (LATER, due, due + timedelta(days=9))] == [0, 1, 0]
    (letter,) = letters_written("check_in")
    assert "15 of your educators take part, and 25% of the seats" in str(letter["body"])
    assert str(letter["body"]).count("Attendance so far: 0 of 1 session") == 1


def test_a_move_takes_the_old_sessions_out_of_the_calendar_and_puts_the_new_ones_in() -> None:
    open_season_with_seats()
    email = fill_cohort("C1", 16)[0]
    fill_cohort("C2", 34, "TUE-15:30")
    for _ in range(2):
        move_to_cohort.fn("2022", email, "C2", "a class at that time", LATER)
    assert email in members("C2")
    (letter,) = letters_written("cohort")
    assert calendar_methods(letter) == ["PUBLISH", "CANCEL", "CANCEL", "CANCEL", "CANCEL"]
    other = members("C1")[0]
    with pytest.raises(OperatorError, match="is full with 35"):
        move_to_cohort.fn("2022", other, "C2", "", LATER)
    with pytest.raises(OperatorError, match="There is no cohort C9"):
        move_to_cohort.fn("2022", other, "C9", "", LATER)
    with pytest.raises(OperatorError, match="in no cohort and waits for none"):
        move_to_cohort.fn("2022", "x@y.example", "C2", "", LATER)
    assert tally("2022", "cohorts").holds


def test_two_people_moved_out_of_one_cohort_at_once_are_two_decisions() -> None:
    open_season_with_seats()
    one, other, another = fill_cohort("C1", 18)[:3]
    for cohort_id, slot in (("C2", "TUE-15:30"), ("C3", "WED-15:30")):
        fill_cohort(cohort_id, 19, slot)
    for email, cohort_id in ((one, "C2"), (other, "C3"), (another, "C2")):
        move_to_cohort.fn("2022", email, cohort_id, "a class at that time", LATER)
    about = (Decision.rule == "cohort-move", Decision.subject_kind == SubjectKind.COHORT)
    with reading() as db:
        assert {found["email"] for found in db.scalars(select(Decision.inputs).where(*about))} == {one, other, another}


def test_a_move_to_a_time_that_the_district_did_not_mark_needs_a_reason_which_the_letter_tells() -> None:
    open_season_with_seats()
    with transaction() as db:
        db.get_one(Application, ("2022", LEA)).slots = ["MON-15:30"]
    email = fill_cohort("C1", 16)[0]
    fill_cohort("C2", 19, "TUE-15:30")
    with pytest.raises(OperatorError, match="did not mark TUE-15:30"):
        move_to_cohort.fn("2022", email, "C2", "a class at that time", START)
    with pytest.raises(OperatorError, match="did not mark TUE-15:30"):
        merge_two_cohorts.fn("2022", "C1", "C2", "too small", START)
    why = "teaches at two schools."
    move_to_cohort.fn("2022", email, "C2", "a class at that time", START, exception_reason=why)
    (letter,) = letters_written("cohort")
    assert "Reason: teaches at two schools.\n" in str(letter["body"])
    assert letter["subject"] == "You are now in certification cohort C2"
    assert "Phase 1 begins on Tuesday, September 13, 2022" in str(letter["body"])
    with reading() as db:
        assert db.get_one(CohortMember, ("2022", email)).exception_reason == "teaches at two schools"
        told = select(Decision.inputs).where(
            Decision.rule == "cohort-move", Decision.subject_kind == SubjectKind.COHORT
        )
        assert db.scalars(told).one()["exception_reason"] == why
    broken = next(item for item in audit("2022") if item.check.name == "members-meet-in-a-slot-of-their-district")
    assert (broken.violations, email in broken.ids) == (19, False), "the others of C2 are there without a reason"


def test_a_letter_after_the_first_session_announces_no_start() -> None:
    open_season_with_seats()
    email = fill_cohort("C1", 16)[0]
    fill_cohort("C2", 20, "TUE-15:30")
    same_evening = datetime(2022, 9, 13, 23, 0, tzinfo=UTC)
    move_to_cohort.fn("2022", email, "C2", "a class at that time", same_evening)
    (letter,) = letters_written("cohort")
    assert letter["subject"] == "You are now in certification cohort C2"
    assert "September 13" not in str(letter["body"])


def test_who_has_no_cohort_is_told_once_what_to_choose_with_the_lead_and_placed_where_there_is_room() -> None:
    open_season_with_seats()
    assert tell_who_waits.fn("2022", SUMMER) == 0, "cohorts are still to be planned"
    store_rows(Plan, {"season": "2022", "kind": PlanKind.COHORTS, "planned_at": SUMMER, "achieved": {}, "bounds": {}})
    fill_cohort("C1", 34)
    late, later = enroll_educators("late-", 2)
    assert [tell_who_waits.fn("2022", START) for _ in range(2)] == [2, 0]
    (told, _) = letters_written("unplaced")
    assert told["to"] == late
    assert "- Mondays at 3:30 p.m., next on Monday, September 12, 2022" in str(told["body"])
    (lead,) = letters_written("unplaced_lead")
    assert lead["subject"].startswith("2 educators of")
    assert "everybody-has-a-cohort-or-word" in kept_promises()
    move_to_cohort.fn("2022", late, "C1", "chose Mondays", START)
    assert late in members("C1")
    with pytest.raises(OperatorError, match="is full with 35"):
        move_to_cohort.fn("2022", later, "C1", "chose Mondays", START)


def test_a_cohort_that_has_become_small_is_proposed_once_and_merged_manual() -> None:
    open_season_with_seats()
    emails = fill_cohort("C1", 15)
    fill_cohort("C2", 20, "TUE-15:30")
    assert propose_merges.fn("2022", START) == 0
    for _ in range(2):
        withdraw_from.fn("2022", emails[0], "certification", "another post", START)
    assert [propose_merges.fn("2022", START) for _ in range(2)] == [1, 0]
    assert "C1 has 14 participants" in str(letters_written("merge_proposal")[0]["body"])
    assert [merge_two_cohorts.fn("2022", "C1", "C2", "too small", LATER) for _ in range(2)] == [14, 0]
    assert (len(members("C1")), len(members("C2"))) == (0, 34)
    with reading() as db:
        assert db.get_one(Cohort, ("2022", "C1")).merged_into == "C2"
        assert db.get_one(SeatBlock, ("2022", LEA, "certification")).seats_filled == 59
    assert propose_merges.fn("2022", LATER) == 0
    assert tally("2022", "cohorts").holds
    with pytest.raises(OperatorError, match="holds no seat"):
        withdraw_from.fn("2022", "x@y.example", "certification", "", START)


def test_cohorts_that_would_be_too_large_together_are_not_merged() -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 22, "TUE-15:30")
    with pytest.raises(OperatorError, match="full"):
        merge_two_cohorts.fn("2022", "C1", "C2", "too small", LATER)
    assert len(members("C1")) == 14


def test_webinars_are_in_every_participants_calendar_and_follow_their_changes() -> None:
    open_season_with_seats(Component.ACADEMY)
    emails = enroll_educators("a", 3, Component.ACADEMY)
    assert [invite_to_webinars.fn("2022", SUMMER) for _ in range(2)] == [3, 0]
    assert str(letters_written("webinars")[0]["calendars"]).count("BEGIN:VEVENT") == len(policy().academy.webinars)
    later = {"starts_at": datetime(2022, 7, 12, 17, 0), "is_canceled": False, "recording_url": ""}  # noqa: DTZ001 - local
    for _ in range(2):
        update_webinar.fn("2022", "SLW-1", later, "operator", SUMMER)
    update_webinar.fn("2022", "SLW-2", {"is_canceled": True}, "operator", SUMMER)
    after = datetime(2022, 7, 13, 13, 0, tzinfo=UTC)
    update_webinar.fn("2022", "SLW-1", {"recording_url": "https://r.example/1"}, "operator", after)
    found = letters_written("webinar_changed")
    assert len(found) == 3 * len(emails)
    assert sorted(method for letter in found for method in calendar_methods(letter)) == ["CANCEL"] * 3 + ["PUBLISH"] * 6
    with reading() as db:
        first = db.get_one(Webinar, ("2022", "SLW-1"))
    assert (first.starts_at, first.sequence) == (datetime(2022, 7, 12, 21, 0, tzinfo=UTC), 2)
    with pytest.raises(OperatorError, match="is canceled"):
        update_webinar.fn("2022", "SLW-2", {"recording_url": "https://r.example/2"}, "operator", after)
    with pytest.raises(OperatorError, match="no webinar SLW-9"):
        update_webinar.fn("2022", "SLW-9", {"is_canceled": True}, "operator", after)


def test_a_leads_recommendation_is_a_letter_to_the_districts_participants_and_nothing_else() -> None:
    open_season_with_seats(Component.ACADEMY)
    enroll_educators("a", 2, Component.ACADEMY)
    told = [send_recommendation.fn("2022", LEA, ["SLA-01"], "Start here.", SUMMER) for _ in range(2)]
    assert told == [2, 0], "a repeated run tells nobody again"
    assert len(letters_written("courses_recommended")) == 2
    with reading() as db:
        assert "course-recommendation" in set(db.scalars(select(Decision.rule)))
    with pytest.raises(OperatorError, match="SLA-99"):
        send_recommendation.fn("2022", LEA, ["SLA-99"], "", SUMMER)
    with pytest.raises(OperatorError, match="No application"):
        send_recommendation.fn("2022", "0900000", ["SLA-01"], "", SUMMER)
