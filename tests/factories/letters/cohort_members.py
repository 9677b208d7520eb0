"""Letters about who is in which cohort: to who joins one, and to the leads when people move or cohorts are merged."""

from datetime import date
from typing import Any

from rules.portfolios import portfolio_window
from schemas.statuses import CohortKind
from schemas.tables import Cohort
from tasks.cohorts.members import Left
from tests.factories.letters.example import DISTRICT, FIRST, PERSON, TERM, Example, application, at, educator, spans
from tests.factories.season import policy

SUBMIT_BY = portfolio_window(TERM, policy().portfolio).ends_on
CONFIRM_BY = date(2022, 8, 25)
AUGUST, OCTOBER = at(date(2022, 8, 15)), at(date(2022, 10, 3))
WHY = "teaches at two schools, and both leads agree"
MOVED = Left("2022-C005", "has a class at that time")
MERGED = Left("2022-C005", "it has become small", is_merged=True)
GONE = Left("2022-C005", "the facilitator has left", is_gone=True)


def cohort(
    kind: CohortKind,
    sessions: int,
    first: date = FIRST,
    exception_reason: str = "",
    *,
    open_until: date | None = None,
    left: Left | None = None,
    host: str = "",
) -> dict[str, Any]:
    told = {"cohort": Cohort(cohort_id="2022-C007", kind=kind), "term": TERM, "sessions": spans(sessions, first)}
    told |= {"left": left, "is_off": left is not None, "host": host, "submit_by": SUBMIT_BY}
    return PERSON | told | {"exception_reason": exception_reason, "open_until": open_until}


def cohort_changed_lead(kind: CohortKind, people: int = 0, guests: int = 0, **more: Any) -> dict[str, Any]:
    someone = [educator(), educator("Li", "Wu"), educator("Ana", "Ruiz")]
    told: dict[str, Any] = {"application": application(), "district": DISTRICT, "reason": "", "exception_reason": ""}
    told["guest_reason"] = ""
    told |= {"cohort": Cohort(cohort_id="2022-C007", kind=kind), "left_id": "2022-C005", "is_merged": False}
    told |= {"people": someone[:people], "guests": someone[:guests], "is_closed": False, "is_gone": False, "host": ""}
    return told | {"from_districts": ["Bolton School District"] * bool(guests), "sessions": spans(5)} | more


EXAMPLES: dict[str, list[Example]] = {
    "cohort": [
        Example("private", cohort(CohortKind.PRIVATE, 5, open_until=CONFIRM_BY), AUGUST),
        Example("combined", cohort(CohortKind.COMBINED, 5, open_until=CONFIRM_BY), AUGUST),
        Example("moved to a start that is agreed", cohort(CohortKind.COMBINED, 5), at(date(2022, 9, 2))),
        Example("joined later, one session left", cohort(CohortKind.COMBINED, 1, date(2022, 11, 8)), OCTOBER),
        Example("joined later, no session left", cohort(CohortKind.COMBINED, 0), OCTOBER),
        Example("an exception", cohort(CohortKind.COMBINED, 5, exception_reason="you teach at two schools"), AUGUST),
        Example("moved from another cohort", cohort(CohortKind.COMBINED, 5, left=MOVED, open_until=CONFIRM_BY), AUGUST),
        Example(
            "moved from one that is no more", cohort(CohortKind.COMBINED, 5, left=GONE, open_until=CONFIRM_BY), AUGUST
        ),
        Example("the cohort was merged", cohort(CohortKind.PRIVATE, 4, date(2022, 9, 27), left=MERGED), OCTOBER),
        Example(
            "an exception in a private cohort of another district",
            cohort(
                CohortKind.PRIVATE,
                5,
                exception_reason=WHY,
                left=MOVED,
                host="Bolton School District",
                open_until=CONFIRM_BY,
            ),
            AUGUST,
        ),
    ],
    "cohort_changed_lead": [
        Example("one has moved", cohort_changed_lead(CohortKind.COMBINED, 1), AUGUST),
        Example(
            "several have moved from one that is no more",
            cohort_changed_lead(CohortKind.COMBINED, 2, is_gone=True, reason="the facilitator has left"),
            AUGUST,
        ),
        Example("several who waited have a place", cohort_changed_lead(CohortKind.COMBINED, 2, left_id=""), AUGUST),
        Example("the last one has moved", cohort_changed_lead(CohortKind.COMBINED, 1, is_closed=True), AUGUST),
        Example("one who waited has a place", cohort_changed_lead(CohortKind.COMBINED, 1, left_id=""), AUGUST),
        Example(
            "at a time that was not marked", cohort_changed_lead(CohortKind.COMBINED, 1, exception_reason=WHY), AUGUST
        ),
        Example(
            "into a private cohort of another district",
            cohort_changed_lead(CohortKind.PRIVATE, 1, host="Bolton School District", exception_reason=WHY),
            AUGUST,
        ),
        Example(
            "a guest joins a private cohort", cohort_changed_lead(CohortKind.PRIVATE, 0, 1, guest_reason=WHY), AUGUST
        ),
        Example(
            "merged",
            cohort_changed_lead(CohortKind.PRIVATE, 3, is_merged=True, is_closed=True, reason="it has become small"),
            AUGUST,
        ),
        Example(
            "merged, one educator, no session left",
            cohort_changed_lead(CohortKind.COMBINED, 1, is_merged=True, sessions=[]),
        ),
        Example(
            "others join by a merge",
            cohort_changed_lead(CohortKind.COMBINED, 0, 3, is_merged=True, reason="too few"),
            AUGUST,
        ),
        Example(
            "others join a private cohort by a merge",
            cohort_changed_lead(CohortKind.PRIVATE, 1, 2, is_merged=True, guest_reason=WHY),
            AUGUST,
        ),
    ],
}
