"""The provider's facilitators as its newest list has them, and the cohorts for which that list comes too late."""

from collections.abc import Mapping, Sequence
from typing import Any

from prefect.artifacts import create_table_artifact
from sqlalchemy import select

from rules.cohorts.replanning import lose_slot
from schemas.kinds import PersonRole, SubjectKind
from schemas.tables import Cohort, CohortSession, Facilitator
from tasks.core.database import upsert
from tasks.core.step import step
from tasks.intake.persons_on_record import register_people
from tasks.ledger.persons import Sighting
from tasks.ledger.unit_of_work import Work

LostSlot = dict[str, str]


def update_facilitators(work: Work, rows: Sequence[Mapping[str, Any]]) -> list[LostSlot]:
    """Bring the facilitators to a newer list, which the next plan goes by; the cohorts that meet when theirs no longer can.

    Who is not on the list stays: *Replan cohorts* takes a facilitator out.
    """
    newest = {row["facilitator_id"]: row for row in rows}
    upsert(work.db, Facilitator, list(newest.values()))
    met = [Sighting(row["email"], PersonRole.FACILITATOR, row["name"]) for row in newest.values()]
    register_people(work, "list of facilitators", met)
    ahead = select(CohortSession.cohort_id).where(
        CohortSession.season == work.season, CohortSession.starts_at > work.as_of
    )
    led = (
        select(Cohort, Facilitator)
        .join(Facilitator, Facilitator.facilitator_id == Cohort.facilitator_id)
        .where(Cohort.season == work.season, Cohort.cohort_id.in_(ahead), Cohort.merged_into == "")
        .order_by(Cohort.cohort_id)
        .execution_options(populate_existing=True)
    )
    lost = []
    for cohort, person in work.db.execute(led):
        ruling = lose_slot(person.facilitator_id, cohort.slot, person.slots)
        if ruling:
            work.decide(SubjectKind.COHORT, cohort.cohort_id, ruling, slots=list(person.slots))
            lost.append({"cohort": cohort.cohort_id, "facilitator": person.facilitator_id, "slot": cohort.slot})
    return lost


@step
def publish_lost_slots(season: str, lost: Sequence[LostSlot]) -> None:
    """Show the cohorts that meet when their facilitators no longer can, as a table of the run."""
    if lost:
        told = "Cohorts with sessions ahead in a slot that their facilitator no longer has: replan or reschedule them."
        create_table_artifact(key=f"lost-slots-{season}", table=list(lost), description=told)
