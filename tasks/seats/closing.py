"""The end of the waitlist: what is free goes to whoever still waits, and the others get their closing letter.

Source: ruling on the end of the waitlist.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from rules.seats.waitlist import close_waitlist as rule_on_close
from rules.seats.waitlist import is_waitlist_over, may_close_waitlist
from schemas.kinds import SubjectKind
from schemas.records import Component, DecidedSeats, Ruling
from schemas.tables import Application, SeatRequestRow
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.offers import open_requests, record_of
from tasks.seats.release import lapse_silent_offers, release_due_seats
from tasks.seats.waitlist import decline_rest, keys_of_open_round, offer_to_waitlist


@step
def close_waitlist(season: str, as_of: datetime) -> int:
    """End the waitlist on the last day of releases, or late, with a letter to every waiting district; how many.

    Nobody is turned away while a seat is free: what is due is released first, and what is free is offered in order. What a
    round has promised that waits for the agency stays as it is until the round is applied or rejected.
    """
    with unit_of_work(season, as_of) as work:
        if not may_close_waitlist(work.today, work.policy):
            return 0
        if not is_waitlist_over(work.today, work.policy):
            _serve_once_more(work)
        kept = keys_of_open_round(work)
        rows = [row for row in open_requests(work.db, season, as_of) if record_of(row).key not in kept]
        return _close(work, rows)


def _serve_once_more(work: Work) -> None:
    lapse_silent_offers(work)
    release_due_seats(work)
    offer_to_waitlist(work, "close", is_last_time=True)


def _close(work: Work, rows: Collection[SeatRequestRow]) -> int:
    rulings: dict[str, list[Ruling]] = defaultdict(list)
    last_day = work.policy.enrollment.last_release_on
    for row in sorted(rows, key=lambda row: (row.lea_id, row.component, row.request_number)):
        request, seats = record_of(row), decline_rest(row)
        row.closed_at = work.as_of
        ruling = rule_on_close(Component(row.component), seats, last_day)
        closed = DecidedSeats.none_left(request, seats, is_closed=True)
        work.decide(SubjectKind.SEAT_REQUEST, request.key, ruling, **closed.as_inputs())
        rulings[row.lea_id].append(ruling)
    names = districts_by_id(work.db)
    for lea_id, found in rulings.items():
        application = work.db.get_one(Application, (work.season, lea_id))
        letter = {"application": application, "district": names[lea_id].name, "rulings": found}
        write_letter(
            work, f"waitlist_closed/{lea_id}/{work.today}", "waitlist_closed", application.lead_email, **letter
        )
    return len(rulings)
