"""The policy of a season, whole, and reading it from its file."""

import hashlib
import json
import tomllib
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from pydantic import Field, ValidationError, model_validator

from schemas.policy.academy import Academy
from schemas.policy.certificates import Certificates
from schemas.policy.cohorts import Cohorts
from schemas.policy.credits import Credits
from schemas.policy.enrollment import Enrollment, Exfrl
from schemas.policy.letters import Letters
from schemas.policy.parts import Part, Positive, TimeZone, require_order
from schemas.policy.portfolios import Portfolio
from schemas.policy.reviews import Review
from schemas.policy.schedules import PlannedRun
from schemas.policy.seats import Seats
from schemas.policy.surveys import Survey


class PolicyError(ValueError):
    """A policy file cannot be used; ``problems`` holds one line for each key at fault."""

    def __init__(self, name: str, problems: list[str]) -> None:
        """Keep the problems apart so that a screen can list them."""
        super().__init__(f"{name}: " + "; ".join(problems))
        self.problems = problems


class Operation(Part):
    """How the installation runs: for how long a step may still be done after its part of the season has ended."""

    catch_up_days: Positive


class Policy(Part):
    """One season's policy, whole."""

    season: Annotated[str, Field(pattern=r"^\d{4}$")]
    time_zone: TimeZone
    operation: Operation
    schedules: tuple[PlannedRun, ...]
    survey: Survey
    seats: Seats
    enrollment: Enrollment
    academy: Academy
    cohorts: Cohorts
    portfolio: Portfolio
    review: Review
    certificates: Certificates
    credits: Credits
    exfrl: Exfrl
    letters: Letters
    sources: dict[str, str]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The program's time zone, in which every date of the policy is meant."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def version(self) -> str:
        """The season and a short hash of the content; decisions carry it."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return f"{self.season}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def at(self, moment: datetime) -> datetime:
        """A moment as people write it: without a zone of its own it is meant in the program's."""
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def local_day(self, moment: datetime) -> date:
        """The calendar day of a moment in the program's time zone."""
        return moment.astimezone(self.zone).date()

    @model_validator(mode="after")
    def _phases_in_order(self) -> Self:
        require_order(self.survey.closes_on, self.seats.confirmed_on, "survey.closes_on", "seats.confirmed_on")
        require_order(
            self.seats.confirmed_on, self.enrollment.deadline_on, "seats.confirmed_on", "enrollment.deadline_on"
        )
        last_end = self.cohorts.latest_start_on + timedelta(weeks=self.cohorts.weeks)
        program_ends = self.cohorts.earliest_start_on + relativedelta(months=self.portfolio.program_months)
        require_order(
            last_end, program_ends, "the end of a cohort of cohorts.latest_start_on", "portfolio.program_months"
        )
        return self

    def days_at(self, key: str) -> tuple[date, ...]:
        """The day or the days that stand at a key of the policy, as ``cohorts.planned_on``.

        Raises:
            ValueError: there are none.
        """
        found: Any = self
        for part in key.split("."):
            found = getattr(found, part, None)
        days = found if isinstance(found, tuple | list) else (found,)
        if not all(isinstance(day, date) for day in days):
            raise ValueError(f"schedules: {key} is no day of this policy")
        return tuple(days)

    @model_validator(mode="after")
    def _schedules_name_days_and_differ(self) -> Self:
        for item in self.schedules:
            if not item.is_recurring:
                self.days_at(item.on)
        named = [(item.flow, item.slug) for item in self.schedules]
        twice = sorted({f"{flow} {slug}" for flow, slug in named if named.count((flow, slug)) > 1})
        if twice:
            raise ValueError(f"schedules: each slug of a flow stands once; twice: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _every_section_has_a_source(self) -> Self:
        sections = set(type(self).model_fields) - {"season", "sources", "letters"}
        missing = sections - {key.partition(".")[0] for key in self.sources}
        if missing:
            raise ValueError(f"sources lacks a clause for: {', '.join(sorted(missing))}")
        return self


def _problem(error: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "policy"
    if error["type"] == "extra_forbidden":
        return f"{key}: this key is not known; check its spelling"
    if error["type"] == "missing":
        return f"{key}: this key is missing"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}"


def parse_policy(content: dict[str, Any], name: str) -> Policy:
    """The policy in ``content``.

    Raises:
        PolicyError: with one line for each key that is unknown, missing or contradictory.
    """
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(name, [_problem(dict(item)) for item in error.errors()]) from error


def read_policy(path: Path) -> Policy:
    """Read and validate one season's TOML file.

    Raises:
        PolicyError: the file is missing, is not TOML, or does not validate.
    """
    try:
        return parse_policy(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(path.name, [f"cannot be read as TOML: {error}"]) from error
