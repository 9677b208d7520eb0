"""Examples of the letters to participants after enrollment: cohorts, portfolios, certificates, and credits."""

from datetime import date, datetime, timedelta
from typing import Any

from rules.certificates import revoke
from rules.cohorts.attendance import learning_standing
from rules.cohorts.membership import CohortCalendar, CohortFacts, merge_proposal, reschedule
from rules.credits import academy_credits, end_request, endorsement_note, reconcile, settle_refusal
from rules.portfolios import extend, portfolio_window
from schemas.records import FailedLetters, Ruling, Term, TranscriptRecord
from schemas.statuses import CertificateStatus, CohortKind, CreditStatus, TranscriptStatus
from schemas.tables import Certificate, Cohort, CohortSession, CreditRequest, OfficeHour
from tests.tasks.letters.examples.people import DISTRICT, Example, application, at, educator, local, policy

FIRST = date(2022, 9, 13)
TERM = Term(FIRST, FIRST + timedelta(weeks=14) - timedelta(days=1))
AUGUST, OCTOBER, MARCH = at(date(2022, 8, 15)), at(date(2022, 10, 3)), at(date(2023, 3, 15))
PERSON = {"person": educator()}


def spans(number: int, first: date = FIRST, hour: int = 15) -> list[tuple[datetime, datetime]]:
    starts = [local(first + timedelta(weeks=2 * week), hour, 30) for week in range(number)]
    return [(start, start + timedelta(hours=2)) for start in starts]


def cohort(kind: CohortKind, sessions: int, first: date = FIRST) -> dict[str, Any]:
    return PERSON | {"cohort": Cohort(kind=kind), "term": TERM, "sessions": spans(sessions, first)}


def standing(held: int, attended: int) -> Ruling:
    return learning_standing(held, attended, 6 * attended, policy().cohorts)


def attendance(held: int, attended: int) -> dict[str, Any]:
    return PERSON | {"cohort_id": "2022-C007", "ruling": standing(held, attended)}


def check_in(learners: int, fill: int, *concerns: tuple[str, Ruling]) -> dict[str, Any]:
    told = {"application": application(), "learners": [educator()] * learners, "fill": fill}
    return told | {"concerns": concerns, "due_on": "2022-10-11"}


def small_cohorts(*sizes: int) -> dict[str, Any]:
    facts = [CohortFacts(f"2022-C00{n}", "Connecticut", "TUE-15:30", size, 1, False) for n, size in enumerate(sizes, 1)]
    found = [merge_proposal(small, facts, policy().cohorts) for small in facts]
    return {"proposals": [item[1] for item in found if item]}


def moved(reason: str) -> dict[str, Any]:
    days = {n: starts.date() for n, (starts, _) in enumerate(spans(5), start=1)}
    ruling = reschedule(3, date(2022, 10, 13), CohortCalendar(days, (), TERM), date(2022, 9, 20))
    session = CohortSession(cohort_id="2022-C007", session_number=3)
    told = {"session": session, "starts_at": local(date(2022, 10, 13), 16), "ruling": ruling}
    return PERSON | told | {"reason": reason}


def office_hours(number: int) -> dict[str, Any]:
    return PERSON | {"district": DISTRICT, "hours": spans(number, date(2023, 1, 11))}


def office_hour(is_canceled: bool, reason: str) -> dict[str, Any]:
    told = {"hour": OfficeHour(is_canceled=is_canceled), "before": local(date(2023, 1, 11), 16)}
    return PERSON | told | {"district": DISTRICT, "starts": local(date(2023, 1, 18), 9), "reason": reason}


def extension() -> Ruling:
    window = portfolio_window(TERM, policy().portfolio)
    return extend(window, window.ends_on + timedelta(days=20), "family leave", MARCH.date(), policy().portfolio)


def certificate(**more: Any) -> dict[str, Any]:
    row = Certificate(certificate_id="CERT-7KQ2M4ABCD", track="educator", status=CertificateStatus.VALID)
    row.issued_on, row.expires_on = date(2023, 3, 15), date(2026, 3, 14)
    return PERSON | {"certificate": row} | more


def request(credits_asked: int, component: str, note: str = "") -> dict[str, Any]:
    row = CreditRequest(component=component, credits=credits_asked, fee_cents=6500 * credits_asked)
    row.provider_reference = "DU-20415"
    return PERSON | {"request": row, "note": note}


def differences(number: int) -> dict[str, Any]:
    here = {
        f"2022/transcript/p{n}@ashford.example/academy": TranscriptRecord(TranscriptStatus.SENT, 1, 6500)
        for n in range(number)
    }
    there = {key: TranscriptRecord(TranscriptStatus.REQUESTED, 1, 6500) for key in here}
    return {"differences": reconcile(here, there), "as_of": MARCH}


def failed_letters(*numbers: int) -> dict[str, Any]:
    answers = ("550 5.1.1 No such mailbox", "given up after 36 tries: 452 4.2.2 Mailbox full")
    keys = [[f"2022/commitment/p{n}@ashford.example" for n in range(number)] for number in numbers]
    causes = [
        FailedLetters(answer, tuple(some[:50]), len(some[50:])) for answer, some in zip(answers, keys, strict=False)
    ]
    return {"number": sum(numbers), "causes": causes}


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
        Example("concerns", check_in(15, 98, ("Zoé Ley", standing(2, 1)), ("Li Wu", standing(3, 1))), OCTOBER),
        Example("one educator", check_in(1, 100, ("Zoé Ley", standing(2, 1))), OCTOBER),
        Example("no concerns", check_in(15, 98), OCTOBER),
        Example("no educators", check_in(0, 0), OCTOBER),
    ],
    "merge_proposal": [
        Example("one", small_cohorts(14, 20), OCTOBER),
        Example("no room", small_cohorts(14, 33), OCTOBER),
        Example("several", small_cohorts(14, 13, 34), OCTOBER),
    ],
    "session_moved": [
        Example("with a reason", moved("The facilitator is ill."), at(date(2022, 9, 20))),
        Example("without one", moved(""), at(date(2022, 9, 20))),
    ],
    "office_hours": [
        Example("several", office_hours(3), MARCH),
        Example("one", office_hours(1), MARCH),
        Example("none", office_hours(0), MARCH),
    ],
    "office_hour_changed": [
        Example("canceled", office_hour(True, "A holiday."), MARCH),
        Example("new time", office_hour(False, ""), MARCH),
    ],
    "portfolio_extended": [Example("extended", PERSON | {"ruling": extension()}, MARCH)],
    "portfolio_incomplete": [
        Example("several", PERSON | {"track": "educator", "missing": ("equity-plan", "digital-citizenship")}, MARCH),
        Example("one", PERSON | {"track": "librarian", "missing": ("collection-plan",)}, MARCH),
    ],
    "portfolio_reminder": [Example("due", PERSON | {"track": "educator", "ends_on": date(2023, 6, 13)}, MARCH)],
    "expired": [Example("expired", certificate(), at(date(2026, 3, 15)))],
    "renewal_reminder": [
        Example("many points", certificate(points=120, fee_cents=18960), at(date(2025, 12, 14))),
        Example("no points", certificate(points=0, fee_cents=25000), at(date(2025, 12, 14))),
        Example("the lowest fee", certificate(points=300, fee_cents=9900), at(date(2025, 12, 14))),
    ],
    "renewed": [
        Example("many points", certificate(points=300, fee_cents=9900), at(date(2026, 3, 1))),
        Example("one point", certificate(points=1, fee_cents=24950), at(date(2026, 3, 1))),
    ],
    "revoked": [
        Example("revoked", certificate(ruling=revoke(CertificateStatus.VALID, "the work was not their own")), MARCH)
    ],
    "credit_requested": [
        Example("several", request(4, "certification", endorsement_note(policy().credits)), MARCH),
        Example("one", request(1, "academy"), MARCH),
    ],
    "credit_refused": [
        Example("too few hours", PERSON | {"reason": academy_credits(1, 8, 13, policy().credits).ruling.reason}, MARCH),
        Example("too many", PERSON | {"reason": academy_credits(2, 13, 13, policy().credits).ruling.reason}, MARCH),
        Example("refused", PERSON | {"reason": settle_refusal("no student record of this name").reason}, MARCH),
    ],
    "credit_ended": [
        Example("refunded", PERSON | {"ruling": end_request(CreditStatus.REQUESTED, 13000, "moves away")}, MARCH),
        Example("void", PERSON | {"ruling": end_request(CreditStatus.PENDING, 13000, "moves away")}, MARCH),
    ],
    "transcript_sent": [
        Example("several", request(4, "certification"), MARCH),
        Example("one", request(1, "academy"), MARCH),
    ],
    "letters_failed": [
        Example("several", failed_letters(2, 1), MARCH),
        Example("one", failed_letters(1), MARCH),
        Example("many", failed_letters(60), MARCH),
    ],
    "reconciliation": [Example("several", differences(2), MARCH), Example("one", differences(1), MARCH)],
}
