"""What the tests of the deployments share: a server of its own with everything that is in prefect.yaml.

Prefect is imported inside the fixture: what a conftest imports is there before pytest catches what is written.
"""

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def deployed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A fresh server with everything in prefect.yaml, after two loops of its services."""
    from tests.deployments.installations import LOOPS, faults_in, server_with_everything, wait_for

    with server_with_everything(tmp_path_factory.mktemp("server")) as found:
        deployed = found.loops()
        enough = deployed + LOOPS
        wait_for(lambda: found.loops() >= enough or faults_in(found.log), 60, "two loops of the scheduler")
        time.sleep(5)  # the other services' second loop
        yield found
