"""What an example of a letter is, and what the examples share: one district of the season of 2022, its people, and days."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from schemas.records import COMPONENT_NAMES, Component, Term
from schemas.tables import Application, Educator
from tests.factories.season import policy

DISTRICT, LEA_ID = "Ashford School District", "0900120"
ACADEMY = COMPONENT_NAMES[Component.ACADEMY]
FIRST = date(2022, 9, 13)
TERM = Term(FIRST, FIRST + timedelta(weeks=14) - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Example:
    """A letter as a reader may get it: what its template is given, and when it is written."""

    title: str
    context: dict[str, Any] = field(default_factory=dict)
    as_of: datetime = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)


def at(day: date, hour: int = 13, minute: int = 0) -> datetime:
    """A moment of a day, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in the program's time zone, as tasks hand it to a letter."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=policy().zone)


def educator(first_name: str = "Zoé", last_name: str = "Ley") -> Educator:
    return Educator(season="2022", email="zoe.ley@ashford.example", first_name=first_name, last_name=last_name)


def application(lead_name: str = "Ada Holmann") -> Application:
    return Application(season="2022", lea_id=LEA_ID, lead_name=lead_name, lead_email="ada.holmann@ashford.example")


def spans(number: int, first: date = FIRST, hour: int = 15) -> list[tuple[datetime, datetime]]:
    starts = [local(first + timedelta(weeks=2 * week), hour, 30) for week in range(number)]
    return [(start, start + timedelta(hours=2)) for start in starts]


JUNE, LATE, MARCH = date(2022, 6, 15), at(date(2022, 8, 5)), at(date(2023, 3, 15))
PERSON = {"person": educator()}
