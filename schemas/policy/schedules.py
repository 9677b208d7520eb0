"""When flows run by themselves: part of the policy, since the dates of a season decide it."""

import re
from datetime import time
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.policy.parts import Part, Positive

DAILY, WEEKDAYS, MONTHLY = "daily", "weekdays", "monthly"
WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RECURRING = (DAILY, WEEKDAYS, MONTHLY, *WEEKDAY_NAMES)
KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")
HOUR = 60


class PlannedRun(Part):
    """When one flow runs: on which days, and at which local times of them.

    ``on`` is one of ``RECURRING``, or the key of a day or of days of the policy, as ``seats.confirmed_on``. Between ``at`` and
    ``until`` the flow runs every so many minutes. What waits for it waits ``within_hours`` at most.
    """

    flow: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    on: str
    at: time
    until: time | None = None
    every_minutes: Positive | None = None
    within_hours: Positive

    @property
    def is_recurring(self) -> bool:
        """Whether it runs on a kind of day, and not on days that the policy names."""
        return self.on in RECURRING

    @property
    def times(self) -> tuple[time, ...]:
        """The local times of a day at which it runs."""
        if self.every_minutes is None or self.until is None:
            return (self.at,)
        first, last = (item.hour * HOUR + item.minute for item in (self.at, self.until))
        return tuple(time(*divmod(minute, HOUR)) for minute in range(first, last + 1, self.every_minutes))

    @model_validator(mode="after")
    def _on_known_days(self) -> Self:
        if not self.is_recurring and not KEY.fullmatch(self.on):
            raise ValueError(
                f"on: '{self.on}' is neither one of {', '.join(RECURRING)} nor a key as seats.confirmed_on"
            )
        return self

    @model_validator(mode="after")
    def _at_regular_times(self) -> Self:
        if (self.until is None) != (self.every_minutes is None):
            raise ValueError("until and every_minutes are given together or not at all")
        if self.until is not None and self.until <= self.at:
            raise ValueError(f"until ({self.until}) must come after at ({self.at})")
        hours, minutes = ({getattr(item, part) for item in self.times} for part in ("hour", "minute"))
        if len(self.times) != len(hours) * len(minutes):
            raise ValueError(
                "every hour with runs must have them at the same minutes, as every_minutes = 60 or 00:00 to 23:50"
            )
        return self
