"""Tables of the interest survey: what a survey tool said last, and each district's standing application."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base
from schemas.tables.common import key


class HttpSource(Base):
    """What a survey tool's interface said last: its ETag, so that the same responses are not fetched again."""

    __tablename__ = "http_source"
    season: Mapped[str] = key()
    url: Mapped[str] = key()
    etag: Mapped[str]
    fetched_at: Mapped[datetime]


class Application(Base):
    """A district's current submission of the interest survey.

    ``certified_librarians`` says how many of its librarians hold the educator certification already; ``start_from`` and
    ``start_until`` are the days between which it prefers its cohorts to start.
    """

    __tablename__ = "application"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    response_id: Mapped[str]
    submitted_at: Mapped[datetime]
    is_information_request: Mapped[bool]
    option: Mapped[int | None]
    certified_librarians: Mapped[int] = mapped_column(default=0)
    slots: Mapped[list[str]]
    start_from: Mapped[date | None]
    start_until: Mapped[date | None]
    superintendent_name: Mapped[str]
    lead_name: Mapped[str]
    lead_email: Mapped[str]
    __table_args__ = (ForeignKeyConstraint(["lea_id"], ["district.lea_id"]),)
