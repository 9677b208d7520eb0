"""The contracts of the attendance of cohort sessions, and of what leads say to the start that is proposed."""

from schemas.contracts.common import (
    COUNT,
    DAY,
    Contract,
    Expect,
    Field,
    expect_district,
    expect_email,
    expect_filled,
    expect_match,
)
from schemas.kinds import InputKind
from schemas.statuses import StartAnswer

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
START = Contract(
    kind=InputKind.START,
    title="answers to the start of cohorts",
    fields=(
        Field("lea_id"),
        Field("cohort_id"),
        Field("answer"),
        Field("starts_on", is_required=False),
        Field("answered_on"),
    ),
    key=("lea_id", "cohort_id", "answered_on"),
    normal={"lea_id": "lea_id", "starts_on": "day", "answered_on": "day"},
    expectations=(
        *expect_district("ST-001", "ST-002"),
        expect_filled("ST-003", "cohort_id", "the cohort"),
        Expect(
            "ST-004",
            "answer",
            "in_set",
            "this is neither confirm nor another",
            "write confirm, or another with the day in starts_on",
            values=tuple(item.value for item in StartAnswer),
        ),
        expect_filled("ST-005", "answer", "what the lead says"),
        expect_filled(
            "ST-006",
            "starts_on",
            "the start that the lead asks for",
            only_where=("answer", (StartAnswer.ANOTHER.value,)),
        ),
        expect_match("ST-007", "starts_on", DAY, "this is not a day", "write it as 2022-09-19"),
        expect_filled("ST-008", "answered_on", "the day of the answer"),
        expect_match("ST-009", "answered_on", DAY, "this is not a day", "write it as 2022-08-19"),
    ),
)
