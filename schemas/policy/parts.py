"""What the sections of the policy are made of: frozen parts, windows of days, and kinds of numbers."""

from datetime import date
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Part(BaseModel):
    """A part of the policy: it cannot be changed once read, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is not a time zone; write it as America/New_York") from error


def require_order(first: Any, second: Any, first_key: str, second_key: str) -> None:
    """Reject a first day or number that is after or greater than the second.

    Raises:
        ValueError: names both keys and what they say.
    """
    if first > second:
        raise ValueError(f"{first_key} ({first}) must not come after or exceed {second_key} ({second})")


SLOT = r"^(MON|TUE|WED|THU|FRI|SAT|SUN)-\d\d:\d\d$"
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Cents = Annotated[int, Field(ge=0, description="integer cents")]
TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Window(Part):
    """The days from ``opens_on`` to ``closes_on``, both included, local time."""

    opens_on: date
    closes_on: date

    @model_validator(mode="after")
    def _not_reversed(self) -> Self:
        require_order(self.opens_on, self.closes_on, "opens_on", "closes_on")
        return self

    def holds(self, day: date) -> bool:
        """Whether the day lies in the window."""
        return self.opens_on <= day <= self.closes_on
