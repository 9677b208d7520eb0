"""The SLA watch: early warnings, the ladder of who is told, reminders, reassignment after silence, and rounds that are held."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.reviews.results import UNDER_REVIEW
from rules.reviews.sla import LATE, evaluator_step, hold_review, reminders_due, resume_review, sla_notice
from rules.rule_ids import RuleId
from rules.transitions import REVIEW_CLOCK
from schemas.kinds import SubjectKind
from schemas.records import Ruling, SlaClock
from schemas.statuses import ClockState, Outcome
from schemas.tables import Assignment, Educator, Evaluator, Portfolio, ReviewRound
from tasks.core.state_changes import change_status
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.reviews.late_results import end_hold, open_clocks, report_late
from tasks.reviews.routing import withdraw_review

HOLD = RuleId.SLA_HOLD


class _Silent(NamedTuple):
    """A review without a score, and who has not given it."""

    assignment: Assignment
    person: Evaluator


SilentByRound = Mapping[tuple[str, int], Sequence[_Silent]]  # by portfolio and number


@step
def watch_rounds(season: str, as_of: datetime) -> int:
    """Tell of every open round that has come a step further on the ladder, once for each step; the rounds told of.

    Evaluators hear first, operators when the target has passed, and the agency when the limit has.
    """
    with unit_of_work(season, as_of) as work:
        query = open_clocks(work).where(ReviewRound.held_since.is_(None))
        rounds = list(work.db.scalars(query.order_by(ReviewRound.due_at, ReviewRound.portfolio_id)))
        silent = _silent(work.db, season)
        noticed = [round_ for round_ in rounds if _notice(work, round_, silent)]
        late = [round_ for round_ in noticed if round_.clock_state in LATE]
        report_late(work, "sla", late)
    return len(noticed)


def _silent(db: Session, season: str) -> SilentByRound:
    """The assignments without a score of each open round, with their evaluators."""
    query = (
        select(Assignment, Evaluator)
        .join(Evaluator, Evaluator.evaluator_id == Assignment.evaluator_id)
        .join(
            ReviewRound,
            (ReviewRound.portfolio_id == Assignment.portfolio_id)
            & (ReviewRound.round_number == Assignment.round_number),
        )
        .where(ReviewRound.season == season, ReviewRound.status.in_(UNDER_REVIEW))
        .where(Assignment.score_hundredths.is_(None), Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.portfolio_id, Assignment.round_number, Assignment.evaluator_id)
    )
    found: dict[tuple[str, int], list[_Silent]] = defaultdict(list)
    for assignment, person in db.execute(query):
        found[assignment.portfolio_id, assignment.round_number].append(_Silent(assignment, person))
    return found


def _notice(work: Work, round_: ReviewRound, silent: SilentByRound) -> bool:
    clock, told = SlaClock(round_.due_at, round_.breach_at), ClockState(round_.clock_state)
    ruling = sla_notice(round_.round_number, told, clock, work.as_of, work.policy)
    if ruling is None:
        return False
    state = ClockState(ruling.outcome)
    change_status(work.db, round_, REVIEW_CLOCK, state)
    work.decide(SubjectKind.PORTFOLIO, round_.portfolio_id, ruling)
    for _, person in silent.get((round_.portfolio_id, round_.round_number), ()):
        key = f"sla/{state}/{round_.portfolio_id}/{round_.round_number}/{person.evaluator_id}"
        write_letter(work, key, "review_overdue", person.email, evaluator=person, round=round_, state=state)
    return True


@step
def follow_evaluators(season: str, as_of: datetime) -> int:
    """Remind evaluators without a score, and after long silence assign their reviews to others; the reviews withdrawn."""
    with unit_of_work(season, as_of) as work:
        held = {(row.portfolio_id, row.round_number) for row in work.db.execute(_held(work))}
        withdrawn = 0
        for key, found in _silent(work.db, season).items():
            for assignment, person in found if key not in held else ():
                ruling = evaluator_step(assignment.assigned_at, assignment.reminders, as_of, work.policy)
                if ruling:
                    withdrawn += _follow(work, assignment, person, ruling)
    return withdrawn


def _held(work: Work) -> Any:
    query = select(ReviewRound.portfolio_id, ReviewRound.round_number)
    return query.where(ReviewRound.season == work.season, ReviewRound.held_since.is_not(None))


def _follow(work: Work, assignment: Assignment, person: Evaluator, ruling: Ruling) -> bool:
    is_withdrawn = ruling.outcome == Outcome.REASSIGNED
    assignment.reminders = reminders_due(assignment.assigned_at, work.as_of, work.policy) + is_withdrawn
    work.decide(SubjectKind.REVIEW, assignment.subject, ruling)
    if is_withdrawn:
        withdraw_review(work, assignment)
    context: dict[str, Any] = {
        "evaluator": person,
        "portfolio_id": assignment.portfolio_id,
        "is_withdrawn": is_withdrawn,
    }
    context |= {"ruling": ruling, "assigned_at": assignment.assigned_at}
    write_letter(
        work, f"silence/{assignment.subject}/{assignment.reminders}", "evaluator_silent", person.email, **context
    )
    return is_withdrawn


@step
def hold_round(season: str, portfolio_id: str, reason: str, as_of: datetime) -> int:
    """Pause the clock of a portfolio's open round while its participant is waited for; the round, 0 if that was done.

    Raises:
        OperatorError: no round is open, or there is no reason.
    """
    with unit_of_work(season, as_of) as work:
        if work.was_decided(SubjectKind.PORTFOLIO, portfolio_id, HOLD):  # a repeated run
            return 0
        round_ = _open_round(work, portfolio_id)
        if round_.held_since is None:
            ruling = hold_review(round_.round_number, reason)
            work.require_allowed(SubjectKind.PORTFOLIO, portfolio_id, ruling)
            round_.held_since, round_.hold_reason = as_of, reason.strip()
            _tell(work, round_, ruling)
        return round_.round_number


@step
def resume_round(season: str, portfolio_id: str, as_of: datetime) -> int:
    """Let the clock of a held round run again, its days later by as long as it was paused; its number, or 0 if it was done.

    Raises:
        OperatorError: no round is open.
    """
    with unit_of_work(season, as_of) as work:
        if work.was_decided(SubjectKind.PORTFOLIO, portfolio_id, HOLD):  # a repeated run
            return 0
        round_ = _open_round(work, portfolio_id)
        if round_.held_since is not None:
            end_hold(round_, as_of, work.policy)
            ruling = resume_review(round_.round_number, work.policy.local_day(round_.due_at))
            work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, due_at=round_.due_at.isoformat())
            _tell(work, round_, ruling)
        return round_.round_number


def _open_round(work: Work, portfolio_id: str) -> ReviewRound:
    round_: ReviewRound | None = work.db.scalar(open_clocks(work).where(ReviewRound.portfolio_id == portfolio_id))
    if round_ is None:
        raise OperatorError(f"No round of portfolio {portfolio_id} is open; check the id.")
    return round_


def _tell(work: Work, round_: ReviewRound, ruling: Ruling) -> None:
    portfolio = work.db.get_one(Portfolio, round_.portfolio_id)
    person = work.db.get_one(Educator, (work.season, portfolio.email))
    key = f"hold/{round_.portfolio_id}/{round_.round_number}/{ruling.outcome}/{work.as_of.isoformat()}"
    letter = {"person": person, "portfolio": portfolio, "round": round_, "state": ruling.outcome}
    write_letter(work, key, "review_held", person.email, **letter)
