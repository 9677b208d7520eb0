"""Academy selections and completions, row by row against the rule."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.academy import choose_course, chosen_hours, completion, hours_warning
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Component
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import Educator, Enrollment, IntakeRow, Selection
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter

Chosen = dict[str, dict[str, Selection]]


@step
def settle_selections(season: str, as_of: datetime) -> int:
    """Take over the staged selections that the rule allows, and note completions; the rows taken over."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.SELECTION, as_of)
        enrolled = _enrolled(work.db, season)
        done = sum(settle_rows(work, rows, lambda: partial(_settle, work, _chosen(work.db, season), enrolled)))
        work.db.flush()
        chosen = _chosen(work.db, season)
        for email in sorted({row.content["email"] for row in rows if chosen[row.content["email"]]}):
            warning = hours_warning(chosen[email], work.policy.academy)
            if warning:
                work.decide(SubjectKind.EDUCATOR, email, warning)
        told = keys_written(work.db, season, "academy-completed/")
        for email in sorted({row.content["email"] for row in rows}):
            if f"academy-completed/{email}" not in told:
                _complete(work, email, chosen[email])
    return done


def _complete(work: Work, email: str, chosen: Mapping[str, Selection]) -> None:
    """Tell a person when they have completed the academy."""
    hours = chosen_hours([course for course, item in chosen.items() if item.completed_on], work.policy.academy)
    ruling = completion(hours, work.policy.academy)
    if ruling:
        work.decide(SubjectKind.EDUCATOR, email, ruling, hours=hours)
        person = work.db.get_one(Educator, (work.season, email))
        write_letter(work, f"academy-completed/{email}", "academy_completed", email, person=person, hours=hours)


def _chosen(db: Session, season: str) -> Chosen:
    found: Chosen = defaultdict(dict)
    for selection in db.scalars(select(Selection).where(Selection.season == season)):
        found[selection.email][selection.course] = selection
    return found


def _enrolled(db: Session, season: str) -> frozenset[str]:
    query = select(Enrollment.email).where(Enrollment.season == season, Enrollment.component == Component.ACADEMY)
    return frozenset(db.scalars(query.where(Enrollment.status == EnrollmentStatus.ENROLLED)))


def _settle(work: Work, chosen: Chosen, enrolled: frozenset[str], row: IntakeRow) -> bool:
    email, course = row.content["email"], row.content["course"]
    try:
        selected_on = day(row.content["selected_on"])
        completed_on = day(row.content["completed_on"]) if row.content.get("completed_on") else None
    except ValueError as error:
        quarantine(work.db, row, "SE-005", f"{error}; correct the date")
        return False
    ruling = choose_course(course, chosen[email], email in enrolled, completed_on or selected_on, work.policy.academy)
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    known = chosen[email].get(course)
    if known is None:
        known = Selection(season=work.season, email=email, course=course, selected_on=selected_on)
        chosen[email][course] = known
        work.db.add(known)
    elif completed_on is None or known.completed_on is not None:
        supersede(row, "This course is on record already.")
        return False
    known.completed_on = completed_on
    accept(row, ruling.reason)
    return True
