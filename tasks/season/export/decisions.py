"""Every decision, with people by their ids: also where its sentence names them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from schemas.columns import RowId
from schemas.kinds import SubjectKind
from schemas.statuses import Outcome
from tasks.ledger.persons import person_ids
from tasks.season.export.contract import ExportTable, Scope, kind, moment, number, prepared, season_of, text
from tasks.season.export.queries import in_words_of

ADDRESS = re.compile(r"[^\s()<>,;:\"]+@[^\s()<>,;:\"]*[^\s()<>,;:\".]")
NAMED = re.compile(rf"^.* \(({ADDRESS.pattern})\)")  # a lead: the name, and the address in parentheses
UNKNOWN = "(somebody)"
AT_ONCE = 2_000

# Most sentences with an address have that of the person whom they are about: SQL puts the id there. These have another one.
OTHERS = f"""
SELECT d.decision_id, d.rule, d.reason FROM decision d :as_stored LEFT JOIN person p ON p.email = export.part(d.subject_key, 1)
WHERE d.season IN :seasons AND d.reason LIKE '%@%'
  AND (p.email IS NULL OR replace(d.reason, p.email, '') LIKE '%@%' OR d.rule = '{RuleId.DISTRICT_LEAD}')"""  # noqa: S608 - our own words

DECISIONS = """
FROM (SELECT d.*, p.known_id AS person_id,
             CASE WHEN p.known_id IS NOT NULL THEN replace(d.subject_key, p.email, p.known_id)
                  WHEN d.subject_key LIKE '%@%' THEN NULL ELSE d.subject_key END AS subject_id,
             coalesce(x.reason, CASE WHEN p.known_id IS NOT NULL THEN replace(d.reason, p.email, p.known_id)
                                     ELSE d.reason END) AS told
      FROM decision d :as_stored LEFT JOIN (SELECT email, coalesce(merged_into, person_id) AS known_id FROM person) p
        ON p.email = export.part(d.subject_key, 1)
      LEFT JOIN export_told x ON x.decision_id = d.decision_id
      WHERE d.season IN :seasons) d"""


def _told(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The sentences that name people by other addresses, with their ids instead."""
    query = sa.text(in_words_of(db.get_bind().dialect.name, OTHERS, scope))
    for some in db.execute(query.execution_options(yield_per=AT_ONCE)).partitions():
        ids = person_ids(db, {address for row in some for address in ADDRESS.findall(row.reason)})
        for row in some:
            yield {"decision_id": row.decision_id, "reason": _without_addresses(row.rule, row.reason, ids)}


def _without_addresses(rule: str, reason: str, ids: Mapping[str, str]) -> str:
    if rule == RuleId.DISTRICT_LEAD:
        reason = NAMED.sub(r"\1", reason)
    return ADDRESS.sub(lambda found: ids.get(found[0], UNKNOWN), reason)


PREPARED = (prepared("export_told", _told, decision_id=RowId, reason=sa.Text()),)

TABLES = (
    ExportTable(
        "decisions",
        "Decisions",
        "Everything that was decided, by which rule and policy, and why. Append-only.",
        1,
        (
            number("decision_id", "The decision's number.", "d.decision_id"),
            season_of("d"),
            kind("subject_kind", "What it is about.", "d.subject_kind", SubjectKind),
            text("subject_id", "Which one; a person by the person's id.", "d.subject_id"),
            text("rule_id", "The rule that decided; docs/rules.md has them all.", "d.rule"),
            kind("outcome", "What it decided, in one word.", "d.outcome", Outcome),
            text("reason", "What it decided, in a sentence for the person concerned.", "d.told", may_quote=True),
            moment("decided_at", "The moment that it was decided for.", "d.decided_at"),
            text("policy_version", "The policy that it was decided by.", "d.policy_version"),
        ),
        DECISIONS,
    ),
)
