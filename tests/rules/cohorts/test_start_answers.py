"""What becomes of a proposed start: moved where it fits, left to program staff, confirmed by silence, or decided."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.sessions import days_from, session_times, term_of
from rules.cohorts.start_answers import (
    Agreement,
    LeadAnswer,
    StartCalendar,
    StartFacts,
    StartFit,
    answer_start,
    confirm_in_silence,
    confirm_start_by,
    decide_start,
    fit_start,
)
from rules.meetings import Meeting, is_free
from schemas.kinds import ConfirmedBy
from schemas.statuses import CohortKind, Outcome, StartAnswer, StartStatus
from tests.factories.season import policy

COHORTS = policy().cohorts
TODAY, FIRST, LATER = date(2022, 8, 19), date(2022, 9, 13), date(2022, 9, 27)
COHORT = StartFacts("2022-C001", CohortKind.PRIVATE, "TUE-15:30", FIRST)
COMBINED = replace(COHORT, kind=CohortKind.COMBINED)
PROPOSED = Agreement(StartStatus.PROPOSED, date(2022, 8, 15), date(2022, 8, 25))
ANOTHER = LeadAnswer(StartAnswer.ANOTHER, LATER, TODAY)
CONFIRM = LeadAnswer(StartAnswer.CONFIRM, None, TODAY)
NONE = StartFit(())
DAYS = st.dates(date(2022, 8, 1), date(2023, 1, 31))


def calendar(*closed: date, meetings: Collection[Meeting] = ()) -> StartCalendar:
    return StartCalendar("TUE-15:30", closed, meetings)


def fit(asked_for: date, found: StartCalendar | None = None, today: date = TODAY) -> StartFit:
    return fit_start(asked_for, found or calendar(), policy(), today)


def test_a_start_is_the_first_day_of_the_slot_on_or_after_the_day_that_was_asked_for() -> None:
    expected = tuple(LATER + timedelta(weeks=2 * n) for n in range(5))
    assert [fit(day).days for day in (LATER, LATER - timedelta(days=6))] == [expected, expected]


@pytest.mark.parametrize(
    ("asked_for", "closed", "today", "reason", "others"),
    [
        (date(2022, 9, 1), (), TODAY, "cannot start before 2022-09-12 any more", ("2022-09-13", "2022-09-20", "2022-09-27")),
        (date(2022, 9, 13), (), date(2022, 9, 10), "cannot start before 2022-09-17", ("2022-09-20", "2022-09-27",
                                                                                          "2022-10-04")),
        (date(2022, 11, 1), (), TODAY, "starts after 2022-10-31", ("2022-10-11", "2022-10-18", "2022-10-25")),
        (LATER, (date(2022, 10, 25),), TODAY, "Schools are closed", ("2022-09-20", "2022-10-04", "2022-10-18")),
    ],
)  # fmt: skip
def test_a_start_that_does_not_fit_has_its_reason_and_the_nearest_ones_that_do(
    asked_for: date, closed: tuple[date, ...], today: date, reason: str, others: tuple[str, ...]
) -> None:
    found = fit(asked_for, calendar(*closed), today)
    assert found.days == ()
    assert reason in found.reason
    assert tuple(map(str, found.others)) == others


def test_a_facilitator_in_another_meeting_leaves_the_other_weeks() -> None:
    busy = Meeting(*session_times("TUE-16:30", LATER, policy()))
    found = fit(LATER, calendar(meetings=[busy]))
    assert found.reason == "The facilitator has other meetings with a start on 2022-09-27."
    assert LATER not in found.others
    assert date(2022, 9, 13) not in found.others, "whose second session is that day"


@given(DAYS, st.sets(DAYS, max_size=20), st.lists(DAYS, max_size=5), DAYS)
def test_every_start_that_fits_or_is_offered_keeps_all_rules(
    asked_for: date, closed: set[date], busy: list[date], today: date
) -> None:
    meetings = [Meeting(*session_times("TUE-16:30", day, policy())) for day in busy]
    found = fit(asked_for, calendar(*closed, meetings=meetings), today)
    assert bool(found.days) is not bool(found.reason)
    for start in (*found.days[:1], *found.others):
        days = days_from(start, closed, COHORTS)
        assert days
        assert not set(days) & closed
        assert days[-1] <= term_of(start, COHORTS).ends_on
        assert today + timedelta(days=COHORTS.notice_days) <= start <= COHORTS.latest_start_on
        assert start >= COHORTS.earliest_start_on
        assert all(is_free(Meeting(*session_times("TUE-15:30", day, policy())), meetings, COHORTS) for day in days)


def test_a_lead_has_the_policys_days_and_always_answers_before_the_start() -> None:
    assert confirm_start_by(FIRST, TODAY, COHORTS) == TODAY + timedelta(days=COHORTS.start_confirmation_days)
    assert confirm_start_by(TODAY + timedelta(days=7), TODAY, COHORTS) == TODAY + timedelta(days=6)
    assert confirm_start_by(TODAY, TODAY, COHORTS) == TODAY


@pytest.mark.parametrize(
    ("facts", "said", "found", "outcome"),
    [
        (COHORT, CONFIRM, NONE, Outcome.CONFIRMED),
        (COMBINED, replace(CONFIRM, day=FIRST), NONE, Outcome.CONFIRMED),
        (COMBINED, replace(ANOTHER, day=FIRST - timedelta(days=2)), StartFit((FIRST,)), Outcome.CONFIRMED),
        (COHORT, ANOTHER, StartFit((LATER,)), Outcome.MOVED),
        (COHORT, ANOTHER, StartFit((), "Closed."), Outcome.REQUESTED),
        (COMBINED, ANOTHER, StartFit((LATER,)), Outcome.REQUESTED),
        (COHORT, replace(ANOTHER, day=None), NONE, Outcome.REJECTED),
        (COHORT, replace(CONFIRM, day=LATER), NONE, Outcome.REJECTED),
        (replace(COHORT, is_over=True), CONFIRM, NONE, Outcome.REJECTED),
        (replace(COHORT, starts_on=TODAY), CONFIRM, NONE, Outcome.REJECTED),
        (COHORT, replace(CONFIRM, answered_on=TODAY + timedelta(days=1)), NONE, Outcome.REJECTED),
        (COHORT, replace(CONFIRM, answered_on=date(2022, 8, 14)), NONE, Outcome.REJECTED),
    ],
)
def test_an_answer_confirms_moves_asks_or_is_rejected(
    facts: StartFacts, said: LeadAnswer, found: StartFit, outcome: Outcome
) -> None:
    ruling = answer_start(facts, PROPOSED, said, found, TODAY)
    assert ruling.outcome == outcome
    assert ruling.reason.endswith(".")


def test_an_answer_needs_a_start_that_was_proposed_and_is_not_decided() -> None:
    assert "check the cohort's number" in answer_start(COHORT, None, CONFIRM, NONE, TODAY).reason
    decided = replace(PROPOSED, status=StartStatus.CONFIRMED, confirmed_by=ConfirmedBy.OPERATOR)
    assert "Program staff have decided" in answer_start(COHORT, decided, ANOTHER, NONE, TODAY).reason
    silent = replace(PROPOSED, status=StartStatus.CONFIRMED, confirmed_by=ConfirmedBy.SILENCE)
    late, in_time = (replace(ANOTHER, answered_on=date(2022, 8, day)) for day in (26, 25))
    found = [answer_start(COHORT, silent, said, StartFit((LATER,)), date(2022, 8, 27)) for said in (late, in_time)]
    assert [ruling.outcome for ruling in found] == [Outcome.REJECTED, Outcome.MOVED]
    answered = replace(PROPOSED, answered_on=TODAY)
    older = replace(ANOTHER, answered_on=TODAY - timedelta(days=1))
    assert answer_start(COHORT, answered, older, NONE, TODAY).outcome == Outcome.SUPERSEDED


def test_silence_confirms_on_the_day_after_the_last_one_and_at_the_start_in_any_case() -> None:
    last = PROPOSED.confirm_by
    assert confirm_in_silence(COHORT, PROPOSED, last) is None
    ruling = confirm_in_silence(COHORT, PROPOSED, last + timedelta(days=1))
    assert ruling
    assert ruling.reason == "Nobody asked for another start by 2022-08-25: the start on 2022-09-13 is confirmed."
    asked = confirm_in_silence(COHORT, replace(PROPOSED, status=StartStatus.ANOTHER_ASKED), FIRST)
    assert asked
    assert "No other start was agreed" in asked.reason
    assert confirm_in_silence(COHORT, replace(PROPOSED, confirm_by=FIRST), FIRST)
    assert confirm_in_silence(COHORT, replace(PROPOSED, status=StartStatus.CONFIRMED), FIRST) is None
    assert confirm_in_silence(replace(COHORT, is_over=True), PROPOSED, FIRST) is None


def test_program_staff_move_a_start_or_keep_it_with_a_reason() -> None:
    moved = decide_start(COMBINED, LATER, StartFit((LATER,)), "late school year.", TODAY)
    assert (moved.outcome, moved.reason) == (
        Outcome.MOVED,
        "The cohort starts on 2022-09-27 instead of 2022-09-13: late school year.",
    )
    kept = decide_start(COMBINED, FIRST, StartFit((), "not looked at"), "it is planned", TODAY)
    assert (kept.outcome, kept.reason) == (Outcome.CONFIRMED, "The start on 2022-09-13 stays: it is planned.")
    for facts, reason, told in (
        (COMBINED, " ", "needs a reason"),
        (replace(COMBINED, starts_on=TODAY), "why", "has started"),
        (COMBINED, "why", "Closed. Possible: 2022-10-04."),
    ):
        found = decide_start(facts, LATER, StartFit((), "Closed.", (date(2022, 10, 4),)), reason, TODAY)
        assert found.outcome == Outcome.REJECTED
        assert told in found.reason
    assert decide_start(COMBINED, LATER, StartFit((), "Closed."), "why", TODAY).reason == "Closed."
