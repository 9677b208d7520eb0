"""What is said about letters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailedLetters:
    """Letters that failed with the same answer: the keys of some of them, and how many others there are."""

    answer: str
    keys: tuple[str, ...]
    others: int = 0
