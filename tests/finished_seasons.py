"""A sample season of twelve districts that has run to its end on both databases, once for all tests that look at one.

On SQLite it was killed on its way, once before and once after each effect in the code; on PostgreSQL nobody disturbed it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.killed_season import KilledSeason, Place
from benchmarks.killed_season import run_season as run_through_kills
from benchmarks.season_state import Outside
from benchmarks.season_steps import Sample
from deployments.sandbox.mail import DELIVERIES
from schemas.settings import settings
from tests.conftest import HOME
from tests.factories.season import SEED, sample_world, use_database
from tests.postgres_databases import new_postgres_url

OUTSIDE = Outside(HOME / "mail" / DELIVERIES, HOME / "sandbox" / "credit-provider.db")

DISTRICTS = 12
SAMPLE = Sample(DISTRICTS, seed=SEED)
AUDITED_EVERY_DAYS = 5


@dataclass(frozen=True, slots=True)
class FinishedSeason:
    """Where a season is that has come to its end, when that was, and what came of it; where it was killed on its way.

    And the promises broken on days on the way, by check.
    """

    home: Path
    url: str
    ended_at: datetime
    run: KilledSeason
    broken_on: dict[str, dict[str, int]]


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
    """Run the season on SQLite, killed on its way, and then on PostgreSQL, with an audit every few days."""
    from tasks.core.database import engine_for

    found = {}
    for name, run in (("sqlite", _run_killed), ("postgresql", _run_straight)):
        url = new_postgres_url(postgres, "season") if name == "postgresql" else ""
        with pytest.MonkeyPatch.context() as patch:
            use_database(patch, folder / name, url)
            place = Place(folder / name, {**services.environment(), "CADRE_DATABASE_URL": url}, OUTSIDE)
            found[name] = run(place, services)
            engine_for(settings().database).dispose()
        settings.cache_clear()
        OUTSIDE.forget()
    return found


def _moments() -> list[datetime]:
    from deployments.season_run import days_until

    return [day.moment for day in days_until(sample_world(DISTRICTS))]


def _run_killed(place: Place, services: Any) -> FinishedSeason:
    run = run_through_kills(place, SAMPLE, is_killed=True)
    with server_environment(services) as api:
        _forget_killed_runs(api)
    return FinishedSeason(place.home, settings().database, _moments()[-1], run, {})


def _forget_killed_runs(api: Any) -> None:
    """Other tests on the same server look for runs that have crashed, and mean their own."""
    from prefect.client.schemas.objects import StateType

    from deployments.run_queries import UNDERWAY, in_state, runs_of

    for run in runs_of(api, state=in_state(StateType.CRASHED, *UNDERWAY)):
        api.delete_flow_run(run.id)


def _run_straight(place: Place, services: Any) -> FinishedSeason:
    from deployments.season_run import progress_bars, run_season
    from tasks.season.audit import audit, not_kept
    from tasks.season.digest import table_digests

    moments, before, broken_on = _moments(), OUTSIDE.delivered(), dict[str, dict[str, int]]()

    def look(moment: datetime) -> None:
        if moments.index(moment) % AUDITED_EVERY_DAYS == 0:
            found = {item.check.name: item.violations for item in not_kept(audit("2022", moment))}
            broken_on[moment.date().isoformat()] = found

    with server_environment(services) as api, progress_bars(Console(stderr=True)) as progress:
        run_season(sample_world(DISTRICTS), api, progress, after_day=look)
    straight = KilledSeason(place.outcome(table_digests("2022"), before))
    return FinishedSeason(place.home, settings().database, moments[-1], straight, broken_on)
