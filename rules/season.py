"""In which part of a season each flow may act, from the policy alone: outside of it there is nothing to do.

A part ends late rather than early: what is over for everybody is closed, what may still concern one person is not.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from rules.rule_ids import RuleId
from rules.seats.offers import enroll_confirmed_seats_by
from rules.wording import count, listed
from schemas.policy import Policy
from schemas.records import Ruling, SeasonPart, Term
from schemas.statuses import Outcome

RULE = RuleId.SEASON_PART

NAMES: Mapping[SeasonPart, str] = {
    SeasonPart.OPENING: "the season",
    SeasonPart.SURVEY: "the survey",
    SeasonPart.CONFIRMATION: "seat confirmation",
    SeasonPart.SEATS: "seat offers and releases",
    SeasonPart.ENROLLMENT: "enrollment",
    SeasonPart.ACADEMY: "the Summer Learning Academy",
    SeasonPart.PLANNING: "cohort scheduling",
    SeasonPart.PHASE_ONE: "phase 1",
    SeasonPart.PORTFOLIOS: "phase 2",
    SeasonPart.REVIEWS: "portfolio review",
    SeasonPart.CREDITS: "graduate credits",
    SeasonPart.CERTIFICATES: "certificates and renewals",
    SeasonPart.WHOLE: "the season",
}

# What follows these is open as long as something in the records says so: a review, a request for credits, a certificate.
DATED = (SeasonPart.SEATS, SeasonPart.ENROLLMENT, SeasonPart.ACADEMY, SeasonPart.PHASE_ONE, SeasonPart.PORTFOLIOS)


def part_term(part: SeasonPart, policy: Policy) -> Term:
    """The first and the last local day on which a part of the season has anything to do.

    The last day leaves ``operation.catch_up_days`` for what came late, or was missed while the installation was down.

    Source: the life of a season (packages, FAQ I to IV); the days to catch up by ruling.
    """
    first, last = _TERMS[part](policy)
    return Term(first, last + timedelta(days=policy.operation.catch_up_days))


def may_act(part: SeasonPart, today: date, is_opened: bool, policy: Policy, *, is_closed: bool = False) -> Ruling:
    """Whether a flow of this part has anything to do on the day: outcome *open*, or *not_yet*, *over*, *not_opened*, *closed*.

    ``is_opened`` says whether the season's lists are on record. A season is opened before anything else, so only its
    opening may act without them.

    Source: ruling; a flow that is run outside of its part writes nothing.
    """
    term, name, season = part_term(part, policy), NAMES[part], policy.season
    whole = part in {SeasonPart.OPENING, SeasonPart.WHOLE}
    subject = f"Season {season}" if whole else f"Season {season}: {name}"
    if is_closed:
        return Ruling(RULE, Outcome.CLOSED, f"Season {season} was closed; nothing acts on it any more.")
    if today > term.ends_on:
        return Ruling(RULE, Outcome.OVER, f"{subject} ended on {_day(term.ends_on)}; nothing to do.")
    if today < term.starts_on:
        return Ruling(RULE, Outcome.NOT_YET, f"{subject} begins on {_day(term.starts_on)}; nothing to do.")
    if not is_opened and part is not SeasonPart.OPENING:
        reason = f"Season {season} has not been opened; nothing to do. Run 'Open season' with its lists first."
        return Ruling(RULE, Outcome.NOT_OPENED, reason)
    return Ruling(RULE, Outcome.OPEN, f"{subject} is open until {_day(term.ends_on)}.")


def close_season(today: date, left_open: Mapping[str, int], policy: Policy) -> Ruling:
    """Whether a season is closed: outcome *closed*, or *rejected* with everything that is left open.

    ``left_open`` counts what is, by a name that takes an s. Nothing acts on a closed season.

    Source: ruling, a season is closed when nothing of it is left open.
    """
    last = max(part_term(part, policy).ends_on for part in DATED)
    if today <= last:
        reason = f"Season {policy.season} goes on until {_day(last)}; it can be closed after that day."
        return Ruling(RuleId.SEASON_CLOSED, Outcome.REJECTED, reason)
    left = [count(number, name) for name, number in left_open.items() if number]
    if left:
        reason = f"Season {policy.season} still has {listed(left)}; it can be closed when none is left."
        return Ruling(RuleId.SEASON_CLOSED, Outcome.REJECTED, reason)
    return Ruling(
        RuleId.SEASON_CLOSED, Outcome.CLOSED, f"Season {policy.season} is closed; nothing acts on it any more."
    )


def _day(day: date) -> str:
    return f"{day:%A, %B} {day.day}, {day.year}"


def _seats_end(policy: Policy) -> date:
    """The last seats that were offered again are to be filled by then, and those that the agency approved as late as it can."""
    released = policy.enrollment.last_release_on + timedelta(days=policy.enrollment.waitlist_deadline_days)
    approved = policy.seats.confirmed_on + timedelta(days=policy.seats.approval_deadline_days)
    return max(released, enroll_confirmed_seats_by(approved, policy))


def _program_ends(policy: Policy) -> date:
    """A cohort that starts late has the whole time of the program too."""
    return policy.cohorts.earliest_start_on + relativedelta(months=policy.portfolio.program_months)


def _portfolios_end(policy: Policy) -> date:
    """Phase 2 follows the end of phase 1; an operator may extend it."""
    phase_two = _program_ends(policy) + relativedelta(months=policy.portfolio.months)
    return phase_two + timedelta(days=policy.portfolio.extension_maximum_days)


def _reviews_end(policy: Policy) -> date:
    """A portfolio may be reviewed again as long as its certificate can be valid."""
    return _portfolios_end(policy) + relativedelta(years=policy.certificates.valid_years)


def _renewals_end(policy: Policy) -> date:
    """A certificate of the last portfolio, renewed once."""
    return _reviews_end(policy) + relativedelta(years=policy.certificates.valid_years)


_TERMS: Mapping[SeasonPart, Callable[[Policy], tuple[date, date]]] = {
    SeasonPart.OPENING: lambda p: (date.min, _renewals_end(p)),
    SeasonPart.SURVEY: lambda p: (p.survey.opens_on, p.enrollment.last_release_on),
    SeasonPart.CONFIRMATION: lambda p: (p.seats.confirmed_on, p.enrollment.last_release_on),
    SeasonPart.SEATS: lambda p: (p.enrollment.opens_on, _seats_end(p)),
    SeasonPart.ENROLLMENT: lambda p: (p.enrollment.opens_on, _program_ends(p)),
    SeasonPart.ACADEMY: lambda p: (p.enrollment.opens_on, p.academy.closes_on),
    SeasonPart.PLANNING: lambda p: (min(p.cohorts.planned_on, default=p.cohorts.earliest_start_on), _program_ends(p)),
    SeasonPart.PHASE_ONE: lambda p: (p.cohorts.earliest_start_on, _program_ends(p)),
    SeasonPart.PORTFOLIOS: lambda p: (p.enrollment.opens_on, _portfolios_end(p)),
    SeasonPart.REVIEWS: lambda p: (p.enrollment.opens_on, _reviews_end(p)),
    SeasonPart.CREDITS: lambda p: (p.enrollment.opens_on, _reviews_end(p)),
    SeasonPart.CERTIFICATES: lambda p: (p.enrollment.opens_on, _renewals_end(p)),
    SeasonPart.WHOLE: lambda p: (p.survey.opens_on, _renewals_end(p)),
}
