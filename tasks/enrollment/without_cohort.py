"""The seat of who has no cohort ends when none can be joined any more, with a letter to them and to their lead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rules.cohorts.choices import choices_of, end_without_cohort
from schemas.kinds import SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.tables import Application, District, Educator, Enrollment
from tasks.cohorts.members import cohort_facts, movers_of
from tasks.cohorts.planning import who_waits
from tasks.cohorts.unplaced import cohorts_were_planned
from tasks.core.step import step
from tasks.enrollment.withdrawals import end_librarian, give_up_seat
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter


@step
def end_seats_without_cohort(season: str, as_of: datetime) -> int:
    """End the seats of who has no cohort when none can be joined any more, with a letter to them and their leads; how many."""
    with unit_of_work(season, as_of) as work:
        waiting = who_waits(work.db, season, as_of) if cohorts_were_planned(work) else {}
        facts = cohort_facts(work.db, work.policy, as_of) if waiting else []
        ended = 0
        for lea_id, mover in sorted(movers_of(work.db, work.policy, waiting.keys()).items()):
            ruling = end_without_cohort(choices_of(mover, facts, work.policy.cohorts, work.today), work.today)
            if ruling:
                _end(work, lea_id, waiting[lea_id], ruling)
                ended += len(waiting[lea_id])
    return ended


def _end(work: Work, lea_id: str, emails: Sequence[str], ruling: Ruling) -> None:
    component, district = Component.CERTIFICATION, work.db.get_one(District, lea_id).name
    people = [work.db.get_one(Educator, (work.season, email)) for email in emails]
    for person in people:
        work.decide(SubjectKind.ENROLLMENT, f"{person.email}/{component}", ruling)
        give_up_seat(work, work.db.get_one(Enrollment, (work.season, person.email, component.value)))
        letter = {"person": person, "district": district, "name": COMPONENT_NAMES[component]}
        key = f"withdrawn/{person.email}/{component}/{work.cause}"
        write_letter(work, key, "ended_without_cohort", person.email, **letter)
        end_librarian(work, person.email)
    lead = work.db.get_one(Application, (work.season, lea_id))
    told: dict[str, Any] = {"application": lead, "people": people, "district": district}
    told["name"] = COMPONENT_NAMES[component]
    key = f"unplaced-lead/{lea_id}/ended/{work.as_of.isoformat()}"
    write_letter(work, key, "ended_without_cohort_lead", lead.lead_email, **told)
