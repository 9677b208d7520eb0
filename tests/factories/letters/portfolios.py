"""Letters about portfolios: office hours, reminders, more time, and what is missing."""

from datetime import date, timedelta
from typing import Any

from rules.portfolios import extend, portfolio_window
from rules.reviews.resubmission import admit_resubmission
from schemas.records import Ruling, Term
from schemas.tables import OfficeHour
from tests.factories.letters.example import DISTRICT, MARCH, PERSON, TERM, Example, at, local, spans
from tests.factories.season import policy

SEPTEMBER = at(date(2022, 9, 16))


def office_hours(number: int) -> dict[str, Any]:
    return PERSON | {"district": DISTRICT, "hours": spans(number, date(2023, 1, 11))}


def office_hour_changed(is_canceled: bool, reason: str) -> dict[str, Any]:
    told = {"hour": OfficeHour(is_canceled=is_canceled), "before": local(date(2023, 1, 11), 16)}
    return PERSON | told | {"district": DISTRICT, "starts": local(date(2023, 1, 18), 9), "reason": reason}


def extension_ruling() -> Ruling:
    window = portfolio_window(TERM, policy().portfolio)
    return extend(window, window.ends_on + timedelta(days=20), "family leave", MARCH.date(), policy().portfolio)


def incomplete(
    track: str, *missing: str, last_day: date | None = date(2023, 6, 13), is_over: bool = False
) -> dict[str, Any]:
    return PERSON | {"track": track, "missing": missing, "last_day": last_day, "is_over": is_over}


def refused(person: Any) -> dict[str, Any]:
    ruling = admit_resubmission(MARCH.date(), date(2023, 3, 1), None)
    return {"person": person, "track": "educator", "submitted_at": MARCH, "ruling": ruling}


def space(number: int, *, is_over: bool = False, is_submitted: bool = False) -> dict[str, Any]:
    window = Term(date(2022, 9, 15), date(2023, 3, 15))
    told = {"window": window, "artifacts": policy().portfolio.artifacts["librarian"], "is_over": is_over}
    return (
        PERSON | told | {"district": DISTRICT, "hours": spans(number, date(2022, 9, 20)), "is_submitted": is_submitted}
    )


EXAMPLES: dict[str, list[Example]] = {
    "office_hours": [
        Example("several", office_hours(3), MARCH),
        Example("one", office_hours(1), MARCH),
        Example("none", office_hours(0), MARCH),
    ],
    "office_hour_changed": [
        Example("canceled", office_hour_changed(True, "A holiday."), MARCH),
        Example("new time", office_hour_changed(False, ""), MARCH),
    ],
    "portfolio_extended": [Example("extended", PERSON | {"ruling": extension_ruling()}, MARCH)],
    "portfolio_incomplete": [
        Example("several", incomplete("educator", "equity-plan", "digital-citizenship"), MARCH),
        Example("one", incomplete("librarian", "collection-plan", last_day=None), MARCH),
        Example("after the last day", incomplete("educator", "equity-plan", is_over=True), MARCH),
    ],
    "portfolio_refused": [
        Example("after the last day", refused(PERSON["person"]), MARCH),
        Example("of somebody unknown", refused(None), MARCH),
    ],
    "portfolio_space": [
        Example("just opened", space(3), SEPTEMBER),
        Example("one session", space(1), SEPTEMBER),
        Example("without office hours", space(0), SEPTEMBER),
        Example("submitted already", space(2, is_submitted=True), SEPTEMBER),
        Example("told too late", space(0, is_over=True), at(date(2023, 3, 20))),
    ],
    "resubmission_reminder": [Example("due", PERSON | {"track": "educator", "last_day": date(2023, 6, 13)}, MARCH)],
    "portfolio_reminder": [Example("due", PERSON | {"track": "educator", "ends_on": date(2023, 6, 13)}, MARCH)],
}
