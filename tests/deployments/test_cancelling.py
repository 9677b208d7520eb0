"""A run that an operator cancels on the screen while a solver works: a real server, a real worker."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.states import Cancelling

from deployments import conductor
from deployments.services import guarded_process, python_module, wait_until
from schemas.settings import ROOT

PLANNING = """
import os
from pathlib import Path
from prefect import flow
from benchmarks.cohorts import learners_of, made_up, planned
from tasks.core.progress import run_with_progress

@flow(name="plan-for-long")
def plan_for_long(note: str) -> None:
    instance = made_up(learners_of(4_000, 9), 0.8)
    def compute(watch):
        Path(note).write_text(str(os.getpid()))
        return planned(instance, 600)
    run_with_progress("planning cohorts", compute)
    Path(note).write_text("planned")
"""


@flow(name="plan-for-long")
def plan_for_long(note: str) -> None:
    """Only its name and its form: the worker finds the flow itself in a file."""


def wait(condition: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def deployed_job_variables() -> dict[str, str]:
    """How prefect.yaml lets a run be started."""
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    (command,) = {item["work_pool"]["job_variables"]["command"] for item in content["deployments"]}
    return {"command": command.replace("{{ $CADRE_PYTHON }}", os.environ["CADRE_PYTHON"])}


def is_canceled(api: SyncPrefectClient, run_id: UUID) -> bool:
    state = api.read_flow_run(run_id).state
    return state is not None and state.is_cancelled()


@contextmanager
def deployed_for_a_while(api: SyncPrefectClient, folder: Path) -> Iterator[UUID]:
    """The flow in its file, deployed; other tests of the same server look at all deployments."""
    api.create_work_pool(WorkPoolCreate(name="canceled", type="process"), overwrite=True)
    deployment = api.create_deployment(
        flow_id=api.create_flow(plan_for_long),
        name="Plan for long",
        entrypoint="slow.py:plan_for_long",
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(folder)}}],
        work_pool_name="canceled",
        job_variables=deployed_job_variables(),
        parameter_openapi_schema=plan_for_long.parameters.model_dump(),
    )
    try:
        yield deployment
    finally:
        api.delete_deployment(deployment)


@pytest.mark.xdist_group("sqlite")
def test_a_run_that_is_canceled_on_the_screen_stops_its_solver(server: Any, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(PLANNING, encoding="utf-8")
    note, log = tmp_path / "note", tmp_path / "worker.log"
    environment = {**os.environ, **server.environment(), "PYTHONPATH": str(ROOT), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    with conductor.client() as api, deployed_for_a_while(api, tmp_path) as deployment:
        command = python_module("prefect", "worker", "start", "--pool", "canceled", "--type", "process")
        with guarded_process(command, log, environment) as worker:
            wait_until(lambda: b"started" in log.read_bytes(), worker, "worker", log)
            run = api.create_flow_run_from_deployment(deployment, parameters={"note": str(note)})
            wait(note.exists, 60)
            time.sleep(3)  # the solver is at work
            process = Path("/proc") / note.read_text(encoding="utf-8")
            assert process.exists()
            api.set_flow_run_state(run.id, Cancelling())
            wait(lambda: not process.exists(), 30)
            wait(lambda: is_canceled(api, run.id), 30)
    assert note.read_text(encoding="utf-8") != "planned"
    assert not (ROOT / "slow.py").exists(), "Prefect copied the folder of the flow, and its mode, into ours"
