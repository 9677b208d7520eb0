"""Results that are late: the participant is told before the promised date, and the breach stays on record."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from rules.reviews.results import UNDER_REVIEW
from rules.reviews.sla import has_passed, late_notice, late_result, resumed_clock, told_through
from rules.transitions import REVIEW_CLOCK
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import SlaClock
from schemas.statuses import ClockState
from schemas.tables import Educator, Portfolio, ReviewRound
from tasks.core.state_changes import change_status
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter


def open_clocks(work: Work) -> Any:
    """The rounds without a result that have begun by now."""
    return select(ReviewRound).where(
        ReviewRound.season == work.season, ReviewRound.status.in_(UNDER_REVIEW), ReviewRound.opened_at <= work.as_of
    )


@step
def tell_late_results(season: str, as_of: datetime, next_run_on: date | None = None) -> int:
    """Tell whoever gets a late result, before its promised day or as soon as it is noticed; the letters written.

    ``next_run_on`` is the day on which somebody looks at the reviews again, where the schedule does not do so before.
    """
    with unit_of_work(season, as_of) as work:
        return tell_late(work, next_run_on)


def tell_late(work: Work, next_run_on: date | None) -> int:
    """The same within what else is done at the moment: whatever looks at the open reviews tells of late ones."""
    through = told_through(work.today, next_run_on, work.policy.review)
    soon = work.as_of + (through - work.today) + timedelta(days=1)
    query = open_clocks(work).where(ReviewRound.held_since.is_(None), ReviewRound.due_at <= soon)
    rounds = list(work.db.scalars(query.order_by(ReviewRound.due_at, ReviewRound.portfolio_id)))
    written = keys_written(work.db, work.season, "late-result/") if rounds else frozenset()
    return sum(_tell(work, round_, next_run_on, written) for round_ in rounds)


def _tell(work: Work, round_: ReviewRound, next_run_on: date | None, written: frozenset[str]) -> bool:
    """Tell of one round, once for each promised day that it has had."""
    due_on = work.policy.local_day(round_.due_at)
    key = f"late-result/{round_.portfolio_id}/{round_.round_number}/{due_on}"
    ruling = late_notice(round_.round_number, due_on, work.today, next_run_on, work.policy.review)
    if ruling is None or key in written:
        return False
    portfolio = work.db.get_one(Portfolio, round_.portfolio_id)
    person = work.db.get_one(Educator, (work.season, portfolio.email))
    work.decide(SubjectKind.PORTFOLIO, round_.portfolio_id, ruling)
    letter = {"person": person, "portfolio": portfolio, "round": round_, **lateness(work, round_)}
    write_letter(work, key, "result_late", person.email, **letter)
    return True


def lateness(work: Work, round_: ReviewRound) -> dict[str, bool]:
    """How late a round is for its participant, who was promised a day: past that day, and past the latest one."""
    days = {"is_late": round_.due_at, "is_breached": round_.breach_at}
    return {name: has_passed(deadline, work.as_of, work.policy) for name, deadline in days.items()}


def end_hold(round_: ReviewRound, as_of: datetime, policy: Policy) -> None:
    """Let the clock of a round run on from a moment, if it was paused: its days are later by as long as it was."""
    if round_.held_since is not None:
        later = resumed_clock(_clock(round_), round_.held_since, as_of, policy)
        round_.due_at, round_.breach_at, round_.held_since = later.due_at, later.breach_at, None


def mark_late_result(work: Work, round_: ReviewRound) -> bool:
    """Put on record that the result of a round came late, if that was not noticed before; whether it was new."""
    told = ClockState(round_.clock_state)
    ruling = late_result(round_.round_number, told, _clock(round_), work.as_of, work.policy)
    if ruling is None:
        return False
    change_status(work.db, round_, REVIEW_CLOCK, ClockState(ruling.outcome))
    work.decide(SubjectKind.PORTFOLIO, round_.portfolio_id, ruling)
    return True


def report_late(work: Work, name: str, rounds: Sequence[ReviewRound]) -> None:
    """Write to program staff of the rounds that are late, and to the agency of those past their limit."""
    breached = [round_ for round_ in rounds if round_.clock_state == ClockState.BREACHED]
    letters = work.policy.letters
    for key, to, found in ((name, letters.operators, rounds), (f"{name}-agency", letters.agency, breached)):
        if found:
            told = f"{key}/{work.as_of.isoformat()}"
            write_letter(work, told, "sla_report", to, rounds=found, as_of=work.as_of)


def _clock(round_: ReviewRound) -> SlaClock:
    return SlaClock(round_.due_at, round_.breach_at)
