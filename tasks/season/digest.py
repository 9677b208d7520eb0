"""The season's digest: one hash over its facts in natural-key order, free of run ids and of the wall clock.

Two runs that decided the same have the same digest, however often they were interrupted.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from schemas.tables import Outbox, Person, PersonMatch, PersonRoleHeld, Season
from tasks.core.database import reading

TABLES = Season.metadata
ID = re.compile(r"\bP-[0-9A-Z]{8}\b")
# An autoincremented number says in which order rows were written; claims and tries say how the network was, and when what
# was decided got through.
CLAIMS = ("attempts", "answered_at", "claimed_by", "claimed_until", "next_attempt_at", "operators_told_at")
LEFT_OUT = frozenset({"decision.decision_id", "credit_request.attempts", *(f"outbox.{name}" for name in CLAIMS)})
NATURAL_ORDER = {"decision": ("season", "subject_kind", "subject_key", "rule", "decided_at", "cause")}
# How a service fares is no fact. People's ids are drawn at random: elsewhere the address stands in the
# place of the id.
WITH_IDS = frozenset(table.__tablename__ for table in (Outbox, PersonMatch, PersonRoleHeld))
TABLES_LEFT_OUT = frozenset({"service_circuit", Person.__tablename__})


def season_digest(season: str) -> str:
    """The digest of everything that Cadre knows of the season (SHA-256, hexadecimal)."""
    digest = hashlib.sha256()
    with reading() as db:
        for line in _lines(db, season):
            digest.update(line.encode())
    return digest.hexdigest()


def table_digests(season: str) -> dict[str, str]:
    """The digest of each table, to find where two seasons differ."""
    with reading() as db:
        return {
            table.name: hashlib.sha256("".join(_table_lines(db, table, season)).encode()).hexdigest()[:16]
            for table in _tables()
        }


def _tables() -> Iterable[Table]:
    return (table for table in TABLES.sorted_tables if table.name not in TABLES_LEFT_OUT)


def _lines(db: Session, season: str) -> Iterable[str]:
    for table in _tables():
        yield f"# {table.name}\n"
        yield from _table_lines(db, table, season)


def _table_lines(db: Session, table: Table, season: str) -> Iterable[str]:
    columns = [column for column in table.columns if f"{table.name}.{column.name}" not in LEFT_OUT]
    order = NATURAL_ORDER.get(table.name) or tuple(column.name for column in table.primary_key)
    query = select(*columns)
    if "season" in table.columns:
        query = query.where(table.c.season == season)
    rows = [{c.name: v for c, v in zip(columns, row, strict=True)} for row in db.execute(query)]
    addresses = _addresses(db) if table.name in WITH_IDS else {}
    for row in sorted(rows, key=lambda row: [_known(str(row[name]), addresses) for name in order]):
        yield _known(json.dumps(row, sort_keys=True, default=_text) + "\n", addresses)


def _known(text: str, addresses: Mapping[str, str]) -> str:
    """A text with what people are known by, instead of the ids that were drawn for them."""
    return ID.sub(lambda found: addresses.get(found[0], found[0]), text) if addresses else text


def _addresses(db: Session) -> Mapping[str, str]:
    """What people are known by: the address; where nobody told it the district and the name."""
    named = select(PersonRoleHeld.person_id, PersonRoleHeld.lea_id, PersonRoleHeld.name).order_by(PersonRoleHeld.since)
    known = {person: f"{lea_id}/{name}" for person, lea_id, name in db.execute(named).tuples()}
    with_address = select(Person.person_id, Person.email).where(Person.email.is_not(None))
    return known | {person: email for person, email in db.execute(with_address).tuples() if email}


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
