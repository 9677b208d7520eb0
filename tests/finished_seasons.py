"""A sample season of twelve districts that has run to its end on both databases, once for all tests that look at one."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.settings import settings
from tests.conftest import HOME
from tests.factories.season import new_postgres_url, sample_world, use_database

DISTRICTS = 12
AUDITED_EVERY_DAYS = 5


@dataclass(frozen=True, slots=True)
class FinishedSeason:
    """Where a season is that has come to its end, when that was, and the promises broken on days on the way, by check."""

    home: Path
    url: str
    ended_at: datetime
    broken_on: dict[str, dict[str, int]] = field(default_factory=dict)


@contextmanager
def server_environment(services: Any) -> Iterator[Any]:
    """This process talks to the servers; the client of the Prefect server."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

    from deployments import conductor

    with pytest.MonkeyPatch.context() as patch:
        for name, value in services.environment().items():
            patch.setenv(name, value)
        settings.cache_clear()
        own = {
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # a sync run would wait a second for its heartbeat thread
            PREFECT_LOGGING_TO_API_ENABLED: False,
        }
        where = conductor.talking_to(services.api_url, services.auth)
        with where, temporary_settings(own), conductor.client() as api:
            conductor.free_provider_limit(api)
            yield api
    settings.cache_clear()


def run_on_both(services: Any, postgres: Any, folder: Path) -> Mapping[str, FinishedSeason]:
    """Run the season on SQLite, with an audit every few days, and then on PostgreSQL."""
    found = {}
    with server_environment(services) as api:
        for name in ("sqlite", "postgresql"):
            url = new_postgres_url(postgres, "season") if name == "postgresql" else ""
            with pytest.MonkeyPatch.context() as patch:
                use_database(patch, folder / name, url)
                found[name] = _run(api, folder / name, is_audited=name == "sqlite")
                let_the_provider_forget()
            settings.cache_clear()
    return found


def _run(api: Any, home: Path, *, is_audited: bool) -> FinishedSeason:
    from deployments.season_run import days_until, progress_bars, run_season
    from tasks.core.database import engine_for
    from tasks.season.audit import audit, not_kept

    world = sample_world(DISTRICTS)
    moments = [day.moment for day in days_until(world)]
    season = FinishedSeason(home, settings().database, moments[-1])

    def look(moment: datetime) -> None:
        if is_audited and moments.index(moment) % AUDITED_EVERY_DAYS == 0:
            found = {item.check.name: item.violations for item in not_kept(audit("2022", moment))}
            season.broken_on[moment.date().isoformat()] = found

    with progress_bars(Console(stderr=True)) as progress:
        run_season(world, api, progress, after_day=look)
    engine_for(settings().database).dispose()
    return season


def let_the_provider_forget() -> None:
    """Another season of the same people is reconciled with a provider that has not met them."""
    book = sqlite3.connect(HOME / "sandbox" / "credit-provider.db")
    with book:
        for table in ("request", "attempt", "accepted"):
            book.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    book.close()
