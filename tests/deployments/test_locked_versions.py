"""The locked versions work together: Prefect's services run without an error, and every schedule gets its runs.

``make lock`` runs this. A set of versions that installs and imports may still leave every schedule without a run, and
nothing on the screen says so (SQLAlchemy 2.1 under Prefect 3.8, docs/decisions/0010).
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from deployments.environment import free_port, prefect_environment
from deployments.services import guarded_process, local_services, wait_until
from deployments.up import deploy
from schemas.settings import ROOT, Settings
from tests.deployments.installations import FAULTS, wait_for
from tests.signed_in import signed_in

pytestmark = pytest.mark.xdist_group("installation")
LOOPS = 2
SHORT_LOOPS = {
    f"PREFECT_SERVER_SERVICES_{name}_LOOP_SECONDS": "4"
    for name in ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "REPOSSESSOR")
} | {"PREFECT_LOGGING_SERVER_LEVEL": "INFO", "PREFECT_SERVER_LOGGING_LEVEL": "INFO"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A fresh server with everything in prefect.yaml, after two loops of its services."""
    home = tmp_path_factory.mktemp("server")
    where, (service, *_) = local_services(Settings(home=home), faults="none", seed=1, port=free_port())
    own = {**prefect_environment(home), **service.environment, **SHORT_LOOPS}
    with guarded_process(service.command, service.log, own) as process:
        wait_until(service.is_ready, process, service.name, service.log)
        deploy(where, {**own, **where.environment(), "CADRE_SEASON": "2022", "CADRE_ROOT": str(ROOT)})
        deployed = looped(service.log)
        wait_for(
            lambda: looped(service.log) >= deployed + LOOPS or broken(service.log), 60, "two loops of the scheduler"
        )
        time.sleep(5)  # the other services' second loop
        yield SimpleNamespace(api_url=where.api_url, auth=where.auth, log=service.log)


def looped(log: Path) -> int:
    return log.read_text(encoding="utf-8").count("prefect.server.services.scheduler - Scheduled")


def broken(log: Path) -> list[str]:
    return [line for line in log.read_text(encoding="utf-8").splitlines() if FAULTS.search(line)]


def test_no_service_of_the_server_logs_an_error_in_its_first_two_loops(server: SimpleNamespace) -> None:
    assert broken(server.log) == []
    assert looped(server.log) >= LOOPS


def test_every_deployment_with_a_schedule_has_its_next_runs(server: SimpleNamespace) -> None:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    scheduled = {item["name"] for item in content["deployments"] if item["schedules"]}
    assert scheduled
    wait_for(lambda: upcoming(server).keys() >= scheduled, 20, "a run for every schedule")
    found = upcoming(server)
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
