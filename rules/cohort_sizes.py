"""How large a district's own cohorts are.

Source: packages (cohorts of 20 or more in a district), FAQ I (15 to 35); ruling: ceil(learners / 35) cohorts of even size.
"""

from schemas.policy import Cohorts


def private_cohort_sizes(learners: int, cohorts: Cohorts) -> tuple[int, ...]:
    """The even sizes of a district's own cohorts, none above the maximum; empty where the district is pooled."""
    if learners < cohorts.private_minimum_participants:
        return ()
    count = -(-learners // cohorts.maximum_participants)
    return tuple(learners // count + (1 if i < learners % count else 0) for i in range(count))
