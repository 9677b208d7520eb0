"""Words that sentences of the rules share."""


def count(number: int, noun: str, plural: str = "") -> str:
    """``no seats``, ``1 seat``, ``2 seats``; ``plural`` where it is not the noun with an s."""
    if number == 1:
        return f"1 {noun}"
    return f"{f'{number:,}' if number else 'no'} {plural or f'{noun}s'}"
