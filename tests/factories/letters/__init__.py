"""An example of every letter, with the counts at the edges: none, one, and many."""

from tests.factories.letters import cohorts, reviews, seats
from tests.factories.letters.example import Example, policy

EXAMPLES: dict[str, list[Example]] = {**seats.EXAMPLES, **cohorts.EXAMPLES, **reviews.EXAMPLES}

__all__ = ["EXAMPLES", "Example", "policy"]
