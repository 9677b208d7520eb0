"""The contract of academy course selections."""

from schemas.contracts.common import DAY, Contract, Field, expect_email, expect_filled, expect_match
from schemas.kinds import InputKind

SELECTION = Contract(
    kind=InputKind.SELECTION,
    title="academy course selections",
    fields=(Field("email"), Field("course"), Field("selected_on"), Field("completed_on", is_required=False)),
    key=("email", "course", "completed_on"),
    normal={"email": "email"},
    expectations=(
        expect_filled("SE-001", "email", "the e-mail address"),
        expect_email("SE-002"),
        expect_filled("SE-003", "course", "the course"),
        expect_filled("SE-004", "selected_on", "the day of the selection"),
        expect_match("SE-005", "selected_on", DAY, "this is not a day", "write it as 2022-07-03"),
        expect_match("SE-006", "completed_on", DAY, "this is not a day", "write it as 2022-08-14"),
    ),
)
