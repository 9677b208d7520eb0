"""The record of decisions: append-only, each with its rule, policy version, inputs, outcome and reason."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.records import DecisionNote
from schemas.tables import Decision, PolicyVersion
from tasks.core.database import insert_new
from tasks.core.records import record

NATURAL_KEY = ("season", "subject_kind", "subject_key", "rule", "decided_at", "cause")


def record_decisions(db: Session, policy: Policy, as_of: datetime, notes: Iterable[DecisionNote]) -> int:
    """Append the decisions of this moment; how many were new.

    The same rule about the same subject, at the same moment and for the same cause, is one decision: a run that is repeated
    comes to the same.

    Raises:
        DroppedRecordError: it comes to another one.
    """
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
            "cause": note.cause,
        }
        for note in notes
    ]
    if rows:
        keep_policy(db, policy)
    return record(db, Decision, rows, NATURAL_KEY, ("outcome", "reason", "inputs"))


def keep_policy(db: Session, policy: Policy) -> None:
    """Keep the policy whole under its version, once."""
    if db.scalar(select(PolicyVersion.policy_version).where(PolicyVersion.policy_version == policy.version)) is None:
        row = {"policy_version": policy.version, "season": policy.season, "content": policy.model_dump(mode="json")}
        insert_new(db, PolicyVersion, [row])
