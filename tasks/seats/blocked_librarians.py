"""Librarian seats that were declined for want of certification seats, and are taken up again as those are given.

Source: ruling on librarian certification.
"""

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from rules.rule_ids import RuleId
from rules.seats.allocation import allocate, reconsider_librarians, take_up_again
from schemas.kinds import SubjectKind
from schemas.records import Component
from schemas.statuses import Outcome
from schemas.tables import Decision, SeatRequestRow
from tasks.ledger.unit_of_work import Work
from tasks.seats.offers import librarian_rooms, open_requests, record_of, seats_left


def take_up_librarians(work: Work, by_a_round: Collection[str]) -> None:
    """Request declined librarian seats again where they can be given now, at the place of the request that was declined.

    What was declined stays so on record. The new request is served with what is offered next. Certification seats that are
    offered now count; those that a round gives (``by_a_round``) count when it has given them.
    """
    work.write_out()
    blocked = {key: seats for key, seats in _blocked(work).items() if key not in by_a_round}
    if not blocked:
        return
    rows = {record_of(row).key: row for row in _librarian_rows(work, blocked)}
    requests = [record_of(row) for row in rows.values()]
    room = _room(work, by_a_round)
    left = seats_left(work.db, work.season).get(Component.LIBRARIAN, 0)
    for key, seats in sorted(reconsider_librarians(requests, blocked, left, room).items()):
        _request_again(work, rows[key], seats)
        work.decide(SubjectKind.SEAT_REQUEST, key, take_up_again(seats), seats=seats)
    work.db.flush()


def _request_again(work: Work, declined: SeatRequestRow, seats: int) -> None:
    mine = {"season": work.season, "lea_id": declined.lea_id, "component": declined.component}
    newest = work.db.scalar(select(func.max(SeatRequestRow.request_number)).filter_by(**mine)) or 0
    place = {"placed_at": declined.placed_at, "place_key": declined.place_key}
    waits = {"seats_requested": seats, "seats_waitlisted": seats, "seats_undecided": 0}
    work.db.add(SeatRequestRow(**mine, **place, **waits, request_number=newest + 1))
    work.db.flush()


def _blocked(work: Work) -> Mapping[str, int]:
    """The librarian seats of each request that were declined for want of certification seats, and not taken up since."""
    query = select(Decision.subject_key, Decision.outcome, Decision.inputs).where(
        Decision.season == work.season,
        Decision.subject_kind == SubjectKind.SEAT_REQUEST,
        Decision.rule == RuleId.LIBRARIAN_NEEDS_CERTIFICATION,
    )
    found: Counter[str] = Counter()
    for key, outcome, facts in work.db.execute(query).tuples():
        found[key] += -facts["seats"] if outcome == Outcome.WAITLISTED else facts.get("seats_declined", 0)
    return +found


def _librarian_rows(work: Work, blocked: Mapping[str, int]) -> list[SeatRequestRow]:
    """The requests for librarian seats that are open, or of which seats are blocked."""
    query = select(SeatRequestRow).filter_by(season=work.season, component=Component.LIBRARIAN.value)
    rows = list(work.db.scalars(query))
    is_open = {record_of(row).key for row in open_requests(work.db, work.season, work.as_of)}
    return [row for row in rows if record_of(row).key in is_open or record_of(row).key in blocked]


def _room(work: Work, by_a_round: Collection[str]) -> Mapping[str, int]:
    """How many more librarian seats each district can use with the certification seats that it has, or is offered now."""
    room = Counter(librarian_rooms(work.db, work.season))
    rows = open_requests(work.db, work.season, work.as_of)
    asked = [record_of(row) for row in rows if row.component == Component.CERTIFICATION]
    for decision in allocate(asked, seats_left(work.db, work.season), {}):
        if decision.request.key not in by_a_round:
            room[decision.request.lea_id] += decision.seats_confirmed
    return room
