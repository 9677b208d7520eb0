"""The auditor: promises to districts and participants, looked up in the data by SQL that shares no code with the rules.

``deployments/audit/checks`` has one file a subject; each check selects the rows that its promise is about, with an ``id``,
and whether the promise is ``broken``. Nothing is changed, and nobody is named: an address in an id becomes the person's id.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from schemas.policy import Policy
from schemas.settings import ROOT, settings
from tasks.core.clock import now
from tasks.core.database import engine_for, for_reading
from tasks.core.policies import closed_days, policy_of
from tasks.core.row_names import opaque_name
from tasks.season.audit_functions import Written, parameters_of, prepare

AUDIT = ROOT / "deployments" / "audit"
CHECKS = AUDIT / "checks"
IDS_SHOWN = 20
HEAD = re.compile(
    r"^-- check: (?P<name>[a-z0-9-]+)\n-- promise: (?P<promise>.+)\n-- source: (?P<source>.+)\n"
    r"(?:-- rule: (?P<rules>.+)\n)?(?P<sql>[^;]+);",
    re.MULTILINE,
)
TABLE = re.compile(r"^CREATE TEMPORARY TABLE (\w+) .+?(?=^--|\Z)", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"[^/\s]+@[^/\s]+")


@dataclass(frozen=True, slots=True)
class Check:
    """A promise as SQL: every row that it is about, with an ``id``, and whether the promise is ``broken`` for it.

    ``rules`` names the rules that the promise holds to account, where there are any.
    """

    subject: str
    name: str
    promise: str
    source: str
    sql: str
    rules: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The rows of the domain page that the promise comes from."""
        return tuple(self.source.split("; "))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found: how many rows it looked at, how many break the promise, and the first of them."""

    check: Check
    rows: int
    violations: int
    ids: tuple[str, ...] = ()


def not_kept(found: Iterable[Finding]) -> list[Finding]:
    """The promises that are broken at least once."""
    return [item for item in found if item.violations]


def summary(found: Sequence[Finding]) -> str:
    """How many checks looked at how many rows, and how many of them break a promise."""
    numbers = len(found), sum(item.rows for item in found), sum(item.violations for item in found)
    nouns = zip(numbers, ("check", "row", "violation"), strict=True)
    return ", ".join(f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in nouns) + "."


@dataclass(slots=True)
class Auditor:
    """Whoever asks the questions on one connection, up to a moment of a season."""

    connection: Connection
    known: Mapping[str, Any]
    written: Written
    made: set[str] = field(default_factory=set)

    def look(self, check: Check) -> Finding:
        """Look at the rows of one promise."""
        self._make_tables(check.sql)
        sql = self.written(check.sql)
        values = {name: self.known[name] for name in parameters_of(sql)}
        counts = f"SELECT count(*), coalesce(sum(CASE WHEN NOT broken THEN 0 ELSE 1 END), 0) FROM ({sql}) AS found"  # noqa: S608 - our own files
        rows, violations = self.connection.execute(text(counts), values).one()
        ids = f"SELECT id FROM ({sql}) AS found WHERE coalesce(broken, true) ORDER BY id LIMIT {IDS_SHOWN}"  # noqa: S608 - see above
        shown = self.connection.execute(text(ids), values).scalars() if violations else ()
        return Finding(check, rows, int(violations), _naming_nobody(self.connection, [str(item) for item in shown]))

    def _make_tables(self, sql: str) -> None:
        """Make the temporary tables that a check, or another one of them, names, where they are not there yet."""
        for name, made in tables().items():
            if name not in self.made and re.search(rf"\b{name}\b", sql):
                self.made.add(name)
                self._make_tables(made)
                for statement in self.written(made).split(";\n"):
                    if statement.strip():
                        values = {key: self.known[key] for key in parameters_of(statement)}
                        self.connection.execute(text(statement), values)
                self.connection.exec_driver_sql(f"ANALYZE {name}")


def tables() -> dict[str, str]:
    """What several checks look at, by the name of the temporary table."""
    return {found[1]: found[0] for found in TABLE.finditer((AUDIT / "tables.sql").read_text(encoding="utf-8"))}


def checks() -> list[Check]:
    """Every check, subject by subject."""
    return [
        Check(
            path.stem,
            found["name"],
            found["promise"],
            found["source"],
            found["sql"],
            tuple(_words(found["rules"] or "")),
        )
        for path in sorted(CHECKS.glob("*.sql"))
        for found in HEAD.finditer(path.read_text(encoding="utf-8"))
    ]


def _words(listed: str) -> Iterator[str]:
    return (word.strip() for word in listed.split(",") if word.strip())


def audit(season: str, as_of: datetime | None = None) -> list[Finding]:
    """Look at a season's data, by default up to now; whatever rules it was made by, and nothing is changed."""
    with for_reading(engine_for(settings().database)).connect() as connection:  # one state of the data for all checks
        auditor = auditor_on(connection, season, as_of)
        found = [auditor.look(check) for check in checks()]
        connection.rollback()
    return found


def auditor_on(connection: Connection, season: str, as_of: datetime | None = None) -> Auditor:
    """Make what the checks need known to a connection, within its transaction."""
    policy = policy_of(season)
    moment = as_of or _last_moment(connection, season)
    known = dict(_parameters(policy, moment)) | {"now": _as_stored(connection, moment)}
    return Auditor(connection, known, prepare(connection, policy.zone))


def _last_moment(connection: Connection, season: str) -> datetime:
    """The moment up to which the season has run: now, and in a simulated one the newest decision."""
    newest = connection.execute(
        text("SELECT max(decided_at) FROM decision WHERE season = :season"), {"season": season}
    ).scalar()
    return max(now(), datetime.fromisoformat(str(newest)).replace(tzinfo=UTC)) if newest else now()


def _as_stored(connection: Connection, moment: datetime) -> object:
    """A moment as the database compares it with what it has stored."""
    return moment if connection.dialect.name == "postgresql" else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def _parameters(policy: Policy, moment: datetime) -> Iterator[tuple[str, Any]]:
    """The policy's numbers by their keys joined with underscores, the season, and the day up to which it has run."""
    yield from (("season", policy.season), ("today", policy.local_day(moment).isoformat()))
    yield "closed_days", json.dumps(sorted(day.isoformat() for day in closed_days(policy)))
    yield from _flat("", policy.model_dump(mode="json"))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield name, json.dumps(value)
        for key, item in value.items():
            yield from _flat(f"{name}_{key}".removeprefix("_"), item)
    else:
        yield name, json.dumps(value) if isinstance(value, list) else value


def _naming_nobody(connection: Connection, ids: list[str]) -> tuple[str, ...]:
    """The ids with each address replaced by the person's id; by a digest where nobody has the address."""
    emails = sorted({email for item in ids for email in ADDRESS.findall(item)})
    if not emails:
        return tuple(ids)
    query = text("SELECT email, person_id FROM person WHERE email IN :emails").bindparams(
        bindparam("emails", expanding=True)
    )
    persons = dict(connection.execute(query, {"emails": emails}).tuples().all())
    return tuple(ADDRESS.sub(lambda found: persons.get(found[0]) or opaque_name([found[0]]), item) for item in ids)
