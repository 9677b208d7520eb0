"""The contracts of recertification activities and of renewal payments."""

from schemas.contracts.common import COUNT, DAY, Contract, Field, expect_filled, expect_known, expect_match
from schemas.kinds import InputKind

ACTIVITY = Contract(
    kind=InputKind.ACTIVITY,
    title="recertification activities",
    fields=(Field("certificate_id"), Field("activity"), Field("done_on")),
    key=("certificate_id", "activity", "done_on"),
    expectations=(
        expect_filled("AC-001", "certificate_id", "the certificate"),
        expect_known("AC-002", "certificate_id", "certificates", "no certificate has this number", "check the number"),
        expect_known(
            "AC-003", "activity", "activities", "this activity gives no points", "use an activity of the policy"
        ),
        expect_match("AC-004", "done_on", DAY, "this is not a day", "write it as 2024-03-03"),
        expect_filled("AC-005", "activity", "the activity"),
        expect_filled("AC-006", "done_on", "the day"),
    ),
)
RENEWAL = Contract(
    kind=InputKind.RENEWAL,
    title="renewal payments",
    fields=(Field("certificate_id"), Field("term_number"), Field("paid_cents"), Field("paid_on")),
    key=("certificate_id", "term_number"),
    expectations=(
        expect_filled("RN-001", "certificate_id", "the certificate"),
        expect_known("RN-002", "certificate_id", "certificates", "no certificate has this number", "check the number"),
        expect_filled("RN-003", "paid_cents", "the amount"),
        expect_match("RN-004", "paid_cents", COUNT, "this is not an amount in cents", "write cents, as 9900"),
        expect_filled("RN-005", "paid_on", "the day of payment"),
        expect_match("RN-006", "paid_on", DAY, "this is not a day", "write it as 2025-12-03"),
        expect_filled("RN-007", "term_number", "the term"),
        expect_match("RN-008", "term_number", COUNT, "this is not a term", "write a whole number, as 2"),
    ),
)
