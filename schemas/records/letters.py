"""What is said about letters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailedLetters:
    """Letters that failed with the same answer: the subjects and recipients of some of them, and how many others there are."""

    answer: str
    letters: tuple[str, ...]
    others: int = 0
