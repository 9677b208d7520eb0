"""Talking to the Prefect server: deploy the flows, run one in this process, find and answer what waits for approval."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.context import SyncClientContext
from prefect.events.worker import EventsWorker
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from deployments.catalog import FLOWS, deployment_name, entrypoint
from schemas.settings import ROOT
from tasks.credits.provider import CONCURRENCY_LIMIT

PROVIDER_SLOTS = 2
DRAIN_SECONDS = 10


class RunFailedError(RuntimeError):
    """A flow run did not end well; the message says which and why."""


@contextmanager
def talking_to(api_url: str, auth: str) -> Iterator[None]:
    """Let the clients of this process talk to a server."""
    with temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_AUTH_STRING: auth}):
        yield


def client() -> SyncPrefectClient:
    """A client of the server in ``PREFECT_API_URL``; use it as a context."""
    return get_client(sync_client=True)


@contextmanager
def one_client() -> Iterator[None]:
    """Let all runs that begin in the block share a client: each would load certificates, connect, and get a token."""
    with SyncClientContext.get_or_create():
        yield


def free_provider_limit(api: SyncPrefectClient) -> None:
    """Set the limit on calls to the credit provider; slots that a killed process held are free again."""
    api.upsert_global_concurrency_limit_by_name(CONCURRENCY_LIMIT, PROVIDER_SLOTS)
    update = GlobalConcurrencyLimitUpdate(limit=PROVIDER_SLOTS, active=True, active_slots=0)
    api.update_global_concurrency_limit(CONCURRENCY_LIMIT, update)


def deploy_here(api: SyncPrefectClient, flow_name: str) -> UUID:
    """Deploy a flow without schedules, for a run that suspends itself: only a deployed run may; the deployment's id."""
    item = FLOWS[flow_name]
    return api.create_deployment(
        flow_id=api.create_flow(item),
        name=deployment_name(flow_name),
        entrypoint=entrypoint(flow_name),
        path=str(ROOT),
        description=item.description,
        parameter_openapi_schema=item.parameters.model_dump(),
    )


def run_here(flow_name: str, parameters: Mapping[str, Any], run_name: str) -> None:
    """Run a flow in this process, against the server.

    Raises:
        RunFailedError: the run failed or crashed.
    """
    item = FLOWS[flow_name].with_options(flow_run_name=run_name)
    state: State[Any] = item(**item.validate_parameters(dict(parameters)), return_state=True)  # type: ignore[assignment]
    if not state.is_completed():
        raise RunFailedError(f"{flow_name} ({run_name}): {state.name}: {state.message}")


def start_deployed(api: SyncPrefectClient, flow_name: str, parameters: Mapping[str, Any], run_name: str) -> FlowRun:
    """Begin a deployed flow's run in this process, as a worker would; it may end suspended.

    Raises:
        RunFailedError: the run failed or crashed.
    """
    deployment_id = deploy_here(api, flow_name)
    run = api.create_flow_run_from_deployment(deployment_id, parameters=dict(parameters), name=run_name)
    return conduct(api, run.id, flow_name)


def conduct(api: SyncPrefectClient, run_id: UUID, flow_name: str, *, may_suspend: bool = True) -> FlowRun:
    """Run what a flow run has to do, from the top.

    A run that never suspends itself is not observed for requests to do so: that takes longer than most runs.

    Raises:
        RunFailedError: the run failed or crashed.
    """
    run = api.read_flow_run(run_id)
    item = FLOWS[flow_name]
    if not may_suspend:
        run = run.model_copy(
            update={"deployment_id": None}
        )  # the server's has it; Prefect observes those that have one
    with suppress(Pause):  # how Prefect leaves a flow that suspends itself; the server has its state
        run_flow(item, flow_run=run, parameters=item.validate_parameters(run.parameters), return_type="state")
    run = api.read_flow_run(run_id)
    if run.state is None or not (run.state.is_completed() or run.state.is_paused()):
        state = run.state.name if run.state else "no state"
        raise RunFailedError(f"{flow_name} ({run.name}): {state}: {run.state.message if run.state else ''}")
    return run


def waiting_for_approval(api: SyncPrefectClient) -> list[FlowRun]:
    """The seat-confirmation runs that are suspended until the agency answers."""
    return api.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["confirm-seats"])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
        ),
    )


def answer(run: FlowRun, decision: Literal["approve", "reject"], approved_by: str, note: str) -> None:
    """Give the agency's answer, which resumes the run."""
    resume_flow_run(run.id, run_input={"decision": decision, "approved_by": approved_by, "note": note})


def drain() -> None:
    """Hand the last logs and events to the server while it is still there; what is left would keep the process alive."""
    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=DRAIN_SECONDS)
