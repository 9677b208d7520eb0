"""How the rules of every input came out: an artifact of the run, and a page for people with what is in quarantine.

Great Expectations' own pages stay off: offline they are blank, and they call out to other hosts.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect.artifacts import create_table_artifact
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.contracts import CONTRACTS, MATCHING, SURVEY
from schemas.kinds import InputKind, Severity
from schemas.settings import settings
from schemas.statuses import REJECTED_ROWS, CheckOutcome
from schemas.tables import IntakeRow, QuarantineItem, RuleResult, SourceFile
from tasks.core.database import reading
from tasks.core.page_rendering import render_page, write_page
from tasks.core.policies import policy_of
from tasks.core.step import step

SHOWN_ITEMS = 200
PROBLEMS = {(c.kind, e.rule): e.problem for c in CONTRACTS.values() for e in c.expectations} | {
    (SURVEY.kind, rule): problem for rule, problem in MATCHING.items()
}


def validation_path(season: str) -> Path:
    """Where the page is."""
    return settings().folder / "report" / f"validation-{season}.html"


@step
def publish_validation(season: str, as_of: datetime, *kinds: InputKind) -> int:
    """Publish how the rules came out over the files that this run imported; how many files those were.

    A run without a new file publishes nothing.
    """
    with reading() as db:
        new = select(SourceFile.kind, func.count()).where(SourceFile.season == season, SourceFile.received_at == as_of)
        files = {kind: count for kind, count in db.execute(new.group_by(SourceFile.kind)) if kind in kinds}
        tables = {kind: _rules(db, season, kind, as_of) for kind in files}
        page = _page(db, season, as_of) if files else ""
    for kind, table in tables.items():
        description = f"{CONTRACTS[kind].title}: the rules over {files[kind]} new files"
        create_table_artifact(key=f"season-{season}-validation-{kind}", table=table, description=description)
    if files:
        write_page(validation_path(season), page)
    return sum(files.values())


def _rules(db: Session, season: str, kind: InputKind, since: datetime | None = None) -> list[dict[str, Any]]:
    """Every rule of an input with how often it failed: over the files since a moment, or over all."""
    failing, files = func.sum(RuleResult.failing_rows), func.count()
    query = select(RuleResult.rule, RuleResult.field, RuleResult.severity, failing, files)
    query = query.join(SourceFile, SourceFile.file_id == RuleResult.file_id)
    query = query.where(SourceFile.season == season, SourceFile.kind == kind)
    query = query.where(SourceFile.received_at == since) if since else query
    found = db.execute(query.group_by(RuleResult.rule, RuleResult.field, RuleResult.severity).order_by(RuleResult.rule))
    return [
        {
            "rule": rule,
            "field": name,
            "severity": severity,
            "outcome": CheckOutcome.FAIL if number else CheckOutcome.PASS,
            "failing rows": int(number),
            "files": count,
            "what it says": PROBLEMS.get((kind, rule), ""),
        }
        for rule, name, severity, number, count in found
    ]


def _page(db: Session, season: str, as_of: datetime) -> str:
    policy = policy_of(season)
    inputs = [(contract.title, _rules(db, season, kind)) for kind, contract in CONTRACTS.items()]
    return render_page(
        "validation.html",
        season=season,
        as_of=as_of.astimezone(policy.zone),
        inputs=[(title, rules) for title, rules in inputs if rules],
        files=_files(db, season),
        items=_items(db, season),
        shown=SHOWN_ITEMS,
    )


def _files(db: Session, season: str) -> Sequence[SourceFile]:
    query = (
        select(SourceFile).where(SourceFile.season == season).order_by(SourceFile.received_at.desc(), SourceFile.name)
    )
    return list(db.scalars(query.limit(SHOWN_ITEMS)))


def _items(db: Session, season: str) -> list[Any]:
    """What is in quarantine now, newest first."""
    query = (
        select(QuarantineItem, SourceFile)
        .join(SourceFile, SourceFile.file_id == QuarantineItem.file_id)
        .join(
            IntakeRow,
            (IntakeRow.file_id == QuarantineItem.file_id) & (IntakeRow.row_number == QuarantineItem.row_number),
        )
        .where(
            IntakeRow.season == season,
            IntakeRow.disposition.in_(REJECTED_ROWS),
            QuarantineItem.severity == Severity.CRITICAL,
        )
        .order_by(SourceFile.received_at.desc(), SourceFile.name, QuarantineItem.row_number, QuarantineItem.rule)
    )
    return list(db.execute(query.limit(SHOWN_ITEMS)))
