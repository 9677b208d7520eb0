"""Who sits in which cohort after it has been formed: joining, leaving and moving, with the calendars kept true."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.cohorts.membership import CohortFacts, Mover
from rules.cohorts.offers import slot_ranks
from rules.cohorts.sessions import session_times
from rules.meetings import slot_of
from rules.portfolios import portfolio_window
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import Ruling, Term
from schemas.statuses import CohortKind, EnrollmentStatus
from schemas.tables import Application, Cohort, CohortMember, CohortSession, District, Educator, Enrollment, OfficeHour
from tasks.cohorts.agreements import may_move_until
from tasks.core.database import insert
from tasks.ledger.unit_of_work import Work
from tasks.letters.calendar_files import Meeting
from tasks.letters.write import send_invitation


class Left(NamedTuple):
    """The cohort that somebody has left for another one, why, and whether it was merged into that, or is no more."""

    cohort_id: str
    reason: str
    is_merged: bool = False
    is_gone: bool = False


class CohortChange(NamedTuple):
    """Somebody who goes to a cohort, and the one that they leave; empty where they had none."""

    person: Educator
    left_id: str
    cohort: Cohort


class Learner(NamedTuple):
    """Somebody in a cohort."""

    person: Educator
    cohort: Cohort


def learners(db: Session, season: str) -> list[Learner]:
    """Everybody in a cohort, with it, in the order of their addresses."""
    query = (
        select(Educator, Cohort)
        .join(CohortMember, (CohortMember.season == Educator.season) & (CohortMember.email == Educator.email))
        .join(Cohort, (Cohort.season == CohortMember.season) & (Cohort.cohort_id == CohortMember.cohort_id))
        .where(Educator.season == season)
    )
    return [Learner(person, cohort) for person, cohort in db.execute(query.order_by(Educator.email))]


def members_of(db: Session, season: str, cohort_id: str) -> list[Educator]:
    """Everybody in a cohort."""
    mine = (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email)
    query = select(Educator).join(CohortMember, mine).where(CohortMember.season == season)
    return list(db.scalars(query.where(CohortMember.cohort_id == cohort_id).order_by(Educator.email)))


def districts_in(db: Session, season: str, cohort_id: str) -> set[str]:
    """The districts that have people in a cohort."""
    return {person.lea_id for person in members_of(db, season, cohort_id)}


def put_sessions(
    work: Work, cohort_id: str, slot: str, days: Sequence[date], sequence: int = 0
) -> Sequence[tuple[datetime, datetime]]:
    """Put a cohort's sessions in the books, one on each day in its slot; when they begin and end."""
    key = {"season": work.season, "cohort_id": cohort_id, "sequence": sequence}
    times = [session_times(slot, day, work.policy) for day in days]
    rows = [{**key, "session_number": n, "starts_at": s, "ends_at": e} for n, (s, e) in enumerate(times, start=1)]
    insert(work.db, CohortSession, rows)
    return times


def seat_in_cohort(work: Work, person: Educator, cohort: Cohort, ruling: Ruling, *, exception_reason: str = "") -> None:
    """Put a person in a cohort; ``tell_joined`` tells them, when everybody is where they go and the leads know the start."""
    key = {"season": work.season, "email": person.email}
    work.db.add(CohortMember(**key, cohort_id=cohort.cohort_id, exception_reason=exception_reason))
    work.db.flush()
    work.decide(SubjectKind.EDUCATOR, person.email, ruling, cohort_id=cohort.cohort_id)


def tell_joined(
    work: Work, person: Educator, cohort: Cohort, off: Sequence[Meeting] = (), *, left: Left | None = None
) -> None:
    """Put a cohort's sessions to come in the calendar of somebody new; ``off`` are meetings that are theirs no longer.

    Who comes from another cohort is told which one they have ``left``.
    """
    member = work.db.get_one(CohortMember, (work.season, person.email))
    sessions, term = sessions_to_come(work.db, cohort, work.as_of), Term(cohort.starts_on, cohort.ends_on)
    host = host_of(work, cohort)
    context: dict[str, Any] = {"person": person, "cohort": cohort, "term": term, "left": left, "is_off": bool(off)}
    context |= {"exception_reason": member.exception_reason, "open_until": may_move_until(work, cohort)}
    context |= {"host": host.name if host and host.lea_id != person.lea_id else ""}
    context |= {"submit_by": portfolio_window(term, work.policy.portfolio).ends_on}
    context["sessions"] = local_spans(work, sessions)
    key = f"cohort/{cohort.cohort_id}/{person.email}/{work.as_of.isoformat()}"
    meetings = [meeting_of(item) for item in sessions]
    send_invitation(work, key, "cohort", person.email, meetings=meetings, off=off, **context)


def local_spans(work: Work, meetings: Sequence[CohortSession | OfficeHour]) -> Sequence[tuple[datetime, datetime]]:
    """When sessions or office hours begin and end, in local time."""
    zone = work.policy.zone
    return [(item.starts_at.astimezone(zone), item.ends_at.astimezone(zone)) for item in meetings]


def host_of(work: Work, cohort: Cohort) -> District | None:
    """The district of a private cohort, whoever is there as an exception; none of a combined one."""
    if cohort.kind != CohortKind.PRIVATE:
        return None
    mine = (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email)
    query = select(Educator.lea_id).join(CohortMember, mine).group_by(Educator.lea_id)
    query = query.where(CohortMember.season == work.season, CohortMember.cohort_id == cohort.cohort_id)
    query = query.where(CohortMember.exception_reason == "").order_by(func.count().desc(), Educator.lea_id)
    lea_id = work.db.scalar(query.limit(1))
    return work.db.get_one(District, lea_id) if lea_id else None


def leave_cohort(work: Work, email: str) -> tuple[str, list[Meeting]]:
    """Take a person out of their cohort; its id, or an empty text, and the meetings that are theirs no longer."""
    member = work.db.get(CohortMember, (work.season, email))
    if member is None:
        return "", []
    cohort = work.db.get_one(Cohort, (work.season, member.cohort_id))
    off = [meeting_of(item, sequence=item.sequence + 1) for item in sessions_to_come(work.db, cohort, work.as_of)]
    work.db.delete(member)
    work.db.flush()
    return cohort.cohort_id, off


def sessions_to_come(db: Session, cohort: Cohort, as_of: datetime) -> list[CohortSession]:
    """The sessions of a cohort that have not begun."""
    query = select(CohortSession).where(
        CohortSession.season == cohort.season,
        CohortSession.cohort_id == cohort.cohort_id,
        CohortSession.starts_at > as_of,
    )
    return list(db.scalars(query.order_by(CohortSession.session_number)))


def sessions_held(db: Session, season: str, cohort_id: str, as_of: datetime) -> int:
    """How many sessions of a cohort have begun."""
    query = select(func.count()).where(
        CohortSession.season == season, CohortSession.cohort_id == cohort_id, CohortSession.starts_at <= as_of
    )
    return db.scalar(query) or 0


def cohort_facts(db: Session, policy: Policy, as_of: datetime) -> list[CohortFacts]:
    """Every cohort that was not merged into another, as it is at the moment."""
    season = policy.season
    sizes, lea_ids = _who_is_in(db, season)
    sessions: dict[str, list[CohortSession]] = defaultdict(list)
    for item in db.scalars(
        select(CohortSession).where(CohortSession.season == season).order_by(CohortSession.starts_at)
    ):
        sessions[item.cohort_id].append(item)
    query = select(Cohort).where(Cohort.season == season, Cohort.merged_into == "").order_by(Cohort.cohort_id)
    return [
        CohortFacts(
            cohort.cohort_id,
            cohort.slot,
            sizes[cohort.cohort_id],
            sum(item.starts_at <= as_of for item in sessions[cohort.cohort_id]),
            all(item.starts_at <= as_of for item in sessions[cohort.cohort_id]),
            CohortKind(cohort.kind),
            frozenset(lea_ids[cohort.cohort_id]),
            tuple(policy.local_day(item.starts_at) for item in sessions[cohort.cohort_id] if item.starts_at > as_of),
            _moved_to(cohort, [item for item in sessions[cohort.cohort_id] if item.starts_at > as_of], policy),
        )
        for cohort in db.scalars(query)
    ]


def _moved_to(cohort: Cohort, sessions: Sequence[CohortSession], policy: Policy) -> tuple[str, ...]:
    """The slots other than the cohort's own in which some of its sessions are."""
    slots = {slot_of(item.starts_at.astimezone(policy.zone)) for item in sessions}
    return tuple(sorted(slots - {cohort.slot}))


def _who_is_in(db: Session, season: str) -> tuple[Mapping[str, int], Mapping[str, set[str]]]:
    """How many places of each cohort are taken, the promised ones included; and its districts, not counting exceptions."""
    query = (
        select(CohortMember.cohort_id, Educator.lea_id, CohortMember.exception_reason, func.count())
        .join(Educator, (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email))
        .where(CohortMember.season == season)
        .group_by(CohortMember.cohort_id, Educator.lea_id, CohortMember.exception_reason)
    )
    sizes = Counter(enrollment.promised_cohort for enrollment in promised_places(db, season))
    lea_ids: dict[str, set[str]] = defaultdict(set)
    for cohort_id, lea_id, exception_reason, number in db.execute(query):
        sizes[cohort_id] += number
        if not exception_reason:
            lea_ids[cohort_id].add(lea_id)
    return sizes, lea_ids


def promised_places(db: Session, season: str) -> Sequence[Enrollment]:
    """The enrollments of who came for a leaver and takes the leaver's place with the signed form."""
    query = select(Enrollment).where(Enrollment.season == season, Enrollment.promised_cohort != "")
    return db.scalars(query.where(Enrollment.status == EnrollmentStatus.AWAITING_FORM)).all()


def movers_of(db: Session, policy: Policy, lea_ids: Collection[str]) -> Mapping[str, Mover]:
    """What the districts' people need of another cohort."""
    own_days = policy.cohorts.closed_on
    found = select(Application).where(Application.season == policy.season, Application.lea_id.in_(lea_ids))
    return {
        item.lea_id: Mover(
            item.lea_id, frozenset(slot_ranks(item.slots, policy.cohorts)), own_days.get(item.lea_id, ())
        )
        for item in db.scalars(found)
    }


def meeting_of(item: CohortSession, sequence: int | None = None) -> Meeting:
    """A session as an event in a calendar."""
    return session_meeting(
        item.cohort_id,
        item.session_number,
        item.starts_at,
        item.ends_at,
        item.sequence if sequence is None else sequence,
    )


def session_meeting(cohort_id: str, number: int, starts_at: datetime, ends_at: datetime, sequence: int = 0) -> Meeting:
    """A session as an event in a calendar."""
    return Meeting(
        f"session-{cohort_id}-{number}", f"Cohort {cohort_id}, session {number}", starts_at, ends_at, sequence
    )
