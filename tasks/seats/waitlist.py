"""The waitlist: seats that came back are offered in its order, who takes less leaves it, and on its last day it ends."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from rules.seats.offers import enroll_released_seats_by
from rules.seats.rounds import served_by_release
from rules.seats.waitlist import close_waitlist as rule_on_close
from rules.seats.waitlist import leave_waitlist, may_close_waitlist, waits_no_longer
from schemas.kinds import SubjectKind
from schemas.records import Component, Ruling
from schemas.statuses import SeatRoundStatus
from schemas.tables import Application, Offer, SeatRequestRow, SeatRound
from tasks.core.clock import moment_of_action
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.offers import Occasion, give_seats, open_requests, record_of, renumber_waitlist, seats_in_order


def offer_to_waitlist(work: Work, why: str) -> None:
    """Offer seats that are left to waiting requests in order, while there is time to fill them.

    Who is in an open round, or waits for the agency's first decision, is served by a round. The offers count from the moment at
    which they are made, however late the run comes: no offer has lost days before its district can know of it.
    """
    renumber_waitlist(work)
    work.go_on_at(moment_of_action(work.as_of))
    enroll_by = enroll_released_seats_by(work.today, work.policy)
    if enroll_by is None:
        return
    undecided = {record_of(row).key for row in open_requests(work.db, work.season, work.as_of) if row.seats_undecided}
    served = served_by_release(seats_in_order(work), undecided | _keys_of_open_round(work))
    occasion = Occasion(f"{why}-{work.as_of:%Y-%m-%dT%H%M%S}", enroll_by)
    with work.because(
        f"{why}/{work.cause}"
    ):  # what is decided otherwise at this moment, such as by a round, is another matter
        give_seats(work, occasion, served)


def _keys_of_open_round(work: Work) -> set[str]:
    """The requests that a round is about which waits for the agency, or to be applied."""
    is_open = SeatRound.status.in_((SeatRoundStatus.PROPOSED, SeatRoundStatus.APPROVED))
    round_ = work.db.scalar(select(SeatRound).where(SeatRound.season == work.season, is_open))
    lines = round_.proposal if round_ else []
    return {f"{line['lea_id']}/{line['component']}/{line['request_number']}" for line in lines}


def take_off_waitlist(work: Work, offer: Offer) -> Ruling | None:
    """Take what a district waits for off the waitlist, where it has taken less than an offer holds; why, if it waited."""
    query = select(SeatRequestRow).where(
        SeatRequestRow.season == offer.season,
        SeatRequestRow.lea_id == offer.lea_id,
        SeatRequestRow.component == offer.component,
        SeatRequestRow.seats_waitlisted > 0,
    )
    rows = [row for row in work.db.scalars(query) if waits_no_longer(row.placed_at, offer.offered_at)]
    last_day, component = work.policy.enrollment.last_release_on, Component(offer.component)
    for row in rows:
        seats = row.seats_waitlisted
        work.decide(
            SubjectKind.SEAT_REQUEST, record_of(row).key, leave_waitlist(component, seats, last_day), seats=seats
        )
    waited = sum(_decline(row) for row in rows)
    return leave_waitlist(component, waited, last_day) if waited else None


def _decline(row: SeatRequestRow) -> int:
    """Decline what of a request waits, or is undecided; the seats."""
    seats = row.seats_waitlisted + row.seats_undecided
    row.seats_declined += seats
    row.seats_waitlisted = row.seats_undecided = 0
    row.waitlist_position = None
    return seats


@step
def close_waitlist(season: str, as_of: datetime) -> int:
    """End the waitlist on the last day of releases, or late, with a letter to every waiting district; how many.

    What a round has promised that waits for the agency stays as it is until the round is applied or rejected.
    """
    with unit_of_work(season, as_of) as work:
        if not may_close_waitlist(work.today, work.policy):
            return 0
        kept = _keys_of_open_round(work)
        rows = [row for row in open_requests(work.db, season, as_of) if record_of(row).key not in kept]
        return _close(work, rows)


def _close(work: Work, rows: Collection[SeatRequestRow]) -> int:
    rulings: dict[str, list[Ruling]] = defaultdict(list)
    last_day = work.policy.enrollment.last_release_on
    for row in sorted(rows, key=lambda row: (row.lea_id, row.component, row.request_number)):
        key, seats = record_of(row).key, _decline(row)
        row.closed_at = work.as_of
        ruling = rule_on_close(Component(row.component), seats, last_day)
        work.decide(SubjectKind.SEAT_REQUEST, key, ruling, seats=seats)
        rulings[row.lea_id].append(ruling)
    names = districts_by_id(work.db)
    for lea_id, found in rulings.items():
        application = work.db.get_one(Application, (work.season, lea_id))
        letter = {"application": application, "district": names[lea_id].name, "rulings": found}
        write_letter(
            work, f"waitlist_closed/{lea_id}/{work.today}", "waitlist_closed", application.lead_email, **letter
        )
    return len(rulings)
