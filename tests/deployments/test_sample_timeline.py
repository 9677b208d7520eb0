"""The days of the sample season: what production does every hour, the sample does on few days, and looks ahead between them."""

from itertools import pairwise

import pytest

from deployments.sample.timeline import timeline
from tests.factories.season import sample_world


@pytest.mark.parametrize("flow_name", ["route-reviews", "watch-review-sla"])
def test_every_run_that_looks_at_the_reviews_looks_ahead_to_the_next_one(flow_name: str) -> None:
    world = sample_world(1)
    runs = [
        (world.policy.local_day(day.moment), job.parameters()["next_run_on"])
        for day in timeline(world)
        for job in day.jobs
        if job.flow_name == flow_name
    ]
    assert len(runs) > 10
    assert [(day, ahead) for (day, ahead), (later, _) in pairwise(runs) if ahead < later.isoformat()] == []
