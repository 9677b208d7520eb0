"""What every valid response requests, folded into each district's application and seat requests."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, chain, islice
from typing import Any

import polars as pl
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from rules.rule_ids import RuleId
from rules.surveys.application import admit, place_of, requests_of_places, stack_places
from schemas.records import COMPONENT_NAMES, Component, Lead, Ruling, SeatRequest, SurveyAnswer
from schemas.records import Line as AskedLine
from schemas.tables import Application, IntakeRow, SeatRequestRow
from tasks.core.database import batches, insert, upsert
from tasks.intake.cell_values import Moments, Place, count, parts
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter
from tasks.surveys.leads import tell_lead_change
from tasks.surveys.rejected_responses import Rejections
from tasks.surveys.requested_seats import ASKED, COMPONENTS, Asked, Asks
from tasks.surveys.responses import KIND

DISTRICTS_AT_ONCE = 1_000
DECIDED = ("seats_confirmed", "seats_waitlisted", "seats_released")


@dataclass(frozen=True, slots=True)
class Submission:
    """A district's current submission: when it was sent, its name, what it says, and how many of its seats are admitted."""

    place: Place
    answer: SurveyAnswer
    lines: tuple[AskedLine, ...]
    district: str


class Line:
    """The season's line as it was, and what this run adds to it."""

    def __init__(self, work: Work, rejections: Rejections, moments: Moments) -> None:
        """Look up which response stands for each district."""
        self._work, self._rejections, self._moments = work, rejections, moments
        query = select(
            Application.lea_id,
            Application.submitted_at,
            Application.response_id,
            Application.lead_name,
            Application.lead_email,
        )
        found = list(work.db.execute(query.where(Application.season == work.season)))
        self.before: dict[str, Place] = {lea_id: (Moments.of(at), key) for lea_id, at, key, *_ in found}
        self._leads = {lea_id: Lead(name, email) for lea_id, _, _, name, email in found}
        self.asks = Asks()
        self.moved: dict[str, Place] = {}

    def close(self, standing: Mapping[str, Submission]) -> None:
        """Write the applications, requests, decisions and letters of every district that sent something."""
        late = self.asks.before(self.before)
        requests = self._requests_so_far(self.asks.lea_ids)
        lines: dict[str, Sequence[AskedLine]] = {lea_id: newest.lines for lea_id, newest in standing.items()}
        whole = self._whole_history(late, lines) if late else Asks()
        applications = [self._application(standing[lea_id].answer) for lea_id in sorted(standing)]
        self._work.writer.write(upsert, Application, applications)
        districts = (item for item in self.asks.by_district() if item[0] not in late)
        self._write_requests(chain(districts, whole.by_district()), requests, late, lines)
        for lea_id, newest in sorted(standing.items()):
            self._tell(lea_id, newest)

    def _requests_so_far(self, lea_ids: Sequence[str]) -> dict[str, list[SeatRequestRow]]:
        found: dict[str, list[SeatRequestRow]] = defaultdict(list)
        known = [lea_id for lea_id in lea_ids if lea_id in self.before]
        for some in batches(known):
            query = select(SeatRequestRow).where(
                SeatRequestRow.season == self._work.season, SeatRequestRow.lea_id.in_(some)
            )
            for request in self._work.db.scalars(
                query.order_by(SeatRequestRow.lea_id, SeatRequestRow.component, SeatRequestRow.request_number)
            ):
                found[request.lea_id].append(request)
        return found

    def _whole_history(self, lea_ids: frozenset[str], lines: dict[str, Sequence[AskedLine]]) -> Asks:
        """Everything that some districts ever asked: an export of earlier responses came after one of later ones."""
        query = select(IntakeRow).options(joinedload(IntakeRow.source))
        query = query.where(IntakeRow.season == self._work.season, IntakeRow.kind == KIND)
        valid = query.where(IntakeRow.disposition.in_(("accepted", "superseded"))).execution_options(yield_per=5_000)
        asked = []
        for row in self._work.db.scalars(valid):
            content = row.content
            if content["lea_id"] in lea_ids:
                time = self._moments.microseconds(content["submitted_at"], content["_zone"])
                asked.append([*(content.get(name, "") for name in ASKED), time, row.natural_key])
                if row.disposition == "accepted":
                    lines.setdefault(content["lea_id"], admit(answer_of(content, self._moments), self._work.policy))
        schema = {**dict.fromkeys(ASKED, pl.String), "time": pl.Int64, "key": pl.String}
        asks = Asks()
        asks.add(pl.DataFrame(asked, schema=schema, orient="row"), self._work.policy)
        return asks

    def _write_requests(
        self,
        districts: Iterator[Asked],
        so_far: Mapping[str, Sequence[SeatRequestRow]],
        late: frozenset[str],
        lines: Mapping[str, Sequence[AskedLine]],
    ) -> None:
        """Work out the requests of some districts while those of the districts before them are written."""
        while some := list(islice(districts, DISTRICTS_AT_ONCE)):
            new: list[SeatRequest] = []
            gone: list[str] = []
            for lea_id, times, keys, admitted in some:
                before = so_far.get(lea_id, ())
                place = self._places(lea_id, times, keys, before, is_late=lea_id in late)
                rejected = {
                    line.component: line.seats_requested - line.seats_admitted for line in lines.get(lea_id, ())
                }
                found = list(self._requests(lea_id, place, admitted, () if lea_id in late else before, rejected))
                if any(getattr(request, name) for request in before for name in DECIDED):
                    new += self._after_confirmation(lea_id, found, before)
                else:
                    gone += [lea_id] if before else []
                    new += found
            self._work.writer.write(_replace_requests, self._work.season, gone, new)

    def _places(
        self, lea_id: str, times: Sequence[int], keys: Sequence[str], before: Sequence[SeatRequestRow], *, is_late: bool
    ) -> Callable[[int], tuple[datetime, str]]:
        """The place of each response: its own, or that of the rejected one before it that it corrects in time."""
        rejected = sorted(self._rejections.places.get(lea_id, ()))
        known = {request.place_key: request.placed_at for request in before} if is_late else {}
        first = (0, "") if is_late else self.before.get(lea_id, (0, ""))

        def place(index: int) -> tuple[datetime, str]:
            own = times[index], keys[index]
            at, name = self.moved.get(own[1], own)
            last = (times[index - 1], keys[index - 1]) if index else first
            if not rejected:
                return known.get(name, Moments.at(at)), name
            since = [(Moments.at(t), k) for t, k in rejected if last < (t, k) <= own]
            found = place_of(Moments.at(at), name, since, self._work.policy.survey.grace_days)
            return known.get(found[1], found[0]), found[1]

        return place

    def _requests(
        self,
        lea_id: str,
        place: Callable[[int], tuple[datetime, str]],
        admitted: Sequence[Sequence[int]],
        before: Sequence[SeatRequestRow],
        rejected: Mapping[Component, int],
    ) -> Iterator[SeatRequest]:
        """The requests of a district: its places so far, and on top of them what its new responses ask."""
        for component, seats in zip(COMPONENTS, admitted, strict=True):
            held = [c for c in before if c.component == component and c.seats_requested > c.seats_declined]
            so_far = [*accumulate(c.seats_requested - c.seats_declined for c in held)]
            stack = stack_places([*so_far, *seats])
            if stack or rejected.get(component):
                found = [
                    (held[i].placed_at, held[i].place_key, n) if i < len(held) else (*place(i - len(held)), n)
                    for i, n in stack
                ]
                newest = place(len(seats) - 1)
                yield from requests_of_places(lea_id, component, found, rejected.get(component, 0), newest)

    def _after_confirmation(
        self, lea_id: str, found: Sequence[SeatRequest], before: Sequence[SeatRequestRow]
    ) -> list[SeatRequest]:
        """What was decided stays decided: more seats are requested anew, fewer are given back by an operator."""
        known = {(request.component, request.place_key) for request in before}
        added = []
        for component in COMPONENTS:
            mine = [request for request in before if request.component == component]
            fresh = [
                request
                for request in found
                if request.component is component and (component.value, request.place_key) not in known
            ]
            number = max((request.request_number for request in mine), default=0)
            added += [_renumbered(request, number + offset) for offset, request in enumerate(fresh, start=1)]
            asked, now = (
                sum(c.seats_requested for c in mine),
                sum(c.seats_requested for c in found if c.component is component),
            )
            if now < asked:
                reason = f"{now} seats are requested instead of {asked} after the confirmation: an operator releases the rest."
                self._work.decide(
                    "application",
                    f"{lea_id}/{component}",
                    Ruling(RuleId.REQUESTED_AFTER_CONFIRMATION, "operator", reason),
                    asked=asked,
                    now=now,
                )
        return added

    def _application(self, answer: SurveyAnswer) -> dict[str, Any]:
        names = (
            "lea_id",
            "response_id",
            "submitted_at",
            "is_information_request",
            "option",
            "superintendent_name",
            "lead_name",
            "lead_email",
        )
        return {
            "season": self._work.season,
            "slots": list(answer.slots),
            **{name: getattr(answer, name) for name in names},
        }

    def _tell(self, lea_id: str, newest: Submission) -> None:
        """Record the rulings on a district's new application, and write to its lead."""
        answer = newest.answer
        before, after = self._leads.get(lea_id), Lead(answer.lead_name or answer.lead_email, answer.lead_email)
        if before and before.email != after.email:
            tell_lead_change(self._work, lea_id, newest.district, (before, after))
        for line in newest.lines:
            facts = {
                "option": answer.option,
                "seats_requested": line.seats_requested,
                "seats_admitted": line.seats_admitted,
            }
            for ruling in line.rulings:
                self._work.decide("application", f"{lea_id}/{line.component}", ruling, **facts)
        template = "information" if answer.is_information_request else "application_received"
        key = f"{template}/{answer.response_id}"
        context = {"answer": answer, "lines": newest.lines, "district": newest.district, "names": COMPONENT_NAMES}
        write_letter(self._work, key, template, answer.lead_email, **context)


def answer_of(content: Mapping[str, str], moments: Moments) -> SurveyAnswer:
    """A valid response as the rules take it."""
    time = moments.microseconds(content["submitted_at"], content.get("_zone", ""))
    assert time is not None, "a valid response has a time"
    return SurveyAnswer(
        response_id=content["response_id"],
        submitted_at=Moments.at(time),
        lea_id=content["lea_id"],
        is_information_request=content["request"].lower() != "apply",
        option=int(content["option"]) if content["option"] else None,
        seats={component: count(content, f"{component}_seats") for component in COMPONENTS},
        slots=parts(content.get("slots", "")),
        superintendent_name=content.get("superintendent_name", ""),
        lead_name=content.get("lead_name", ""),
        lead_email=content["lead_email"],
    )


def _renumbered(request: SeatRequest, number: int) -> SeatRequest:
    return SeatRequest(
        request.lea_id,
        request.component,
        number,
        request.seats_requested,
        request.placed_at,
        request.place_key,
        0,
        request.seats_declined,
    )


def _replace_requests(db: Session, season: str, gone: Sequence[str], new: Iterable[SeatRequest]) -> None:
    """Write requests, some of them instead of all that their districts had."""
    for some in batches(gone):
        mine = delete(SeatRequestRow).where(SeatRequestRow.season == season, SeatRequestRow.lea_id.in_(some))
        db.execute(mine.execution_options(synchronize_session=False))
    insert(db, SeatRequestRow, [_request_row(season, request) for request in new])


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
