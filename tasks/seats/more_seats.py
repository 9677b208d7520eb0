"""More seats that a district asks for after the survey has closed: its request joins the end of the waitlist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from rules.seats.waitlist import MoreSeats, admitted_of, request_more
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Component, PlaceInOrder, Ruling
from schemas.statuses import Outcome
from schemas.tables import Application, IntakeRow, SeatRequestRow
from tasks.core.step import step
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.seats.offers import librarian_rooms, record_of, renumber_waitlist, requests_of
from tasks.seats.waitlist import offer_to_waitlist

AFTER_THE_SURVEY = "request/"


@dataclass(frozen=True, slots=True)
class Joined:
    """A request that has joined the waitlist, and why it may."""

    request: SeatRequestRow
    ruling: Ruling


@step
def settle_seat_requests(season: str, as_of: datetime) -> int:
    """Put the staged requests for more seats at the end of the waitlist, in the order in which they came, and offer what is
    free; how many.
    """
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.SEAT_REQUEST, as_of)
        joined = list[Joined]()
        settled = sum(settle_rows(work, rows, lambda: partial(_settle, work, joined)))
        _offer_and_tell(work, joined)
    return settled


def _settle(work: Work, joined: list[Joined], row: IntakeRow) -> bool:
    lea_id, component = row.content["lea_id"], Component(row.content["component"])
    held = requests_of(work.db, work.season, lea_id, component)
    more = _facts(work, lea_id, component, int(row.content["seats"]), held)
    ruling = request_more(more, work.today, work.policy)
    if ruling.outcome == Outcome.REJECTED:
        work.decide(SubjectKind.SEAT_REQUEST, f"{lea_id}/{component}", ruling, seats=more.seats)
        _tell(work, f"{lea_id}/{component}/{work.cause}", lea_id, ruling)
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    place_key = f"{AFTER_THE_SURVEY}{row.source.file_hash[:12]}/{row.row_number:06d}"
    request = _join(work, lea_id, more, held, PlaceInOrder(row.source.received_at, place_key))
    work.decide(SubjectKind.SEAT_REQUEST, record_of(request).key, ruling, seats=more.seats)
    accept(row, ruling.reason)
    joined.append(Joined(request, ruling))
    return True


@step
def request_seats(season: str, lea_id: str, component: str, seats: int, *, requested_by: str, as_of: datetime) -> str:
    """Put a district's request for more seats at the end of the waitlist; the reason as it is recorded.

    Raises:
        OperatorError: it cannot ask for them, or not any more.
    """
    with unit_of_work(season, as_of) as work:
        held = requests_of(work.db, season, lea_id, component)
        number = len(held) + 1
        if any(row.place_key == f"{AFTER_THE_SURVEY}{work.cause}" for row in held):  # a repeated run
            return "The request is on record."
        more = _facts(work, lea_id, Component(component), seats, held)
        ruling = request_more(more, work.today, work.policy)
        key = f"{lea_id}/{component}/{number}"
        work.require_allowed(SubjectKind.SEAT_REQUEST, key, ruling, seats=seats, requested_by=requested_by)
        request = _join(work, lea_id, more, held, PlaceInOrder(as_of, f"{AFTER_THE_SURVEY}{work.cause}"))
        _offer_and_tell(work, [Joined(request, ruling)])
    return ruling.reason


def _offer_and_tell(work: Work, joined: Sequence[Joined]) -> None:
    """Offer what is free in the order of the waitlist, and tell each district where its new request stands then."""
    offer_to_waitlist(work, "more-seats")
    for new in joined:
        _tell(work, record_of(new.request).key, new.request.lea_id, new.ruling, new.request)


def _facts(work: Work, lea_id: str, component: Component, seats: int, held: Sequence[SeatRequestRow]) -> MoreSeats:
    application = work.db.get(Application, (work.season, lea_id))
    has_applied = application is not None and not application.is_information_request
    so_far = sum(row.seats_requested - row.seats_declined - row.seats_released for row in held)
    waiting = sum(row.seats_undecided + row.seats_waitlisted for row in held)
    room = librarian_rooms(work.db, work.season).get(lea_id, 0)
    option = application.option if application is not None and has_applied else None
    return MoreSeats(component, seats, so_far, option, room - waiting)


def _join(
    work: Work, lea_id: str, more: MoreSeats, held: Sequence[SeatRequestRow], place: PlaceInOrder
) -> SeatRequestRow:
    """The new request; until seats are confirmed in mid June it is decided with all the others."""
    admitted = admitted_of(more, work.policy)
    is_early = work.today < work.policy.seats.confirmed_on
    request = SeatRequestRow(
        season=work.season,
        lea_id=lea_id,
        component=more.component.value,
        request_number=max((row.request_number for row in held), default=0) + 1,
        placed_at=place.placed_at,
        place_key=place.place_key,
        seats_requested=more.seats,
        seats_declined=more.seats - admitted,
        seats_undecided=admitted if is_early else 0,
        seats_waitlisted=0 if is_early else admitted,
        seats_confirmed=0,
        seats_released=0,
    )
    work.db.add(request)
    renumber_waitlist(work)
    return request


def _tell(work: Work, occasion: str, lea_id: str, ruling: Ruling, request: SeatRequestRow | None = None) -> None:
    application = work.db.get(Application, (work.season, lea_id))
    if application is None:  # nobody to write to: the row is quarantined with the reason
        return
    letter = {
        "application": application,
        "ruling": ruling,
        "position": request.waitlist_position if request else None,
        "seats_offered": request.seats_confirmed if request else 0,
        "seats_waiting": request.seats_waitlisted if request else 0,
    }
    write_letter(work, f"more_seats/{occasion}", "more_seats", application.lead_email, **letter)
