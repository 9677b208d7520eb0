"""Runs that nobody looks after: what a stop or a kill left behind, and what a newer run makes needless.

Prefect keeps a run that its process has left at *Running*, and starts every waiting run of a backlog. Here such a run is ended
and started again a few times, and of several waiting runs the newest does the work.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.states import AwaitingRetry, Cancelled, Crashed, Late

from deployments.run_queries import (
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

MOST_CRASHES = 3
HEARTBEAT_SECONDS = 30
SILENCE = timedelta(seconds=3 * HEARTBEAT_SECONDS)
LOOK_BACK = timedelta(days=2)
FORGOTTEN = timedelta(minutes=2)


def crash_orphans(api: SyncPrefectClient, announce: Announce, before: datetime) -> int:
    """End the runs that have been under way since before a moment with nobody to carry them on; how many."""
    found = 0
    for run in runs_of(api, state=in_state(*UNDERWAY)):
        if run.state is None or run.state.timestamp > before:
            continue
        is_canceled = run.state.type == StateType.CANCELLING
        message = "The installation was stopped, or its worker was lost, while this run was under way."
        ended: State[Any] = Cancelled(message=message) if is_canceled else Crashed(message=message)
        api.set_flow_run_state(run.id, ended, force=True)
        announce(f"{label(api, run)} was under way when the installation stopped; it is now {ended.name}.")
        found += 1
    return found


def crash_silent(api: SyncPrefectClient, announce: Announce, now: datetime) -> None:
    """End the running runs that have sent no heartbeat for 90 seconds: their process is gone."""
    for run in runs_of(api, state=in_state(StateType.RUNNING)):
        if run.work_queue_id is None or run.state is None or run.state.timestamp > now - SILENCE:
            continue
        if not _has_heartbeat(api, run.id, now - SILENCE, now):
            message = "The run's process is gone: no heartbeat for 90 seconds."
            api.set_flow_run_state(run.id, Crashed(message=message), force=True)
            announce(f"{label(api, run)}: {message}")


def _has_heartbeat(api: SyncPrefectClient, run_id: UUID, since: datetime, until: datetime) -> bool:
    wanted = EventFilter(
        occurred=EventOccurredFilter(since=since, until=until),
        event=EventNameFilter(name=["prefect.flow-run.heartbeat"]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run_id}"]),
    )
    return bool(api.read_events(filter=wanted, limit=1).events)


def give_up_forgotten(api: SyncPrefectClient, announce: Announce, now: datetime) -> None:
    """End what has been pending or canceling for minutes: its worker is gone, and no heartbeat would ever tell."""
    for run in runs_of(api, state=in_state(StateType.PENDING, StateType.CANCELLING)):
        if run.state and run.state.timestamp < now - FORGOTTEN:
            is_canceled = run.state.type == StateType.CANCELLING
            message = "No process took this run up for two minutes."
            api.set_flow_run_state(
                run.id, Cancelled(message=message) if is_canceled else Crashed(message=message), force=True
            )
            announce(f"{label(api, run)}: {message}")


def skip_superseded(api: SyncPrefectClient, now: datetime) -> int:
    """Of several runs of a flow for a season that wait to start, keep the newest: it does the work of all; how many went.

    It takes the place of the oldest in the queue, so that no schedule waits forever where work comes faster than it is done.
    """
    waiting: dict[tuple[UUID | None, str], list[FlowRun]] = {}
    for run in waiting_runs(api, now):
        if may_be_skipped(run):
            waiting.setdefault((run.deployment_id, season_of(run)), []).append(run)
    skipped = 0
    for runs in waiting.values():
        *older, newest = sorted(runs, key=moment_of)
        if not older or not still_waits(api, newest):
            continue
        first = min(run.next_scheduled_start_time for run in runs if run.next_scheduled_start_time)
        api.set_flow_run_state(newest.id, Late(scheduled_time=first), force=True)
        for run in older:
            if still_waits(api, run):
                skip(api, run, newest)
                skipped += 1
    return skipped


def restart_crashed(api: SyncPrefectClient, announce: Announce, now: datetime, given_up: set[UUID]) -> int:
    """Start crashed runs again, each a few times and later each time; how many. ``given_up`` keeps what was told of."""
    ended = FlowRunFilterEndTime(after_=now - LOOK_BACK)
    started = 0
    for run in runs_of(api, state=in_state(StateType.CRASHED), end_time=ended):
        if run.deployment_id is None or run.id in given_up:
            continue
        types = [state.type for state in api.read_flow_run_states(run.id)]
        crashes, was_approved = types.count(StateType.CRASHED), StateType.PAUSED in types
        newer = _newer(api, run, now) if is_by_schedule(run) and not was_approved else None
        if newer:
            skip(api, run, newer)
            announce(f"{label(api, run)} crashed; a newer run does its work.")
        elif crashes > MOST_CRASHES:
            given_up.add(run.id)
            announce(
                f"{run.name} crashed {crashes} times and is not started again; open it on the screen and read its log."
            )
        else:
            later = now + timedelta(seconds=5 * 3 ** (crashes - 1))
            api.set_flow_run_state(run.id, AwaitingRetry(scheduled_time=later), force=True)
            announce(f"{label(api, run)} crashed; it is started again ({crashes} of {MOST_CRASHES} times).")
            started += 1
    return started


def _newer(api: SyncPrefectClient, run: FlowRun, now: datetime) -> FlowRun | None:
    """A newer run for the same season that has done the work, is doing it, or is about to."""
    after = FlowRunFilterExpectedStartTime(after_=moment_of(run), before_=now)
    able = in_state(StateType.COMPLETED, StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED)
    newer = runs_of(api, state=able, expected_start_time=after, deployment_id=run.deployment_id)
    mine = (item for item in newer if is_by_schedule(item) and season_of(item) == season_of(run))
    return next((item for item in mine if moment_of(item) > moment_of(run)), None)
