"""When districts prefer their cohorts to start, and what leads say to the start that is proposed: most say nothing."""

from collections.abc import Mapping
from datetime import timedelta

from deployments.sample.chance import chance, happens
from deployments.sample.world import World

PREFERS, NEVER_FITS = 0.5, 0.04
MOST_WEEKS_LATER = 3


def preferred_window(world: World, lea_id: str) -> Mapping[str, str]:
    """The earliest and the latest start that a district names in the survey: half name none, a few one that cannot be."""
    if not happens(PREFERS, world.seed, "prefers a start", lea_id):
        return {"start_from": "", "start_until": ""}
    cohorts, draw = world.policy.cohorts, chance(world.seed, "preferred start", lea_id)
    if draw.random() < NEVER_FITS:
        return {"start_from": (cohorts.latest_start_on + timedelta(days=30)).isoformat(), "start_until": ""}
    earliest = cohorts.earliest_start_on + timedelta(weeks=draw.randint(0, MOST_WEEKS_LATER))
    latest = earliest + timedelta(weeks=draw.randint(1, 3))
    return {"start_from": earliest.isoformat(), "start_until": latest.isoformat()}
