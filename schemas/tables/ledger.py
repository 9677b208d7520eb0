"""Tables of what was decided and planned, and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, RowId
from schemas.tables.common import key


class Decision(Base):
    """Append-only: what was decided about whom, by which rule and policy version, from what, and why.

    ``cause`` is what made the program decide: two rows of one import about the same person are two decisions.
    """

    __tablename__ = "decision"
    decision_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    season: Mapped[str]
    subject_kind: Mapped[str]
    subject_key: Mapped[str]
    rule: Mapped[str]
    policy_version: Mapped[str]
    inputs: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    cause: Mapped[str]
    __table_args__ = (
        UniqueConstraint(
            "season", "subject_kind", "subject_key", "rule", "decided_at", "cause", name="uq_decision_natural_key"
        ),
    )


class Plan(Base):
    """A plan that was made: what it achieved and what is proven to be achievable at most."""

    __tablename__ = "plan"
    season: Mapped[str] = key()
    kind: Mapped[str] = key()
    planned_at: Mapped[datetime] = key()
    achieved: Mapped[dict[str, Any]]
    bounds: Mapped[dict[str, Any]]
