"""Tables of persons: each is one human being across seasons and roles, by an id that says nothing about them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base, one_of
from schemas.kinds import PersonRole
from schemas.tables.common import key, only_where


class Person(Base):
    """A person by an id that says nothing about them; Prefect knows them by it. One id for an address, in every season.

    ``email`` is the address of record, under which a person's rows stand; a superintendent is known by name alone. Two records
    of one human being are merged: this one then belongs to ``merged_into``, and keeps its rows.
    """

    __tablename__ = "person"
    person_id: Mapped[str] = key()
    email: Mapped[str | None] = mapped_column(unique=True)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"))
    __table_args__ = (
        CheckConstraint("merged_into <> person_id", name="merged_into_another"),
        Index("ix_person_merged", "merged_into", **only_where("merged_into IS NOT NULL")),
    )


class PersonAddress(Base):
    """A further address of a person, whose rows keep ``email``: what comes from it is theirs, and the newest gets letters."""

    __tablename__ = "person_address"
    address: Mapped[str] = key()
    email: Mapped[str] = mapped_column(ForeignKey("person.email"))
    since: Mapped[datetime]
    __table_args__ = (UniqueConstraint("email", "since"),)  # exactly one of them is the newest


class PersonRoleHeld(Base):
    """What a person was in a season, by the name that was given there; districts and seasons know people by it."""

    __tablename__ = "person_role"
    season: Mapped[str] = key()
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    role: Mapped[str] = key()
    lea_id: Mapped[str] = key(default="")
    name: Mapped[str]
    since: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(one_of("role", PersonRole), name="role"),
        Index("ix_person_role_of_district", "lea_id", "role"),
    )


class PersonMatch(Base):
    """Somebody who may be a person on record already, for an operator to decide: merge the two, or keep them apart."""

    __tablename__ = "person_match"
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    season: Mapped[str]
    alike_percent: Mapped[int]
    found_at: Mapped[datetime]
    is_same: Mapped[bool | None]  # none: nobody has decided yet
    decided_by: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint("candidate_id <> person_id", name="candidate_is_another"),)
