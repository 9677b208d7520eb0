"""Whether a portfolio may be submitted, and whether it is complete. Source: FAQ III, phase 2 and portfolio."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from rules.reviews.resubmission import admit_resubmission
from rules.reviews.rounds import PastRound, admit_beside_rounds, newest_result
from rules.rule_ids import RuleId
from rules.wording import because, count
from schemas.policy import Policy, Portfolio
from schemas.records import Ruling, Term, Track
from schemas.statuses import Outcome, RoundKind, RoundStatus

RULE = RuleId.PORTFOLIO_WINDOW


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """What is on record of a person and a track when a portfolio of it is imported; ``rounds`` are in their order.

    ``seat_complete_on`` is the local day on which the seat of a librarian who needs no cohort for this portfolio was complete.
    ``extended_until`` is the last local day that an operator has given instead of the window's; ``resubmit_by`` is the last one
    to submit again what did not certify, as its result told.
    """

    rounds: Sequence[PastRound]
    is_enrolled: bool
    phase_one: Term | None
    seat_complete_on: date | None = None
    extended_until: date | None = None
    resubmit_by: date | None = None

    @property
    def newest_result(self) -> RoundStatus | None:
        """The result that stands; none where there is none."""
        return newest_result(self.rounds)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A district's office hours of a day: the local day for which they were planned, and when they begin."""

    planned_on: date
    starts_at: datetime
    is_canceled: bool


def portfolio_window(phase_one: Term, portfolio: Portfolio) -> Term:
    """Six months from the end of phase 1, and never beyond nine months from its start."""
    by_phase_two = phase_one.ends_on + relativedelta(months=portfolio.months)
    by_program = phase_one.starts_on + relativedelta(months=portfolio.program_months)
    return Term(phase_one.ends_on, min(by_phase_two, by_program))


def seat_complete_on(seated_at: datetime, signed_at: datetime, policy: Policy) -> date:
    """The local day on which a seat was complete: taken, and its form signed. Source: ruling, portfolios without a cohort."""
    return policy.local_day(max(seated_at, signed_at))


def librarian_window(complete_on: date, portfolio: Portfolio) -> Term:
    """Six months from the day on which the seat of a librarian is complete who is certified as an educator already.

    Source: FAQ, librarian certification (no cohort); ruling, the six months count from the day on which the seat is complete.
    """
    return Term(complete_on, complete_on + relativedelta(months=portfolio.months))


def window_of(phase_one: Term | None, complete_on: date | None, portfolio: Portfolio) -> Term | None:
    """The time for a portfolio: by the cohort, or without one by the librarian's seat; none where there is neither.

    Source: FAQ III, phase 2; FAQ, librarian certification.
    """
    if phase_one is not None:
        return portfolio_window(phase_one, portfolio)
    return None if complete_on is None else librarian_window(complete_on, portfolio)


def open_space(window: Term) -> Ruling:
    """What is told of a librarian portfolio that is made without a cohort. Source: FAQ, librarian certification."""
    reason = f"The librarian portfolio needs no cohort; it can be submitted from {window.starts_on} through {window.ends_on}."
    return Ruling(RULE, Outcome.OPEN, reason)


def is_open(window: Term, day: date) -> bool:
    """Whether a portfolio is being made on a day, so that its participant is offered office hours."""
    return window.starts_on <= day <= window.ends_on


def extended_window(window: Term, until: date | None) -> Term:
    """The time for a portfolio with what an operator has given beyond it, if anything. Source: ruling on extensions."""
    return window if until is None else Term(window.starts_on, max(window.ends_on, until))


def tracks_of(is_librarian: bool) -> tuple[Track, ...]:
    """The portfolios that somebody in a cohort makes: who has a librarian's seat makes both. Source: FAQ III, artifacts."""
    return (Track.EDUCATOR, Track.LIBRARIAN) if is_librarian else (Track.EDUCATOR,)


def admit_submission(submitted_at: datetime, facts: SubmissionFacts, policy: Policy) -> Ruling:
    """Whether a submission of that moment counts: enrolled, not under review then, not certified, and in time.

    What did not certify has a time of its own, which its result told.

    A certified educator's librarian portfolio needs no cohort (FAQ IV); its time counts from the day the seat is complete.
    """
    rejection = admit_beside_rounds(submitted_at, facts.rounds, policy)
    if rejection:
        return rejection
    if not facts.is_enrolled:
        reason = (
            "No signed commitment form for this certification is on record; ask the district lead or program staff."
        )
        return Ruling(RuleId.COMMITMENT_FORM_FIRST, Outcome.REJECTED, reason)
    return _in_time(policy.local_day(submitted_at), facts, policy.portfolio)


def _in_time(day: date, facts: SubmissionFacts, portfolio: Portfolio) -> Ruling:
    if facts.newest_result is RoundStatus.NOT_YET:
        return admit_resubmission(day, facts.resubmit_by, facts.extended_until)
    window = window_of(facts.phase_one, facts.seat_complete_on, portfolio)
    if window is None:
        reason = "This person has not been in a cohort of phase 1; ask program staff for a place in one."
        return Ruling(RULE, Outcome.REJECTED, reason)
    begins = "when phase 1 ends" if facts.phase_one else "when the librarian's seat is complete"
    return _in_window(day, extended_window(window, facts.extended_until), begins)


def last_day(facts: SubmissionFacts, policy: Policy) -> date | None:
    """The last local day on which this portfolio can be submitted; none where there is no such day."""
    if facts.newest_result is RoundStatus.NOT_YET:
        return max(filter(None, (facts.resubmit_by, facts.extended_until)), default=None)
    window = window_of(facts.phase_one, facts.seat_complete_on, policy.portfolio)
    return None if window is None else extended_window(window, facts.extended_until).ends_on


def check_artifacts(missing: Sequence[str]) -> Ruling:
    """Whether a portfolio goes to the panel, by the artifacts that it lacks. Source: FAQ III, artifacts by role."""
    rule = RuleId.COMPLETE_PORTFOLIO
    if missing:
        names = ", ".join(name.replace("-", " ") for name in missing)
        reason = (
            f"The portfolio is not complete; it lacks: {names}. Add what is missing and submit the portfolio again."
        )
        return Ruling(rule, Outcome.INCOMPLETE, reason)
    return Ruling(rule, Outcome.ACCEPTED, "The portfolio has all artifacts of its track.")


def kind_of_round(newest_result: RoundStatus | None) -> RoundKind:
    """Why a portfolio that was submitted is reviewed: for the first time, or once more. Source: FAQ III, resubmission."""
    return RoundKind.FIRST if newest_result is None else RoundKind.RESUBMISSION


def extend(
    window: Term | None, until: date, reason: str, today: date, portfolio: Portfolio, *, is_certified: bool = False
) -> Ruling:
    """Whether an operator may give more time for one portfolio: with a reason, and not without end. Source: ruling.

    ``window`` is none where the person needs a cohort and is in none; ``is_certified`` says that this portfolio is certified
    already.
    """
    rule = RuleId.PORTFOLIO_EXTENSION
    if window is None:
        return Ruling(rule, Outcome.REJECTED, "This person is in no cohort; check the id.")
    latest = window.ends_on + timedelta(days=portfolio.extension_maximum_days)
    checks = (
        (is_certified, "This portfolio is certified already; no more time is needed."),
        (not reason.strip(), "An extension needs a reason; it stays on record."),
        (until <= window.ends_on, f"The time ends on {window.ends_on} anyway; name a later day."),
        (until < today, "The new last day has passed; name a later one."),
        (until > latest, f"The time can be extended to {latest} at most."),
    )
    rejection = next((why for applies, why in checks if applies), "")
    if rejection:
        return Ruling(rule, Outcome.REJECTED, rejection)
    return Ruling(rule, Outcome.EXTENDED, f"The portfolio may be submitted through {until}. Reason: {reason.strip()}.")


def remind(
    track: Track, window: Term, is_submitted: bool, today: date, portfolio: Portfolio
) -> tuple[int, Ruling] | None:
    """The reminder that is due for a portfolio with its mark (days before the end); none where it has been submitted."""
    mark = None if is_submitted else reminder_due(window, today, portfolio)
    if mark is None:
        return None
    reason = f"No complete {track} portfolio has been submitted; the last day for it is {window.ends_on}."
    return mark, Ruling(RuleId.PORTFOLIO_REMINDER, Outcome.REMINDED, reason)


def reminder_due(window: Term, today: date, portfolio: Portfolio) -> int | None:
    """Which reminder is due for a portfolio that was not submitted: so many days before the end, or none. Source: ruling."""
    left = (window.ends_on - today).days
    due = [days for days in portfolio.reminder_days_before if 0 <= left <= days]
    return min(due, default=None)


def plan_office_hours(hours: int, until: date) -> Ruling:
    """What is told of a district's new office hours: how many, and until which day."""
    reason = f"{count(hours, 'session')} of private office hours {'is' if hours == 1 else 'are'} planned until {until}."
    return Ruling(RuleId.OFFICE_HOURS, Outcome.PLANNED, reason)


def change_office_hours(
    planned: Iterable[OfficeHours],
    day: date,
    starts_at: datetime | None,
    as_of: datetime,
    *,
    reason: str,
    policy: Policy,
    closed: Collection[date] = (),
    has_host: bool = True,
) -> Ruling:
    """Whether the office hours of a local day can be moved, or canceled where no new time is named; *none* if they are so.

    Hours that have begun cannot be changed, and hours that were canceled stay canceled. None are moved to a day on which the
    state or the district is ``closed``, or to a time at which nobody can host them. Source: ruling on office hours.
    """
    to_come = {hours.planned_on: hours for hours in planned if hours.starts_at > as_of}
    hours = to_come.get(day)
    rule, why = RuleId.OFFICE_HOURS, reason.strip() or "none was given"
    if hours is None:
        days = ", ".join(map(str, sorted(to_come))) or "none"
        told = f"The district has no office hours to come planned for {day}; there are: {days}."
        return Ruling(rule, Outcome.REJECTED, told)
    if (hours.is_canceled and starts_at is None) or hours.starts_at == starts_at:
        return Ruling(rule, Outcome.NONE, f"The office hours of {day} are as requested.")
    if hours.is_canceled or starts_at is None:
        return Ruling(rule, Outcome.CANCELED, f"The office hours of {day} are canceled. Reason: {why}.")
    wanted = policy.local_day(starts_at)
    if wanted in closed:
        return Ruling(rule, Outcome.REJECTED, f"The district is closed on {wanted}; choose another day.")
    if not has_host:
        return Ruling(rule, Outcome.REJECTED, "Every facilitator has another meeting then; choose another time.")
    local = f"{starts_at.astimezone(policy.zone):%Y-%m-%d at %H:%M}"
    return Ruling(rule, Outcome.MOVED, f"The office hours of {day} are moved to {local}. Reason: {why}.")


def pass_office_hours_on(hosts: Mapping[date, str | None], reason: str) -> Ruling:
    """What is told of a district's office hours whose host is gone: who hosts them now, or that nobody can.

    ``hosts`` has the new one for each local day, or none. Source: ruling on office hours (with a host).
    """
    days: dict[str | None, list[str]] = {}
    for day, host_id in sorted(hosts.items()):
        days.setdefault(host_id, []).append(str(day))
    told = [
        f"Hosted by {host_id}: {', '.join(on)}." if host_id else f"Canceled, as nobody can host them: {', '.join(on)}."
        for host_id, on in days.items()
    ]
    outcome = Outcome.CANCELED if None in days else Outcome.LED_ANEW
    return Ruling(RuleId.OFFICE_HOURS, outcome, " ".join((*told, because(reason))))


def _in_window(day: date, window: Term, begins: str) -> Ruling:
    if day < window.starts_on:
        reason = f"Portfolios can be submitted from {window.starts_on} on, {begins}; submit it again then."
        return Ruling(RULE, Outcome.REJECTED, reason)
    if day > window.ends_on:
        reason = f"The time for this portfolio ended on {window.ends_on}; ask program staff whether it can be extended."
        return Ruling(RULE, Outcome.REJECTED, reason)
    return Ruling(RULE, Outcome.ACCEPTED, f"Submitted in time; the last day is {window.ends_on}.")


def missing_artifacts(track: Track, artifacts: Collection[str], portfolio: Portfolio) -> tuple[str, ...]:
    """The artifacts that the track asks for and the submission lacks, in the order of the policy."""
    return tuple(name for name in portfolio.artifacts[track.value] if name not in artifacts)
