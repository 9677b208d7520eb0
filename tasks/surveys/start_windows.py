"""When a district prefers its cohorts to start: two days that are there, the earliest before the latest."""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from schemas.contracts import NO_START_DAY, START_FROM, START_ORDER, START_REMEDY, START_UNTIL
from schemas.kinds import Severity
from schemas.records import Finding
from tasks.intake.cell_values import YEARS, day_or_none
from tasks.intake.row_batch import RowBatch

FIELDS: Mapping[str, str] = {"start_from": START_FROM, "start_until": START_UNTIL}


def check_starts(batch: RowBatch) -> RowBatch:
    """The rows, rejected where a preferred start is no day of the calendar, or the latest one is before the earliest."""
    asked = [name for name in FIELDS if name in batch.values.columns]
    filled = batch.values.select(pl.any_horizontal(pl.col(asked) != "")).to_series().arg_true() if asked else ()
    found = {index: list(_findings(batch.row(index))) for index in filled}
    return batch.with_findings({index: findings for index, findings in found.items() if findings})


def _findings(row: Mapping[str, str]) -> Iterable[Finding]:
    days: dict[str, date] = {}
    for name, rule in FIELDS.items():
        try:
            day = day_or_none(row, name)
        except ValueError:
            yield Finding(0, name, row[name], rule, Severity.CRITICAL, NO_START_DAY, START_REMEDY)
            continue
        if day and not YEARS[0] <= day.year <= YEARS[1]:
            yield Finding(0, name, row[name], rule, Severity.CRITICAL, NO_START_DAY, START_REMEDY)
        elif day:
            days[name] = day
    if len(days) == len(FIELDS) and days["start_until"] < days["start_from"]:
        problem = f"the latest start is before the earliest one, {days['start_from']}"
        remedy = "put the earlier of the two days first"
        yield Finding(0, "start_until", row["start_until"], START_ORDER, Severity.CRITICAL, problem, remedy)
