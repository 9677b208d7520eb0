"""Carries on each run of *Advance to next day* in the process of the practice: no other starts, and everything is imported."""

import json
from collections.abc import Callable
from contextvars import copy_context
from datetime import date, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.flow_engine import run_flow
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry, Failed

from deployments import conductor
from deployments.practice.advance import advance, advance_flow, given_to, target_of
from deployments.practice.deploying import Deployed, deploy_advance, deploy_flows
from deployments.practice.play import Practice, PracticeStoppedError
from deployments.sample.world import World
from tasks.core.clock import machine_time
from tasks.core.durable_files import write_durably
from tasks.core.practice_clock import standing_at

EVERY_SECONDS = 0.5
JOIN_SECONDS = 60.0
CANCELED = frozenset({StateType.CANCELLING, StateType.CANCELLED})


class Advances:
    """Looks for runs of the flow, and carries them on one after the other, on a thread of its own."""

    def __init__(self, world: World, folder: Path, announce: Callable[[str], None]) -> None:
        """``announce`` is given a sentence for each run; what one aims at is kept in the folder until it has got there."""
        self._world, self._note, self._announce = world, folder / "practice-target.json", announce
        self._stopped = Event()
        self._flow: Flow[..., Any] = advance_flow(self._play)
        self._practice: Practice | None = None
        self._thread: Thread | None = None

    def deploy(self, api: SyncPrefectClient) -> Deployed:
        """Deploy every flow of the season without its schedules, and this one."""
        return Deployed(deploy_flows(api, self._world.policy.season), deploy_advance(api, self._flow))

    def begin(self, deployed: Deployed) -> Self:
        """Look for runs from now on; the address of the server is that of this context."""
        own = copy_context()
        self._thread = Thread(target=own.run, args=(self._serve, deployed), name="advances", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop behind the run that takes place now; one that moves the clock goes on with the next start."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)

    def _serve(self, deployed: Deployed) -> None:
        with conductor.client() as api, conductor.one_client():
            self._practice = Practice(self._world, api, deployed.flows, self._stopped, copy_context())
            while not self._stopped.wait(EVERY_SECONDS):
                try:
                    self._look(api, deployed.advance)
                except Exception as error:  # noqa: BLE001 - whatever it is, the practice goes on, and it is said
                    self._announce(
                        f"Runs could not be looked for ({type(error).__name__}: {error}); again in a moment."
                    )

    def _look(self, api: SyncPrefectClient, deployment_id: UUID) -> None:
        due = api.get_scheduled_flow_runs_for_deployments([deployment_id], scheduled_before=machine_time())
        for item in sorted(due, key=lambda found: str(found.next_scheduled_start_time or "")):
            if self._stopped.is_set():
                return
            self._announce(f"{item.name} moves the practice on ...")
            self._carry_on(api, item.id)
            state = api.read_flow_run(item.id).state
            self._announce(
                f"{item.name}: {state.name if state else 'gone'}. {state.message or '' if state else ''}".strip()
            )

    def _carry_on(self, api: SyncPrefectClient, run_id: UUID) -> None:
        """What cannot even begin, such as one with a form that is none, has failed: it is not looked at again and again."""
        try:
            self._conduct(api, api.read_flow_run(run_id))
        except Exception as error:  # noqa: BLE001 - told on the run
            api.set_flow_run_state(run_id, Failed(message=f"{type(error).__name__}: {error}"), force=True)

    def _conduct(self, api: SyncPrefectClient, run: FlowRun) -> None:
        try:
            run_flow(self._flow, flow_run=run, parameters=given_to(self._flow, run.parameters), return_type="state")
        except PracticeStoppedError:
            api.set_flow_run_state(run.id, AwaitingRetry(scheduled_time=machine_time()), force=True)

    def _play(self, days: int, until: date | None) -> Any:
        if self._practice is None:
            raise RuntimeError("the practice has not begun")
        practice, run_id = self._practice, str(flow_run.id)
        target = self._target(run_id, days, until)
        return advance(practice, target, lambda: _is_canceled(practice.api, run_id))

    def _target(self, run_id: str, days: int, until: date | None) -> datetime:
        """What the run aims at; one that is started again aims at the same."""
        noted = json.loads(self._note.read_text(encoding="utf-8")) if self._note.exists() else {}
        if noted.get("run") == run_id:
            return datetime.fromisoformat(noted["target"])
        target = target_of(self._world.policy, days, until, standing_at())
        write_durably(self._note, json.dumps({"run": run_id, "target": target.isoformat()}).encode())
        return target


def _is_canceled(api: SyncPrefectClient, run_id: str) -> bool:
    state = api.read_flow_run(UUID(run_id)).state
    return state is not None and state.type in CANCELED
