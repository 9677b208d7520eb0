"""Letters about cohorts: sessions, attendance, check-ins, and merges."""

from datetime import date
from typing import Any

from rules.cohorts.attendance import learning_standing
from rules.cohorts.membership import CohortCalendar, CohortFacts, merge_proposal, reschedule
from schemas.records import Ruling
from schemas.statuses import CohortKind
from schemas.tables import Cohort, CohortSession
from tests.factories.letters.example import FIRST, PERSON, TERM, Example, application, at, educator, local, spans
from tests.factories.season import policy

AUGUST, OCTOBER = at(date(2022, 8, 15)), at(date(2022, 10, 3))


def cohort(kind: CohortKind, sessions: int, first: date = FIRST) -> dict[str, Any]:
    return PERSON | {"cohort": Cohort(kind=kind), "term": TERM, "sessions": spans(sessions, first)}


def learning_ruling(held: int, attended: int) -> Ruling:
    return learning_standing(held, attended, 6 * attended, policy().cohorts)


def attendance(held: int, attended: int) -> dict[str, Any]:
    return PERSON | {"cohort_id": "2022-C007", "ruling": learning_ruling(held, attended)}


def check_in(learners: int, fill: int, *concerns: tuple[str, Ruling]) -> dict[str, Any]:
    told = {"application": application(), "learners": [educator()] * learners, "fill": fill}
    return told | {"concerns": concerns, "due_on": "2022-10-11"}


def merge_proposals(*sizes: int) -> dict[str, Any]:
    facts = [CohortFacts(f"2022-C00{n}", "Connecticut", "TUE-15:30", size, 1, False) for n, size in enumerate(sizes, 1)]
    found = [merge_proposal(small, facts, policy().cohorts) for small in facts]
    return {"proposals": [item[1] for item in found if item]}


def session_moved(reason: str) -> dict[str, Any]:
    days = {n: starts.date() for n, (starts, _) in enumerate(spans(5), start=1)}
    ruling = reschedule(3, date(2022, 10, 13), CohortCalendar(days, (), TERM), date(2022, 9, 20))
    session = CohortSession(cohort_id="2022-C007", session_number=3)
    told = {"session": session, "starts_at": local(date(2022, 10, 13), 16), "ruling": ruling}
    return PERSON | told | {"reason": reason}


EXAMPLES: dict[str, list[Example]] = {
    "cohort": [
        Example("private", cohort(CohortKind.PRIVATE, 5), AUGUST),
        Example("joined later, one session left", cohort(CohortKind.COMBINED, 1, date(2022, 11, 8)), OCTOBER),
        Example("joined later, no session left", cohort(CohortKind.COMBINED, 0), OCTOBER),
    ],
    "cohort_dissolved": [Example("no room", PERSON, AUGUST)],
    "attendance": [
        Example("no other session may be missed", attendance(2, 1), OCTOBER),
        Example("too many missed", attendance(3, 1), OCTOBER),
        Example("completed", attendance(5, 5), at(date(2022, 11, 9))),
    ],
    "check_in": [
        Example(
            "concerns", check_in(15, 98, ("Zoé Ley", learning_ruling(2, 1)), ("Li Wu", learning_ruling(3, 1))), OCTOBER
        ),
        Example("one educator", check_in(1, 100, ("Zoé Ley", learning_ruling(2, 1))), OCTOBER),
        Example("no concerns", check_in(15, 98), OCTOBER),
        Example("no educators", check_in(0, 0), OCTOBER),
    ],
    "merge_proposal": [
        Example("one", merge_proposals(14, 20), OCTOBER),
        Example("no room", merge_proposals(14, 33), OCTOBER),
        Example("several", merge_proposals(14, 13, 34), OCTOBER),
    ],
    "session_moved": [
        Example("with a reason", session_moved("The facilitator is ill."), at(date(2022, 9, 20))),
        Example("without one", session_moved(""), at(date(2022, 9, 20))),
    ],
}
