"""Who waits for a cohort after cohorts were planned is written to, once, with the choices; and so is the lead."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from rules.cohorts.choices import choices_of, offer_choices
from schemas.kinds import PlanKind, SubjectKind
from schemas.tables import Application, District, Educator, Plan
from tasks.cohorts.members import cohort_facts, movers_of
from tasks.cohorts.planning import who_waits
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter


@step
def tell_who_waits(season: str, as_of: datetime) -> int:
    """Write to whoever has a signed seat and no cohort although cohorts were planned, and to their leads; the people told."""
    with unit_of_work(season, as_of) as work:
        if not cohorts_were_planned(work):
            return 0
        written = keys_written(work.db, season, "unplaced/")
        waiting = who_waits(work.db, season, as_of)
        new = {lea_id: [e for e in emails if f"unplaced/{e}" not in written] for lea_id, emails in waiting.items()}
        new = {lea_id: emails for lea_id, emails in new.items() if emails}
        if new:
            _tell(work, new)
    return sum(map(len, new.values()))


def cohorts_were_planned(work: Work) -> bool:
    """Whether the season has had its plan of cohorts; before it nobody is without one."""
    planned = select(Plan.planned_at).where(Plan.season == work.season, Plan.kind == PlanKind.COHORTS)
    return work.db.scalar(planned.limit(1)) is not None


def _tell(work: Work, new: Mapping[str, list[str]]) -> None:
    facts = cohort_facts(work.db, work.policy, work.as_of)
    for lea_id, mover in sorted(movers_of(work.db, work.policy, new.keys()).items()):
        found = choices_of(mover, facts, work.policy.cohorts, work.today)
        people = [work.db.get_one(Educator, (work.season, email)) for email in new[lea_id]]
        letter: dict[str, Any] = {"choices": found, "district": work.db.get_one(District, lea_id).name}
        for person in people:
            work.decide(SubjectKind.EDUCATOR, person.email, offer_choices(found))
            write_letter(work, f"unplaced/{person.email}", "unplaced", person.email, person=person, **letter)
        lead = work.db.get_one(Application, (work.season, lea_id))
        key = f"unplaced-lead/{lea_id}/{work.as_of.isoformat()}"
        write_letter(work, key, "unplaced_lead", lead.lead_email, application=lead, people=people, **letter)
