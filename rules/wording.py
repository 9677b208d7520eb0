"""How the sentences of rules put numbers, money, and what people gave as their reason."""

from collections.abc import Sequence


def count(number: int, noun: str, plural: str = "") -> str:
    """``no seats``, ``1 seat``, ``2 seats``; ``plural`` where it is not the noun with an s."""
    if number == 1:
        return f"1 {noun}"
    return f"{f'{number:,}' if number else 'no'} {plural or f'{noun}s'}"


def money(cents: int) -> str:
    """Integer cents as ``$1,065.00``."""
    return f"${cents / 100:,.2f}"


def as_told(reason: str) -> str:
    """What a person gave as the reason, as it is put into a sentence."""
    return reason.strip().rstrip(".")


def because(reason: str) -> str:
    """What a person gave as the reason, as a sentence of its own."""
    return f"Reason: {as_told(reason)}."


def listed(items: Sequence[str], last: str = "and") -> str:
    """``A``, ``A and B``, ``A, B, and C``."""
    if len(items) < 3:  # noqa: PLR2004 - from three on there are commas
        return f" {last} ".join(items)
    return f"{', '.join(items[:-1])}, {last} {items[-1]}"
