"""The letter about letters that could not be delivered."""

from typing import Any

from schemas.records import FailedLetters
from tests.factories.letters.example import MARCH, Example

ANSWERS = ("550 5.1.1 No such mailbox", "given up after 36 tries: 452 4.2.2 Mailbox full")
SHOWN = 50


def letters_failed(*numbers: int) -> dict[str, Any]:
    keys = [
        [f"Your seat in the Summer Learning Academy (to p{n}@ashford.example)" for n in range(number)]
        for number in numbers
    ]
    causes = [
        FailedLetters(answer, tuple(some[:SHOWN]), len(some[SHOWN:]))
        for answer, some in zip(ANSWERS, keys, strict=False)
    ]
    return {"number": sum(numbers), "causes": causes}


EXAMPLES: dict[str, list[Example]] = {
    "letters_failed": [
        Example("several", letters_failed(2, 1), MARCH),
        Example("one", letters_failed(1), MARCH),
        Example("many", letters_failed(60), MARCH),
    ],
}
