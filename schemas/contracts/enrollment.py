"""The contracts of rosters, of proof that a librarian is certified, of commitment forms, and of people's new addresses."""

from schemas.contracts.common import (
    DAY,
    EMAIL,
    MOMENT,
    Contract,
    Expect,
    Field,
    expect_component,
    expect_district,
    expect_email,
    expect_filled,
    expect_mailable,
    expect_match,
)
from schemas.kinds import InputKind

ROSTER = Contract(
    kind=InputKind.ROSTER,
    title="district roster",
    fields=(
        Field("lea_id"),
        Field("email"),
        Field("first_name"),
        Field("last_name"),
        Field("role"),
        Field("grade_band"),
        Field("component"),
        Field("session", is_required=False),
        Field("already_certified", is_required=False),
        Field("replaces", is_required=False),
    ),
    key=("email", "component"),
    normal={"lea_id": "lea_id", "email": "email", "replaces": "email"},
    expectations=(
        expect_filled("RO-001", "email", "the e-mail address"),
        expect_mailable("RO-002", "email"),
        *expect_district("RO-003", "RO-004"),
        expect_filled("RO-005", "first_name", "the first name"),
        expect_filled("RO-006", "last_name", "the last name"),
        Expect(
            "RO-007",
            "role",
            "in_set",
            "this role is not known",
            "use teacher, coach or librarian",
            values=("teacher", "coach", "librarian"),
        ),
        *expect_component("RO-008", "RO-009"),
        expect_filled("RO-010", "role", "the role"),
        expect_match(
            "RO-011", "replaces", EMAIL, "this is not an e-mail address", "write the address of the person who leaves"
        ),
    ),
)
PROOF = Contract(
    kind=InputKind.PROOF,
    title="proof of educator certifications",
    fields=(Field("lea_id"), Field("email"), Field("proof"), Field("valid_until")),
    key=("email", "valid_until"),
    normal={"lea_id": "lea_id", "email": "email"},
    expectations=(
        *expect_district("PR-001", "PR-002"),
        expect_filled("PR-003", "email", "the e-mail address"),
        expect_mailable("PR-004", "email"),
        expect_filled("PR-005", "proof", "what was seen, such as the number of the certificate"),
        expect_filled("PR-006", "valid_until", "the last day on which the certificate is valid"),
        expect_match("PR-007", "valid_until", DAY, "this is not a day", "write it as 2024-05-31"),
    ),
)
COMMITMENT = Contract(
    kind=InputKind.COMMITMENT,
    title="commitment forms",
    fields=(Field("email"), Field("signed_at"), Field("signature")),
    key=("email",),
    normal={"email": "email"},
    expectations=(
        expect_filled("CF-001", "email", "the e-mail address"),
        expect_email("CF-002"),
        expect_filled("CF-003", "signature", "the signature"),
        expect_filled("CF-004", "signed_at", "the time of signing"),
        expect_match("CF-005", "signed_at", MOMENT, "this is not a date and time", "write it as 2022-07-03 14:30:00"),
    ),
)
ADDRESS = Contract(
    kind=InputKind.ADDRESS,
    title="changes of e-mail addresses",
    fields=(Field("email"), Field("new_email"), Field("changed_on")),
    key=("email", "changed_on", "new_email"),
    normal={"email": "email", "new_email": "email"},
    expectations=(
        expect_filled("AD-001", "email", "the address on record"),
        expect_email("AD-002"),
        expect_filled("AD-003", "new_email", "the new address"),
        expect_mailable("AD-004", "new_email"),
        expect_filled("AD-005", "changed_on", "the day of the change"),
        expect_match("AD-006", "changed_on", DAY, "this is not a day", "write it as 2022-10-14"),
    ),
)
