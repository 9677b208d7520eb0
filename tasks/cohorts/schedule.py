"""Forming cohorts: read who waits and who can lead, plan once, commit the whole plan in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from rules.cohorts.reasons import place
from rules.cohorts.sessions import term_of
from rules.cohorts.start_answers import confirm_start_by
from rules.cohorts.starts import choose_start, tell_start, why_outside
from rules.portfolios import portfolio_window
from schemas.kinds import PlanKind, SubjectKind
from schemas.records import CohortPlan, PlannedCohort
from schemas.tables import (
    Cohort,
    CohortMember,
    Decision,
    Educator,
    Plan,
)
from tasks.cohorts.members import put_sessions, session_meeting
from tasks.cohorts.planning import Waiting, closed_for, planning_input, solve_plan, who_waits, windows_of
from tasks.core.database import insert, reading
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import send_invitation

KIND = PlanKind.COHORTS


@step
def schedule_cohorts_once(season: str, as_of: datetime) -> int:
    """Plan cohorts for the certification participants without one, and schedule their sessions; the people placed.

    One plan for one moment: where the plan of this moment is on record, nothing is done. Nothing is locked while the solver
    works; where somebody has come or gone meanwhile, it is planned again.
    """
    while True:
        with reading() as db:
            waiting = who_waits(db, season, as_of)
            given = planning_input(db, policy_of(season), waiting, as_of)
            is_planned = db.get(Plan, (season, KIND, as_of)) is not None
        if is_planned:
            return 0
        plan = solve_plan(given)
        with unit_of_work(season, as_of) as work:
            if work.db.get(Plan, (season, KIND, as_of)):
                return 0
            if who_waits(work.db, season, as_of) == waiting:
                achieved, bounds = dict(plan.values), dict(plan.bounds)
                work.db.add(Plan(season=season, kind=KIND, planned_at=as_of, achieved=achieved, bounds=bounds))
                return _commit(work, plan, waiting)


def _commit(work: Work, plan: CohortPlan, waiting: Waiting) -> int:
    left = {lea_id: list(emails) for lea_id, emails in waiting.items()}
    placed = 0
    for number, cohort in enumerate(plan.cohorts, start=next_number(work)):
        emails = [left[lea_id].pop(0) for lea_id, n in sorted(cohort.learners_by_lea_id.items()) for _ in range(n)]
        _store(work, f"{work.season}-C{number:03d}", cohort, emails)
        placed += len(emails)
    for lea_id, ruling in plan.unplaced.items():
        work.decide(SubjectKind.DISTRICT, lea_id, ruling, learners=len(waiting[lea_id]))
    return placed


def next_number(work: Work) -> int:
    """The number of the next cohort; that of one that was dissolved is not given again."""
    ever = [*work.db.scalars(select(Cohort.cohort_id).where(Cohort.season == work.season))]
    told = select(Decision.subject_key).where(
        Decision.season == work.season, Decision.subject_kind == SubjectKind.COHORT
    )
    ever += work.db.scalars(told)
    return max((int(name.partition("/")[0].rpartition("-C")[2]) for name in ever), default=0) + 1


def open_cohort(work: Work, cohort_id: str, cohort: PlannedCohort) -> Sequence[tuple[datetime, datetime]]:
    """Put a cohort in the books with its sessions; when they begin and end.

    Raises:
        ArithmeticError: its districts have no days for it; the plan was made for other days.
    """
    lea_ids = tuple(cohort.learners_by_lea_id)
    windows = windows_of(work.db, work.policy, lea_ids)
    closed = closed_for(work.policy, lea_ids)
    chosen = choose_start(cohort.slot, closed, windows, work.policy.cohorts, work.today)
    if chosen is None:
        raise ArithmeticError(f"a cohort was planned in {cohort.slot}, where its districts have no days for it")
    given: dict[str, Any] = {"closed": closed, "windows": windows, "cohorts": work.policy.cohorts, "today": work.today}
    why = {lea_id: why_outside(lea_id, chosen.days[0], cohort.slot, **given) for lea_id in chosen.missed}
    work.decide(SubjectKind.COHORT, cohort_id, tell_start(chosen, windows, why), met=chosen.met, missed=chosen.missed)
    term = term_of(chosen.days[0], work.policy.cohorts)
    key = {"season": work.season, "cohort_id": cohort_id}
    insert(work.db, Cohort, [{**key, **_facts(cohort), "starts_on": term.starts_on, "ends_on": term.ends_on}])
    return put_sessions(work, cohort_id, cohort.slot, chosen.days)


def _facts(cohort: PlannedCohort) -> dict[str, str]:
    return {
        "kind": cohort.kind,
        "slot": cohort.slot,
        "facilitator_id": cohort.facilitator_id,
    }


def _store(work: Work, cohort_id: str, cohort: PlannedCohort, emails: Sequence[str]) -> None:
    times, row = open_cohort(work, cohort_id, cohort), _facts(cohort)
    term = term_of(times[0][0].date(), work.policy.cohorts)
    insert(work.db, CohortMember, [{"season": work.season, "cohort_id": cohort_id, "email": e} for e in emails])
    meetings = [session_meeting(cohort_id, number, *span) for number, span in enumerate(times, start=1)]
    ruling = place(cohort.kind, cohort_id, cohort.slot, term.starts_on)
    query = select(Educator).where(Educator.season == work.season, Educator.email.in_(emails)).order_by(Educator.email)
    for person in work.db.scalars(query):
        work.decide(SubjectKind.EDUCATOR, person.email, ruling, **row)
        letter: dict[str, Any] = {
            "cohort": {**row, "cohort_id": cohort_id},
            "term": term,
            "person": person,
            "sessions": times,
            "exception_reason": "",
            "host": "",
            "left": None,
            "is_off": False,
            "submit_by": portfolio_window(term, work.policy.portfolio).ends_on,
            "open_until": confirm_start_by(term.starts_on, work.today, work.policy.cohorts),  # the leads are asked next
        }
        key = f"cohort/{cohort_id}/{person.email}"
        send_invitation(work, key, "cohort", person.email, meetings=meetings, **letter)
