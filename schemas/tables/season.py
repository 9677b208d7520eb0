"""Tables of a season: that it is open, the policies that decided in it, and the districts that it is for."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base
from schemas.tables.common import key


class Season(Base):
    """A season that has been opened, the policy version in force, and when it was closed: nothing acts on it from then on."""

    __tablename__ = "season"
    season: Mapped[str] = key()
    policy_version: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")


class PolicyVersion(Base):
    """Append-only: every policy that ever decided something, whole, under the version that decisions name.

    On SQLite it has no hidden row id, under which a row could be replaced.
    """

    __tablename__ = "policy_version"
    policy_version: Mapped[str] = key()
    season: Mapped[str]
    content: Mapped[dict[str, Any]]
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy takes it


class District(Base):
    """A public school district by its NCES LEA id (7 digits)."""

    __tablename__ = "district"
    lea_id: Mapped[str] = key()
    name: Mapped[str]
    town: Mapped[str]
    region: Mapped[str]
    state_code: Mapped[str] = mapped_column(default="")
    enrollment: Mapped[int]
    instructional_staff: Mapped[int]
