"""What becomes of the start that is proposed for a cohort: the lead's answer, silence, and what an operator decides.

A private cohort moves at once to a start for which its lead asks, if it fits. A combined one is for several districts: the lead
is told what is possible, and an operator decides. Source: ruling on the start agreed with the lead.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rules.cohorts.sessions import days_from, first_start, possible_days, session_times
from rules.meetings import WEEKDAYS, Meeting, is_free
from rules.rule_ids import RuleId
from rules.wording import as_told
from schemas.kinds import ConfirmedBy
from schemas.policy import Cohorts, Policy
from schemas.records import Ruling
from schemas.statuses import CohortKind, Outcome, StartAnswer, StartStatus

SHOWN_STARTS = 3


@dataclass(frozen=True, slots=True)
class StartFacts:
    """A cohort that has a start: ``is_over`` where it has joined another one."""

    cohort_id: str
    kind: CohortKind
    slot: str
    starts_on: date
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one lead was told of the start, and has said so far."""

    status: StartStatus
    proposed_on: date
    confirm_by: date
    confirmed_by: ConfirmedBy = ConfirmedBy.NOBODY
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class LeadAnswer:
    """What a lead says: that the start works, or on which day another one would; ``day`` may be left out of a confirmation."""

    answer: StartAnswer
    day: date | None
    answered_on: date


@dataclass(frozen=True, slots=True)
class StartCalendar:
    """When a cohort can meet: its slot, the days on which one of its districts is closed, its facilitator's other meetings."""

    slot: str
    closed: Collection[date]
    meetings: Collection[Meeting] = ()


@dataclass(frozen=True, slots=True)
class StartFit:
    """The session days of a start that was asked for, or the reason why it cannot be, with the nearest ones that can."""

    days: tuple[date, ...]
    reason: str = ""
    others: tuple[date, ...] = ()


def fit_start(asked_for: date, calendar: StartCalendar, policy: Policy, today: date) -> StartFit:
    """Whether a cohort can start in its slot on a day, or on the first day of its slot after it.

    Source: FAQ III (14 weeks, five sessions about every two weeks); rulings on facilitators and on notice.
    """
    cohorts = policy.cohorts
    first = asked_for + timedelta(days=(WEEKDAYS.index(calendar.slot[:3]) - asked_for.weekday()) % 7)
    days = days_from(first, calendar.closed, cohorts)
    soonest = first_start(cohorts, today)
    checks = (
        (first < soonest, f"A cohort cannot start before {soonest} any more."),
        (first > cohorts.latest_start_on, f"No cohort of this season starts after {cohorts.latest_start_on}."),
        (days is None, f"Schools are closed on a session day of a cohort that starts on {first}."),
        (not _is_led(days or (), calendar, policy), f"The facilitator has other meetings with a start on {first}."),
    )
    reason = next((reason for applies, reason in checks if applies), "")
    if not reason and days:
        return StartFit(days)
    nearest = sorted(_starts(calendar, policy, today), key=lambda day: (abs(day - first), day))[:SHOWN_STARTS]
    return StartFit((), reason, tuple(sorted(nearest)))


def _starts(calendar: StartCalendar, policy: Policy, today: date) -> Iterator[date]:
    for days in possible_days(calendar.slot, calendar.closed, policy.cohorts, today):
        if days[0] <= policy.cohorts.latest_start_on and _is_led(days, calendar, policy):
            yield days[0]


def _is_led(days: Collection[date], calendar: StartCalendar, policy: Policy) -> bool:
    meetings = (Meeting(*session_times(calendar.slot, day, policy)) for day in days)
    return all(is_free(meeting, calendar.meetings, policy.cohorts) for meeting in meetings)


def confirm_start_by(starts_on: date, today: date, cohorts: Cohorts) -> date:
    """The last day for a lead to answer: the policy's days from today, and always before the cohort starts."""
    return max(today, min(today + timedelta(days=cohorts.start_confirmation_days), starts_on - timedelta(days=1)))


def answer_start(
    facts: StartFacts, agreement: Agreement | None, said: LeadAnswer, fit: StartFit, today: date
) -> Ruling:
    """What a lead's answer does: *confirmed*, *moved*, *requested* (an operator decides), *superseded*, or *rejected*.

    ``fit`` is about the day for which the lead asks.
    """
    if agreement is None:
        return _rejected(f"No start of {facts.cohort_id} was proposed to this district; check the cohort's number.")
    gone = f"Nobody of this district is in {facts.cohort_id} any more; check the cohort's number."
    rejection = _too_late(facts, today) or (gone if agreement.status is StartStatus.WITHDRAWN else "")
    rejection = rejection or _not_about_it(facts, agreement, said, today)
    if rejection:
        return _rejected(rejection)
    if agreement.answered_on and said.answered_on < agreement.answered_on:
        return Ruling(RuleId.START_ANSWERED, Outcome.SUPERSEDED, "A newer answer is on record.")
    if said.answer is StartAnswer.CONFIRM or said.day == facts.starts_on or fit.days[:1] == (facts.starts_on,):
        return Ruling(RuleId.START_ANSWERED, Outcome.CONFIRMED, f"The start on {facts.starts_on} is confirmed.")
    if fit.days and facts.kind is CohortKind.PRIVATE:
        told = f"The cohort starts on {fit.days[0]} instead of {facts.starts_on}."
        return Ruling(RuleId.START_ANSWERED, Outcome.MOVED, told)
    return Ruling(RuleId.START_ANSWERED, Outcome.REQUESTED, f"{_why_not(fit)} {_keeps(facts)}")


def _rejected(reason: str) -> Ruling:
    return Ruling(RuleId.START_ANSWERED, Outcome.REJECTED, reason)


def _why_not(fit: StartFit) -> str:
    if fit.reason:
        return fit.reason
    possible = f"A start on {fit.days[0]} would be possible"
    return f"{possible}, but the cohort has educators of other districts too, so program staff decide whether it moves."


def _keeps(facts: StartFacts) -> str:
    return f"The start stays {facts.starts_on} unless we write to you again."


def _too_late(facts: StartFacts, today: date) -> str:
    """Why nothing about the start can change any more, or an empty text."""
    if facts.is_over:
        return f"{facts.cohort_id} has joined another cohort."
    if facts.starts_on <= today:
        return f"{facts.cohort_id} has started, on {facts.starts_on}."
    return ""


def _not_about_it(facts: StartFacts, agreement: Agreement, said: LeadAnswer, today: date) -> str:
    """Why an answer is none to the start that is proposed, or an empty text."""
    is_decided = agreement.confirmed_by is ConfirmedBy.OPERATOR
    checks = (
        (said.answered_on > today, f"The answer is of {said.answered_on}, which is still to come; correct the date."),
        (
            said.answered_on < agreement.proposed_on,
            f"The start was proposed on {agreement.proposed_on}; an answer of {said.answered_on} says nothing about it.",
        ),
        (
            said.answered_on > agreement.confirm_by and agreement.status is StartStatus.CONFIRMED,
            f"The start was to be answered by {agreement.confirm_by}, and is confirmed; program staff can still change it.",
        ),
        (is_decided, "Program staff have decided on this start, and can still change it."),
        (
            said.answer is StartAnswer.ANOTHER and said.day is None,
            "The answer asks for another start and names no day.",
        ),
        (
            said.answer is StartAnswer.CONFIRM and said.day not in {None, facts.starts_on},
            f"The answer confirms {said.day}, and the proposed start is {facts.starts_on}.",
        ),
    )
    return next((reason for applies, reason in checks if applies), "")


def confirm_in_silence(facts: StartFacts, agreement: Agreement, today: date) -> Ruling | None:
    """That nobody asked for another start in time; nothing while the lead still has time to answer, or has confirmed.

    The day before the start is the last one for everybody, so that no cohort starts without.
    """
    is_open = agreement.status in {StartStatus.PROPOSED, StartStatus.ANOTHER_ASKED} and not facts.is_over
    if not is_open or (today <= agreement.confirm_by and today < facts.starts_on):
        return None
    told = f"Nobody asked for another start by {agreement.confirm_by}: the start on {facts.starts_on} is confirmed."
    if agreement.status is StartStatus.ANOTHER_ASKED:
        told = f"No other start was agreed by {agreement.confirm_by}: the start on {facts.starts_on} is confirmed."
    return Ruling(RuleId.START_SILENCE, Outcome.CONFIRMED, told)


def decide_start(facts: StartFacts, asked_for: date, fit: StartFit, reason: str, today: date) -> Ruling:
    """What an operator does about a start, with a reason: *moved*, *confirmed* where it stays, or *rejected*."""
    told = as_told(reason)
    rejection = _too_late(facts, today) or ("" if told else "To decide on a start needs a reason; leads are told it.")
    if not rejection and asked_for == facts.starts_on:
        return Ruling(RuleId.START_DECIDED, Outcome.CONFIRMED, f"The start on {facts.starts_on} stays: {told}.")
    if rejection or not fit.days:
        others = f" Possible: {', '.join(map(str, fit.others))}." if fit.others and not rejection else ""
        return Ruling(RuleId.START_DECIDED, Outcome.REJECTED, f"{rejection or fit.reason}{others}")
    moved = f"The cohort starts on {fit.days[0]} instead of {facts.starts_on}: {told}."
    return Ruling(RuleId.START_DECIDED, Outcome.MOVED, moved)
