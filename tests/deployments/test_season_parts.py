"""Every flow belongs to a part of the season, and the sample season does nothing outside of the parts."""

from pathlib import Path

import pytest

from deployments.catalog import FLOWS
from deployments.sample.timeline import timeline
from rules.season import part_term
from tasks.season.guard import part_of
from tests.factories.season import policy, sample_world


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_says_in_which_part_of_the_season_it_may_act(name: str) -> None:
    assert part_of(FLOWS[name].fn)


def test_no_day_of_the_sample_season_asks_a_flow_for_work_outside_of_its_part(tmp_path: Path) -> None:
    outside = []
    for day in timeline(sample_world(folder=tmp_path)):
        for job in day.jobs:
            term = part_term(part_of(FLOWS[job.flow_name].fn), policy())
            if not term.starts_on <= policy().local_day(day.moment) <= term.ends_on:
                outside.append((job.flow_name, day.moment.date(), term))
    assert outside == []
