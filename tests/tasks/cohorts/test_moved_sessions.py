"""A session on another day, on both databases: in every calendar, at a time that each district marked, or with a reason."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from rules.meetings import slot_of
from schemas.kinds import SubjectKind
from schemas.tables import Application, CohortMember, CohortSession, Decision, OfficeHour
from tasks.cohorts.changes import move_to_cohort
from tasks.cohorts.moved_sessions import move_session
from tasks.cohorts.replan import plan_cohorts_again
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.audit import audit
from tests.factories.cohorts import fill_cohort
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, policy, store_rows
from tests.factories.seats import open_season_with_seats
from tests.tasks.cohorts.starts import AFTER, COHORT, LEA, OTHER, combined_cohort

pytestmark = pytest.mark.usefixtures("database")
LATER = datetime(2022, 9, 13, 13, 0, tzinfo=UTC)
BUSY = datetime(2022, 10, 12, 22, 10, tzinfo=UTC)
MONDAY = datetime(2022, 11, 7, 15, 30)  # noqa: DTZ001 - local, as an operator types it
WHY = "the facilitator is in court on Tuesday, and both leads agree."


def test_a_session_that_is_moved_moves_in_every_calendar() -> None:
    open_season_with_seats()
    emails = fill_cohort("C1", 15)
    hour = {"season": "2022", "lea_id": LEA_IDS[0], "planned_at": BUSY, "starts_at": BUSY, "host_id": "F001"}
    store_rows(OfficeHour, {**hour, "ends_at": BUSY + timedelta(hours=1)})
    wanted = datetime(2022, 9, 28, 15, 30)  # noqa: DTZ001 - local, as an operator types it
    for _ in range(2):
        move_session.fn("2022", "C1", 2, wanted, reason="the facilitator is ill", as_of=LATER)
    with reading() as db:
        session = db.get_one(CohortSession, ("2022", "C1", 2))
    assert session.starts_at == datetime(2022, 9, 28, 19, 30, tzinfo=UTC)
    assert session.ends_at - session.starts_at == timedelta(hours=2)
    told = letters_written("session_moved")
    assert len(told) == len(emails)
    assert "SEQUENCE:1" in str(told[0]["calendars"])
    with pytest.raises(OperatorError, match="has been held"):
        move_session.fn("2022", "C1", 1, wanted, reason="", as_of=LATER + timedelta(hours=1))
    with pytest.raises(OperatorError, match="The facilitator has another meeting then"):
        move_session.fn("2022", "C1", 3, datetime(2022, 10, 12, 16, 0), reason="", as_of=LATER + timedelta(hours=1))  # noqa: DTZ001 - local
    with pytest.raises(OperatorError, match="There is no cohort"):
        move_session.fn("2022", "C7", 1, wanted, reason="", as_of=LATER)


def mark(lea_id: str, *slots: str) -> None:
    with transaction() as db:
        db.get_one(Application, ("2022", lea_id)).slots = list(slots)


def two_districts() -> None:
    """A cohort on Tuesdays of two districts, of which only the first marked Mondays."""
    combined_cohort()
    mark(LEA, "TUE-15:30", "MON-15:30")
    mark(OTHER, "TUE-15:30")


def move(starts_at: datetime, exception_reason: str = "", as_of: datetime = AFTER) -> str:
    why = "the facilitator is ill"
    return str(
        move_session.fn("2022", COHORT, 5, starts_at, reason=why, as_of=as_of, exception_reason=exception_reason)
    )


def found_broken(check: str) -> tuple[str, ...]:
    return next(item.ids for item in audit("2022", datetime(2022, 12, 1, tzinfo=UTC)) if item.check.name == check)


def test_a_session_moves_to_a_time_that_a_district_did_not_mark_only_with_a_reason_which_everybody_is_told() -> None:
    two_districts()
    with pytest.raises(OperatorError) as refused:
        move(MONDAY)
    assert str(refused.value) == (
        f"District {OTHER} did not mark MON-15:30 as a time that suits it. An operator can make an exception with a reason."
    )
    for _ in range(2):
        move(MONDAY, WHY)
    with reading() as db:
        session = db.get_one(CohortSession, ("2022", COHORT, 5))
        decision = db.scalars(select(Decision).where(Decision.rule == "session-moved")).one()
    assert session.exception_reason == WHY.rstrip(".")
    assert (decision.subject_kind, decision.inputs["exception_reason"]) == (SubjectKind.COHORT, WHY)
    assert decision.reason.endswith(f"did not mark MON-15:30 as a time that suits it. Exception: {WHY}")
    told = {letter["to"]: letter["body"] for letter in letters_written("session_moved")}
    ours, theirs = told["a00@lea.example"], told["b00@other.example"]
    assert "is now on Monday, November 7, 2022, 3:30 p.m. to 5:30 p.m. ET." in ours
    assert "It was planned for Tuesday, November 8, 2022, at 3:30 p.m. ET." in ours
    assert (
        "because not every district in the cohort marked it in the survey. Reason: the facilitator is in court" in ours
    )
    assert "because your district did not mark it in the survey. Reason: the facilitator is in court" in theirs
    leads = {letter["to"]: letter["body"] for letter in letters_written("session_moved_lead")}
    assert leads.keys() == {"lead@lea.example", "lead@other.example"}
    assert (
        "because you did not mark it in the survey. Reason: the facilitator is in court" in leads["lead@other.example"]
    )
    assert "10 educators of" in leads["lead@lea.example"]
    assert found_broken("moved-sessions-are-in-slots-of-every-district") == ()
    assert found_broken("exceptions-of-sessions-are-told") == ()
    assert found_broken("leads-are-told-of-moved-sessions") == ()


def test_a_session_moves_to_a_time_that_every_district_marked_and_no_letter_speaks_of_an_exception() -> None:
    two_districts()
    mark(OTHER, "TUE-15:30", "MON-15:30")
    move(MONDAY, "not needed")
    with reading() as db:
        assert db.get_one(CohortSession, ("2022", COHORT, 5)).exception_reason == ""
    bodies = [letter["body"] for name in ("session_moved", "session_moved_lead") for letter in letters_written(name)]
    assert len(bodies) == 22
    assert not any("exception" in body for body in bodies)


def test_a_session_goes_back_to_the_slot_of_its_cohort_without_an_exception() -> None:
    two_districts()
    move(MONDAY, WHY)
    move(datetime(2022, 11, 8, 20, 30, tzinfo=UTC), as_of=AFTER + timedelta(hours=1))
    with reading() as db:
        assert db.get_one(CohortSession, ("2022", COHORT, 5)).exception_reason == ""
    assert "exception" not in letters_written("session_moved")[-1]["body"]


def test_nobody_is_placed_by_a_new_plan_where_a_session_was_moved_to_a_time_that_their_district_did_not_mark() -> None:
    two_districts()
    with transaction() as db:
        db.execute(delete(CohortMember).where(CohortMember.email.like("b%")))
    move(MONDAY)
    plan_cohorts_again.fn("2022", [], "ten people came late", AFTER)
    with reading() as db:
        sessions = db.scalars(select(CohortSession.starts_at).order_by(CohortSession.starts_at)).all()
        assert db.scalar(select(func.count()).select_from(CohortMember)) == 20
    assert {slot_of(at.astimezone(policy().zone)) for at in sessions} == {"TUE-15:30"}


def test_the_audit_finds_a_session_moved_where_a_district_cannot_meet_and_nobody_told_of_the_exception() -> None:
    two_districts()
    move(MONDAY, WHY)
    with transaction() as db:
        db.get_one(CohortSession, ("2022", COHORT, 5)).exception_reason = ""
    assert found_broken("moved-sessions-are-in-slots-of-every-district") == (f"{COHORT}/5/{OTHER}",)
    with transaction() as db:
        db.get_one(CohortSession, ("2022", COHORT, 5)).exception_reason = "another one"
    assert f"2022/session-moved-lead/{COHORT}/5/{LEA}/1" in found_broken("exceptions-of-sessions-are-told")


def test_who_joins_a_cohort_with_a_session_at_a_time_that_the_district_did_not_mark_needs_a_reason() -> None:
    open_season_with_seats()
    mark(LEA, "MON-15:30", "TUE-15:30")
    mover = fill_cohort("C1", 16)[0]
    fill_cohort("C2", 19, "TUE-15:30")
    with transaction() as db:
        session = db.get_one(CohortSession, ("2022", "C2", 5))
        session.starts_at += timedelta(days=2)
        session.ends_at += timedelta(days=2)
    with pytest.raises(OperatorError, match="did not mark THU-15:30"):
        move_to_cohort.fn("2022", mover, "C2", "a class at that time", LATER)
    move_to_cohort.fn("2022", mover, "C2", "a class at that time", LATER, exception_reason="the lead agrees")
    with reading() as db:
        assert db.get_one(CohortMember, ("2022", mover)).exception_reason == "the lead agrees"
