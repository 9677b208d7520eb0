"""The review clock: its target and its limit, the ladder, holds, and evaluators who are silent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.reviews.sla import (
    LATE,
    evaluator_step,
    has_passed,
    hold_review,
    late_notice,
    late_result,
    reminders_due,
    resume_review,
    resumed_clock,
    round_opened,
    sla_clock,
    sla_notice,
    sla_state,
    told_through,
)
from rules.rule_ids import RuleId
from schemas.statuses import ClockState, Outcome, RoundKind
from tests.factories.season import changed_policy, policy

ON_TIME, EARLY, LATER, OVERDUE, BREACHED = ClockState


def test_the_clock_is_due_at_six_weeks_and_breached_at_eight_in_local_time() -> None:
    started = datetime(2023, 2, 20, 15, 0, tzinfo=UTC)  # 10:00 in winter
    clock = sla_clock(started, policy())
    assert clock.due_at == datetime(2023, 4, 3, 14, 0, tzinfo=UTC)  # 10:00 in summer
    assert clock.breach_at == datetime(2023, 4, 17, 14, 0, tzinfo=UTC)


def test_the_weeks_come_from_the_policy() -> None:
    started = datetime(2023, 1, 2, 15, 0, tzinfo=UTC)
    clock = sla_clock(started, changed_policy(review__target_weeks=5, review__breach_weeks=7))
    assert (clock.due_at - started, clock.breach_at - started) == (timedelta(weeks=5), timedelta(weeks=7))


def test_on_time_until_the_target_overdue_after_it_breached_from_the_limit_on() -> None:
    clock = sla_clock(datetime(2023, 1, 2, 15, 0, tzinfo=UTC), policy())
    second = timedelta(seconds=1)
    moments = (clock.due_at, clock.due_at + second, clock.breach_at - second, clock.breach_at)
    assert [sla_state(clock, moment, policy()) for moment in moments] == [LATER, OVERDUE, OVERDUE, BREACHED]


def test_warnings_come_fourteen_and_five_local_days_before_the_target() -> None:
    clock = sla_clock(datetime(2023, 1, 2, 15, 0, tzinfo=UTC), policy())
    states = [sla_state(clock, clock.due_at - timedelta(days=days), policy()) for days in (15, 14, 6, 5, 0)]
    assert states == [ON_TIME, EARLY, EARLY, LATER, LATER]


CLOCK = sla_clock(datetime(2023, 1, 2, 15, 0, tzinfo=UTC), policy())


@pytest.mark.parametrize(
    ("told", "as_of", "rule", "reason"),
    [
        (ON_TIME, CLOCK.due_at - timedelta(days=14), RuleId.SLA_WARNED, "The result of round 2 is due by 2023-02-13"),
        (EARLY, CLOCK.due_at - timedelta(days=5), RuleId.SLA_WARNED, "The result of round 2 is due by 2023-02-13"),
        (ON_TIME, CLOCK.due_at + timedelta(days=1), RuleId.SLA_OVERDUE, "The result of round 2 was due by 2023-02-13"),
        (OVERDUE, CLOCK.breach_at, RuleId.SLA_BREACHED, "was due by 2023-02-27 at the latest"),
    ],
)
def test_each_step_of_the_ladder_is_told_once(told: ClockState, as_of: datetime, rule: RuleId, reason: str) -> None:
    ruling = sla_notice(2, told, CLOCK, as_of, policy())
    assert ruling
    assert (ruling.rule, ruling.outcome) == (rule, Outcome(sla_state(CLOCK, as_of, policy())))
    assert reason in ruling.reason
    assert sla_notice(2, ClockState(ruling.outcome), CLOCK, as_of, policy()) is None


def test_on_time_nothing_is_told_and_a_clock_set_later_takes_no_notice_back() -> None:
    early = CLOCK.due_at - timedelta(days=15)
    assert sla_notice(1, ON_TIME, CLOCK, early, policy()) is None
    assert sla_notice(1, OVERDUE, CLOCK, early, policy()) is None
    assert {OVERDUE, BREACHED} == LATE


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("decided_at", "told", "reached"),
    [
        (CLOCK.due_at, ON_TIME, None),
        (CLOCK.due_at + SECOND, LATER, OVERDUE),
        (CLOCK.due_at + SECOND, OVERDUE, None),
        (CLOCK.breach_at, ON_TIME, OVERDUE),
        (CLOCK.breach_at + SECOND, ON_TIME, BREACHED),
        (CLOCK.breach_at + SECOND, OVERDUE, BREACHED),
        (CLOCK.breach_at + SECOND, BREACHED, None),
    ],
)
def test_a_late_result_is_a_breach_whether_or_not_anybody_watched(
    decided_at: datetime, told: ClockState, reached: ClockState | None
) -> None:
    ruling = late_result(2, told, CLOCK, decided_at, policy())
    assert (ClockState(ruling.outcome) if ruling else None) == reached


def test_a_late_result_says_when_it_came_and_when_it_was_due() -> None:
    ruling = late_result(2, ON_TIME, CLOCK, CLOCK.breach_at + timedelta(days=3), policy())
    assert ruling
    assert ruling.reason == "The result of round 2 came on 2023-03-02; it was due by 2023-02-27 at the latest."


@pytest.mark.parametrize(
    ("days", "next_run", "is_told"),
    [
        (3, None, False),
        (2, None, True),
        (0, None, True),
        (-20, None, True),
        (2, 1, True),  # the policy's days are looked ahead in any case
        (21, 21, True),  # on the promised day it would be too late
        (22, 21, False),  # the next run is in time
    ],
)
def test_who_gets_a_late_result_is_told_before_the_promised_day_even_if_the_next_run_comes_after_it(
    days: int, next_run: int | None, is_told: bool
) -> None:
    due_on = policy().local_day(CLOCK.due_at)
    today = due_on - timedelta(days=days)
    next_run_on = None if next_run is None else today + timedelta(days=next_run)
    ruling = late_notice(1, due_on, today, next_run_on, policy().review)
    assert (due_on <= told_through(today, next_run_on, policy().review)) == is_told
    assert bool(ruling) == is_told
    assert ruling is None or (ruling.rule, ruling.outcome) == (RuleId.LATE_RESULT_TOLD, Outcome.WRITTEN)


def test_a_day_has_passed_when_the_local_day_is_over() -> None:
    over = datetime(2023, 2, 14, 5, 0, tzinfo=UTC)  # February 13 is over in Connecticut
    assert not has_passed(CLOCK.due_at, over - SECOND, policy())
    assert has_passed(CLOCK.due_at, over, policy())


def test_a_pause_that_began_after_the_limit_takes_no_breach_back() -> None:
    held_since = CLOCK.breach_at + SECOND
    assert resumed_clock(CLOCK, held_since, held_since + timedelta(days=9), policy()) == CLOCK
    before = resumed_clock(CLOCK, CLOCK.breach_at, CLOCK.breach_at + timedelta(days=9), policy())
    assert before.breach_at == CLOCK.breach_at + timedelta(days=9)


def test_a_round_that_is_opened_says_by_when_its_result_is_due() -> None:
    ruling = round_opened(RoundKind.RE_REVIEW, 3, date(2023, 2, 13))
    assert (ruling.rule, ruling.outcome) == (RuleId.SLA_CLOCK, Outcome.RE_REVIEW)
    assert ruling.reason == "Round 3 of the review has begun; the result is due by 2023-02-13."


def test_every_kind_of_round_and_every_step_of_the_ladder_is_an_outcome_in_the_same_word() -> None:
    told = [*RoundKind, *(state for state in ClockState if state is not ON_TIME)]
    assert [Outcome(word).value for word in told] == [word.value for word in told]


@pytest.mark.parametrize(("reason", "outcome"), [("a file is damaged", Outcome.HELD), (" ", Outcome.REJECTED)])
def test_a_review_is_held_with_a_reason_only(reason: str, outcome: Outcome) -> None:
    assert hold_review(1, reason).outcome == outcome


def test_who_reads_of_a_hold_reads_that_the_clock_is_paused_and_when_it_is_running_again() -> None:
    assert (
        "is paused until we hear from the participant. Reason: a file is damaged."
        in hold_review(1, "a file is damaged").reason
    )
    ruling = resume_review(1, date(2023, 3, 1))
    assert ruling.outcome == Outcome.RESUMED
    assert ruling.reason.endswith("is running again; the result is due by 2023-03-01.")


moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments)
def test_the_target_and_the_limit_are_at_the_same_local_time_as_the_submission(started: datetime) -> None:
    clock, zone = sla_clock(started, policy()), policy().zone
    local = started.astimezone(zone)
    for at, weeks in ((clock.due_at, 6), (clock.breach_at, 8)):
        days = (at.astimezone(zone).date() - local.date()).days
        assert days == 7 * weeks
        wall = at.astimezone(zone).replace(tzinfo=None)
        skipped = wall - local.replace(tzinfo=None) - timedelta(weeks=weeks)
        assert skipped in {timedelta(), timedelta(hours=1)}  # an hour that daylight saving leaves out


@given(moments, st.integers(0, 40), st.integers(0, 60))
def test_a_clock_that_stood_still_is_later_by_as_much_and_never_earlier(
    started: datetime, after: int, held: int
) -> None:
    clock = sla_clock(started, policy())
    held_since = started + timedelta(days=after)
    later = resumed_clock(clock, held_since, held_since + timedelta(days=held), policy())
    hour = timedelta(hours=1)
    if held_since > clock.breach_at:
        assert later == clock
        return
    for before, now in ((clock.due_at, later.due_at), (clock.breach_at, later.breach_at)):
        assert before + timedelta(days=held) - hour <= now <= before + timedelta(days=held) + hour
        assert now >= before - hour
    assert later.breach_at > later.due_at


def test_an_evaluator_is_reminded_twice_and_then_the_review_goes_to_somebody_else() -> None:
    assigned = datetime(2023, 1, 2, 15, 0, tzinfo=UTC)

    def outcome(days: int, reminders: int) -> str:
        ruling = evaluator_step(assigned, reminders, assigned + timedelta(days=days), policy())
        return ruling.outcome if ruling else ""

    assert [outcome(13, 0), outcome(14, 0), outcome(14, 1)] == ["", Outcome.REMINDED, ""]
    assert [outcome(21, 1), outcome(29, 2), outcome(30, 2)] == [Outcome.REMINDED, "", Outcome.REASSIGNED]
    due = [reminders_due(assigned, assigned + timedelta(days=days), policy()) for days in (13, 14, 20, 21, 40)]
    assert due == [0, 1, 1, 2, 2]
