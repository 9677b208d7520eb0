"""What happens in phase 1: who comes to the sessions, who moves or leaves, and what operators then do."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from deployments.sample.chance import chance
from deployments.sample.world import World
from rules.cohorts.membership import CohortFacts, Mover, exceptions_for
from rules.rule_ids import RuleId
from schemas.statuses import Outcome
from schemas.tables import Attendance, CohortMember, CohortSession, Decision, Educator, SeatBlock
from tasks.cohorts.members import cohort_facts, movers_of
from tasks.core.database import reading

Row = Mapping[str, object]
SKIP: Mapping[str, object] = {"skip": True}
MOST_LEAVERS = 7
MOST_MERGES = 3  # that are proposed on one day


def attendance(world: World, day: date) -> list[Path]:
    """Who was in the sessions held by a day."""
    return world.incoming(day, "attendance.csv", lambda: _attendance_rows(world, day))


def _attendance_rows(world: World, day: date) -> Iterable[Row]:
    season = world.policy.season
    with reading() as db:
        known = {(a.email, a.session_number) for a in db.scalars(select(Attendance).where(Attendance.season == season))}
        held = select(CohortSession).where(CohortSession.season == season, CohortSession.ends_at < world.at(day))
        members = select(CohortMember).where(CohortMember.season == season).order_by(CohortMember.email)
        people = [(member.email, member.cohort_id) for member in db.scalars(members)]
        for session in db.scalars(held.order_by(CohortSession.cohort_id, CohortSession.session_number)):
            for email, cohort_id in people:
                if cohort_id == session.cohort_id and (email, session.session_number) not in known:
                    draw = chance(world.seed, "attends", email, session.session_number)
                    row = {"cohort_id": cohort_id, "session_number": session.session_number, "email": email}
                    yield {
                        **row,
                        "attended": "yes" if draw.random() < 0.93 else "no",
                        "independent_hours": draw.randint(4, 8),
                    }


def _facts(world: World, day: date) -> tuple[list[CohortFacts], Mapping[str, Mover]]:
    """The cohorts as they are, and what the people of each district need of another one."""
    with reading() as db:
        found = cohort_facts(db, world.policy, world.at(day))
        return found, movers_of(db, world.policy, {lea_id for item in found for lea_id in item.lea_ids})


def _suits(source: CohortFacts, target: CohortFacts, movers: Mapping[str, Mover]) -> bool:
    return target is not source and not any(exceptions_for(movers[lea_id], target) for lea_id in source.lea_ids)


def _small_one(world: World, day: date) -> CohortFacts | None:
    """The smallest cohort that another one which suits its districts could absorb."""
    found, movers = _facts(world, day)
    most, least = world.policy.cohorts.maximum_participants, world.policy.cohorts.minimum_participants
    fitting = [
        small
        for small in found
        if small.size < least + MOST_LEAVERS - 1
        and any(other.size + least - 1 <= most and _suits(small, other, movers) for other in found)
    ]
    return min(fitting, key=lambda item: (item.size, item.cohort_id)) if fitting else None


def leaver(world: World, day: date, number: int) -> Mapping[str, object]:
    """The ``number``-th of those who leave a small cohort on a day; as many leave as make it too small."""
    small = _small_one(world, day)
    if small is None or small.size - number < world.policy.cohorts.minimum_participants:
        return SKIP
    with reading() as db:
        query = select(CohortMember.email).where(CohortMember.cohort_id == small.cohort_id)
        emails = sorted(db.scalars(query), key=lambda email: chance(world.seed, "leaves cohort", email).random())
    return {"email": emails[number], "component": "certification", "reason": "has taken another post"}


def mover(world: World, day: date) -> Mapping[str, object]:
    """Somebody whom another cohort suits better, at a time that the district has marked."""
    return _move(world, day, "has a class at that time")


def excepted_mover(world: World, day: date) -> Mapping[str, object]:
    """Somebody who changes to a cohort at a time that the district has not marked, which an operator allows with a reason."""
    why = "teaches at two schools, and the lead of the district agrees"
    return _move(world, day, "has a class at that time", exception_reason=why)


def _move(world: World, day: date, reason: str, exception_reason: str = "") -> Mapping[str, object]:
    most, least = world.policy.cohorts.maximum_participants, world.policy.cohorts.minimum_participants
    small = _small_one(world, day)
    found, movers = _facts(world, day)
    for source in (item for item in found if small is None or item.cohort_id != small.cohort_id):
        for target in found:
            if target is source or target.size >= most or source.size <= least:
                continue
            fitting = [
                email
                for email, lea_id in _people(world, source.cohort_id)
                if bool(exceptions_for(movers[lea_id], target)) is bool(exception_reason)
            ]
            if fitting:
                somebody = max(fitting) if exception_reason else min(fitting)  # not the same person twice on one day
                who = {"email": somebody, "cohort_id": target.cohort_id, "reason": reason}
                return {**who, "exception_reason": exception_reason} if exception_reason else who
    return SKIP


def _people(world: World, cohort_id: str) -> list[tuple[str, str]]:
    """Who is in a cohort, each with their district."""
    mine = (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email)
    query = select(CohortMember.email, Educator.lea_id).join(Educator, mine)
    with reading() as db:
        found = query.where(CohortMember.season == world.policy.season, CohortMember.cohort_id == cohort_id)
        return list(db.execute(found).tuples())


def merge(world: World, _day: date, number: int = 0) -> Mapping[str, object]:
    """What the operators do about the ``number``-th proposal to merge."""
    with reading() as db:
        query = select(Decision).where(
            Decision.season == world.policy.season,
            Decision.rule == RuleId.COHORT_MERGE,
            Decision.outcome == Outcome.PROPOSED,
        )
        every = db.scalars(query.order_by(Decision.decided_at, Decision.subject_key)).all()
    if number >= len(every):
        return SKIP
    found = every[number]
    return {"cohort_id": found.subject_key, "into_cohort_id": found.inputs["into"], "reason": "too few participants"}


def recommendation(world: World) -> Mapping[str, object]:
    """A lead recommends courses."""
    with reading() as db:
        query = select(SeatBlock.lea_id).where(
            SeatBlock.season == world.policy.season, SeatBlock.component == "academy", SeatBlock.seats_filled > 0
        )
        lea_ids = sorted(db.scalars(query))
    if not lea_ids:
        return SKIP
    courses = sorted(world.policy.academy.courses)[:2]
    return {"lea_id": lea_ids[0], "courses": courses, "message": "They go with our plan for the year."}


def changed_webinar(world: World, number: int, what: str) -> Mapping[str, object]:
    """The ``number``-th webinar of the summer is moved, canceled, or recorded."""
    webinar_id, item = sorted(world.policy.academy.webinars.items())[number]
    change: dict[str, object] = {"recording_url": f"https://recordings.cadre.example/{webinar_id}"}
    if what == "moved":
        change = {"starts_at": (item.starts_at + timedelta(hours=1)).isoformat()}
    if what == "canceled":
        change = {"is_canceled": True}
    return {"webinar_id": webinar_id, "requested_by": "operator", **change}
