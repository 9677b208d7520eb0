"""What downtime missed: each flow runs once for each season, for its newest missed time, in the order of the season.

Prefect creates no run for the time in which it was down, and starts every run of a backlog.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from threading import Event
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilterExpectedStartTime,
)
from prefect.client.schemas.objects import DeploymentSchedule, FlowRun, State, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.server.schemas.schedules import CronSchedule, RRuleSchedule
from prefect.states import Scheduled

from deployments.catalog import season_order
from deployments.run_queries import (
    AT_REST,
    MISSED,
    PAGE,
    SKIPPED,
    UNDERWAY,
    Announce,
    in_state,
    is_by_schedule,
    label,
    may_be_skipped,
    moment_of,
    runs_of,
    season_of,
    skip,
    still_waits,
    waiting_runs,
)
from tasks.core import clock

AWAITING_TURN = "AwaitingTurn"
TURN = timedelta(minutes=10)


def missed_runs(api: SyncPrefectClient, since: datetime, now: datetime) -> list[FlowRun]:
    """One run for each flow and season that should have started while the installation was down, in the order of the season.

    It is for the newest missed time; those that the scheduler has created are skipped. Each waits until ``take_turns``
    comes to it.
    """
    order = {name: number for number, name in enumerate(season_order())}
    deployments = sorted(api.read_deployments(limit=PAGE), key=lambda item: order.get(item.name, len(order)))
    waiting = list({run.id: run for run in (*waiting_runs(api, now), *_awaiting_turn(api))}.values())
    found = []
    for deployment in deployments:
        mine = [run for run in waiting if run.deployment_id == deployment.id and may_be_skipped(run)]
        for season in sorted({*map(season_of, mine), *map(_season_of_schedule(deployment), deployment.schedules)}):
            run = _to_catch_up(
                api, _Missed(deployment, season, since, now), [r for r in mine if season_of(r) == season]
            )
            if run is not None:
                found.append(run)
    return found


@dataclass(frozen=True, slots=True)
class _Missed:
    """A flow of one season, and the span in which it may have missed runs."""

    deployment: DeploymentResponse
    season: str
    since: datetime
    now: datetime

    def newest(self) -> datetime | None:
        """The last time in the span at which an active schedule should have fired, or none."""
        season_of_schedule = _season_of_schedule(self.deployment)
        mine = [item for item in self.deployment.schedules if item.active and season_of_schedule(item) == self.season]
        if self.deployment.paused or not mine:
            return None
        fired = (last_time(item.schedule.model_dump(mode="json"), self.since, self.now) for item in mine)
        return max(filter(None, fired), default=None)


def _season_of_schedule(deployment: DeploymentResponse) -> Callable[[DeploymentSchedule], str]:
    """The season that a schedule of the deployment gives its runs."""
    usual = (deployment.parameters or {}).get("season", "")
    return lambda schedule: str(schedule.parameters.get("season", usual))


def _to_catch_up(api: SyncPrefectClient, missed: _Missed, waiting: Sequence[FlowRun]) -> FlowRun | None:
    """The one run that does the work of all that were missed; those that wait are skipped. None where nothing was missed."""
    moment = max([*filter(None, [missed.newest()]), *map(moment_of, waiting)], default=None)
    if moment is None:
        return None
    run = next((item for item in waiting if MISSED in item.tags and moment_of(item) == moment), None)
    if run is None and _has_run(api, missed, moment):
        return None
    run = run or _new_run(api, missed, moment)
    turn: State[Any] = Scheduled(name=AWAITING_TURN, scheduled_time=clock.machine_time() + timedelta(hours=1))
    api.set_flow_run_state(run.id, turn, force=True)
    for other in (item for item in waiting if item.id != run.id and still_waits(api, item)):
        skip(api, other, run)
    return api.read_flow_run(run.id)


def _has_run(api: SyncPrefectClient, missed: _Missed, moment: datetime) -> bool:
    """Whether a run of the moment, or a later one, has done the work or is doing it."""
    at = FlowRunFilterExpectedStartTime(after_=moment)
    states = in_state(*AT_REST, *UNDERWAY)
    done = runs_of(api, state=states, expected_start_time=at, deployment_id=missed.deployment.id)
    own = (run for run in done if season_of(run) == missed.season)
    return any(is_by_schedule(run) and run.state_name != SKIPPED for run in own)


def _new_run(api: SyncPrefectClient, missed: _Missed, moment: datetime) -> FlowRun:
    """A run of our own: the scheduler's are deleted whenever its deployment is deployed again."""
    deployment = missed.deployment.id
    return api.create_flow_run_from_deployment(
        deployment,
        parameters={"season": missed.season} if missed.season else None,
        state=Scheduled(scheduled_time=moment),
        tags=[MISSED],
        idempotency_key=f"{MISSED} {deployment} {missed.season} {moment.isoformat()}",
    )


def last_time(schedule: dict[str, Any], since: datetime, now: datetime) -> datetime | None:
    """The last time after ``since``, and not after ``now``, at which a cron or RRULE schedule fires, or none."""
    kind = CronSchedule if "cron" in schedule else RRuleSchedule
    times, until = kind.model_validate(schedule), now
    for step in chain((timedelta(hours=1), timedelta(days=1)), repeat(timedelta(days=8))):  # from near to far
        start = max(since, until - step)
        passed = [
            date for date in asyncio.run(times.get_dates(n=1_000, start=start, end=until)) if since < date <= until
        ]
        if passed or start == since:
            return datetime.fromtimestamp(max(passed).timestamp(), UTC) if passed else None
        until = start
    return None


def take_turns(api: SyncPrefectClient, runs: Sequence[FlowRun], stopped: Event, announce: Announce) -> None:
    """Let missed runs start one after the other, each when the one before has come to rest."""
    for run in runs:
        if stopped.is_set():
            return
        with suppress(ObjectNotFound):  # somebody has deleted it
            if not still_waits(api, run):  # somebody has canceled it
                continue
            moment = moment_of(run)
            api.set_flow_run_state(run.id, Scheduled(scheduled_time=moment), force=True)
            state = at_rest(api, run.id, stopped)
            announce(f"Caught up: {label(api, run)} for {moment:%Y-%m-%d %H:%M} UTC: {state}.")


def at_rest(api: SyncPrefectClient, run_id: UUID, stopped: Event) -> str:
    """Wait until a run has come to rest, at most ten minutes; its state in words."""
    deadline = time.monotonic() + TURN.total_seconds()
    while time.monotonic() < deadline:
        state = api.read_flow_run(run_id).state
        if state is not None and state.type in AT_REST:
            return str(state.name)
        if stopped.wait(1):
            return "stopped"
    return "still under way after ten minutes"


def _awaiting_turn(api: SyncPrefectClient) -> Iterable[FlowRun]:
    """What an earlier catching up did not come to; the server may have renamed its state to *Late*."""
    return (
        run for run in runs_of(api, state=in_state(StateType.SCHEDULED)) if MISSED in run.tags and not run.run_count
    )
