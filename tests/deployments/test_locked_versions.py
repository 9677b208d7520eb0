"""The locked versions work together: Prefect's services run without an error, and every schedule gets its runs.

``make lock`` runs this. A set of versions that installs and imports may still leave every schedule without a run, and
nothing on the screen says so (SQLAlchemy 2.1 under Prefect 3.8, docs/decisions/0010).
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from schemas.settings import ROOT
from tests.deployments.installations import LOOPS, faults_in, wait_for
from tests.signed_in import signed_in

pytestmark = pytest.mark.xdist_group("installation")


def test_no_service_of_the_server_logs_an_error_in_its_first_two_loops(deployed_server: SimpleNamespace) -> None:
    assert faults_in(deployed_server.log) == []
    assert deployed_server.loops() >= LOOPS


def test_every_deployment_with_a_schedule_has_its_next_runs(deployed_server: SimpleNamespace) -> None:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    scheduled = {item["name"] for item in content["deployments"] if item["schedules"]}
    assert scheduled
    wait_for(lambda: upcoming(deployed_server).keys() >= scheduled, 20, "a run for every schedule")
    found = upcoming(deployed_server)
    assert found.keys() == scheduled
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
