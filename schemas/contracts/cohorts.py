"""The contract of the attendance of cohort sessions."""

from schemas.contracts.common import COUNT, Contract, Expect, Field, expect_email, expect_filled, expect_match
from schemas.kinds import InputKind

ATTENDANCE = Contract(
    kind=InputKind.ATTENDANCE,
    title="attendance of cohort sessions",
    fields=(
        Field("cohort_id"),
        Field("session_number"),
        Field("email"),
        Field("attended"),
        Field("independent_hours", is_required=False),
    ),
    key=("cohort_id", "session_number", "email"),
    normal={"email": "email"},
    expectations=(
        expect_filled("AT-001", "cohort_id", "the cohort"),
        expect_filled("AT-002", "session_number", "the session"),
        expect_match("AT-003", "session_number", COUNT, "this is not a session", "write a whole number, as 2"),
        expect_filled("AT-004", "email", "the e-mail address"),
        expect_email("AT-005"),
        Expect("AT-006", "attended", "in_set", "this is neither yes nor no", "write yes or no", values=("yes", "no")),
        expect_filled("AT-007", "attended", "whether the person was there"),
        expect_match(
            "AT-008", "independent_hours", COUNT, "this is not a number of hours", "write a whole number, as 6"
        ),
    ),
)
