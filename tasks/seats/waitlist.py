"""The waitlist: seats that came back are offered in its order, and who takes less leaves it."""

from collections.abc import Collection

from sqlalchemy import select

from rules.seats.offers import enroll_released_seats_by
from rules.seats.rounds import served_by_release, without_waitlist
from rules.seats.waitlist import is_waitlist_over, leave_waitlist
from schemas.kinds import SubjectKind
from schemas.records import Component, DecidedSeats, Ruling
from schemas.statuses import SeatRoundStatus
from schemas.tables import SeatRequestRow, SeatRound
from tasks.core.clock import moment_of_action
from tasks.ledger.unit_of_work import Work
from tasks.seats.blocked_librarians import take_up_librarians
from tasks.seats.offers import (
    Occasion,
    give_seats,
    next_offer_number,
    open_requests,
    record_of,
    renumber_waitlist,
    seats_in_order,
)


def offer_to_waitlist(work: Work, why: str, *, is_last_time: bool = False) -> None:
    """Offer seats that are left to waiting requests in order, while there is time to fill them.

    At the last time what would wait for more is closed, and the letter that offers the seats says so. Who is in an open round,
    or waits for the agency's first decision, is served by a round. The offers count from the moment at which they are made,
    however late the run comes: no offer has lost days before its district can know of it.
    """
    renumber_waitlist(work)
    work.go_on_at(moment_of_action(work.as_of))
    enroll_by = enroll_released_seats_by(work.today, work.policy)
    if enroll_by is None:
        return
    undecided = {record_of(row).key for row in open_requests(work.db, work.season, work.as_of) if row.seats_undecided}
    by_a_round = undecided | keys_of_open_round(work)
    take_up_librarians(work, by_a_round)
    served = served_by_release(seats_in_order(work), by_a_round, is_last_time=is_last_time)
    if is_last_time:
        served = [without_waitlist(decision, work.policy.enrollment.last_release_on) for decision in served]
    # What is decided otherwise at this moment is another matter: by a round, or by another run that offers what came later.
    number = next_offer_number(work)
    occasion = Occasion(f"{why}-{work.as_of:%Y-%m-%dT%H%M%S}-{number}", enroll_by)
    with work.because(f"{why}-{number}/{work.cause}"):
        give_seats(work, occasion, served)


def keys_of_open_round(work: Work) -> set[str]:
    """The requests that a round is about which waits for the agency, or to be applied."""
    is_open = SeatRound.status.in_((SeatRoundStatus.PROPOSED, SeatRoundStatus.APPROVED))
    round_ = work.db.scalar(select(SeatRound).where(SeatRound.season == work.season, is_open))
    lines = round_.proposal if round_ else []
    return {f"{line['lea_id']}/{line['component']}/{line['request_number']}" for line in lines}


def is_anybody_waiting(work: Work, component: str) -> bool:
    """Whether seats of a component that come back go to somebody on the waitlist."""
    waits = select(SeatRequestRow.lea_id).where(
        SeatRequestRow.season == work.season, SeatRequestRow.component == component, SeatRequestRow.seats_waitlisted > 0
    )
    is_over = is_waitlist_over(work.today, work.policy)
    return not is_over and work.db.scalar(waits.limit(1)) is not None


def take_off_waitlist(work: Work, rows: Collection[SeatRequestRow]) -> Ruling | None:
    """Take what requests wait for off the waitlist, whose own seats went back; why, if any of them waited."""
    waiting = [row for row in rows if row.seats_waitlisted]
    if not waiting:
        return None
    last_day, component = work.policy.enrollment.last_release_on, Component(waiting[0].component)
    for row in waiting:
        ruling = leave_waitlist(component, row.seats_waitlisted, last_day)
        left = DecidedSeats.none_left(record_of(row), row.seats_waitlisted, is_closed=False)
        work.decide(SubjectKind.SEAT_REQUEST, record_of(row).key, ruling, **left.as_inputs())
    return leave_waitlist(component, sum([decline_rest(row) for row in waiting]), last_day)


def decline_rest(row: SeatRequestRow) -> int:
    """Decline what of a request waits, or is undecided; the seats."""
    seats = row.seats_waitlisted + row.seats_undecided
    row.seats_declined += seats
    row.seats_waitlisted = row.seats_undecided = 0
    row.waitlist_position = None
    return seats
