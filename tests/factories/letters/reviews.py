"""Examples of the letters about reviews: to participants, evaluators, operators, and the agency."""

from datetime import date
from typing import Any

from rules.reviews.panel import pass_review_on
from rules.reviews.results import dual_result, judge
from rules.reviews.sla import evaluator_step
from schemas.records import Ruling
from schemas.statuses import ClockState, Outcome, RoundKind
from schemas.tables import Certificate
from tests.factories.letters.example import Example, at, educator, evaluator, policy, portfolio, review_round

ASSIGNED, MARCH, MAY = at(date(2023, 3, 6)), at(date(2023, 3, 15)), at(date(2023, 5, 2))
PERSON = {"person": educator(), "portfolio": portfolio()}
DUE_ON = date(2023, 4, 14)


def result(scores: tuple[int, ...], *feedback: str, is_certified: bool, dual: Ruling | None = None) -> dict[str, Any]:
    row = Certificate(certificate_id="CERT-7KQ2M4ABCD", issued_on=MARCH.date(), expires_on=date(2026, 3, 14))
    told = {"ruling": judge(scores, policy().review), "round": review_round(), "dual": dual, "feedback": feedback}
    return PERSON | told | {"certificate": row if is_certified else None}


def silence(days: int) -> dict[str, Any]:
    as_of = at(date(2023, 3, 6 + days)) if days < 20 else at(date(2023, 4, 5))
    ruling = evaluator_step(ASSIGNED, 0, as_of, policy())
    assert ruling is not None
    told = {"evaluator": evaluator(), "portfolio_id": "2022-P-7KQ2M4", "ruling": ruling, "assigned_at": ASSIGNED}
    return told | {"is_withdrawn": ruling.outcome == Outcome.REASSIGNED}


def due(state: ClockState) -> dict[str, Any]:
    return {"evaluator": evaluator(), "round": review_round(), "state": state}


def late(*states: ClockState) -> dict[str, Any]:
    return {"rounds": [review_round(n, clock_state=state) for n, state in enumerate(states, start=1)], "as_of": MAY}


def held(state: Outcome) -> dict[str, Any]:
    return PERSON | {"state": state, "round": review_round(hold_reason="The lesson video cannot be opened.")}


def opened(kind: RoundKind, number: int) -> dict[str, Any]:
    return PERSON | {"round": review_round(number, kind=kind), "due_on": DUE_ON}


EXAMPLES: dict[str, list[Example]] = {
    "round_opened": [
        Example("first", opened(RoundKind.FIRST, 1), MARCH),
        Example("resubmission", opened(RoundKind.RESUBMISSION, 2), MARCH),
        Example("re-review", opened(RoundKind.RE_REVIEW, 3), MARCH),
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
    ],
    "review_held": [Example("paused", held(Outcome.HELD), MARCH), Example("continued", held(Outcome.RESUMED), MARCH)],
    "reviews_assigned": [
        Example("several", {"evaluator": evaluator(), "portfolio_ids": ["2022-P-7KQ2M4", "2022-P-9XW3B1"]}, ASSIGNED),
        Example("one", {"evaluator": evaluator(), "portfolio_ids": ["2022-P-7KQ2M4"]}, ASSIGNED),
    ],
    "evaluator_silent": [
        Example("reminded", silence(14), at(date(2023, 3, 20))),
        Example("withdrawn", silence(30), at(date(2023, 4, 5))),
        Example("the panel has changed", silence(30) | {"ruling": pass_review_on()}, at(date(2023, 4, 5))),
    ],
    "review_overdue": [
        Example("due soon", due(ClockState.WARNED_LATE), at(date(2023, 4, 9))),
        Example("overdue", due(ClockState.OVERDUE), at(date(2023, 4, 15))),
        Example("past its limit", due(ClockState.BREACHED), MAY),
    ],
    "sla_report": [
        Example("several", late(ClockState.OVERDUE, ClockState.BREACHED), MAY),
        Example("one", late(ClockState.BREACHED), MAY),
    ],
}
