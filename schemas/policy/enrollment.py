"""The sections of enrollment, and of the librarianship course with the sessions that people are enrolled in."""

from datetime import date
from typing import Self

from pydantic import model_validator

from schemas.policy.parts import Count, Part, Positive, Window, require_order


class Enrollment(Part):
    """When districts fill the seats that they were given."""

    opens_on: date
    deadline_on: date
    reminder_days_before: tuple[Positive, ...]
    waitlist_deadline_days: Positive
    last_release_on: date
    replacement_sessions: Count
    alike_name_percent: Positive

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_order(self.opens_on, self.deadline_on, "opens_on", "deadline_on")
        require_order(self.deadline_on, self.last_release_on, "deadline_on", "last_release_on")
        return self


class ExfrlSession(Window):
    """One session of the librarianship course, and how many can take part."""

    capacity_seats: Positive


class Exfrl(Part):
    """The librarianship course, with its sessions."""

    hours: Positive
    sessions: dict[str, ExfrlSession]
