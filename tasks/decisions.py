"""The record of decisions: append-only, each with its rule, policy version, inputs, outcome and reason."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.records import DecisionNote
from schemas.tables import Decision
from tasks.database import insert_new
from tasks.seasons import keep_policy


def record_decisions(db: Session, policy: Policy, as_of: datetime, notes: Iterable[DecisionNote]) -> int:
    """Append the decisions of this moment; the same rule about the same subject at the same moment is one decision."""
    rows = [
        {
            "season": policy.season,
            "subject_kind": note.subject_kind,
            "subject_key": note.subject_key,
            "rule": note.ruling.rule,
            "policy_version": policy.version,
            "inputs": dict(note.inputs),
            "outcome": note.ruling.outcome,
            "reason": note.ruling.reason,
            "decided_at": as_of,
        }
        for note in notes
    ]
    if rows:
        keep_policy(db, policy)
    return insert_new(db, Decision, rows)
