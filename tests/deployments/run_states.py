"""Deployments whose runs a test puts in their states, on a real server."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import (
    Scheduled,
)

from deployments import conductor, run_queries

NEW_YORK = "America/New_York"


@flow(name="look-after-me")
def look_after_me() -> None:
    """Never run: only its runs' states are looked at."""


class Deployed:
    """A deployment with a schedule of its own, whose runs a test puts in their states."""

    def __init__(
        self, api: SyncPrefectClient, cron: str = "*/10 * * * *", name: str = "", seasons: Sequence[str] = ("",)
    ) -> None:
        self.api, self.seasons = api, seasons
        api.create_work_pool(WorkPoolCreate(name="looked-after", type="process"), overwrite=True)
        self.cron, self.name = cron, name or f"looked-after-{uuid4()}"
        self.id: UUID = self.deploy()

    def deploy(self) -> UUID:
        """Deploy it, or deploy it again, as each start of an installation does; the server makes its next runs."""
        api, cron = self.api, self.cron
        made = api.create_deployment(
            flow_id=api.create_flow(look_after_me),
            name=self.name,
            work_pool_name="looked-after",
            schedules=[
                DeploymentScheduleCreate(
                    schedule=CronSchedule(cron=cron, timezone=NEW_YORK), active=True, parameters=_of(season)
                )
                for season in self.seasons
            ],
        )
        api._client.post(f"/deployments/{made}/schedule", json={}).raise_for_status()
        return made

    def run(self, at: datetime, *states: State[Any], by_schedule: bool = True, season: str = "") -> FlowRun:
        made = self.api.create_flow_run_from_deployment(
            self.id,
            parameters=_of(season),
            state=Scheduled(scheduled_time=at),
            tags=[run_queries.MISSED] if by_schedule else [],
        )
        for state in states:
            self.api.set_flow_run_state(made.id, state, force=True)
        return self.api.read_flow_run(made.id)

    def states(self) -> list[str]:
        """The names of the states of my runs, the oldest first; without those that the scheduler has made since."""
        runs = run_queries.runs_of(self.api, deployment_id=self.id)
        return [str(run.state_name) for run in runs if not run.auto_scheduled]

    def remove(self) -> None:
        for run in run_queries.runs_of(self.api, deployment_id=self.id):
            self.api.delete_flow_run(run.id)
        self.api.delete_deployment(self.id)


def _of(season: str) -> dict[str, Any]:
    return {"season": season} if season else {}


@pytest.fixture
def api(server: Any) -> Iterator[SyncPrefectClient]:
    assert server
    with conductor.client() as found:
        yield found


@pytest.fixture
def deployed(api: SyncPrefectClient) -> Iterator[Deployed]:
    made = Deployed(api)
    yield made
    made.remove()


@pytest.fixture
def told() -> list[str]:
    return []


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


def is_of(run: FlowRun, deployed: Deployed) -> bool:
    return run.deployment_id == deployed.id
