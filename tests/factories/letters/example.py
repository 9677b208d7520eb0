"""The people, moments, and rows that the examples of letters share: one district of the season of 2022, and who writes."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from schemas.policy import Policy, read_policy
from schemas.settings import ROOT
from schemas.statuses import RoundKind
from schemas.tables import Application, Educator, Evaluator, Portfolio, ReviewRound

DISTRICT = "Ashford School District"


@dataclass(frozen=True, slots=True)
class Example:
    """A letter as a reader may get it: what its template is given, and when it is written."""

    title: str
    context: dict[str, Any] = field(default_factory=dict)
    as_of: datetime = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)


@cache
def policy() -> Policy:
    """The season's own policy, also where a run of the tests has another one."""
    return read_policy(ROOT / "deployments" / "seasons" / "2022.toml")


def at(day: date, hour: int = 13, minute: int = 0) -> datetime:
    """A moment of a day, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in the program's time zone, as tasks hand it to a letter."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=policy().zone)


def educator(first_name: str = "Zoé", last_name: str = "Ley") -> Educator:
    return Educator(season="2022", email="zoe.ley@ashford.example", first_name=first_name, last_name=last_name)


def application(lead_name: str = "Ada Holmann") -> Application:
    return Application(season="2022", lea_id="0900120", lead_name=lead_name, lead_email="ada.holmann@ashford.example")


def evaluator() -> Evaluator:
    return Evaluator(evaluator_id="E007", name="Dr. Mary Obi", email="mary.obi@panel.example")


def portfolio(track: str = "educator") -> Portfolio:
    return Portfolio(portfolio_id="2022-P-7KQ2M4", season="2022", email="zoe.ley@ashford.example", track=track)


def review_round(number: int = 1, **values: Any) -> ReviewRound:
    dates = {"due_at": at(date(2023, 4, 14), 18), "breach_at": at(date(2023, 4, 28), 18)}
    return ReviewRound(
        portfolio_id="2022-P-7KQ2M4", round_number=number, **{"kind": RoundKind.FIRST, **dates, **values}
    )
