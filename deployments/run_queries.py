"""Runs as they are asked for, told of, and skipped: what looking after them is made of."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled

Announce = Callable[[str], None]
SKIPPED = "Skipped"
MISSED = "missed"
PAGE = 200
AT_REST = {StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.PAUSED}
UNDERWAY = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)


def runs_of(api: SyncPrefectClient, *, deployment_id: UUID | None = None, **filters: Any) -> Iterator[FlowRun]:
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


def in_state(*types: StateType) -> FlowRunFilterState:
    """A filter for runs in a state of one of these types."""
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))


def waiting_runs(api: SyncPrefectClient, now: datetime) -> Iterator[FlowRun]:
    """The runs that should have started by now and have not."""
    due = FlowRunFilterNextScheduledStartTime(before_=now)
    return runs_of(api, state=in_state(StateType.SCHEDULED), next_scheduled_start_time=due)


def still_waits(api: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether the run has not been taken up, ended or deleted since it was read."""
    with suppress(ObjectNotFound):
        state = api.read_flow_run(run.id).state
        return state is not None and state.type == StateType.SCHEDULED
    return False


def is_by_schedule(run: FlowRun) -> bool:
    """Whether a schedule started the run, or catching up did in its place; a person's run is never skipped."""
    return bool(run.auto_scheduled) or MISSED in run.tags


def may_be_skipped(run: FlowRun) -> bool:
    """Only what has not begun: a run that goes on after an approval carries the approval."""
    return is_by_schedule(run) and not run.run_count


def season_of(run: FlowRun) -> str:
    """Which season the run is for; one deployment has the schedules of several."""
    return str((run.parameters or {}).get("season", ""))


def skip(api: SyncPrefectClient, run: FlowRun, newest: FlowRun) -> None:
    """End a run that waits or has crashed as *Skipped*, and say which run does its work."""
    message = f"The run for {moment_of(newest):%Y-%m-%d %H:%M} UTC ({newest.name}) does the work of this one."
    api.set_flow_run_state(run.id, Cancelled(name=SKIPPED, message=message), force=True)


def moment_of(run: FlowRun) -> datetime:
    """When the run should have started; what it decides for."""
    moment = run.expected_start_time
    if moment is None:
        raise ValueError(f"{run.name} has no time at which it should start")
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def label(api: SyncPrefectClient, run: FlowRun) -> str:
    """What people call a run: its deployment and its own name."""
    with suppress(ObjectNotFound):  # a deployment that is no more
        if run.deployment_id:
            return f"{api.read_deployment(run.deployment_id).name} ({run.name})"
    return run.name
