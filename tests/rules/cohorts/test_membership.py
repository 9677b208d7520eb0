from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from rules.cohorts.membership import (
    CohortCalendar,
    CohortFacts,
    Mover,
    exceptions_for,
    joined_another,
    merge_cohorts,
    move_learner,
    reschedule,
    session_exceptions,
)
from rules.meetings import Meeting
from schemas.records import Term
from schemas.statuses import CohortKind, Outcome
from tests.factories.season import policy

COHORTS = policy().cohorts
ONE = CohortFacts("C1", "MON-15:30", 20, 0, is_over=False)
TWO = CohortFacts("C2", "TUE-15:30", 34, 2, is_over=False, days=(date(2022, 10, 11),))
OURS = Mover("0900002", ("MON-15:30", "TUE-15:30"))
PRIVATE = replace(TWO, kind=CohortKind.PRIVATE, lea_ids=frozenset({"0900120"}))
CALENDAR = CohortCalendar(
    "WED-15:30",
    {1: date(2022, 9, 12), 2: date(2022, 9, 26), 3: date(2022, 10, 12)},
    frozenset({date(2022, 10, 10)}),
    Term(date(2022, 9, 12), date(2022, 12, 18)),
)


def on(day: date, hour: int = 15) -> Meeting:
    """A session of two hours on a day, in local time."""
    starts_at = datetime(day.year, day.month, day.day, hour, 30, tzinfo=policy().zone)
    return Meeting(starts_at, starts_at + timedelta(hours=2))


def test_a_participant_moves_while_there_is_room_until_two_sessions_have_been_held() -> None:
    assert move_learner(ONE, TWO, OURS, COHORTS).outcome == Outcome.MOVED


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (ONE, "is in C1 already"),
        (replace(TWO, size=35), "full with 35 participants"),
        (replace(TWO, is_over=True), "has had its last session"),
        (replace(TWO, sessions_held=3), "until 2 sessions have"),
    ],
)
def test_a_move_that_cannot_be_is_rejected_with_the_reason(target: CohortFacts, why: str) -> None:
    ruling = move_learner(ONE, target, OURS, COHORTS)
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


def test_nothing_speaks_against_a_slot_that_suits_and_each_thing_that_does_is_named() -> None:
    assert exceptions_for(OURS, TWO) == ()
    busy = Mover("0900002", ("MON-15:30",), [date(2022, 10, 11)])
    assert exceptions_for(busy, PRIVATE) == (
        "C2 is a private cohort of another district.",
        "District 0900002 did not mark TUE-15:30 as a time that suits it.",
        "District 0900002 is closed on a session day of C2.",
    )


@pytest.mark.parametrize(("size", "outcome"), [(21, Outcome.MERGED), (22, Outcome.REJECTED)])
def test_a_cohort_joins_another_that_has_room_for_its_last_participant(size: int, outcome: Outcome) -> None:
    ruling = merge_cohorts(replace(ONE, size=14), replace(TWO, size=size), [OURS], 14, COHORTS)
    assert ruling.outcome == outcome


def test_a_merge_says_how_many_move() -> None:
    reasons = [merge_cohorts(ONE, replace(TWO, size=20), [OURS], people, COHORTS).reason for people in (1, 2)]
    assert reasons[0] == "Cohort C1 joins C2, TUE-15:30: 1 participant moves."
    assert reasons[1].endswith("2 participants move.")


@pytest.mark.parametrize(
    "target", [PRIVATE, replace(TWO, slot="FRI-15:30"), replace(TWO, days=(date(2022, 10, 12),), slot="WED-15:30")]
)
def test_a_merge_against_a_districts_times_or_a_private_cohort_needs_a_reason(target: CohortFacts) -> None:
    merged = [merge_cohorts(ONE, target, [OURS], 1, COHORTS, exception_reason=text) for text in ("", "too few")]
    assert [ruling.outcome for ruling in merged] == [Outcome.REJECTED, Outcome.MERGED]


def test_a_session_moves_between_its_neighbors_on_a_school_day_ahead() -> None:
    ruling = reschedule(2, on(date(2022, 9, 28)), CALENDAR, date(2022, 9, 20), COHORTS)
    assert ruling.outcome == Outcome.MOVED
    assert "held on 2022-09-28 instead of 2022-09-26" in ruling.reason


@pytest.mark.parametrize(
    ("number", "wanted", "today", "why"),
    [
        (4, "2022-10-20", "2022-09-20", "no session 4"),
        (1, "2022-09-23", "2022-09-20", "has been held"),
        (2, "2022-09-20", "2022-09-20", "lie ahead"),
        (2, "2022-10-10", "2022-09-20", "not a school day"),
        (3, "2022-12-19", "2022-09-20", "Phase 1 of this cohort runs"),
        (3, "2022-09-26", "2022-09-20", "Session 2 is on 2022-09-26"),
        (2, "2022-10-12", "2022-09-20", "Session 3 is on 2022-10-12"),
    ],
)
def test_a_session_stays_where_the_new_day_does_not_fit(number: int, wanted: str, today: str, why: str) -> None:
    ruling = reschedule(number, on(date.fromisoformat(wanted)), CALENDAR, date.fromisoformat(today), COHORTS)
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


def test_a_session_of_a_cohort_that_joined_another_stays_off_and_the_one_that_meets_is_named() -> None:
    ruling = reschedule(2, on(date(2022, 9, 28)), replace(CALENDAR, joined="C7"), date(2022, 9, 20), COHORTS)
    assert ruling.outcome == Outcome.REJECTED
    assert (
        ruling.reason == joined_another("C7") == "The cohort has joined C7 and does not meet any more; name C7 instead."
    )


def test_a_session_moves_to_no_time_at_which_the_facilitator_has_another_meeting() -> None:
    wanted = on(date(2022, 9, 28))
    busy = replace(CALENDAR, meetings=[Meeting(wanted.ends_at, wanted.ends_at + timedelta(hours=1))])
    ruling = reschedule(2, wanted, busy, date(2022, 9, 20), COHORTS)
    assert ruling.outcome == Outcome.REJECTED
    assert "another meeting then, or too short a break" in ruling.reason


def test_a_session_moves_to_a_slot_that_a_district_did_not_mark_only_with_a_reason() -> None:
    theirs = Mover("0900120", ("WED-15:30",))
    shared = replace(CALENDAR, movers=(OURS, theirs))
    tuesday, same_slot = on(date(2022, 9, 27)), on(date(2022, 9, 28))
    refused = reschedule(2, tuesday, shared, date(2022, 9, 20), COHORTS)
    assert refused.reason == (
        "District 0900120 did not mark TUE-15:30 as a time that suits it. An operator can make an exception with a reason."
    )
    allowed = reschedule(2, tuesday, shared, date(2022, 9, 20), COHORTS, exception_reason="its lead agrees.")
    assert allowed.outcome == Outcome.MOVED
    assert allowed.reason.endswith("TUE-15:30 as a time that suits it. Exception: its lead agrees.")
    kept = reschedule(2, same_slot, shared, date(2022, 9, 20), COHORTS, exception_reason="not needed")
    assert (kept.outcome, "Exception" in kept.reason) == (Outcome.MOVED, False)
    closed = reschedule(2, on(date(2022, 10, 10)), shared, date(2022, 9, 20), COHORTS, exception_reason="a reason")
    assert closed.outcome == Outcome.REJECTED


def test_back_in_the_slot_of_its_cohort_a_session_needs_no_exception_and_elsewhere_for_who_did_not_mark_it() -> None:
    theirs = Mover("0900120", ("TUE-15:30",))
    shared = replace(CALENDAR, movers=(OURS, theirs))
    found = [session_exceptions(slot, shared) for slot in ("WED-15:30", "TUE-15:30", "MON-15:30", "FRI-15:30")]
    assert found == [(), (), (theirs,), (OURS, theirs)]


def test_who_joins_needs_an_exception_for_the_slot_of_a_session_that_was_moved_too() -> None:
    moved = replace(TWO, moved_to=("FRI-15:30", "MON-15:30"))
    assert exceptions_for(OURS, moved) == ("District 0900002 did not mark FRI-15:30 as a time that suits it.",)


@pytest.mark.parametrize(
    ("target", "mover", "why"),
    [
        (PRIVATE, OURS, "C2 is a private cohort of another district."),
        (replace(TWO, slot="FRI-15:30"), OURS, "did not mark FRI-15:30"),
        (TWO, replace(OURS, closed=(date(2022, 10, 11),)), "is closed on a session day of C2"),
    ],
)
def test_an_exception_needs_a_reason_which_is_told(target: CohortFacts, mover: Mover, why: str) -> None:
    refused = move_learner(ONE, target, mover, COHORTS, " ")
    allowed = move_learner(ONE, target, mover, COHORTS, "teaches at both schools.")
    assert (refused.outcome, allowed.outcome) == (Outcome.REJECTED, Outcome.MOVED)
    assert why in refused.reason
    assert "exception with a reason" in refused.reason
    assert allowed.reason.endswith("Exception: teaches at both schools.")


def test_a_private_cohort_takes_its_own_district_and_who_has_no_cohort_is_placed() -> None:
    own = replace(OURS, lea_id="0900120")
    assert move_learner(ONE, PRIVATE, own, COHORTS).outcome == Outcome.MOVED
    assert move_learner(None, TWO, OURS, COHORTS).reason == "Placed in cohort C2, TUE-15:30."
    assert move_learner(None, replace(TWO, size=35), OURS, COHORTS, "a reason").outcome == Outcome.REJECTED
