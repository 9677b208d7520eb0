"""From the rows of survey exports to applications and places in line.

A response is judged as it comes in: it stands for its district, a later one stands instead of it, it was taken in before, or it
is refused. The row that stands is stored last, so that no row is written twice however many responses a district sends.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.application import admit
from rules.recognition import index_districts, recognise
from schemas.contracts import CRITICAL
from schemas.policy import Policy
from schemas.records import DistrictName, Finding, Recognised, Unrecognised
from schemas.tables import District
from tasks.asks import ASKED
from tasks.intake import FileReport, Intake, handed_in
from tasks.line import Line, Standing, answer_of
from tasks.parts import Part
from tasks.refusals import Place, Refusals
from tasks.responses import KIND, Repeats, SeenResponses, mark_replaced
from tasks.rows import Row, rows_of, with_fate, write_rows
from tasks.step import step
from tasks.values import Moments
from tasks.work import Work, unit_of_work

_NAMING = (District.lea_id, District.name, District.town, District.state_code)
CLOSED_RULE = "survey-window"
REPLACED = "superseded", "A later submission stands."
STANDS = "accepted", "This is the district's standing submission."
Held = tuple[
    Place, Row, tuple[Sequence[str], str]
]  # where a response stands, its row, and its file's fields and time zone


@step
def take_in_responses(
    season: str, as_of: datetime, files: Sequence[Path] | None = None, other_ways: Sequence[Path | None] = ()
) -> list[FileReport]:
    """Take in survey exports and make each district's latest valid submission its application; what became of each file.

    Outcomes do not depend on the order in which files come in, nor on how often a response is handed in.
    """
    with unit_of_work(season, as_of) as work:
        responses = Responses(work)
        intake = Intake(work.db, work.policy, KIND, as_of, prepare=responses.recognise)
        reports = intake.run(handed_in(KIND, files, other_ways), responses.settle)
        responses.close()
    return reports


class Responses:
    """The responses of one run on their way to applications."""

    def __init__(self, work: Work) -> None:
        """Look up what the season knows so far."""
        self._work = work
        names = [DistrictName(*row) for row in work.db.execute(select(*_NAMING))]
        self._districts = {name.lea_id: name.name for name in names}
        self._index = index_districts(names)
        self._recognised: dict[tuple[str, str], Recognised | Unrecognised] = {}
        self._moments = Moments(work.policy)
        self._window = _window(work.policy)
        self._seen = SeenResponses(work.db, work.season)
        self._refusals = Refusals(work, self._moments)
        self._line = Line(work, self._refusals, self._moments)
        self._held: dict[str, Held] = {}
        self._replaced: list[str] = []

    def recognise(self, part: Part) -> None:
        """Put the id of the district that each row means in place of what was written."""
        written = part.columns["lea_id"]
        names = part.columns.get("district_name", [""] * len(part))
        pairs = list(zip(written, names, strict=True))
        for pair in set(pairs) - self._recognised.keys():
            self._recognised[pair] = recognise(*pair, self._index, self._work.policy.survey.recognition)
            self._note(pair)
        found = [self._recognised[pair] for pair in pairs]
        part.columns["lea_id"] = [
            item.lea_id if isinstance(item, Recognised) else own for item, own in zip(found, written, strict=True)
        ]
        for index, item in enumerate(found) if any(isinstance(item, Unrecognised) for item in set(found)) else ():
            if isinstance(item, Unrecognised):
                part.refuse(index, _unrecognised(item, *pairs[index]))

    def _note(self, pair: tuple[str, str]) -> None:
        item = self._recognised[pair]
        if isinstance(item, Recognised) and item.ruling:
            subject = pair[1] or pair[0]
            self._work.decide("district-name", subject, item.ruling, written=list(pair), lea_id=item.lea_id)

    def settle(self, db: Session, part: Part) -> None:
        """Store a part's rows with what became of each, all but those that stand for their district so far."""
        times = self._times(part)
        refused = part.refused()
        repeats = self._seen.judge(part, refused, {held[0][1] for held in self._held.values()})
        fates: list[tuple[str, str]] = [REPLACED] * len(part)
        for index, reason in refused.items():
            fates[index] = "quarantined", reason
            if index not in repeats.reasons:
                self._refusals.add(part, index)
        for index, reason in repeats.reasons.items():
            fates[index] = "repeated", reason
        barred = refused.keys() | repeats.reasons.keys()
        valid = [index for index in range(len(part)) if index not in barred] if barred else list(range(len(part)))
        self._move(part, repeats, times)
        self._line.asks.add(
            _picked(part, valid), [times[i] for i in valid], [part.keys[i] for i in valid], self._work.policy
        )
        write_rows(db, self._rows(part, valid, times, fates))

    def _times(self, part: Part) -> list[int]:
        """When each row was sent (microseconds); rows of impossible days, or from outside the survey's time, are refused."""
        zone = part.arrival.source.head.zone
        found = [self._moments.microseconds(text, zone) for text in part.columns["submitted_at"]]
        first, end = self._window
        for index, sent in enumerate(found):
            if sent is None or not first <= sent < end:
                self._refuse_time(part, index, sent)
        return [sent or 0 for sent in found]

    def _refuse_time(self, part: Part, index: int, sent: int | None) -> None:
        if any(finding.severity == CRITICAL for finding in part.findings.get(index, ())):
            return
        value, survey = part.columns["submitted_at"][index], self._work.policy.survey
        if sent is None:
            problem, remedy = "there is no such day or time", "write it as 2022-05-03 14:30:00"
            part.refuse(index, Finding(0, "submitted_at", value, "IS-003", CRITICAL, problem, remedy))
            return
        problem = f"the survey was open from {survey.opens_on} to {survey.closes_on}"
        part.refuse(index, Finding(0, "submitted_at", value, CLOSED_RULE, CRITICAL, problem, "ask program staff"))

    def _move(self, part: Part, repeats: Repeats, times: Sequence[int]) -> None:
        """A response that was refused before keeps its place if it is put right in time; else its place is now."""
        grace = timedelta(days=self._work.policy.survey.grace_days)
        for index, refused_at in repeats.first_refused_at.items():
            place = times[index] if self._work.as_of <= refused_at + grace else Moments.of(self._work.as_of)
            self._line.moved[part.keys[index]] = place, part.keys[index]

    def _rows(
        self, part: Part, valid: Sequence[int], times: Sequence[int], fates: Sequence[tuple[str, str]]
    ) -> Iterator[Row]:
        """The rows to be stored now: a row that stands is held until a newer one comes or the run ends."""
        rows, places = rows_of(part, fates), list(zip(times, part.keys, strict=True))
        if len(valid) < len(rows):
            settled = set(range(len(rows))).difference(valid)
            yield from (rows[index] for index in sorted(settled))
        standing, lea_ids = self._held, part.columns["lea_id"]
        file = part.arrival.fields, part.arrival.source.head.zone
        for index in valid:
            lea_id, place = lea_ids[index], places[index]
            held = standing.get(lea_id)
            if held is None:
                before = self._line.before.get(lea_id)
                if before is not None and place <= before:
                    yield rows[index]
                    continue
                if before is not None:
                    self._replaced.append(before[1])
            elif place <= held[0]:
                yield rows[index]
                continue
            else:
                yield held[1]
            standing[lea_id] = place, rows[index], file

    def close(self) -> None:
        """Store what stands, and fold everything that was asked into the line."""
        db = self._work.db
        mark_replaced(db, self._work.season, self._replaced, REPLACED[1])
        standing = {lea_id: self._standing(lea_id, held) for lea_id, held in self._held.items()}
        write_rows(db, (with_fate(held[1], STANDS) for held in self._held.values()))
        self._line.close(standing)
        self._refusals.write_letters({**self._line.before, **{lea_id: item.place for lea_id, item in standing.items()}})

    def _standing(self, lea_id: str, held: Held) -> Standing:
        place, row, (fields, zone) = held
        values = dict(zip(fields, orjson.loads(row[-1]), strict=True)) | {"_zone": zone}
        answer = answer_of(values, self._moments)
        return Standing(place, values, answer, admit(answer, self._work.policy), self._districts[lea_id])


def _picked(part: Part, indexes: Sequence[int]) -> dict[str, Sequence[str]]:
    if len(indexes) == len(part):
        return {name: part.columns[name] for name in ASKED}
    return {name: [part.columns[name][i] for i in indexes] for name in ASKED}


def _unrecognised(item: Unrecognised, written: str, name: str) -> Finding:
    candidates = f"; did they mean {', '.join(item.candidates)}?" if item.candidates else ""
    remedy = f"use the 7-digit NCES id of the district{candidates}"
    rule = "IS-005" if written or name else "IS-004"
    return Finding(0, "lea_id", written or name, rule, CRITICAL, item.problem.rstrip("."), remedy)


def _window(policy: Policy) -> tuple[int, int]:
    """The survey's time in microseconds, the end not included."""
    days = policy.survey.opens_on, policy.survey.closes_on + timedelta(days=1)
    first, end = (Moments.of(datetime.combine(day, time(), policy.zone)) for day in days)
    return first, end
