"""Letters about cohorts: sessions, attendance, check-ins, and merges."""

from datetime import date
from typing import Any

from rules.cohorts.attendance import learning_standing
from rules.cohorts.membership import CohortFacts, Mover
from rules.cohorts.merging import merge_proposals as propose_merges
from rules.cohorts.start_answers import (
    Agreement,
    LeadAnswer,
    StartFacts,
    StartFit,
    answer_start,
    decide_start,
)
from rules.portfolios import portfolio_window
from schemas.records import Ruling
from schemas.statuses import CohortKind, Outcome, StartAnswer, StartStatus
from schemas.tables import CohortSession
from tests.factories.letters.example import (
    DISTRICT,
    FIRST,
    LEA_ID,
    PERSON,
    TERM,
    Example,
    application,
    at,
    educator,
    local,
    spans,
)
from tests.factories.season import policy

SUBMIT_BY = portfolio_window(TERM, policy().portfolio).ends_on
AUGUST, OCTOBER = at(date(2022, 8, 15)), at(date(2022, 10, 3))


def learning_ruling(held: int, *missed: int) -> Ruling:
    return learning_standing(held, missed, 6 * (held - len(missed)), policy().cohorts)


def attendance(held: int, *missed: int) -> dict[str, Any]:
    sessions = [
        CohortSession(cohort_id="2022-C007", session_number=number, starts_at=starts, ends_at=ends)
        for number, (starts, ends) in enumerate(spans(5), start=1)
        if number in missed
    ]
    return PERSON | {"cohort_id": "2022-C007", "ruling": learning_ruling(held, *missed), "missed": sessions}


def check_in(learners: int, fill: int, *concerns: tuple[str, Ruling]) -> dict[str, Any]:
    told = {"application": application(), "learners": [educator()] * learners, "fill": fill}
    return told | {"concerns": concerns, "due_on": "2022-10-11"}


TWO_OTHERS = ("FRI-15:30", "SAT-09:00")


def merge_proposals(
    *sizes: int,
    kinds: tuple[CohortKind, ...] = (),
    slots: tuple[str, ...] = (),
    marked: str = "TUE-15:30",
    held: int = 1,
) -> dict[str, Any]:
    """Cohorts on Tuesdays, or in other slots, of a district that has marked one slot."""
    of_each = zip(
        sizes, (*kinds, *[CohortKind.COMBINED] * len(sizes)), (*slots, *["TUE-15:30"] * len(sizes)), strict=False
    )
    facts = [
        CohortFacts(f"2022-C00{n}", slot, size, held, is_over=False, kind=kind, lea_ids=frozenset({LEA_ID}))
        for n, (size, kind, slot) in enumerate(of_each, 1)
    ]
    found = propose_merges(facts, {LEA_ID: Mover(LEA_ID, (marked,))}, policy().cohorts)
    return {"proposals": [item.ruling for item in found], "can_change": not any(item.is_final for item in found)}


def session_moved(reason: str, exception_reason: str = "", is_excepted: bool = False) -> dict[str, Any]:
    times = {"starts_at": local(date(2022, 10, 13), 16), "ends_at": local(date(2022, 10, 13), 18)}
    session = CohortSession(cohort_id="2022-C007", session_number=3, **times, exception_reason=exception_reason)
    told = {"session": session, "was_at": local(date(2022, 10, 11), 15, 30), "is_excepted": is_excepted}
    return PERSON | told | {"reason": reason}


def session_moved_lead(people: int, exception_reason: str = "", is_excepted: bool = False) -> dict[str, Any]:
    told = session_moved("The facilitator is ill.", exception_reason, is_excepted)
    return told | {"application": application(), "district": DISTRICT, "people": people}


def start_proposed(kind: CohortKind, people: int, preferred: str = "", **more: Any) -> dict[str, Any]:
    told = {
        "application": application(),
        "district": DISTRICT,
        "cohort_id": "2022-C007",
        "kind": kind,
        "people": people,
    }
    told |= {"slot": "TUE-15:30", "starts_on": FIRST, "days": [starts.date() for starts, _ in spans(5)], "reason": ""}
    return told | {"preferred": preferred, "is_inside": True, "why_outside": "", "confirm_by": date(2022, 8, 25)} | more


def start_answered(kind: CohortKind, asked_for: date, fit: StartFit, **more: Any) -> dict[str, Any]:
    facts = StartFacts("2022-C007", kind, "TUE-15:30", FIRST)
    said = LeadAnswer(StartAnswer.ANOTHER, asked_for, date(2022, 8, 19))
    agreement = Agreement(StartStatus.PROPOSED, date(2022, 8, 15), date(2022, 8, 25))
    ruling = answer_start(facts, agreement, said, fit, date(2022, 8, 19))
    starts_on = fit.days[0] if ruling.outcome == Outcome.MOVED else FIRST
    told = {"application": application(), "cohort_id": "2022-C007", "starts_on": starts_on, "others": fit.others}
    until = {"open_until": None, "is_asked": False, "own_until": None}
    return told | {"ruling": ruling, "confirm_by": date(2022, 8, 29)} | until | more


def start_kept() -> dict[str, Any]:
    facts = StartFacts("2022-C007", CohortKind.COMBINED, "TUE-15:30", FIRST)
    ruling = decide_start(facts, FIRST, StartFit(()), "two of its three districts have confirmed it", date(2022, 8, 22))
    return start_answered(CohortKind.COMBINED, FIRST, StartFit(())) | {"ruling": ruling}


def start_joined(people: int, sessions: int, *, has_begun: bool = False) -> dict[str, Any]:
    told = start_proposed(CohortKind.COMBINED, people)
    return told | {"sessions": spans(sessions, date(2022, 9, 27) if has_begun else FIRST), "has_begun": has_begun}


def start_moved(open_until: date | None = None) -> dict[str, Any]:
    told = start_answered(CohortKind.PRIVATE, LATER_START, FITS)
    return PERSON | {
        "cohort_id": "2022-C007",
        "term": TERM,
        "sessions": spans(5, LATER_START),
        "ruling": told["ruling"],
        "open_until": open_until,
        "submit_by": SUBMIT_BY,
    }


COURT = "no other time is free before the cohort's next session"
NEAREST = "This is the nearest start that is possible."
CONFIRM_BY = date(2022, 8, 25)
LATER_START = date(2022, 9, 27)
FITS = StartFit((LATER_START,))
CLOSED = StartFit(
    (),
    "Schools are closed on a session day of a cohort that starts on 2022-09-27.",
    (date(2022, 9, 20), date(2022, 10, 4)),
)
LATE = StartFit((), "A cohort cannot start before 2022-10-25 any more.")

EXAMPLES: dict[str, list[Example]] = {
    "cohort_dissolved": [Example("no room", PERSON, AUGUST)],
    "attendance": [
        Example("one session missed", attendance(2, 1), OCTOBER),
        Example("fewer than expected", attendance(3, 1, 3), OCTOBER),
        Example("completed", attendance(5), at(date(2022, 11, 9))),
        Example("completed, one session missed", attendance(5, 4), at(date(2022, 11, 9))),
    ],
    "check_in": [
        Example(
            "concerns",
            check_in(15, 98, ("Zoé Ley", learning_ruling(2, 1)), ("Li Wu", learning_ruling(3, 1, 3))),
            OCTOBER,
        ),
        Example("one educator", check_in(1, 100, ("Zoé Ley", learning_ruling(2, 1))), OCTOBER),
        Example("no concerns", check_in(15, 98), OCTOBER),
        Example("no educators", check_in(0, 0), OCTOBER),
    ],
    "merge_proposal": [
        Example("one", merge_proposals(14, 20), OCTOBER),
        Example("no room", merge_proposals(14, 33), OCTOBER),
        Example(
            "within one district", merge_proposals(14, 20, kinds=(CohortKind.PRIVATE, CohortKind.PRIVATE)), OCTOBER
        ),
        Example("private into combined", merge_proposals(14, 20, kinds=(CohortKind.PRIVATE,)), OCTOBER),
        Example("several", merge_proposals(14, 13, 34, slots=TWO_OTHERS), OCTOBER),
        Example("room for one of two", merge_proposals(14, 14, 21, slots=TWO_OTHERS), OCTOBER),
        Example("an exception would help", merge_proposals(14, 20, marked="MON-15:30"), OCTOBER),
        Example("nobody can change cohorts any more", merge_proposals(14, 20, held=3), OCTOBER),
    ],
    "start_proposed": [
        Example("private, no time named", start_proposed(CohortKind.PRIVATE, 24), AUGUST),
        Example("private, inside", start_proposed(CohortKind.PRIVATE, 24, "on or after 2022-09-12"), AUGUST),
        Example(
            "private, outside",
            start_proposed(
                CohortKind.PRIVATE,
                24,
                "from 2022-09-05 through 2022-09-09",
                is_inside=False,
                why_outside=f"No cohort of this season starts before 2022-09-12. {NEAREST}",
            ),
            AUGUST,
        ),
        Example(
            "private, no school days inside",
            start_proposed(
                CohortKind.PRIVATE,
                24,
                "from 2022-10-10 through 2022-10-14",
                is_inside=False,
                why_outside=f"No start inside that time, on TUE-15:30, has school days for all 5 sessions. {NEAREST}",
            ),
            AUGUST,
        ),
        Example("combined, inside", start_proposed(CohortKind.COMBINED, 1, "by 2022-10-01"), AUGUST),
        Example(
            "combined, outside",
            start_proposed(
                CohortKind.COMBINED,
                3,
                "on or after 2022-10-03",
                is_inside=False,
                why_outside="No start suits all districts in the cohort that named a time; this one suits 2 of 3.",
            ),
            AUGUST,
        ),
        Example(
            "moved for another district",
            start_proposed(CohortKind.COMBINED, 3, reason="two districts asked for a later start"),
            AUGUST,
        ),
    ],
    "start_answered": [
        Example(
            "confirmed, and final",
            start_answered(CohortKind.PRIVATE, FIRST, StartFit(()), own_until=CONFIRM_BY),
            AUGUST,
        ),
        Example(
            "confirmed, others may ask",
            start_answered(CohortKind.COMBINED, FIRST, StartFit(()), open_until=CONFIRM_BY, own_until=CONFIRM_BY),
            AUGUST,
        ),
        Example(
            "confirmed, another district has asked",
            start_answered(CohortKind.COMBINED, FIRST, StartFit(()), open_until=date(2022, 8, 29), is_asked=True),
            AUGUST,
        ),
        Example("moved", start_answered(CohortKind.PRIVATE, LATER_START, FITS, own_until=CONFIRM_BY), AUGUST),
        Example("it does not fit", start_answered(CohortKind.PRIVATE, LATER_START, CLOSED), AUGUST),
        Example("nothing else fits", start_answered(CohortKind.PRIVATE, LATER_START, LATE), AUGUST),
        Example("combined", start_answered(CohortKind.COMBINED, LATER_START, FITS, open_until=CONFIRM_BY), AUGUST),
        Example("kept by program staff", start_kept(), AUGUST),
    ],
    "start_joined": [
        Example("the start is agreed", start_joined(2, 5), AUGUST),
        Example("the cohort has begun, one educator", start_joined(1, 4, has_begun=True), OCTOBER),
        Example("one session left", start_joined(1, 1, has_begun=True), OCTOBER),
        Example("no session left", start_joined(2, 0, has_begun=True), OCTOBER),
    ],
    "start_moved": [
        Example("for good", start_moved(), AUGUST),
        Example("may move again", start_moved(date(2022, 8, 29)), AUGUST),
    ],
    "session_moved": [
        Example("with a reason", session_moved("The facilitator is ill."), at(date(2022, 9, 20))),
        Example("without one", session_moved(""), at(date(2022, 9, 20))),
        Example(
            "an exception", session_moved("The facilitator is ill.", COURT, is_excepted=True), at(date(2022, 9, 20))
        ),
        Example("an exception for others", session_moved("The facilitator is ill.", COURT), at(date(2022, 9, 20))),
    ],
    "session_moved_lead": [
        Example("one educator", session_moved_lead(1), at(date(2022, 9, 20))),
        Example("an exception", session_moved_lead(3, COURT, is_excepted=True), at(date(2022, 9, 20))),
        Example("an exception for others", session_moved_lead(3, COURT), at(date(2022, 9, 20))),
    ],
}
