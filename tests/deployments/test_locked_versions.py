"""The locked versions work together: Prefect's services run without an error, and every schedule gets its runs.

``make lock`` runs this. A set of versions that installs and imports may still leave every schedule without a run, and
nothing on the screen says so (SQLAlchemy 2.1 under Prefect 3.8, docs/decisions/0010).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.catalog import deployment_name
from deployments.schedules import season_schedules
from tasks.season.seasons import seasons_with_policy
from tests.deployments.installations import LOOPS, faults_in, wait_for
from tests.signed_in import signed_in

pytestmark = pytest.mark.xdist_group("installation")
LATER, PREFECT_LOOKS_AHEAD = timedelta(minutes=20), timedelta(days=60)


def test_no_service_of_the_server_logs_an_error_in_its_first_two_loops(deployed_server: SimpleNamespace) -> None:
    assert faults_in(deployed_server.log) == []
    assert deployed_server.loops() >= LOOPS


def test_every_deployment_with_a_run_in_the_next_weeks_has_its_next_runs(deployed_server: SimpleNamespace) -> None:
    now = datetime.now(UTC)
    soon = [item for season in seasons_with_policy() for item in season_schedules(season)]
    scheduled = {deployment_name(item.flow) for item in soon if any(item.runs(now + LATER, now + PREFECT_LOOKS_AHEAD))}
    assert scheduled
    wait_for(lambda: upcoming(deployed_server).keys() >= scheduled, 20, "a run for every schedule")
    found = upcoming(deployed_server)
    assert all(run["auto_scheduled"] for runs in found.values() for run in runs)


def upcoming(server: SimpleNamespace) -> Mapping[str, list[Any]]:
    """The scheduled runs of each deployment that has any."""
    found: dict[str, list[Any]] = {}
    with signed_in(server.api_url, server.auth) as http:
        names = {item["id"]: item["name"] for item in http.post("/deployments/filter", json={"limit": 200}).json()}
        for identity, name in names.items():
            state = {"state": {"type": {"any_": ["SCHEDULED"]}}}
            wanted = {"flow_runs": state, "deployments": {"id": {"any_": [identity]}}, "limit": 3}
            runs = http.post("/flow_runs/filter", json=wanted).json()
            if runs:
                found[name] = runs
    return found
