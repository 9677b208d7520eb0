"""The contract of graduate credit opt-ins."""

from schemas.contracts.common import COUNT, Contract, Expect, Field, expect_email, expect_filled, expect_match
from schemas.kinds import InputKind

CREDIT = Contract(
    kind=InputKind.CREDIT,
    title="graduate credit opt-ins",
    fields=(Field("email"), Field("component"), Field("credits"), Field("opted_in_at")),
    key=("email", "component"),
    normal={"email": "email"},
    expectations=(
        expect_filled("CR-001", "email", "the e-mail address"),
        expect_email("CR-002"),
        Expect(
            "CR-003",
            "component",
            "in_set",
            "credits are not given for this",
            "use certification or academy",
            values=("certification", "academy"),
        ),
        expect_filled("CR-004", "credits", "the number of credits"),
        expect_match("CR-005", "credits", COUNT, "this is not a number of credits", "write a whole number, as 4"),
        expect_filled("CR-006", "component", "the component"),
    ),
)
