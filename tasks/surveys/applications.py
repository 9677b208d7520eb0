"""The line: what every valid response asks, folded into each district's application and places in line."""

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
from rules.surveys.application import admit, claims_of_places, place_of, stack_places
from schemas.records import COMPONENT_NAMES, Component, Lead, Ruling, SurveyAnswer
from schemas.records import Claim as ClaimRecord
from schemas.records import Line as AskedLine
from schemas.tables import Application, Claim, IntakeRow
from tasks.core.database import batches, insert, upsert
from tasks.intake.cell_values import Moments, Place, count, parts
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter
from tasks.surveys.leads import tell_lead_change
from tasks.surveys.rejected_responses import Refusals
from tasks.surveys.requested_seats import ASKED, COMPONENTS, Asked, Asks
from tasks.surveys.responses import KIND

DISTRICTS_AT_ONCE = 1_000
DECIDED = ("seats_confirmed", "seats_waitlisted", "seats_released")


@dataclass(frozen=True, slots=True)
class Standing:
    """A district's newest valid response: when it was sent, its name, what it says, and what of it may stand in line."""

    place: Place
    answer: SurveyAnswer
    lines: tuple[AskedLine, ...]
    district: str


class Line:
    """The season's line as it was, and what this run adds to it."""

    def __init__(self, work: Work, refusals: Refusals, moments: Moments) -> None:
        """Look up which response stands for each district."""
        self._work, self._refusals, self._moments = work, refusals, moments
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

    def close(self, standing: Mapping[str, Standing]) -> None:
        """Write the applications, claims, decisions and letters of every district that sent something."""
        late = self.asks.before(self.before)
        claims = self._claims_so_far(self.asks.lea_ids)
        lines: dict[str, Sequence[AskedLine]] = {lea_id: newest.lines for lea_id, newest in standing.items()}
        whole = self._whole_history(late, lines) if late else Asks()
        applications = [self._application(standing[lea_id].answer) for lea_id in sorted(standing)]
        self._work.writer.write(upsert, Application, applications)
        districts = (item for item in self.asks.by_district() if item[0] not in late)
        self._write_claims(chain(districts, whole.by_district()), claims, late, lines)
        for lea_id, newest in sorted(standing.items()):
            self._tell(lea_id, newest)

    def _claims_so_far(self, lea_ids: Sequence[str]) -> dict[str, list[Claim]]:
        found: dict[str, list[Claim]] = defaultdict(list)
        known = [lea_id for lea_id in lea_ids if lea_id in self.before]
        for some in batches(known):
            query = select(Claim).where(Claim.season == self._work.season, Claim.lea_id.in_(some))
            for claim in self._work.db.scalars(query.order_by(Claim.lea_id, Claim.component, Claim.claim_number)):
                found[claim.lea_id].append(claim)
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

    def _write_claims(
        self,
        districts: Iterator[Asked],
        so_far: Mapping[str, Sequence[Claim]],
        late: frozenset[str],
        lines: Mapping[str, Sequence[AskedLine]],
    ) -> None:
        """Work out the claims of some districts while those of the districts before them are written."""
        while some := list(islice(districts, DISTRICTS_AT_ONCE)):
            new: list[ClaimRecord] = []
            gone: list[str] = []
            for lea_id, times, keys, admitted in some:
                before = so_far.get(lea_id, ())
                place = self._places(lea_id, times, keys, before, is_late=lea_id in late)
                refused = {line.component: line.seats_asked - line.seats_admitted for line in lines.get(lea_id, ())}
                found = list(self._claims(lea_id, place, admitted, () if lea_id in late else before, refused))
                if any(getattr(claim, name) for claim in before for name in DECIDED):
                    new += self._after_confirmation(lea_id, found, before)
                else:
                    gone += [lea_id] if before else []
                    new += found
            self._work.writer.write(_replace_claims, self._work.season, gone, new)

    def _places(
        self, lea_id: str, times: Sequence[int], keys: Sequence[str], before: Sequence[Claim], *, is_late: bool
    ) -> Callable[[int], tuple[datetime, str]]:
        """The place in line of each response: its own, or that of the refused one before it which it puts right in time."""
        refused = sorted(self._refusals.places.get(lea_id, ()))
        known = {claim.place_key: claim.placed_at for claim in before} if is_late else {}
        first = (0, "") if is_late else self.before.get(lea_id, (0, ""))

        def place(index: int) -> tuple[datetime, str]:
            own = times[index], keys[index]
            at, name = self.moved.get(own[1], own)
            last = (times[index - 1], keys[index - 1]) if index else first
            if not refused:
                return known.get(name, Moments.at(at)), name
            since = [(Moments.at(t), k) for t, k in refused if last < (t, k) <= own]
            found = place_of(Moments.at(at), name, since, self._work.policy.survey.grace_days)
            return known.get(found[1], found[0]), found[1]

        return place

    def _claims(
        self,
        lea_id: str,
        place: Callable[[int], tuple[datetime, str]],
        admitted: Sequence[Sequence[int]],
        before: Sequence[Claim],
        refused: Mapping[Component, int],
    ) -> Iterator[ClaimRecord]:
        """The claims of a district: its places so far, and on top of them what its new responses ask."""
        for component, seats in zip(COMPONENTS, admitted, strict=True):
            held = [c for c in before if c.component == component and c.seats_asked > c.seats_declined]
            so_far = [*accumulate(c.seats_asked - c.seats_declined for c in held)]
            stack = stack_places([*so_far, *seats])
            if stack or refused.get(component):
                found = [
                    (held[i].placed_at, held[i].place_key, n) if i < len(held) else (*place(i - len(held)), n)
                    for i, n in stack
                ]
                newest = place(len(seats) - 1)
                yield from claims_of_places(lea_id, component, found, refused.get(component, 0), newest)

    def _after_confirmation(
        self, lea_id: str, found: Sequence[ClaimRecord], before: Sequence[Claim]
    ) -> list[ClaimRecord]:
        """What was decided stays decided: more seats stand in line anew, fewer are given back by an operator."""
        known = {(claim.component, claim.place_key) for claim in before}
        added = []
        for component in COMPONENTS:
            mine = [claim for claim in before if claim.component == component]
            fresh = [
                claim
                for claim in found
                if claim.component is component and (component.value, claim.place_key) not in known
            ]
            number = max((claim.claim_number for claim in mine), default=0)
            added += [_renumbered(claim, number + offset) for offset, claim in enumerate(fresh, start=1)]
            asked, now = sum(c.seats_asked for c in mine), sum(c.seats_asked for c in found if c.component is component)
            if now < asked:
                reason = (
                    f"{now} seats are asked instead of {asked} after the confirmation: an operator gives back the rest."
                )
                self._work.decide(
                    "application",
                    f"{lea_id}/{component}",
                    Ruling(RuleId.ASKED_AFTER_CONFIRMATION, "operator", reason),
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

    def _tell(self, lea_id: str, newest: Standing) -> None:
        """Record the rulings on a district's new application, and write to its lead."""
        answer = newest.answer
        before, after = self._leads.get(lea_id), Lead(answer.lead_name or answer.lead_email, answer.lead_email)
        if before and before.email != after.email:
            tell_lead_change(self._work, lea_id, newest.district, (before, after))
        for line in newest.lines:
            facts = {"option": answer.option, "seats_asked": line.seats_asked, "seats_admitted": line.seats_admitted}
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


def _renumbered(claim: ClaimRecord, number: int) -> ClaimRecord:
    return ClaimRecord(
        claim.lea_id,
        claim.component,
        number,
        claim.seats_asked,
        claim.placed_at,
        claim.place_key,
        0,
        claim.seats_declined,
    )


def _replace_claims(db: Session, season: str, gone: Sequence[str], new: Iterable[ClaimRecord]) -> None:
    """Write claims, some of them instead of all that their districts had."""
    for some in batches(gone):
        mine = delete(Claim).where(Claim.season == season, Claim.lea_id.in_(some))
        db.execute(mine.execution_options(synchronize_session=False))
    insert(db, Claim, [_claim_row(season, claim) for claim in new])


def _claim_row(season: str, claim: ClaimRecord) -> dict[str, Any]:
    return {
        "season": season,
        "lea_id": claim.lea_id,
        "component": claim.component.value,
        "claim_number": claim.claim_number,
        "placed_at": claim.placed_at,
        "place_key": claim.place_key,
        "seats_asked": claim.seats_asked,
        "seats_undecided": claim.seats_open,
        "seats_declined": claim.seats_declined,
    }
