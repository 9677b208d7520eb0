"""Letters about portfolios: office hours, reminders, more time, and what is missing."""

from datetime import date, timedelta
from typing import Any

from rules.portfolios import extend, portfolio_window
from schemas.records import Ruling
from schemas.tables import OfficeHour
from tests.factories.letters.example import DISTRICT, MARCH, PERSON, TERM, Example, local, spans
from tests.factories.season import policy


def office_hours(number: int) -> dict[str, Any]:
    return PERSON | {"district": DISTRICT, "hours": spans(number, date(2023, 1, 11))}


def office_hour_changed(is_canceled: bool, reason: str) -> dict[str, Any]:
    told = {"hour": OfficeHour(is_canceled=is_canceled), "before": local(date(2023, 1, 11), 16)}
    return PERSON | told | {"district": DISTRICT, "starts": local(date(2023, 1, 18), 9), "reason": reason}


def extension_ruling() -> Ruling:
    window = portfolio_window(TERM, policy().portfolio)
    return extend(window, window.ends_on + timedelta(days=20), "family leave", MARCH.date(), policy().portfolio)


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
        Example("several", PERSON | {"track": "educator", "missing": ("equity-plan", "digital-citizenship")}, MARCH),
        Example("one", PERSON | {"track": "librarian", "missing": ("collection-plan",)}, MARCH),
    ],
    "portfolio_reminder": [Example("due", PERSON | {"track": "educator", "ends_on": date(2023, 6, 13)}, MARCH)],
}
