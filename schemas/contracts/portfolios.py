"""The contract of portfolio submissions."""

from schemas.contracts.common import (
    LONG_TEXT,
    MOMENT,
    Contract,
    Expect,
    Field,
    expect_email,
    expect_filled,
    expect_match,
)
from schemas.kinds import InputKind

PORTFOLIO = Contract(
    kind=InputKind.PORTFOLIO,
    title="portfolio submissions",
    fields=(Field("email"), Field("track"), Field("submitted_at"), Field("artifacts", longest_characters=LONG_TEXT)),
    key=("email", "track", "submitted_at"),
    normal={"email": "email"},
    expectations=(
        expect_filled("PF-001", "email", "the e-mail address"),
        expect_email("PF-002"),
        Expect(
            "PF-003",
            "track",
            "in_set",
            "this track is not known",
            "use educator or librarian",
            values=("educator", "librarian"),
        ),
        expect_filled("PF-004", "track", "the track"),
        expect_filled("PF-005", "submitted_at", "the time of submission"),
        expect_match(
            "PF-006", "submitted_at", MOMENT, "this is not a date and time", "write it as 2023-01-15 14:30:00"
        ),
    ),
)
