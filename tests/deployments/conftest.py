"""What the tests of the deployments share: a server of its own with everything that is in prefect.yaml."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from deployments.environment import free_port, prefect_environment
from deployments.services import guarded_process, local_services, wait_until
from deployments.up import deploy
from schemas.settings import ROOT, Settings
from tests.deployments.installations import FAULTS, wait_for

LOOPS = 2
SHORT_LOOPS = {
    f"PREFECT_SERVER_SERVICES_{name}_LOOP_SECONDS": "4"
    for name in ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "REPOSSESSOR")
} | {"PREFECT_LOGGING_SERVER_LEVEL": "INFO", "PREFECT_SERVER_LOGGING_LEVEL": "INFO"}


@pytest.fixture(scope="session")
def deployed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
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
