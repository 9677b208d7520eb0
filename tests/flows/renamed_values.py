"""What version 0.2.0 has renamed, and the facts of a season told in the old words: nothing but words has changed.

``FACTS_BEFORE`` is the digest of the facts that the version before (commit 4315af5) came to for the sample season of twelve
districts. Left out: texts that people read (rewritten), the policy's version, and decisions that were not recorded.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.tables import Season, SourceFile
from tasks.core.database import reading

FACTS_BEFORE = "6caee3ed9d4196f1cdbba5ae498ee066ab8fe7f3b16971655e9976b37afdf1bf"
TABLES = {"seat_request": "claim", "enrollment": "enrolment", "rejected_row": "refused_row"}
COLUMNS = {
    "seats_requested": "seats_asked",
    "request_number": "claim_number",
    "enroll_by": "enrol_by",
    "requests_hash": "claims_hash",
    "clock_state": "sla_notice",
    "is_canceled": "is_cancelled",
}
_CLOCK = {"warned_early": "warned-14", "warned_late": "warned-5"}
VALUES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "decision": {
        "subject_kind": {"seat_request": "claim", "enrollment": "enrolment"},
        "rule": {"enrollment-needs-a-seat": "enrolment-needs-a-seat"},
        "outcome": {"rejected": "refused", "canceled": "cancelled", "re_review": "re-review"} | _CLOCK,
    },
    "outbox": {"status": {"rejected": "refused"}},
    "quarantine_item": {"rule": {"enrollment-needs-a-seat": "enrolment-needs-a-seat"}},
    "review_round": {"clock_state": {"on_time": ""} | _CLOCK, "kind": {"re_review": "re-review"}},
}
TEXTS: Mapping[str, frozenset[str]] = {
    "credit_request": frozenset({"reason"}),
    "decision": frozenset({"decision_id", "policy_version", "reason", "inputs", "cause"}),
    "intake_row": frozenset({"reason"}),
    "outbox": frozenset({"attempts", "payload"}),
    "policy_version": frozenset({"policy_version", "content"}),
    "quarantine_item": frozenset({"value", "problem", "remedy"}),
    "review_round": frozenset({"reason"}),
    "seat_request": frozenset({"revision"}),
    "season": frozenset({"policy_version"}),
}
NEW_DECISIONS = frozenset({"re-review"})  # an accepted re-review was not on record as a decision


def facts_in_old_words() -> str:
    """The digest of a season's facts, each table, column, and value under its old name."""
    lines = sorted(_lines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


NEW_TABLES = frozenset({"person"})
NEW_KIND = InputKind.LEAD  # what operators typed into a form comes as a file now


def _lines() -> Iterator[str]:
    with reading() as db:
        new = set(db.scalars(select(SourceFile.file_id).where(SourceFile.kind == NEW_KIND)))
        for table in (item for item in Season.metadata.sorted_tables if item.name not in NEW_TABLES):
            for row in db.execute(select(table)).mappings():
                if row.get("file_id") in new:
                    continue
                if table.name != "decision" or row["rule"] not in NEW_DECISIONS:
                    yield f"{TABLES.get(table.name, table.name)} {_in_old_words(table.name, row)}"


def _in_old_words(table: str, row: Mapping[Any, Any]) -> str:
    values, texts = VALUES.get(table, {}), TEXTS.get(table, frozenset())
    told = {str(name): value for name, value in row.items() if name not in texts}
    told |= {name: words[told[name]] for name, words in values.items() if told[name] in words}
    if told.get("rule") == "third-evaluator":
        told["outcome"] = "asked"
    if table == "outbox":
        for new, old in _CLOCK.items():
            told["message_key"] = told["message_key"].replace(f"/{new}/", f"/{old}/")
    if table == "seat_round":
        told["summary"] = json.loads(json.dumps(told["summary"]).replace("seats_requested", "seats_asked"))
    found = {COLUMNS.get(name, name): value for name, value in told.items()}
    return json.dumps(found, sort_keys=True, default=_text)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
