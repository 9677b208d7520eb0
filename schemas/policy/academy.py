"""The section of the Summer Learning Academy."""

from datetime import datetime
from typing import Self

from pydantic import model_validator

from schemas.policy.parts import Part, Positive, Window, require_order


class Course(Part):
    """One self-paced academy course and its length."""

    title: str
    hours: Positive


class PlannedWebinar(Part):
    """A webinar of the summer; ``starts_at`` is local time."""

    title: str
    starts_at: datetime
    minutes: Positive


class Academy(Window):
    """The Summer Learning Academy."""

    courses: dict[str, Course]
    webinars: dict[str, PlannedWebinar]
    maximum_courses: Positive
    minimum_hours: Positive
    maximum_hours: Positive
    hours_per_credit: Positive

    @model_validator(mode="after")
    def _hours_in_order(self) -> Self:
        require_order(self.minimum_hours, self.maximum_hours, "minimum_hours", "maximum_hours")
        return self
