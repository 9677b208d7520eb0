"""An example of every letter, with the counts at the edges: none, one, and many."""

from tests.tasks.letters.examples import districts, participants, reviews
from tests.tasks.letters.examples.people import Example, policy

EXAMPLES: dict[str, list[Example]] = {**districts.EXAMPLES, **participants.EXAMPLES, **reviews.EXAMPLES}

__all__ = ["EXAMPLES", "Example", "policy"]
