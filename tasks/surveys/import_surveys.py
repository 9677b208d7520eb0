"""From the rows of survey exports to applications and seat requests.

A response is judged as it comes in: it stands for its district, a later one stands instead of it, it was imported before, or it
is rejected. Rows are stored in the order of their file; of the valid ones those that stand are marked so at the end of the run,
one for each district however many responses it sends.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from sqlalchemy import select

from rules.rule_ids import RuleId
from rules.surveys.application import admit
from rules.surveys.recognition import index_districts, recognize
from schemas.contracts import CRITICAL
from schemas.policy import Policy
from schemas.records import DistrictName, Finding, Recognized, Unrecognized
from schemas.tables import District
from tasks.core.step import step
from tasks.intake.cell_values import Moments, Place
from tasks.intake.pipeline import WAITING_PARTS, FileReport, Intake, handed_in, rare_collection
from tasks.intake.row_batch import Part
from tasks.intake.store import rows_of
from tasks.ledger.background_writer import Aside
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.surveys.applications import Line, Submission, answer_of
from tasks.surveys.rejected_responses import Rejections
from tasks.surveys.requested_seats import ASKED
from tasks.surveys.responses import KIND, Repeats, SeenResponses, mark_replaced, mark_standing

_NAMING = (District.lea_id, District.name, District.town, District.state_code)
MEANS_NONE = ""
CLOSED_RULE = RuleId.SURVEY_WINDOW
_NEWEST = pl.Schema({"lea_id": pl.String, "time": pl.Int64, "key": pl.String, "file_id": pl.Int64, "row_number": pl.Int64,
                     "cells": pl.String})  # fmt: skip
REPLACED = "superseded", "A later submission stands."
STANDS = "accepted", "This is the district's standing submission."


@step
def import_responses(
    season: str, as_of: datetime, files: Sequence[Path] | None = None, other_ways: Sequence[Path | None] = ()
) -> list[FileReport]:
    """Import survey exports and make each district's latest valid submission its application; what became of each file.

    Outcomes do not depend on the order in which files come in, nor on how often a response is sent.
    """
    with rare_collection(), unit_of_work(season, as_of) as work, ThreadPoolExecutor(1, "newest") as thread:
        responses = Responses(work, thread)
        intake = Intake(work.writer, work.policy, KIND, as_of, prepare=responses.recognize)
        reports = intake.run(handed_in(KIND, files, other_ways), responses.settle)
        responses.close()
    return reports


class Responses:
    """The responses of one run on their way to applications."""

    def __init__(self, work: Work, thread: Executor) -> None:
        """Look up what the season knows so far; ``thread`` gathers what is only needed at the end."""
        self._work, self._gathering = work, Aside(thread)
        names = [DistrictName(*row) for row in work.db.execute(select(*_NAMING))]
        self._districts = {name.lea_id: name.name for name in names}
        self._index = thread.submit(index_districts, names)
        self._meant = pl.DataFrame(schema=dict.fromkeys(("lea_id", "name", "meant"), pl.String))
        self._unrecognized: dict[tuple[Any, ...], Unrecognized] = {}
        self._moments = Moments(work.policy)
        self._window = _window(work.policy)
        self._seen = SeenResponses(work)
        self._rejections = Rejections(work, self._moments)
        self._line = Line(work, self._rejections, self._moments)
        self._newest = pl.DataFrame(schema=_NEWEST)
        self._files: dict[int, tuple[Sequence[str], str]] = {}  # their fields and time zones

    def recognize(self, part: Part) -> None:
        """Put the id of the district that each row means in place of what was written."""
        name = pl.col("district_name") if "district_name" in part.values.columns else pl.lit("")
        written = part.values.select("lea_id", name.alias("name"))
        meant = self._meant_by(written)
        if meant.null_count():
            self._recognize_new(written.filter(meant.is_null()).unique(maintain_order=True))
            meant = self._meant_by(written)
        for index in (meant == MEANS_NONE).arg_true():
            part.reject(index, _unrecognized(self._unrecognized[written.row(index)], *written.row(index)))
        part.values = part.values.with_columns(lea_id=meant.set(meant == MEANS_NONE, None).fill_null(written["lea_id"]))

    def _meant_by(self, written: pl.DataFrame) -> pl.Series:
        """The district that each row means; nothing where that was not asked yet."""
        return written.join(self._meant, on=["lea_id", "name"], how="left", maintain_order="left")["meant"]

    def _recognize_new(self, written: pl.DataFrame) -> None:
        """Find the districts that are meant by what was not seen before."""
        index = self._index.result()
        found: list[tuple[str, str, str]] = []
        for lea_id, name in written.iter_rows():
            item = recognize(lea_id, name, index, self._work.policy.survey.recognition)
            if isinstance(item, Unrecognized):
                self._unrecognized[lea_id, name] = item
            elif item.ruling:
                subject = name or lea_id
                self._work.decide("district-name", subject, item.ruling, written=[lea_id, name], lea_id=item.lea_id)
            found.append((lea_id, name, item.lea_id if isinstance(item, Recognized) else MEANS_NONE))
        new = pl.DataFrame(found, schema=self._meant.schema, orient="row")
        self._meant = pl.concat([self._meant, new], rechunk=True)

    def settle(self, part: Part) -> pl.DataFrame:
        """A part's rows with what became of each; those that may stand for their district are remembered."""
        times = self._times(part)
        rejected = part.rejected()
        repeats = self._seen.judge(part, rejected)
        fates = {index: ("quarantined", reason) for index, reason in rejected.items()}
        fates |= {index: ("repeated", reason) for index, reason in repeats.reasons.items()}
        for index in rejected:
            if index not in repeats.reasons:
                self._rejections.add(part, index)
        rows = rows_of(part, fates, REPLACED)
        valid = (
            part.values.select(ASKED).with_columns(times.alias("time"), part.keys.alias("key")).with_row_index("row")
        )
        if fates:
            valid = valid.filter(~pl.col("row").is_in(list(fates)))
        self._move(part, repeats, times)
        self._gathering.wait_for_all_but(WAITING_PARTS)
        self._gathering.call(self._gather, part, valid, rows)
        return rows

    def _gather(self, part: Part, valid: pl.DataFrame, rows: pl.DataFrame) -> None:
        self._line.asks.add(valid, self._work.policy)
        self._keep_newest(part, valid, rows)

    def _times(self, part: Part) -> pl.Series:
        """When each row was sent (microseconds); rows of impossible days, or from outside the survey's time, are rejected."""
        times = self._moments.column(part.values["submitted_at"], part.arrival.source.head.zone)
        first, end = self._window
        for index in (times.is_null() | (times < first) | (times >= end)).fill_null(value=True).arg_true():
            self._reject_time(part, index, times[index])
        return times.fill_null(0)

    def _reject_time(self, part: Part, index: int, sent: int | None) -> None:
        if any(finding.severity == CRITICAL for finding in part.findings.get(index, ())):
            return
        value, survey = part.values["submitted_at"][index], self._work.policy.survey
        if sent is None:
            problem, remedy = "there is no such day or time", "write it as 2022-05-03 14:30:00"
            part.reject(index, Finding(0, "submitted_at", value, "IS-003", CRITICAL, problem, remedy))
            return
        problem = f"the survey was open from {survey.opens_on} to {survey.closes_on}"
        part.reject(index, Finding(0, "submitted_at", value, CLOSED_RULE, CRITICAL, problem, "ask program staff"))

    def _move(self, part: Part, repeats: Repeats, times: pl.Series) -> None:
        """A response that was rejected before keeps its place if it is put right in time; else its place is now."""
        grace = timedelta(days=self._work.policy.survey.grace_days)
        for index, rejected_at in repeats.first_rejected_at.items():
            place = times[index] if self._work.as_of <= rejected_at + grace else Moments.of(self._work.as_of)
            self._line.moved[part.keys[index]] = place, part.keys[index]

    def _keep_newest(self, part: Part, valid: pl.DataFrame, rows: pl.DataFrame) -> None:
        """Of each district's valid responses, the newest may stand for it."""
        arrival = part.arrival
        self._files[arrival.file_id] = part.values.columns, arrival.source.head.zone
        mine = valid.filter(pl.col("time") == pl.col("time").max().over("lea_id"))
        stored = rows[mine["row"]].select(pl.lit(arrival.file_id).alias("file_id"), "row_number", "cells")
        found = mine.select("lea_id", "time", "key").hstack(stored).cast(_NEWEST)
        newest = pl.concat([self._newest, found]).sort("time", "key").unique("lea_id", keep="last", maintain_order=True)
        self._newest = newest.with_columns(pl.col(pl.String) + "")  # else they keep the texts of whole parts in memory

    def close(self) -> None:
        """Mark what stands, and fold everything that was asked into the seat requests."""
        self._gathering.wait_for_all_but(0)
        writer, before = self._work.writer, self._line.before
        newest = [row for row in self._newest.iter_rows() if row[1:3] > before.get(row[0], (0, ""))]
        replaced = [before[lea_id][1] for lea_id, *_ in newest if lea_id in before]
        writer.write(mark_replaced, self._work.season, replaced, REPLACED[1])
        writer.write(mark_standing, [row[3:5] for row in newest], STANDS)
        standing = {lea_id: self._standing((time, key), *row) for lea_id, time, key, *row in newest}
        self._line.close(standing)
        self._rejections.write_letters({**before, **{lea_id: item.place for lea_id, item in standing.items()}})
        self._work.hand_over()

    def _standing(self, place: Place, file_id: int, _row_number: int, cells: str) -> Submission:
        fields, zone = self._files[file_id]
        values = dict(zip(fields, orjson.loads(cells), strict=True)) | {"_zone": zone}
        answer = answer_of(values, self._moments)
        return Submission(place, answer, admit(answer, self._work.policy), self._districts[answer.lea_id])


def _unrecognized(item: Unrecognized, written: str, name: str) -> Finding:
    candidates = f"; did they mean {', '.join(item.candidates)}?" if item.candidates else ""
    remedy = f"use the 7-digit NCES id of the district{candidates}"
    rule = "IS-005" if written or name else "IS-004"
    return Finding(0, "lea_id", written or name, rule, CRITICAL, item.problem.rstrip("."), remedy)


def _window(policy: Policy) -> tuple[int, int]:
    """The survey's time in microseconds, the end not included."""
    days = policy.survey.opens_on, policy.survey.closes_on + timedelta(days=1)
    first, end = (Moments.of(datetime.combine(day, time(), policy.zone)) for day in days)
    return first, end
