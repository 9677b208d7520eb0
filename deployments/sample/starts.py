"""When districts prefer their cohorts to start, and what leads say to the start that is proposed: most say nothing."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from deployments.sample.chance import chance, happens
from deployments.sample.world import World
from rules.cohorts.start_answers import fit_start
from schemas.statuses import CohortKind, StartAnswer, StartStatus
from schemas.tables import Cohort, StartAgreement
from tasks.cohorts.starts import calendar_of
from tasks.core.database import reading

Row = Mapping[str, object]
SKIP: Row = {"skip": True}
CONFIRMS, ASKS_FOR_ANOTHER = 0.2, 0.1

PREFERS, NEVER_FITS = 0.5, 0.04
MOST_WEEKS_LATER = 3


def preferred_window(world: World, lea_id: str) -> Mapping[str, str]:
    """The earliest and the latest start that a district names in the survey: half name none, a few one that cannot be."""
    if not happens(PREFERS, world.seed, "prefers a start", lea_id):
        return {"start_from": "", "start_until": ""}
    cohorts, draw = world.policy.cohorts, chance(world.seed, "preferred start", lea_id)
    if draw.random() < NEVER_FITS:
        return {"start_from": (cohorts.latest_start_on + timedelta(days=30)).isoformat(), "start_until": ""}
    earliest = cohorts.earliest_start_on + timedelta(weeks=draw.randint(0, MOST_WEEKS_LATER))
    latest = earliest + timedelta(weeks=draw.randint(1, 3))
    return {"start_from": earliest.isoformat(), "start_until": latest.isoformat()}


def answers(world: World, day: date) -> list[Path]:
    """What leads say by a day to the starts that are proposed to them, as the file that an operator makes of their messages."""
    return world.incoming(day, "starts.csv", lambda: _answer_rows(world, day))


def _answer_rows(world: World, day: date) -> Iterable[Row]:
    found = _open(world, StartStatus.PROPOSED)
    firsts = {kind: next((a for a, c in found if c.kind == kind), None) for kind in CohortKind}
    for agreement, cohort in found:
        draw = chance(world.seed, "says to the start", agreement.lea_id, agreement.cohort_id).random()
        answer = StartAnswer.CONFIRM if draw < CONFIRMS else None
        if agreement in firsts.values() or draw > 1 - ASKS_FOR_ANOTHER:
            answer = StartAnswer.ANOTHER
        if answer:
            wanted = cohort.starts_on + timedelta(weeks=2) if answer is StartAnswer.ANOTHER else ""
            who = {"lea_id": agreement.lea_id, "cohort_id": agreement.cohort_id, "answer": answer}
            yield {**who, "starts_on": wanted, "answered_on": day - timedelta(days=1)}


def _open(world: World, status: StartStatus) -> list[tuple[StartAgreement, Cohort]]:
    mine = (Cohort.season == StartAgreement.season) & (Cohort.cohort_id == StartAgreement.cohort_id)
    query = select(StartAgreement, Cohort).join(Cohort, mine).where(StartAgreement.season == world.policy.season)
    query = query.where(StartAgreement.status == status, Cohort.merged_into == "")
    with reading() as db:
        return list(db.execute(query.order_by(StartAgreement.cohort_id, StartAgreement.lea_id)).tuples())


def phone_call(world: World, day: date) -> Row:
    """A lead who says on the phone that the start works."""
    found = [agreement for agreement, cohort in _open(world, StartStatus.PROPOSED) if cohort.starts_on > day]
    if not found:
        return SKIP
    return {"district": found[-1].lea_id, "cohort_id": found[-1].cohort_id, "requested_by": "district lead"}


def decision(world: World, day: date, number: int) -> Row:
    """What operators decide where a lead asked for another start: the first of these cohorts moves, the second does not."""
    asked = {cohort.cohort_id: (agreement, cohort) for agreement, cohort in _open(world, StartStatus.ANOTHER_ASKED)}
    moved = next(((a, c) for a, c in asked.values() if a.asked_for and _fits(world, c, a.asked_for, day)), None)
    if number == 0 and moved and moved[0].asked_for:
        told = "a lead asked for it, and it fits"
        return {"cohort_id": moved[1].cohort_id, "starts_on": moved[0].asked_for.isoformat(), "reason": told}
    kept = [cohort for _, cohort in asked.values() if not moved or cohort.cohort_id != moved[1].cohort_id]
    if number == 0 or not kept or kept[0].starts_on <= day:
        return SKIP
    told = "the other districts have planned for it"
    return {"cohort_id": kept[0].cohort_id, "starts_on": kept[0].starts_on.isoformat(), "reason": told}


def _fits(world: World, cohort: Cohort, asked_for: date, day: date) -> bool:
    with reading() as db:
        calendar = calendar_of(db, world.policy, cohort, world.at(day))
    return bool(fit_start(asked_for, calendar, world.policy, day).days)
