"""The season policy: every number and date that a rule uses, validated before a season may run on it.

What belongs here: the shape of a policy file and what makes one contradictory. What does not: decisions (``rules/``)
and the numbers themselves (``deployments/seasons/*.toml``, edited by operators).
"""

import hashlib
import json
import tomllib
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


class PolicyError(ValueError):
    """A policy file cannot be used; ``problems`` holds one line for each key at fault."""

    def __init__(self, name: str, problems: list[str]) -> None:
        """Keep the problems apart so that a screen can list them."""
        super().__init__(f"{name}: " + "; ".join(problems))
        self.problems = problems


class _Part(BaseModel):
    """A part of the policy: it cannot be changed once read, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is not a time zone; write it as America/New_York") from error


def _ordered(first: Any, second: Any, first_key: str, second_key: str) -> None:
    if first > second:
        raise ValueError(f"{first_key} ({first}) must not come after or exceed {second_key} ({second})")


SLOT = r"^(MON|TUE|WED|THU|FRI|SAT|SUN)-\d\d:\d\d$"
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Cents = Annotated[int, Field(ge=0, description="integer cents")]
TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Window(_Part):
    """The days from ``opens_on`` to ``closes_on``, both included, local time."""

    opens_on: date
    closes_on: date

    @model_validator(mode="after")
    def _not_reversed(self) -> Self:
        _ordered(self.opens_on, self.closes_on, "opens_on", "closes_on")
        return self

    def holds(self, day: date) -> bool:
        """Whether the day lies in the window."""
        return self.opens_on <= day <= self.closes_on


class Recognition(_Part):
    """When a district's name, as somebody wrote it, is taken to mean one district of the season's list."""

    confidence_percent: Annotated[int, Field(ge=50, le=100)]
    margin_percent: Annotated[int, Field(ge=1, le=50)]


class HttpSurvey(_Part):
    """Where the survey tool's own interface is, if the agency uses it; the token comes from a Secret block."""

    url: str
    page_limit: Positive


class Survey(Window):
    """The district interest survey, how its questions map to our fields, and what happens to a refused response."""

    grace_days: Count
    recognition: Recognition
    source: HttpSurvey
    fields: dict[str, tuple[str, ...]]


class Operation(_Part):
    """How the installation runs: for how long a step may still be done after its part of the season has ended."""

    catch_up_days: Positive


class ComponentSeats(_Part):
    """What the agency grants of one component, and the least block of it that is of use to a district."""

    capacity_seats: Count
    useful_minimum_seats: Positive


class Seats(_Part):
    """Seat numbers of the packages, the FAQ, and the agency's grant."""

    certification: ComponentSeats
    academy: ComponentSeats
    librarian: ComponentSeats
    exfrl: ComponentSeats
    academy_recommended_seats: tuple[Positive, ...]
    addon_maximum_seats: Positive
    addon_options: tuple[Literal[1, 2, 3], ...]
    district_maximum_seats: Positive | None = None
    confirmed_on: date
    approval_deadline_days: Positive
    answer_days: Positive


class Enrolment(_Part):
    """When districts fill the seats that they were given."""

    opens_on: date
    deadline_on: date
    reminder_days_before: tuple[Positive, ...]
    waitlist_deadline_days: Positive
    last_release_on: date
    replacement_sessions: Count

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ordered(self.opens_on, self.deadline_on, "opens_on", "deadline_on")
        _ordered(self.deadline_on, self.last_release_on, "deadline_on", "last_release_on")
        return self


class Course(_Part):
    """One self-paced academy course and its length."""

    title: str
    hours: Positive


class PlannedWebinar(_Part):
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
        _ordered(self.minimum_hours, self.maximum_hours, "minimum_hours", "maximum_hours")
        return self


class Cohorts(_Part):
    """Phase 1 of certification: who learns together, when, and for how long."""

    minimum_participants: Positive
    maximum_participants: Positive
    private_minimum_participants: Positive
    weeks: Positive
    sessions: Positive
    session_hours: Positive
    session_gap_minimum_days: Positive
    session_gap_maximum_days: Positive
    learning_hours: Positive
    attendance_minimum_sessions: Positive
    check_in_weeks: Positive
    moves_until_session: Count
    earliest_start_on: date
    notice_days: Positive
    formed_on: tuple[date, ...]
    slots: tuple[Annotated[str, Field(pattern=SLOT)], ...]
    closed_on: dict[str, tuple[date, ...]] = Field(default_factory=dict)
    solver_seconds: Positive

    @model_validator(mode="after")
    def _numbers_agree(self) -> Self:
        _ordered(self.minimum_participants, self.maximum_participants, "minimum_participants", "maximum_participants")
        _ordered(
            self.minimum_participants,
            self.private_minimum_participants,
            "minimum_participants",
            "private_minimum_participants",
        )
        _ordered(
            self.session_gap_minimum_days,
            self.session_gap_maximum_days,
            "session_gap_minimum_days",
            "session_gap_maximum_days",
        )
        _ordered(self.attendance_minimum_sessions, self.sessions, "attendance_minimum_sessions", "sessions")
        _ordered(self.session_gap_minimum_days * (self.sessions - 1), self.weeks * 7, "the sessions", "weeks")
        return self


class Portfolio(_Part):
    """Phase 2: the time to submit, and the artifacts by role."""

    months: Positive
    program_months: Positive
    reminder_days_before: tuple[Positive, ...]
    office_hours_every_weeks: Positive
    office_hours_slot: Annotated[str, Field(pattern=SLOT)]
    office_hours_minutes: Positive
    extension_maximum_days: Positive
    artifacts: dict[Literal["educator", "librarian"], tuple[str, ...]]

    @model_validator(mode="after")
    def _months_agree(self) -> Self:
        _ordered(self.months, self.program_months, "months", "program_months")
        return self


class ReviewGroup(_Part):
    """Evaluators of whom each portfolio of a track wants at least and at most so many."""

    evaluators: tuple[str, ...]
    track: Literal["educator", "librarian"]
    at_least: Count
    at_most: Positive


class Review(_Part):
    """The independent panel: how many scores, what passes, and the time that a result may take."""

    reviews_per_portfolio: Positive
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    spread_points: Annotated[int, Field(ge=1, le=100)]
    target_weeks: Positive
    breach_weeks: Positive
    warning_days_before: tuple[Positive, ...]
    evaluator_reminder_days: tuple[Positive, ...]
    evaluator_silence_days: Positive
    evaluator_maximum_open_reviews: Positive
    evaluator_weekly_reviews: Positive
    absent_weeks: dict[str, tuple[date, ...]] = Field(default_factory=dict)
    groups: dict[str, ReviewGroup] = Field(default_factory=dict)
    never_together: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _weeks_agree(self) -> Self:
        _ordered(self.target_weeks, self.breach_weeks, "target_weeks", "breach_weeks")
        for name, group in self.groups.items():
            _ordered(group.at_least, group.at_most, f"groups.{name}.at_least", f"groups.{name}.at_most")
        last = max(self.evaluator_reminder_days, default=1)
        _ordered(last, self.evaluator_silence_days, "evaluator_reminder_days", "evaluator_silence_days")
        return self


class Certificates(_Part):
    """How long a certificate is valid, and what its renewal costs."""

    valid_years: Positive
    renewal_minimum_fee_cents: Cents
    renewal_maximum_fee_cents: Cents
    points_for_minimum_fee: Positive
    reminder_days_before: tuple[Positive, ...]
    activities: dict[str, Positive]

    @model_validator(mode="after")
    def _fees_agree(self) -> Self:
        _ordered(
            self.renewal_minimum_fee_cents,
            self.renewal_maximum_fee_cents,
            "renewal_minimum_fee_cents",
            "renewal_maximum_fee_cents",
        )
        return self


class Endorsement(_Part):
    """What the state has determined about an endorsement; 'undetermined' is shown so until it says otherwise."""

    code: str
    required_credits: Positive
    counted_credits: Count
    computer_science_required_credits: Positive
    counts_toward_computer_science: Literal["undetermined", "yes", "no"]


class Credits(_Part):
    """Graduate credits: opted into and paid by the participant, never by the district."""

    fee_per_credit_cents: Cents
    certification_maximum: Positive
    academy_maximum: Positive
    poll_after_days: Positive
    endorsement: Endorsement


class ExfrlSession(Window):
    """One session of the librarianship course, and how many can take part."""

    capacity_seats: Positive


class Exfrl(_Part):
    """The librarianship course, with its sessions."""

    hours: Positive
    sessions: dict[str, ExfrlSession]


class Letters(_Part):
    """Who signs, and where letters to the agency and to program staff go."""

    sender: str
    signature: str
    operators: str
    agency: str
    issuer_url: str


class Policy(_Part):
    """One season's policy, whole."""

    season: Annotated[str, Field(pattern=r"^\d{4}$")]
    time_zone: TimeZone
    operation: Operation
    survey: Survey
    seats: Seats
    enrolment: Enrolment
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
        _ordered(self.survey.closes_on, self.seats.confirmed_on, "survey.closes_on", "seats.confirmed_on")
        _ordered(self.seats.confirmed_on, self.enrolment.deadline_on, "seats.confirmed_on", "enrolment.deadline_on")
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
