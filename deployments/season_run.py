"""A whole sample season, day by decisive day, through the real flows on a real Prefect server.

The season may be killed at any moment and run again: the days are gone through from the first, what is done is found done, and
people's files are never made twice.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deployments import conductor
from deployments.catalog import deployment_name
from deployments.sample.jobs import Day, Job
from deployments.sample.timeline import timeline
from deployments.sample.world import World
from schemas.settings import settings
from tasks.certificates.issuer_keys import active_key, create_key
from tasks.certificates.key_files import read_register
from tasks.core.clock import now

Parameters = Mapping[str, Any]
SAMPLE_AGENCY = "sample agency"


@contextmanager
def simulated_clock() -> Iterator[None]:
    """Let the runs of this process decide for days to come."""
    before = os.environ.get("CADRE_CLOCK")
    os.environ["CADRE_CLOCK"] = "simulated"
    settings.cache_clear()
    try:
        yield
    finally:
        if before is None:
            del os.environ["CADRE_CLOCK"]
        else:
            os.environ["CADRE_CLOCK"] = before
        settings.cache_clear()


def set_up_key() -> None:
    """Make the key that signs credentials, as operators do once for an installation; nothing where it has a key.

    Raises:
        IssuerKeyError: there was a key, and it was lost.
    """
    if not read_register():
        create_key(now())
    active_key()


def days_of(worlds: Sequence[World], until: date | None = None) -> list[tuple[World, Day]]:
    """The decisive days of seasons in one database up to a local day, or all, as the calendar has them."""
    days = [(world, day) for world in worlds for day in days_until(world, until)]
    return sorted(days, key=lambda item: (item[1].moment, item[0].policy.season))


def days_until(world: World, until: date | None = None) -> list[Day]:
    """The decisive days of a season up to one of them, or all."""
    return [day for day in timeline(world) if until is None or world.policy.local_day(day.moment) <= until]


def run_seasons(
    worlds: Sequence[World],
    api: SyncPrefectClient,
    until: date | None = None,
    *,
    advance: Callable[[str], None] = lambda _: None,
    after_day: Callable[[datetime], None] = lambda _: None,
) -> None:
    """Go through the decisive days of seasons, side by side in one database, up to ``until``.

    ``advance`` hears of each flow that has run, ``after_day`` of each day's end.

    Raises:
        IssuerKeyError: the key that signs credentials was lost.
        RunFailedError: a flow run failed; the seasons can be run again once the cause is mended.
    """
    set_up_key()
    conductor.free_provider_limit(api)
    no_heartbeat = temporary_settings(
        {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    )  # a sync run would wait a second for it
    with simulated_clock(), no_heartbeat, conductor.one_client():
        for world, day in days_of(worlds, until):
            _run_day(world, api, day, advance)
            after_day(day.moment)


def run_season(
    world: World,
    api: SyncPrefectClient,
    progress: Progress,
    until: date | None = None,
    after_day: Callable[[datetime], None] = lambda _: None,
) -> None:
    """Go through the decisive days of one season; each phase has its bar. See ``run_seasons``."""
    totals = Counter(job.flow_name for day in days_until(world, until) for job in day.jobs)
    bars = {name: progress.add_task(deployment_name(name), total=totals[name]) for name in totals}
    run_seasons([world], api, until, advance=lambda name: progress.advance(bars[name]), after_day=after_day)


def _run_day(world: World, api: SyncPrefectClient, day: Day, advance: Callable[[str], None]) -> None:
    """First everything that people send on the day, then the flows: a day that is run again finds the same files."""
    incoming = [(job, job.parameters()) for job in day.jobs]
    for job, parameters in incoming:
        run_job(world, api, day.moment, job, parameters)
        advance(job.flow_name)


def run_job(world: World, api: SyncPrefectClient, moment: datetime, job: Job, parameters: Parameters) -> None:
    """Run one flow of a day, unless nothing was chosen to be done.

    Raises:
        RunFailedError: the flow run failed.
    """
    if parameters.get("skip"):
        return
    given = {"season": world.policy.season, "as_of": moment.isoformat(), **parameters}
    name = f"{world.policy.local_day(moment)} {deployment_name(job.flow_name)}"
    if job.flow_name == "confirm-seats":
        _confirm(api, given, name)
    else:
        conductor.run_here(job.flow_name, given, name)


def _confirm(api: SyncPrefectClient, parameters: Parameters, run_name: str) -> None:
    """Run the confirmation until it waits for the agency, answer for the agency, and let it go on."""
    run = conductor.start_deployed(api, "confirm-seats", parameters, run_name)
    if run.state and run.state.is_paused():
        conductor.answer(run, "approve", SAMPLE_AGENCY, "approved by the sample season")
        conductor.conduct(api, run.id, "confirm-seats")


def progress_bars(console: Console) -> Progress:
    """One bar for each phase."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(bar_width=36), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
