"""Letters about reviews: to participants, evaluators, operators, and the agency."""

from datetime import date
from typing import Any

from rules.reviews.panel import Independence, RoundWithResult, pass_review_on, report_conflicted_result
from rules.reviews.resubmission import offer_resubmission
from rules.reviews.results import dual_result, judge
from rules.reviews.rounds import end_re_review
from rules.reviews.sla import evaluator_step
from schemas.records import Ruling
from schemas.statuses import ClockState, Outcome, RoundKind, RoundStatus
from schemas.tables import Assignment, Certificate, Evaluator, Portfolio, ReviewRound
from tests.factories.letters.example import MARCH, Example, at, educator
from tests.factories.season import policy

ASSIGNED, APRIL, MAY = (at(date(2023, *day)) for day in ((3, 6), (4, 20), (5, 2)))
PAST_ITS_LIMIT = {"is_late": True, "is_breached": True}
DUE_ON = date(2023, 4, 14)


def evaluator() -> Evaluator:
    return Evaluator(evaluator_id="E007", name="Dr. Mary Obi", email="mary.obi@panel.example")


def portfolio(track: str = "educator", resubmit_by: date | None = None) -> Portfolio:
    key = {"portfolio_id": "2022-P-7KQ2M4", "season": "2022", "email": "zoe.ley@ashford.example"}
    return Portfolio(**key, track=track, resubmit_by=resubmit_by)


def review_round(number: int = 1, **values: Any) -> ReviewRound:
    dates = {"due_at": at(date(2023, 4, 14), 18), "breach_at": at(date(2023, 4, 28), 18)}
    return ReviewRound(
        portfolio_id="2022-P-7KQ2M4", round_number=number, **{"kind": RoundKind.FIRST, **dates, **values}
    )


PERSON = {"person": educator(), "portfolio": portfolio()}


def result(scores: tuple[int, ...], *feedback: str, is_certified: bool, dual: Ruling | None = None) -> dict[str, Any]:
    row = Certificate(certificate_id="CERT-7KQ2M4ABCD", issued_on=MARCH.date(), expires_on=date(2026, 3, 14))
    told = {"ruling": judge(scores, policy().review), "round": review_round(), "dual": dual, "feedback": feedback}
    told |= {"is_late": False, "is_breached": False, "lost": None, "again": None}
    if is_certified:
        return PERSON | told | {"certificate": row}
    offer = offer_resubmission(MARCH.date(), 1, True, policy().portfolio)
    return {"person": educator(), "portfolio": portfolio(resubmit_by=offer.until), **told} | {
        "certificate": None,
        "again": offer.ruling,
    }


def last_result() -> dict[str, Any]:
    """A result after which the portfolio may not come again, and which takes a certificate away."""
    offer = offer_resubmission(MARCH.date(), 1, False, policy().portfolio)
    lost = Certificate(certificate_id="CERT-7KQ2M4ABCD")
    told = result((7200, 7300), "Add evidence.", is_certified=False)
    return told | {"again": offer.ruling, "lost": lost, "portfolio": portfolio()}


def result_late(*, is_late: bool, is_breached: bool) -> dict[str, Any]:
    return PERSON | {"round": review_round(), "is_late": is_late, "is_breached": is_breached}


def reviews_assigned(*ids: str, due_on: date = date(2023, 4, 14)) -> dict[str, Any]:
    return {"evaluator": evaluator(), "portfolios": dict.fromkeys(ids, due_on)}


def reviews_withdrawn(*ids: str) -> dict[str, Any]:
    return {"reviews": [{"portfolio": name, "from": "E007", "to": "nobody"} for name in ids]}


def conflicted_result(name: str, *, is_reviewed_again: bool = False) -> dict[str, Any]:
    key = {"portfolio_id": name, "round_number": 1}
    facts = RoundWithResult(1, 2 if is_reviewed_again else 1, is_newest_open=is_reviewed_again)
    ruling = report_conflicted_result("0900002", Independence("0900002", frozenset()), facts)
    result = ReviewRound(**key, status=RoundStatus.CERTIFIED, score_hundredths=8812)
    return {"review": Assignment(**key, evaluator_id="E007", score_hundredths=9000), "round": result, "ruling": ruling}


def evaluator_silent(days: int) -> dict[str, Any]:
    as_of = at(date(2023, 3, 6 + days)) if days < 20 else at(date(2023, 4, 5))
    ruling = evaluator_step(ASSIGNED, 0, as_of, policy())
    assert ruling is not None
    told = {"evaluator": evaluator(), "portfolio_id": "2022-P-7KQ2M4", "ruling": ruling, "assigned_at": ASSIGNED}
    return told | {"is_withdrawn": ruling.outcome == Outcome.REASSIGNED}


def review_overdue(state: ClockState) -> dict[str, Any]:
    return {"evaluator": evaluator(), "round": review_round(), "state": state}


def sla_report(*states: ClockState) -> dict[str, Any]:
    return {"rounds": [review_round(n, clock_state=state) for n, state in enumerate(states, start=1)], "as_of": MAY}


def review_held(state: Outcome) -> dict[str, Any]:
    return PERSON | {"state": state, "round": review_round(hold_reason="The lesson video cannot be opened.")}


def round_opened(kind: RoundKind, number: int, ended: ReviewRound | None = None) -> dict[str, Any]:
    round_ = review_round(number, kind=kind, started_at=at(date(2023, 3, 3)))
    return PERSON | {"round": round_, "due_on": DUE_ON, "ended": ended}


def ended_re_review() -> ReviewRound:
    why = "just below the limit; asks for a second look (requested by operator)"
    return review_round(2, kind=RoundKind.RE_REVIEW, started_at=ASSIGNED, reason=why)


EXAMPLES: dict[str, list[Example]] = {
    "round_opened": [
        Example("first", round_opened(RoundKind.FIRST, 1), MARCH),
        Example("resubmission", round_opened(RoundKind.RESUBMISSION, 2), MARCH),
        Example("re-review", round_opened(RoundKind.RE_REVIEW, 3), MARCH),
        Example("in place of a re-review", round_opened(RoundKind.RESUBMISSION, 3, ended_re_review()), MARCH),
    ],
    "re_review_ended": [
        Example("ended", {"round": ended_re_review(), "ruling": end_re_review(2, date(2023, 3, 3))}, MARCH)
    ],
    "result": [
        Example("certified", result((8700, 9150), "A clear plan.", "Strong evidence.", is_certified=True), MARCH),
        Example(
            "certified twice",
            result((8700, 9150), "A clear plan.", is_certified=True, dual=dual_result(True, True)),
            MARCH,
        ),
        Example("not yet", result((7200, 7300), "Add evidence.", "Show the data.", is_certified=False), MARCH),
        Example("no feedback", result((7200, 7300), "", is_certified=False, dual=dual_result(False, False)), MARCH),
        Example("late", result((7200, 7300), "Add evidence.", is_certified=False) | {"is_late": True}, APRIL),
        Example("past its limit", result((7200, 7300), "A plan.", is_certified=False) | PAST_ITS_LIMIT, MAY),
        Example("the certificate is lost, and nothing more is offered", last_result(), MARCH),
    ],
    "result_late": [
        Example("will be late", result_late(is_late=False, is_breached=False), at(date(2023, 4, 12))),
        Example("is late", result_late(is_late=True, is_breached=False), at(date(2023, 4, 20))),
        Example("past its limit", result_late(is_late=True, is_breached=True), MAY),
    ],
    "reviews_withdrawn": [
        Example("several", reviews_withdrawn("2022-P-7KQ2M4", "2022-P-9XW3B1"), MARCH),
        Example("one", reviews_withdrawn("2022-P-7KQ2M4"), MARCH),
    ],
    "conflicted_results": [
        Example("one", {"results": [conflicted_result("2022-P-7KQ2M4")]}, MARCH),
        Example(
            "several",
            {
                "results": [
                    conflicted_result("2022-P-7KQ2M4"),
                    conflicted_result("2022-P-9XW3B1", is_reviewed_again=True),
                ]
            },
            MARCH,
        ),
    ],
    "review_held": [
        Example("paused", review_held(Outcome.HELD), MARCH),
        Example("continued", review_held(Outcome.RESUMED), MARCH),
    ],
    "reviews_assigned": [
        Example("several", reviews_assigned("2022-P-7KQ2M4", "2022-P-9XW3B1"), ASSIGNED),
        Example("one", reviews_assigned("2022-P-7KQ2M4"), ASSIGNED),
        Example("its day is over", reviews_assigned("2022-P-7KQ2M4", due_on=date(2023, 3, 3)), ASSIGNED),
    ],
    "evaluator_silent": [
        Example("reminded", evaluator_silent(14), at(date(2023, 3, 20))),
        Example("withdrawn", evaluator_silent(30), at(date(2023, 4, 5))),
        Example("the panel has changed", evaluator_silent(30) | {"ruling": pass_review_on()}, at(date(2023, 4, 5))),
    ],
    "review_overdue": [
        Example("due soon", review_overdue(ClockState.WARNED_LATE), at(date(2023, 4, 9))),
        Example("overdue", review_overdue(ClockState.OVERDUE), at(date(2023, 4, 15))),
        Example("past its limit", review_overdue(ClockState.BREACHED), MAY),
    ],
    "sla_report": [
        Example("several", sla_report(ClockState.OVERDUE, ClockState.BREACHED), MAY),
        Example("one", sla_report(ClockState.BREACHED), MAY),
        Example(
            "nobody can review",
            {"rounds": [review_round(2, clock_state=ClockState.BREACHED, status=RoundStatus.WAITING)], "as_of": MAY},
            MAY,
        ),
        Example(
            "with its result",
            {"rounds": [review_round(clock_state=ClockState.BREACHED, decided_at=MAY)], "as_of": MAY},
            MAY,
        ),
    ],
}
