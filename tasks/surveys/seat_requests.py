"""What every valid response requests, folded into each district's seat requests, each at the place where it began."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

import polars as pl
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from rules.surveys.application import (
    admit,
    fewer_after_confirmation,
    place_of,
    requests_after_confirmation,
    requests_of_places,
    stack_places,
)
from schemas.kinds import SubjectKind
from schemas.records import Component, Line, PlacedSeats, PlaceInOrder, SeatRequest
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, SeatRequestRow
from tasks.core.database import batches, insert
from tasks.intake.cell_values import from_microseconds, microseconds, moment_us
from tasks.intake.pipeline import in_background
from tasks.ledger.unit_of_work import Work
from tasks.seats.more_seats import AFTER_THE_SURVEY
from tasks.seats.offers import record_of
from tasks.surveys.applications import answer_of
from tasks.surveys.classify import KIND, TAKEN
from tasks.surveys.requested_seats import (
    COMPONENTS,
    REQUESTED,
    Admission,
    DistrictResponses,
    Place,
    RequestedSeats,
)

DISTRICTS_AT_ONCE = 1_000
DECIDED = ("seats_confirmed", "seats_waitlisted", "seats_released")


@dataclass(frozen=True, slots=True)
class ChangedRequests:
    """Seat requests of some districts, some of which had others before."""

    replaced: Sequence[str]
    new: Sequence[SeatRequest]


class SeatRequests:
    """The seat requests of a season as they were, and what this run makes of them.

    ``before`` are the current submissions so far, by district; ``rejected`` the places that rejected responses keep, by
    district; ``moved`` the places of responses that were corrected late.
    """

    def __init__(
        self,
        work: Work,
        requested: RequestedSeats,
        before: Mapping[str, Place],
        rejected: Mapping[str, Sequence[Place]],
        moved: Mapping[str, Place],
    ) -> None:
        """Take what this run has found."""
        self._work, self._requested, self._before = work, requested, before
        self._rejected, self._moved = rejected, moved

    def write(self, lines: Mapping[str, Sequence[Line]]) -> None:
        """Write the seat requests of every district that sent something; ``lines`` are those of current submissions."""
        late = self._requested.earlier_than(self._before)
        all_lines, on_record = dict(lines), self._on_record()
        whole = self._whole_history(late, all_lines) if late else self._requested.emptied()
        on_time = (responses for responses in self._requested.by_district() if responses.lea_id not in late)
        self._write_requests(on_time, all_lines, on_record)
        self._write_requests(whole.by_district(), all_lines, on_record, is_late=True)

    def _on_record(self) -> dict[str, list[SeatRequestRow]]:
        """What the districts of this run have requested so far."""
        found: dict[str, list[SeatRequestRow]] = defaultdict(list)
        order = (SeatRequestRow.lea_id, SeatRequestRow.component, SeatRequestRow.request_number)
        for some in batches([lea_id for lea_id in self._requested.lea_ids if lea_id in self._before]):
            mine = select(SeatRequestRow).where(SeatRequestRow.season == self._work.season)
            for request in self._work.db.scalars(mine.where(SeatRequestRow.lea_id.in_(some)).order_by(*order)):
                found[request.lea_id].append(request)
        return found

    def _whole_history(self, lea_ids: frozenset[str], lines: dict[str, Sequence[Line]]) -> RequestedSeats:
        """Everything that some districts ever requested: an export of earlier responses came after one of later ones."""
        query = select(IntakeRow).options(joinedload(IntakeRow.source))
        query = query.where(IntakeRow.season == self._work.season, IntakeRow.kind == KIND)
        valid = query.where(IntakeRow.disposition.in_(TAKEN)).execution_options(yield_per=5_000)
        texts = []
        for row in self._work.db.scalars(valid):
            content = row.content
            sent_us = moment_us(content["submitted_at"], self._work.policy, row.source.zone)
            if content["lea_id"] not in lea_ids or sent_us is None:
                continue
            texts.append([*(content.get(name, "") for name in REQUESTED), sent_us, row.natural_key, row.row_number])
            if row.disposition == Disposition.ACCEPTED and content["lea_id"] not in lines:
                answer = answer_of(content, Place(sent_us, row.natural_key))
                lines[content["lea_id"]] = admit(answer, self._work.policy)
        schema = {**dict.fromkeys(REQUESTED, pl.String), "submitted_us": pl.Int64, "response_id": pl.String}
        schema |= {"row_number": pl.Int32}
        responses = pl.DataFrame(texts, schema=schema, orient="row")
        requested = self._requested.emptied()
        requested.add(responses.with_columns(Admission(self._work.policy).by_row(responses).get_columns()), 0)
        return requested

    def _write_requests(
        self,
        districts: Iterator[DistrictResponses],
        lines: Mapping[str, Sequence[Line]],
        on_record: Mapping[str, Sequence[SeatRequestRow]],
        *,
        is_late: bool = False,
    ) -> None:
        """Write the seat requests of districts, some of them while the next are worked out.

        A late response is folded in with all that its district ever requested.
        """
        for changed in in_background(self._changed(districts, lines, on_record, is_late=is_late)):
            _replace_requests(self._work.db, self._work.season, changed)

    def _changed(
        self,
        districts: Iterator[DistrictResponses],
        lines: Mapping[str, Sequence[Line]],
        on_record: Mapping[str, Sequence[SeatRequestRow]],
        *,
        is_late: bool,
    ) -> Iterator[ChangedRequests]:
        while some := list(islice(districts, DISTRICTS_AT_ONCE)):
            new: list[SeatRequest] = []
            replaced: list[str] = []
            for responses in some:
                before = on_record.get(responses.lea_id, ())
                declined = {line.component: line.seats_requested - line.seats_admitted
                            for line in lines.get(responses.lea_id, ())}  # fmt: skip
                places = self._places(responses, before, is_late=is_late)
                found = list(_requests(responses, places, () if is_late else before, declined))
                if any(_is_decided(request) for request in before):
                    new += self._after_confirmation(responses.lea_id, found, before)
                else:
                    replaced += [responses.lea_id] if before else []
                    new += found
            yield ChangedRequests(replaced, new)

    def _places(
        self, responses: DistrictResponses, before: Sequence[SeatRequestRow], *, is_late: bool
    ) -> Callable[[int], Place]:
        """Which place a response has: its own, or that of the rejected one before it that it corrects in time."""
        rejected = sorted(self._rejected.get(responses.lea_id, ()))
        first = Place(0, "") if is_late else self._before.get(responses.lea_id, Place(0, ""))
        known = {request.place_key: microseconds(request.placed_at) for request in before} if is_late else {}

        def place_at(index: int) -> Place:
            sent = responses.place(index)
            place = self._moved.get(sent.response_id, sent)
            if rejected:
                last = responses.place(index - 1) if index else first
                place = self._corrected(place, [item for item in rejected if last < item <= sent])
            if not is_late:
                return place
            return Place(known.get(place.response_id, place.submitted_us), place.response_id)

        return place_at

    def _corrected(self, place: Place, rejected: Sequence[Place]) -> Place:
        since = [_in_order(item) for item in rejected]
        found = place_of(_in_order(place), since, self._work.policy.survey.grace_days)
        return Place(microseconds(found.placed_at), found.place_key)

    def _after_confirmation(
        self, lea_id: str, found: Sequence[SeatRequest], before: Sequence[SeatRequestRow]
    ) -> list[SeatRequest]:
        """What was decided stays decided: more seats are requested anew, fewer are released by an operator."""
        decided = [record_of(row) for row in before]
        added = []
        for component in COMPONENTS:
            added += requests_after_confirmation(component, found, decided)
            requested = sum(c.seats_requested for c in decided if c.component is component)
            now = sum(c.seats_requested for c in found if c.component is component)
            ruling = fewer_after_confirmation(requested, now)
            if ruling:
                self._work.decide(
                    SubjectKind.APPLICATION, f"{lea_id}/{component}", ruling, requested=requested, now=now
                )
        return added


def _is_decided(request: SeatRequestRow) -> bool:
    """Whether a new response leaves a request as it is: something of it was decided, or it came after the survey."""
    is_settled = any(getattr(request, name) for name in DECIDED) or request.closed_at is not None
    return is_settled or request.place_key.startswith(AFTER_THE_SURVEY)


def _requests(
    responses: DistrictResponses,
    place_at: Callable[[int], Place],
    before: Sequence[SeatRequestRow],
    declined: Mapping[Component, int],
) -> Iterator[SeatRequest]:
    """The seat requests of a district: what it has so far, and on top of them what its new responses request."""
    for component, seats in responses.admitted.items():
        held = [c for c in before if c.component == component and c.seats_requested > c.seats_declined]
        so_far = [*accumulate(c.seats_requested - c.seats_declined for c in held)]
        stack = stack_places([*so_far, *seats])
        if stack or declined.get(component):
            found = [PlacedSeats(_since(held, place_at, index), number) for index, number in stack]
            newest = found[-1].place if found else _since(held, place_at, len(held) + len(seats) - 1)
            yield from requests_of_places(responses.lea_id, component, found, declined.get(component, 0), newest)


def _since(held: Sequence[SeatRequestRow], place_at: Callable[[int], Place], index: int) -> PlaceInOrder:
    """Since when, and by which response, seats are requested: by a request on record, or by a response behind them."""
    if index < len(held):
        return PlaceInOrder(held[index].placed_at, held[index].place_key)
    return _in_order(place_at(index - len(held)))


def _in_order(place: Place) -> PlaceInOrder:
    return PlaceInOrder(from_microseconds(place.submitted_us), place.response_id)


def _replace_requests(db: Session, season: str, changed: ChangedRequests) -> None:
    """Write requests, some of them instead of all that their districts had."""
    for some in batches(changed.replaced):
        mine = delete(SeatRequestRow).where(SeatRequestRow.season == season, SeatRequestRow.lea_id.in_(some))
        db.execute(mine.execution_options(synchronize_session=False))
    insert(db, SeatRequestRow, [_request_row(season, request) for request in changed.new])


def _request_row(season: str, request: SeatRequest) -> dict[str, Any]:
    return {
        "season": season,
        "lea_id": request.lea_id,
        "component": request.component.value,
        "request_number": request.request_number,
        "placed_at": request.placed_at,
        "place_key": request.place_key,
        "seats_requested": request.seats_requested,
        "seats_undecided": request.seats_open,
        "seats_declined": request.seats_declined,
    }
