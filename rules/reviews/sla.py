"""The review clock: how long a result may take, who is told that it will be late, and when the clock is paused.

Source: FAQ III, results 6 to 8 weeks after submission; rulings on warnings, silence, and holds.
"""

from datetime import UTC, date, datetime, timedelta

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Policy, Review
from schemas.records import Ruling, SlaClock
from schemas.statuses import ClockState, Outcome, RoundKind

LATE = frozenset({ClockState.OVERDUE, ClockState.BREACHED})
_LADDER = tuple(ClockState)


def sla_clock(started_at: datetime, policy: Policy) -> SlaClock:
    """Due at six weeks and breached at eight, counted in local wall time, also over weekends and daylight saving."""
    local = started_at.astimezone(policy.zone)
    due = local + timedelta(weeks=policy.review.target_weeks)
    breach = local + timedelta(weeks=policy.review.breach_weeks)
    return SlaClock(due.astimezone(UTC), breach.astimezone(UTC))


def round_opened(kind: RoundKind, number: int, due_on: date) -> Ruling:
    """What is told of a round whose clock has started; the outcome is its kind."""
    told = f"Round {number} of the review has begun; the result is due by {due_on}."
    return Ruling(RuleId.SLA_CLOCK, Outcome(kind), told)


def sla_state(clock: SlaClock, as_of: datetime, policy: Policy) -> ClockState:
    """Where a round stands: warned so many local days before the target, overdue after it, breached from the limit on."""
    if as_of >= clock.breach_at:
        return ClockState.BREACHED
    if as_of > clock.due_at:
        return ClockState.OVERDUE
    early_days, late_days = policy.review.warning_days_before
    days_left = (policy.local_day(clock.due_at) - policy.local_day(as_of)).days
    if days_left <= late_days:
        return ClockState.WARNED_LATE
    return ClockState.WARNED_EARLY if days_left <= early_days else ClockState.ON_TIME


def sla_notice(number: int, told: ClockState, clock: SlaClock, as_of: datetime, policy: Policy) -> Ruling | None:
    """The step on the clock that an open round has newly reached, as the outcome; none where it was ``told`` already.

    A step that was missed is not made up for: only the newest one is told. Source: rulings on the SLA.
    """
    state = sla_state(clock, as_of, policy)
    if _LADDER.index(state) <= _LADDER.index(told):
        return None
    if state is ClockState.BREACHED:
        limit = policy.local_day(clock.breach_at)
        reason = f"The result of round {number} was due by {limit} at the latest, and a score is still missing."
        return Ruling(RuleId.SLA_BREACHED, Outcome.BREACHED, reason)
    due_on = policy.local_day(clock.due_at)
    if state is ClockState.OVERDUE:
        reason = f"The result of round {number} was due by {due_on}, and a score is still missing."
        return Ruling(RuleId.SLA_OVERDUE, Outcome.OVERDUE, reason)
    reason = f"The result of round {number} is due by {due_on}, and a score is missing."
    return Ruling(RuleId.SLA_WARNED, Outcome(state), reason)


def late_result(number: int, told: ClockState, clock: SlaClock, decided_at: datetime, policy: Policy) -> Ruling | None:
    """The step on the clock that a result has reached which comes late, watched or not; none if it was ``told``.

    A result at the limit is in time; the moment after it is a breach. Source: ruling on the SLA clock.
    """
    came_on = policy.local_day(decided_at)
    if decided_at > clock.breach_at and told is not ClockState.BREACHED:
        limit = policy.local_day(clock.breach_at)
        reason = f"The result of round {number} came on {came_on}; it was due by {limit} at the latest."
        return Ruling(RuleId.SLA_BREACHED, Outcome.BREACHED, reason)
    if decided_at > clock.due_at and told not in LATE:
        reason = f"The result of round {number} came on {came_on}; it was due by {policy.local_day(clock.due_at)}."
        return Ruling(RuleId.SLA_OVERDUE, Outcome.OVERDUE, reason)
    return None


def told_through(today: date, next_run_on: date | None, review: Review) -> date:
    """Through which promised day participants are told today that their results will be late.

    So many days ahead as the policy says, and through the day of the next run where that is later: on the promised day it
    would be too late to tell. Source: ruling on the SLA clock.
    """
    soon = today + timedelta(days=review.late_notice_days_before)
    return soon if next_run_on is None else max(soon, next_run_on)


def late_notice(number: int, due_on: date, today: date, next_run_on: date | None, review: Review) -> Ruling | None:
    """Whether the participant of a round without a result is told that it will be late: its promised day has come that near.

    The promised day is the one that the letter about the round names: the target. Source: ruling on the SLA clock.
    """
    if due_on > told_through(today, next_run_on, review):
        return None
    reason = f"The result of round {number} is due by {due_on}, and will be late; the participant is told."
    return Ruling(RuleId.LATE_RESULT_TOLD, Outcome.WRITTEN, reason)


def has_passed(deadline: datetime, at: datetime, policy: Policy) -> bool:
    """Whether the local day of a deadline is over, as whoever was promised something by that day sees it."""
    return policy.local_day(at) > policy.local_day(deadline)


def hold_review(number: int, reason: str) -> Ruling:
    """Whether an operator may pause the clock of an open round: with a reason. Source: ruling."""
    if not reason.strip():
        return Ruling(RuleId.SLA_HOLD, Outcome.REJECTED, "To hold a review needs a reason; it stays on record.")
    told = f"The review clock of round {number} is paused until we hear from the participant. Reason: {reason.strip()}."
    return Ruling(RuleId.SLA_HOLD, Outcome.HELD, told)


def resume_review(number: int, due_on: date) -> Ruling:
    """What is told of a held round that goes on, with the local day by which its result is due now. Source: ruling."""
    told = f"The review clock of round {number} is running again; the result is due by {due_on}."
    return Ruling(RuleId.SLA_HOLD, Outcome.RESUMED, told)


def resumed_clock(clock: SlaClock, held_since: datetime, resumed_at: datetime, policy: Policy) -> SlaClock:
    """The clock after it was paused: later by as much local time as the pause lasted. Source: ruling.

    A pause that began after the limit takes no breach back.
    """
    if held_since > clock.breach_at:
        return clock
    held, resumed = (at.astimezone(policy.zone).replace(tzinfo=None) for at in (held_since, resumed_at))
    pause = max(resumed - held, timedelta())  # an hour that comes twice would make it negative
    due, breach = (at.astimezone(policy.zone) + pause for at in (clock.due_at, clock.breach_at))
    return SlaClock(due.astimezone(UTC), breach.astimezone(UTC))


def reminders_due(assigned_at: datetime, as_of: datetime, policy: Policy) -> int:
    """How many of the policy's days for reminders have come for a review. Source: ruling."""
    days = (policy.local_day(as_of) - policy.local_day(assigned_at)).days
    return sum(days >= mark for mark in policy.review.evaluator_reminder_days)


def evaluator_step(assigned_at: datetime, reminders: int, as_of: datetime, policy: Policy) -> Ruling | None:
    """What happens to a review without a score: a reminder on the policy's days, then somebody else. Source: ruling.

    A reminder whose day was missed is not made up for by two at once: whoever reminds notes all that were due.
    """
    days = (policy.local_day(as_of) - policy.local_day(assigned_at)).days
    if days >= policy.review.evaluator_silence_days:
        reason = f"We did not receive a score within {count(days, 'day')}, so another evaluator will write this review."
        return Ruling(RuleId.EVALUATOR_SILENCE, Outcome.REASSIGNED, reason)
    if reminders_due(assigned_at, as_of, policy) > reminders:
        reason = f"We did not receive a score within {count(days, 'day')}; the evaluator is reminded."
        return Ruling(RuleId.EVALUATOR_SILENCE, Outcome.REMINDED, reason)
    return None
