"""The deployments of a practice: those of ``prefect.yaml`` without their schedules, made through the API in a second or two.

Prefect's own command needs a process twice, and for each flow three requests and a page of text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.workers.process import ProcessWorker

from deployments import conductor
from deployments.catalog import FLOWS, deployment_name, deployments_in_file, entrypoint
from deployments.environment import run_command
from deployments.up import POOL
from schemas.settings import ROOT

SEASON = "{{ $CADRE_SEASON }}"
ADVANCE = "Advance to next day"
PULL = {"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}


@dataclass(frozen=True, slots=True)
class Deployed:
    """The deployments by the names of their flows, and that of the flow that moves the clock."""

    flows: Mapping[str, UUID]
    advance: UUID


def deploy_flows(api: SyncPrefectClient, season: str) -> Mapping[str, UUID]:
    """Make the work pool, and deploy every flow of ``prefect.yaml``; the deployments by the names of their flows."""
    template = ProcessWorker.get_default_base_job_template()
    api.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)
    names = {deployment_name(name): name for name in FLOWS}
    found = {names[item["name"]]: _deploy(api, names[item["name"]], item, season) for item in deployments_in_file()}
    conductor.free_provider_limit(api)
    return found


def deploy_advance(api: SyncPrefectClient, item: Flow[..., Any]) -> UUID:
    """Deploy the flow that moves the clock; it is in no work pool, since the process of the practice runs it."""
    return api.create_deployment(
        flow_id=api.create_flow(item),
        name=ADVANCE,
        entrypoint="deployments/practice/advance.py:advance_flow",
        path=str(ROOT),
        description=item.description,
        tags=["practice"],
        parameter_openapi_schema=item.parameters.model_dump(),
        enforce_parameter_schema=True,
    )


def _deploy(api: SyncPrefectClient, name: str, listed: Mapping[str, Any], season: str) -> UUID:
    item, limit = FLOWS[name], listed["concurrency_limit"]
    parameters = {key: season if value == SEASON else value for key, value in listed["parameters"].items()}
    return api.create_deployment(
        flow_id=api.create_flow(item),
        name=listed["name"],
        entrypoint=entrypoint(name),
        description=item.description,
        tags=listed["tags"],
        parameters=parameters,
        parameter_openapi_schema=item.parameters.model_dump(),
        enforce_parameter_schema=True,
        pull_steps=[PULL],
        work_pool_name=POOL,
        job_variables={"command": run_command()},
        concurrency_limit=limit["limit"],
        concurrency_options=ConcurrencyOptions(
            collision_strategy=ConcurrencyLimitStrategy(limit["collision_strategy"])
        ),
    )
