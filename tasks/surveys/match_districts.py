"""Matching: the id of the district that each response means in place of what was written, or why none was taken."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.surveys.recognition import DistrictIndex, index_districts, recognize
from rules.wording import listed
from schemas.contracts import MATCHING, NO_DISTRICT, UNKNOWN_DISTRICT
from schemas.kinds import Severity, SubjectKind
from schemas.policy import Policy
from schemas.records import DecisionNote, DistrictName, Finding, Unrecognized
from schemas.tables import District
from tasks.intake.row_batch import RowBatch, RuleCount

_NAMING = (District.lea_id, District.name, District.town, District.state_code)
_WRITTEN = ["lea_id", "name"]
_NONE = ""


class DistrictMatcher:
    """Which district each way of writing it means; the rule decides each different one once."""

    def __init__(self, db: Session, policy: Policy) -> None:
        """Look up the districts of the season; ``notes`` are the decisions on how they are written."""
        self._policy = policy
        self._districts = [DistrictName(*row) for row in db.execute(select(*_NAMING))]
        self.notes: list[DecisionNote] = []
        self._meant = pl.DataFrame(schema=dict.fromkeys((*_WRITTEN, "meant"), pl.String))
        self._findings: dict[tuple[str, str], Finding] = {}

    @cached_property
    def names(self) -> dict[str, str]:
        """What each district is called, by its id."""
        return {district.lea_id: district.name for district in self._districts}

    @cached_property
    def _index(self) -> DistrictIndex:
        return index_districts(self._districts)

    def match(self, batch: RowBatch) -> RowBatch:
        """The rows with the ids of their districts; a row that means none has what is wrong with it."""
        name = pl.col("district_name") if "district_name" in batch.values.columns else pl.lit("")
        written = batch.values.select("lea_id", name.alias("name"))
        meant = self._meant_by(written)
        if meant.null_count():
            self._recognize(written.filter(meant.is_null()).unique(maintain_order=True))
            meant = self._meant_by(written)
        is_none = meant == _NONE
        found = {index: [self._findings[written.row(index)]] for index in is_none.arg_true()}
        lea_ids = meant.set(is_none, None).fill_null(written["lea_id"])
        counts = tuple(_count(rule, [*found.values()]) for rule in MATCHING)
        values = batch.values.with_columns(lea_id=lea_ids)
        return replace(batch, values=values, rule_counts=batch.rule_counts + counts).with_findings(found)

    def _meant_by(self, written: pl.DataFrame) -> pl.Series:
        """The district that each row means; nothing where the rule was not asked yet."""
        return written.join(self._meant, on=_WRITTEN, how="left", maintain_order="left")["meant"]

    def _recognize(self, written: pl.DataFrame) -> None:
        found: list[tuple[str, str, str]] = []
        for lea_id, name in written.iter_rows():
            item = recognize(lea_id, name, self._index, self._policy.survey.recognition)
            if isinstance(item, Unrecognized):
                self._findings[lea_id, name] = _finding(item, lea_id, name)
                found.append((lea_id, name, _NONE))
                continue
            if item.ruling:
                facts = {"written": [lea_id, name], "lea_id": item.lea_id}
                cause = f"{lea_id}/{name}"  # as it is written
                self.notes.append(DecisionNote(SubjectKind.DISTRICT_NAME, name or lea_id, item.ruling, facts, cause))
            found.append((lea_id, name, item.lea_id))
        new = pl.DataFrame(found, schema=self._meant.schema, orient="row")
        self._meant = pl.concat([self._meant, new], rechunk=True)


def _count(rule: str, found: Sequence[Sequence[Finding]]) -> RuleCount:
    return RuleCount(rule, "lea_id", Severity.CRITICAL, sum(finding.rule == rule for (finding,) in found))


def _finding(item: Unrecognized, written: str, name: str) -> Finding:
    candidates = f", perhaps {listed(item.candidates, 'or')}" if item.candidates else ""
    remedy = f"use the 7-digit NCES id of the district{candidates}"
    rule = UNKNOWN_DISTRICT if written or name else NO_DISTRICT
    return Finding(0, "lea_id", written or name, rule, Severity.CRITICAL, item.problem.rstrip("."), remedy)
