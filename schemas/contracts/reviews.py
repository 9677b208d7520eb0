"""The contract of evaluators' scores."""

from schemas.contracts.common import COUNT, LONG_TEXT, MOMENT, Contract, Field, expect_filled, expect_match
from schemas.kinds import InputKind

SCORE = Contract(
    kind=InputKind.SCORE,
    title="evaluators' scores",
    fields=(
        Field("portfolio_id"),
        Field("round_number"),
        Field("evaluator_id"),
        Field("score_percent"),
        Field("feedback", longest_characters=LONG_TEXT),
        Field("scored_at"),
    ),
    key=("portfolio_id", "round_number", "evaluator_id"),
    expectations=(
        expect_filled("SC-001", "portfolio_id", "the portfolio"),
        expect_filled("SC-002", "evaluator_id", "the evaluator"),
        expect_match("SC-003", "round_number", COUNT, "this is not a round", "write a whole number, as 1"),
        expect_filled("SC-004", "score_percent", "the score"),
        expect_match(
            "SC-005",
            "score_percent",
            r"^(?:100(?:\.0{1,2})?|[0-9]{1,2}(?:\.[0-9]{1,2})?)\Z",
            "this is not a score between 0 and 100",
            "write a percentage with at most two decimals, as 83.25",
        ),
        expect_filled("SC-006", "feedback", "the feedback"),
        expect_filled("SC-007", "scored_at", "the time of the score"),
        expect_match("SC-008", "scored_at", MOMENT, "this is not a date and time", "write it as 2023-02-01 09:00:00"),
        expect_filled("SC-009", "round_number", "the round"),
    ),
)
