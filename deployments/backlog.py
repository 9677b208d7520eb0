"""Runs that nobody looks after: what downtime missed, what a stop or a kill left behind, what a newer run makes needless.

Prefect keeps a run that its process has left at *Running*, starts every missed run of a backlog, and creates none for the
time in which it was down. Here each scheduled flow is run once for its newest missed time, in the order of the season, and
a crashed run is started again a few times.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.exceptions import ObjectNotFound
from prefect.server.schemas.schedules import CronSchedule, RRuleSchedule
from prefect.states import AwaitingRetry, Cancelled, Crashed, Late, Scheduled

from deployments.catalog import season_order
from tasks.core import clock

Tell = Callable[[str], None]
AWAITING_TURN = "AwaitingTurn"
SKIPPED = "Skipped"
MISSED = "missed"
MOST_CRASHES = 3
HEARTBEAT_SECONDS = 30
SILENCE = timedelta(seconds=3 * HEARTBEAT_SECONDS)
PAGE = 200
LOOK_BACK = timedelta(days=2)
FORGOTTEN = timedelta(minutes=2)
TURN = timedelta(minutes=10)
AT_REST = {StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.PAUSED}
UNDERWAY = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)


def crash_orphans(api: SyncPrefectClient, tell: Tell, before: datetime) -> int:
    """End the runs that have been under way since before a moment with nobody to carry them on; how many."""
    found = 0
    for run in _runs(api, state=_state(*UNDERWAY)):
        if run.state is None or run.state.timestamp > before:
            continue
        is_cancelled = run.state.type == StateType.CANCELLING
        message = "The installation was stopped, or its worker was lost, while this run was under way."
        ended: State[Any] = Cancelled(message=message) if is_cancelled else Crashed(message=message)
        api.set_flow_run_state(run.id, ended, force=True)
        tell(f"{label(api, run)} was under way when the installation stopped; it is now {ended.name}.")
        found += 1
    return found


def crash_silent(api: SyncPrefectClient, tell: Tell, now: datetime) -> None:
    """End the running runs that have sent no heartbeat for 90 seconds: their process is gone."""
    for run in _runs(api, state=_state(StateType.RUNNING)):
        if run.work_queue_id is None or run.state is None or run.state.timestamp > now - SILENCE:
            continue
        if not _has_heartbeat(api, run.id, now - SILENCE, now):
            message = "The run's process is gone: no heartbeat for 90 seconds."
            api.set_flow_run_state(run.id, Crashed(message=message), force=True)
            tell(f"{label(api, run)}: {message}")


def _has_heartbeat(api: SyncPrefectClient, run_id: UUID, since: datetime, until: datetime) -> bool:
    wanted = EventFilter(
        occurred=EventOccurredFilter(since=since, until=until),
        event=EventNameFilter(name=["prefect.flow-run.heartbeat"]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run_id}"]),
    )
    return bool(api.read_events(filter=wanted, limit=1).events)


def label(api: SyncPrefectClient, run: FlowRun) -> str:
    """What people call a run: its deployment and its own name."""
    with suppress(ObjectNotFound):  # a deployment that is no more
        if run.deployment_id:
            return f"{api.read_deployment(run.deployment_id).name} ({run.name})"
    return run.name


def give_up_forgotten(api: SyncPrefectClient, tell: Tell, now: datetime) -> None:
    """End what has been pending or cancelling for minutes: its worker is gone, and no heartbeat would ever tell."""
    for run in _runs(api, state=_state(StateType.PENDING, StateType.CANCELLING)):
        if run.state and run.state.timestamp < now - FORGOTTEN:
            is_cancelled = run.state.type == StateType.CANCELLING
            message = "No process took this run up for two minutes."
            api.set_flow_run_state(
                run.id, Cancelled(message=message) if is_cancelled else Crashed(message=message), force=True
            )
            tell(f"{label(api, run)}: {message}")


def skip_superseded(api: SyncPrefectClient, now: datetime) -> int:
    """Of several runs of one schedule that wait to start, keep the newest: it does the work of the others; how many went.

    It takes the place of the oldest in the queue, so that no schedule waits forever where work comes faster than it is done.
    """
    waiting: dict[UUID | None, list[FlowRun]] = {}
    for run in _waiting(api, now):
        if is_by_schedule(run):
            waiting.setdefault(run.deployment_id, []).append(run)
    skipped = 0
    for runs in waiting.values():
        *older, newest = sorted(runs, key=_moment)
        if older:
            first = min(run.next_scheduled_start_time for run in runs if run.next_scheduled_start_time)
            api.set_flow_run_state(newest.id, Late(scheduled_time=first), force=True)
        for run in older:
            _skip(api, run, newest)
            skipped += 1
    return skipped


def _skip(api: SyncPrefectClient, run: FlowRun, newest: FlowRun) -> None:
    message = f"The run for {_moment(newest):%Y-%m-%d %H:%M} UTC ({newest.name}) does the work of this one."
    api.set_flow_run_state(run.id, Cancelled(name=SKIPPED, message=message))


def is_by_schedule(run: FlowRun) -> bool:
    """Whether a schedule started the run, or catching up did in its place; a person's run is never skipped."""
    return bool(run.auto_scheduled) or MISSED in run.tags


def restart_crashed(api: SyncPrefectClient, tell: Tell, now: datetime, given_up: set[UUID]) -> int:
    """Start crashed runs again, each a few times and later each time; how many. ``given_up`` keeps what was told of."""
    ended = FlowRunFilterEndTime(after_=now - LOOK_BACK)
    started = 0
    for run in _runs(api, state=_state(StateType.CRASHED), end_time=ended):
        if run.deployment_id is None or run.id in given_up:
            continue
        crashes = sum(state.type == StateType.CRASHED for state in api.read_flow_run_states(run.id))
        if is_by_schedule(run) and _has_newer(api, run, now):
            given_up.add(run.id)
            tell(f"{label(api, run)} crashed; a newer run does its work.")
        elif crashes > MOST_CRASHES:
            given_up.add(run.id)
            tell(
                f"{run.name} crashed {crashes} times and is not started again; open it on the screen and read its log."
            )
        else:
            later = now + timedelta(seconds=5 * 3 ** (crashes - 1))
            api.set_flow_run_state(run.id, AwaitingRetry(scheduled_time=later), force=True)
            tell(f"{label(api, run)} crashed; it is started again ({crashes} of {MOST_CRASHES} times).")
            started += 1
    return started


def _has_newer(api: SyncPrefectClient, run: FlowRun, now: datetime) -> bool:
    """Whether a newer run of the schedule has done the work, is doing it, or is about to."""
    after = FlowRunFilterExpectedStartTime(after_=_moment(run), before_=now)
    able = _state(StateType.COMPLETED, StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED)
    newer = _runs(api, state=able, expected_start_time=after, deployment_id=run.deployment_id)
    return any(is_by_schedule(item) for item in newer if _moment(item) > _moment(run))


def missed_runs(api: SyncPrefectClient, since: datetime, now: datetime) -> list[FlowRun]:
    """One run for each schedule that should have started while the installation was down, in the order of the season.

    It is the run of the newest missed time: the scheduler's own where it was created, else a new one. The others are
    skipped. Each waits until ``take_turns`` comes to it.
    """
    order = {name: number for number, name in enumerate(season_order())}
    deployments = sorted(api.read_deployments(limit=PAGE), key=lambda item: order.get(item.name, len(order)))
    waiting = [*_waiting(api, now), *_awaiting_turn(api)]
    found = []
    for deployment in deployments:
        mine = [run for run in waiting if run.deployment_id == deployment.id and is_by_schedule(run)]
        newest = _newest_missed(deployment, since, now)
        moment = max([*filter(None, [newest]), *map(_moment, mine)], default=None)
        if moment is None or _has_run(api, deployment.id, moment):
            continue
        run = next((item for item in mine if _moment(item) == moment), None) or _new_run(api, deployment.id, moment)
        turn: State[Any] = Scheduled(name=AWAITING_TURN, scheduled_time=clock.now() + timedelta(hours=1))
        api.set_flow_run_state(run.id, turn, force=True)
        for other in (item for item in mine if item.id != run.id):
            _skip(api, other, run)
        found.append(api.read_flow_run(run.id))
    return found


def _has_run(api: SyncPrefectClient, deployment_id: UUID, moment: datetime) -> bool:
    at = FlowRunFilterExpectedStartTime(after_=moment)
    done = _state(*AT_REST, *UNDERWAY)
    return any(
        is_by_schedule(run) for run in _runs(api, state=done, expected_start_time=at, deployment_id=deployment_id)
    )


def _new_run(api: SyncPrefectClient, deployment_id: UUID, moment: datetime) -> FlowRun:
    return api.create_flow_run_from_deployment(
        deployment_id,
        state=Scheduled(scheduled_time=moment),
        tags=[MISSED],
        idempotency_key=f"{MISSED} {deployment_id} {moment.isoformat()}",
    )


def _newest_missed(deployment: DeploymentResponse, since: datetime, now: datetime) -> datetime | None:
    """The last time in a span at which an active schedule of the deployment should have fired, or none."""
    active = [item.schedule for item in deployment.schedules if item.active]
    if deployment.paused or not active:
        return None
    fired = (last_time(schedule.model_dump(mode="json"), since, now) for schedule in active)
    return max(filter(None, fired), default=None)


def last_time(schedule: dict[str, Any], since: datetime, now: datetime) -> datetime | None:
    """The last time after ``since``, and not after ``now``, at which a cron or RRULE schedule fires, or none."""
    kind = CronSchedule if "cron" in schedule else RRuleSchedule
    times = kind.model_validate(schedule)
    for hours in (1, 24, 24 * 8, 24 * 40, 24 * 400):  # the newest is looked for from near to far
        start = max(since, now - timedelta(hours=hours))
        dates = asyncio.run(times.get_dates(n=1_000, start=start, end=now))
        passed = [date for date in dates if since < date <= now]
        if passed or start == since:
            return datetime.fromtimestamp(max(passed).timestamp(), UTC) if passed else None
    return None


def take_turns(api: SyncPrefectClient, runs: Sequence[FlowRun], stopped: Event, tell: Tell) -> None:
    """Let missed runs start one after the other, each when the one before has come to rest."""
    for run in runs:
        if stopped.is_set():
            return
        moment = _moment(run)
        api.set_flow_run_state(run.id, Scheduled(scheduled_time=moment), force=True)
        state = _at_rest(api, run.id, stopped)
        tell(f"Caught up: {label(api, run)} for {moment:%Y-%m-%d %H:%M} UTC: {state}.")


def _at_rest(api: SyncPrefectClient, run_id: UUID, stopped: Event) -> str:
    deadline = time.monotonic() + TURN.total_seconds()
    while time.monotonic() < deadline:
        state = api.read_flow_run(run_id).state
        if state is not None and state.type in AT_REST:
            return str(state.name)
        if stopped.wait(1):
            return "stopped"
    return "still under way after ten minutes"


def _moment(run: FlowRun) -> datetime:
    """When the run should have started; what it decides for."""
    moment = run.expected_start_time
    if moment is None:
        raise ValueError(f"{run.name} has no time at which it should start")
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def _state(*types: StateType) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))


def _waiting(api: SyncPrefectClient, now: datetime) -> Iterator[FlowRun]:
    """The runs that should have started by now and have not."""
    due = FlowRunFilterNextScheduledStartTime(before_=now)
    return _runs(api, state=_state(StateType.SCHEDULED), next_scheduled_start_time=due)


def _awaiting_turn(api: SyncPrefectClient) -> Iterable[FlowRun]:
    """What an earlier catching up did not come to."""
    return (run for run in _runs(api, state=_state(StateType.SCHEDULED)) if run.state_name == AWAITING_TURN)


def _runs(api: SyncPrefectClient, *, deployment_id: UUID | None = None, **filters: Any) -> Iterator[FlowRun]:
    """Every run that the filters let through, page by page, read before the first is given."""
    mine = DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])) if deployment_id else None
    found: list[FlowRun] = []
    while True:
        page = api.read_flow_runs(
            flow_run_filter=FlowRunFilter(**filters),
            deployment_filter=mine,
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=PAGE,
            offset=len(found),
        )
        found += page
        if len(page) < PAGE:
            return iter(found)
