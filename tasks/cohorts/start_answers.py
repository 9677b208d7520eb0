"""What leads say to the start of their cohorts, from files or through an operator, and what operators decide."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from rules.cohorts.start_answers import LeadAnswer, StartFit, answer_start, confirm_start_by, decide_start, fit_start
from rules.rule_ids import RuleId
from schemas.kinds import ConfirmedBy, InputKind, SubjectKind
from schemas.records import Ruling
from schemas.statuses import Outcome, StartAnswer, StartStatus
from schemas.tables import Application, Cohort, IntakeRow, StartAgreement
from tasks.cohorts.agreements import agreements, facts_of, kind_for, still_open, told_so_far
from tasks.cohorts.starts import calendar_of, move_cohort, propose_start, tell_start_moved
from tasks.core.step import step
from tasks.intake.cell_values import day, day_or_none
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter

NO_FIT = StartFit(())


@step
def settle_start_answers(season: str, as_of: datetime) -> int:
    """Take the leads' answers to the starts of their cohorts, in the order in which they came; how many were taken."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.START, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle, work)))


def _settle(work: Work, row: IntakeRow) -> bool:
    content = row.content
    try:
        answered_on, wanted = day(content["answered_on"]), day_or_none(content, "starts_on")
    except ValueError as error:
        quarantine(work.db, row, "ST-009", f"{error}; correct the date")
        return False
    cohort = work.db.get(Cohort, (work.season, content["cohort_id"]))
    if cohort is None:
        quarantine(work.db, row, RuleId.START_ANSWERED, f"There is no cohort {content['cohort_id']}; check its number.")
        return False
    said = LeadAnswer(StartAnswer(content["answer"]), wanted, answered_on)
    ruling, fit = _ruled(work, cohort, content["lea_id"], said)
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    if ruling.outcome == Outcome.SUPERSEDED:
        supersede(row, ruling.reason)
        return False
    work.decide(SubjectKind.COHORT, f"{cohort.cohort_id}/{content['lea_id']}", ruling, **_inputs(said))
    _apply(work, cohort, content["lea_id"], said, ruling=ruling, fit=fit)
    accept(row, ruling.reason)
    return True


def _inputs(said: LeadAnswer) -> dict[str, str]:
    asked_for = said.day.isoformat() if said.day else ""
    return {"answer": said.answer, "asked_for": asked_for, "answered_on": said.answered_on.isoformat()}


@step
def record_start_answer(
    season: str, lea_id: str, cohort_id: str, asked_for: date | None, *, requested_by: str, as_of: datetime
) -> str:
    """Record what a lead said today: that the start works, or which other one would; the reason as it is recorded.

    Raises:
        OperatorError: there is no such start to answer, or not any more.
    """
    with unit_of_work(season, as_of) as work:
        key = f"{cohort_id}/{lea_id}"
        if work.was_decided(SubjectKind.COHORT, key, RuleId.START_ANSWERED):  # a repeated run
            return "The answer is on record."
        cohort = _cohort(work, cohort_id)
        said = LeadAnswer(StartAnswer.ANOTHER if asked_for else StartAnswer.CONFIRM, asked_for, work.today)
        ruling, fit = _ruled(work, cohort, lea_id, said)
        work.require_allowed(SubjectKind.COHORT, key, ruling, **_inputs(said), requested_by=requested_by)
        _apply(work, cohort, lea_id, said, ruling=ruling, fit=fit)
    return ruling.reason


def _cohort(work: Work, cohort_id: str) -> Cohort:
    cohort = work.db.get(Cohort, (work.season, cohort_id))
    if cohort is None:
        raise OperatorError(f"There is no cohort {cohort_id}; check its number.")
    return cohort


def _ruled(work: Work, cohort: Cohort, lea_id: str, said: LeadAnswer) -> tuple[Ruling, StartFit]:
    item = work.db.get(StartAgreement, (work.season, cohort.cohort_id, lea_id))
    fit = _fit(work, cohort, said.day) if said.day else NO_FIT
    agreement = told_so_far(work, item) if item else None
    facts = replace(facts_of(cohort), kind=kind_for(work, cohort, lea_id))
    return answer_start(facts, agreement, said, fit, work.today), fit


def _fit(work: Work, cohort: Cohort, asked_for: date) -> StartFit:
    return fit_start(asked_for, calendar_of(work.db, work.policy, cohort, work.as_of), work.policy, work.today)


def _apply(work: Work, cohort: Cohort, lea_id: str, said: LeadAnswer, *, ruling: Ruling, fit: StartFit) -> None:
    """Bring the books to what was ruled on a lead's answer, and tell the lead."""
    if ruling.outcome == Outcome.MOVED:
        move_cohort(work, cohort, fit.days)
        for other in agreements(work, cohort.cohort_id):
            if other.lea_id != lea_id:  # somebody of another district is there as an exception
                propose_start(work, cohort, other.lea_id, "the district of the cohort asked for it")
    item = work.db.get_one(StartAgreement, (work.season, cohort.cohort_id, lea_id))
    item.answered_on, item.asked_for, item.starts_on = said.answered_on, said.day, cohort.starts_on
    if ruling.outcome == Outcome.REQUESTED:
        item.status, item.confirmed_by = StartStatus.ANOTHER_ASKED, ConfirmedBy.NOBODY
        item.confirm_by = confirm_start_by(cohort.starts_on, work.today, work.policy.cohorts)
    else:
        item.status, item.confirmed_by = StartStatus.CONFIRMED, ConfirmedBy.LEAD
    work.db.flush()
    if ruling.outcome == Outcome.MOVED:
        tell_start_moved(work, cohort, ruling)
    _tell(work, cohort, item, ruling, fit)


def _tell(work: Work, cohort: Cohort, item: StartAgreement, ruling: Ruling, fit: StartFit = NO_FIT) -> None:
    lead = work.db.get_one(Application, (work.season, item.lea_id))
    key = f"start-answer/{item.lea_id}/{cohort.cohort_id}/{work.cause}"
    told: dict[str, Any] = {"cohort_id": cohort.cohort_id, "starts_on": cohort.starts_on, "confirm_by": item.confirm_by}
    told |= still_open(work, cohort, item)
    others = [day for day in fit.others if day != cohort.starts_on]
    write_letter(work, key, "start_answered", lead.lead_email, application=lead, ruling=ruling, others=others, **told)


@step
def decide_on_start(season: str, cohort_id: str, starts_on: date, reason: str, as_of: datetime) -> str:
    """Move a cohort to another start, or keep the one that it has, as an operator decides; the reason as it is recorded.

    Whoever asked is told; where the cohort moves, everybody in it is, and the other leads can answer again.

    Raises:
        OperatorError: there is no such cohort, it has begun, the start does not fit, or there is no reason.
    """
    with unit_of_work(season, as_of) as work:
        cohort = _cohort(work, cohort_id)
        if work.was_decided(SubjectKind.COHORT, cohort_id, RuleId.START_DECIDED):  # a repeated run
            return "The start was decided."
        fit = _fit(work, cohort, starts_on)
        ruling = decide_start(facts_of(cohort), starts_on, fit, reason, work.today)
        work.require_allowed(SubjectKind.COHORT, cohort_id, ruling, asked_for=starts_on.isoformat())
        if ruling.outcome == Outcome.MOVED:
            move_cohort(work, cohort, fit.days)
        for item in agreements(work, cohort_id):
            _follow(work, cohort, item, ruling, reason)
        if ruling.outcome == Outcome.MOVED:
            tell_start_moved(work, cohort, ruling)
    return ruling.reason


def _follow(work: Work, cohort: Cohort, item: StartAgreement, ruling: Ruling, reason: str) -> None:
    """What an operator's decision does to what was agreed with one lead."""
    is_asked = item.status == StartStatus.ANOTHER_ASKED
    if ruling.outcome == Outcome.MOVED and not (is_asked and _is_granted(work, cohort, item)):
        propose_start(work, cohort, item.lea_id, reason)
    elif is_asked:
        item.status, item.confirmed_by = StartStatus.CONFIRMED, ConfirmedBy.OPERATOR
        item.starts_on = cohort.starts_on
        work.db.flush()
        _tell(work, cohort, item, ruling)


def _is_granted(work: Work, cohort: Cohort, item: StartAgreement) -> bool:
    """Whether a cohort that was moved starts when the lead asked for it."""
    return item.asked_for is not None and _fit(work, cohort, item.asked_for).days[:1] == (cohort.starts_on,)
