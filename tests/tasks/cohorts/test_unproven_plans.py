"""A plan of cohorts that is not proven to be the best says so where program staff read it: on the run."""

import logging
from dataclasses import replace

import pytest

from rules.cohorts.plan import plan_cohorts
from tasks.cohorts.planning import planning_input, solve_plan, warn_of_unproven, who_waits
from tasks.core.database import reading
from tests.factories.enrollment import enroll_educators
from tests.factories.season import policy
from tests.factories.seats import open_season_with_seats
from tests.tasks.cohorts.test_planning import NOW, leaders


@pytest.mark.usefixtures("database")
def test_a_plan_that_is_not_proven_says_so_on_the_run_and_a_proven_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_season_with_seats()
    enroll_educators("a", 40)
    leaders(F1=("TUE-15:30",), F2=("WED-15:30",))
    with reading() as db:
        given = planning_input(db, policy(), who_waits(db, "2022", NOW), NOW)
    said: list[str] = []
    monkeypatch.setattr(logging.getLogger("prefect.cadre"), "handle", lambda record: said.append(record.getMessage()))
    solve_plan(given)
    assert said == []
    proven = plan_cohorts(given.demands, given.facilitators, given.cohorts)
    warn_of_unproven(replace(proven, bounds={**proven.bounds, "learners_placed": 41}), given.cohorts)
    (sentence,) = said
    assert (
        "not proven to be the best after 60 s (cohorts.solver_seconds): learners placed 40 (proven: none better"
        in sentence
    )
