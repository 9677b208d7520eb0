"""The days of a season that people plan by: what opens, what ends, and what is due, as the policy says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rules.cohorts.sessions import term_of
from rules.portfolios import portfolio_window
from schemas.policy import Policy


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A day of the season and what it is; ``key`` names what in the policy decides it."""

    on: date
    what: str
    key: str


def planned_days(policy: Policy) -> tuple[PlannedDay, ...]:
    """Every day of a season that the policy fixes before anybody has enrolled, in order of time.

    Source: the life of a season (packages; FAQ I to IV), and the rulings on deadlines.
    """
    parts = (_survey, _seats, _enrollment, _academy, _exfrl, _cohorts, _portfolios)
    found = (PlannedDay(*day) for part in parts for day in part(policy))
    return tuple(sorted(found, key=lambda day: (day.on, day.key)))


Days = Iterator[tuple[date, str, str]]


def _survey(policy: Policy) -> Days:
    survey = policy.survey
    yield survey.opens_on, "The district interest survey opens", "survey.opens_on"
    yield survey.closes_on, "Last day of the district interest survey", "survey.closes_on"
    graced = survey.closes_on + timedelta(days=survey.grace_days)
    yield graced, "Last day on which a rejected response keeps its place when it is put right", "survey.grace_days"


def _seats(policy: Policy) -> Days:
    seats = policy.seats
    yield seats.confirmed_on, "Seats are confirmed, with the agency's approval", "seats.confirmed_on"
    answered = seats.confirmed_on + timedelta(days=seats.answer_days)
    yield answered, "Last day to answer offers that were approved on the first day", "seats.answer_days"
    approved = seats.confirmed_on + timedelta(days=seats.approval_deadline_days)
    yield approved, "Last day of the agency's approval", "seats.approval_deadline_days"
    if seats.certification.grown_on:
        yield seats.certification.grown_on, "The grant of certification seats grows", "seats.certification.grown_on"


def _enrollment(policy: Policy) -> Days:
    enrollment = policy.enrollment
    yield enrollment.opens_on, "Enrollment opens", "enrollment.opens_on"
    for days in enrollment.reminder_days_before:
        reminded = enrollment.deadline_on - timedelta(days=days)
        yield (
            reminded,
            f"Reminder of unfilled seats, {days} days before the deadline",
            "enrollment.reminder_days_before",
        )
    yield enrollment.deadline_on, "Last day to enroll into the seats first confirmed", "enrollment.deadline_on"
    yield enrollment.last_release_on, "Last release of seats; the waitlist is closed", "enrollment.last_release_on"
    filled = enrollment.last_release_on + timedelta(days=enrollment.waitlist_deadline_days)
    yield filled, "Last day to enroll into seats released last", "enrollment.waitlist_deadline_days"


def _academy(policy: Policy) -> Days:
    academy = policy.academy
    yield academy.opens_on, "The Summer Learning Academy opens", "academy.opens_on"
    yield academy.closes_on, "Last day of the Summer Learning Academy", "academy.closes_on"
    for key, webinar in sorted(academy.webinars.items()):
        yield webinar.starts_at.date(), f"Webinar: {webinar.title}", f"academy.webinars.{key}"


def _exfrl(policy: Policy) -> Days:
    for name, session in sorted(policy.exfrl.sessions.items()):
        title = f"Exploring Future Ready Librarianship, {name} session"
        yield session.opens_on, f"{title}, begins", f"exfrl.sessions.{name}"
        yield session.closes_on, f"{title}, ends", f"exfrl.sessions.{name}"


def _cohorts(policy: Policy) -> Days:
    cohorts = policy.cohorts
    for day in cohorts.planned_on:
        yield day, "Cohorts are scheduled", "cohorts.planned_on"
    yield cohorts.earliest_start_on, "The first cohorts can start", "cohorts.earliest_start_on"
    yield cohorts.latest_start_on, "Last day on which a cohort starts", "cohorts.latest_start_on"
    yield term_of(cohorts.latest_start_on, cohorts).ends_on, "Phase 1 of the last cohorts ends", "cohorts.weeks"


def _portfolios(policy: Policy) -> Days:
    cohorts = policy.cohorts
    for which, start in (("first", cohorts.earliest_start_on), ("last", cohorts.latest_start_on)):
        ends = portfolio_window(term_of(start, cohorts), policy.portfolio).ends_on
        yield ends, f"Last day of portfolios of the {which} cohorts", "portfolio.months"
        target = ends + timedelta(weeks=policy.review.target_weeks)
        yield (
            target,
            f"Results are promised of what the {which} cohorts submit on their last day",
            "review.target_weeks",
        )
