"""Tables of the Summer Learning Academy: its webinars, and the courses that people chose."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.columns import Base
from schemas.tables.common import key


class Webinar(Base):
    """A webinar of the Summer Learning Academy; ``sequence`` counts its changes, for calendars."""

    __tablename__ = "webinar"
    season: Mapped[str] = key()
    webinar_id: Mapped[str] = key()
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_canceled: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    recording_url: Mapped[str] = mapped_column(default="")


class Selection(Base):
    """An academy course that an educator chose, and when it was completed."""

    __tablename__ = "selection"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    course: Mapped[str] = key()
    selected_on: Mapped[date]
    completed_on: Mapped[date | None]
    __table_args__ = (ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),)
