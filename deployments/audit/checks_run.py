"""Running the checks: how many rows each looked at, and which of them break its promise."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from deployments.audit.functions import parameters_of, prepare
from schemas.policy import Policy
from schemas.settings import settings
from tasks.core.clock import now
from tasks.core.database import engine_for
from tasks.core.policies import policy_of

CHECKS = Path(__file__).parent / "checks"
IDS_SHOWN = 20
HEAD = re.compile(
    r"^-- check: (?P<name>[a-z0-9-]+)\n-- promise: (?P<promise>.+)\n-- source: (?P<source>.+)\n(?P<sql>[^;]+);",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Check:
    """A promise as SQL: every row that it is about, with an ``id``, and whether the promise is ``broken`` for it."""

    subject: str
    name: str
    promise: str
    source: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found: how many rows it looked at, how many break the promise, and the first of them."""

    check: Check
    rows: int
    violations: int
    ids: tuple[str, ...] = ()


def checks() -> list[Check]:
    """Every check, subject by subject."""
    return [
        Check(path.stem, **found.groupdict())
        for path in sorted(CHECKS.glob("*.sql"))
        for found in HEAD.finditer(path.read_text(encoding="utf-8"))
    ]


def audit(season: str) -> list[Finding]:
    """Look at a season's data, whatever rules it was made by; nothing is changed."""
    policy = policy_of(season)
    with engine_for(settings().database).execution_options(is_reading=True).connect() as connection:
        written = prepare(connection, policy.zone)
        known = dict(_parameters(policy, _last_moment(connection, season)))
        found = [_run(connection, check, written(check.sql), known) for check in checks()]
        connection.rollback()
    return found


def _last_moment(connection: Connection, season: str) -> datetime:
    """The moment up to which the season has run: now, and in a simulated one the newest decision."""
    newest = connection.execute(
        text("SELECT max(decided_at) FROM decision WHERE season = :season"), {"season": season}
    ).scalar()
    return max(now(), datetime.fromisoformat(str(newest)).replace(tzinfo=now().tzinfo)) if newest else now()


def _parameters(policy: Policy, moment: datetime) -> Iterator[tuple[str, Any]]:
    """The policy's numbers by their keys joined with underscores, the season, and up to when it has run."""
    yield from (("season", policy.season), ("now", moment), ("today", policy.local_day(moment).isoformat()))
    yield from _flat("", policy.model_dump(mode="json"))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield name, json.dumps(value)
        for key, item in value.items():
            yield from _flat(f"{name}_{key}".removeprefix("_"), item)
    else:
        yield name, json.dumps(value) if isinstance(value, list) else value


def _run(connection: Connection, check: Check, sql: str, known: Mapping[str, Any]) -> Finding:
    values = {name: known[name] for name in parameters_of(sql)}
    counts = f"SELECT count(*), coalesce(sum(CASE WHEN NOT broken THEN 0 ELSE 1 END), 0) FROM ({sql}) AS found"  # noqa: S608 - our own files
    rows, violations = connection.execute(text(counts), values).one()
    ids = f"SELECT id FROM ({sql}) AS found WHERE coalesce(broken, true) ORDER BY id LIMIT {IDS_SHOWN}"  # noqa: S608 - see above
    shown = connection.execute(text(ids), values).scalars() if violations else ()
    return Finding(check, rows, violations, tuple(map(str, shown)))
