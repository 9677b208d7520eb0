"""The letter about promises that the audit found not to be kept."""

from typing import Any

from tasks.season.audit import Check, Finding
from tests.factories.letters.example import MARCH, Example

CHECKS = (
    Check(
        "seats",
        "nobody-overtaken",
        "No request waits while a later one of the component has seats.",
        "Ruling: strict order",
        "",
    ),
    Check("cohorts", "five-sessions", "Every cohort meets as often as the policy says.", "Life of a season, 5", ""),
)


def promises_broken(*violations: int) -> dict[str, Any]:
    found = [Finding(check, 12, number) for check, number in zip(CHECKS, violations, strict=False)]
    return {"found": found, "checks": 197, "as_of": MARCH}


EXAMPLES: dict[str, list[Example]] = {
    "promises_broken": [
        Example("one", promises_broken(1), MARCH),
        Example("several", promises_broken(12, 2), MARCH),
    ],
}
