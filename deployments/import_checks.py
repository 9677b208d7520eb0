"""What every row of a file is checked for, as docs/rules.md lists it."""

from collections.abc import Iterator, Mapping

from schemas.contracts import CONTRACTS

UNREADABLE_ROWS: Mapping[str, str] = {
    "IN-001": "a required column is missing",
    "IN-002": "the row holds bytes that are no text of the file's encoding",
    "IN-003": "the row has more or fewer cells than the file has columns",
    "IN-004": "a quotation mark is not closed",
    "IN-005": "the record is not what its format says, such as an object in JSON",
    "IN-006": "settling the row failed for a reason that nobody foresaw",
    "IN-007": "in a date the day or the month may stand first, and the file leaves open which",
    "IN-008": "a value is longer than its field can be",
    "IN-009": "a value holds control signs, or others that nobody sees",
    "IN-010": "a column stands in the file more than once, with different values",
    "IN-011": "a response of this id is on record with other answers",
}


def checks_of_imports() -> Iterator[str]:
    """What every row of a file is checked for, by the id that the validation page shows."""
    yield from (
        "# Checks of imported rows",
        "",
        "The page *What was imported* names them; a check never decides, it rejects or warns.",
        "",
    )
    for contract in CONTRACTS.values():
        yield from (
            f"## {contract.title}",
            "",
            "| check | field | severity | what is wrong | what to do |",
            "|---|---|---|---|---|",
        )
        for item in sorted(contract.expectations, key=lambda item: (item.rule, item.field)):
            yield f"| {item.rule} | {item.field} | {item.severity} | {item.problem} | {item.remedy} |"
        yield ""
    yield from ("## Any file", "", "| check | what is wrong |", "|---|---|")
    yield from (f"| {check} | {what} |" for check, what in UNREADABLE_ROWS.items())
    yield ""
