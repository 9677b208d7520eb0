"""An example of every letter, with the counts at the edges: none, one, and many.

A function with the name of a letter makes what the template of that letter is given.
"""

from tests.factories.letters import (
    academy,
    certificates,
    cohort_members,
    cohorts,
    credits,  # noqa: A004 - the subject
    enrollment,
    letters,
    portfolios,
    reviews,
    season,
    seats,
    surveys,
    without_cohort,
)
from tests.factories.letters.example import Example

SUBJECTS = (
    surveys,
    seats,
    enrollment,
    academy,
    cohort_members,
    cohorts,
    without_cohort,
    portfolios,
    reviews,
    certificates,
    credits,
    letters,
    season,
)
EXAMPLES: dict[str, list[Example]] = {name: found for subject in SUBJECTS for name, found in subject.EXAMPLES.items()}
