"""The clock of a practice moves on: what its days hold happens, each at its moment, and each run is one of its deployment's.

Stopped at any instruction and begun again, it goes on from where the clock stands: what was done is found done.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Failed, Pending

from deployments import conductor
from deployments.backlog import HEARTBEAT_SECONDS
from deployments.catalog import deployment_name
from deployments.missed_runs import at_rest
from deployments.practice.agenda import Item, agenda
from deployments.practice.need import Need
from deployments.practice.people import people_of
from deployments.run_queries import moment_of
from deployments.sample.world import World
from tasks.core.clock import machine_time
from tasks.core.practice_clock import moment_at, set_to, standing_at
from tasks.core.progress import run_log
from tasks.season.guard import NOTHING_TO_DO

BY_SCHEDULE = "by schedule"
SLOW = frozenset({"schedule-cohorts"})  # may take longer than a run is waited for that gives no sign of life
SUSPENDING = frozenset({"confirm-seats"})
WELL = frozenset({"Completed", "Suspended", NOTHING_TO_DO})
EXPIRED = "The flow was paused and never resumed."


class PracticeStoppedError(SystemExit):
    """The practice is being stopped; the run that moves the clock waits for its next start."""


@dataclass(frozen=True, slots=True)
class Practice:
    """What a running practice is made of: its people, its server, its deployments by flow, and whether it is being stopped."""

    world: World
    api: SyncPrefectClient
    deployments: Mapping[str, UUID]
    stopped: Event
    outside: Context  # in which no flow runs: each run that we make is its own, and no other one's child


def play_until(practice: Practice, target: datetime, is_canceled: Callable[[], bool]) -> int:
    """Move the clock to a moment, through everything on the way; how many runs took place.

    Raises:
        PracticeStoppedError: the installation is being stopped.
    """
    world, need, runs = practice.world, Need(practice.world.policy.season), 0
    people = people_of(world)
    for item in agenda(world.policy, standing_at(), target):
        if practice.stopped.is_set():
            raise PracticeStoppedError("the practice is being stopped")
        if item.is_peoples:
            if is_canceled():
                return runs
            set_to(item.moment, machine_time())
            expire_approvals(practice, item.moment)
            _tell_of_files(people, item)
        elif need.is_there(item.flow, item.day, item.moment):
            set_to(item.moment, machine_time())
            _run(practice, item)
            runs += 1
    set_to(target, machine_time())
    return runs


def _tell_of_files(people: Callable[[date], list[Path]], item: Item) -> None:
    if sent := people(item.day):
        run_log().info("%s: people sent %s.", item.day, ", ".join(path.name for path in sent))


def _run(practice: Practice, item: Item) -> None:
    """One run of a schedule: made once for its moment, and carried on by us or by whoever has taken it up."""
    season, zone = practice.world.policy.season, practice.world.policy.zone
    run = practice.api.create_flow_run_from_deployment(
        practice.deployments[item.flow],
        name=f"{item.moment.astimezone(zone):%Y-%m-%d %H:%M} {deployment_name(item.flow)}",
        parameters={"season": season, "as_of": item.moment.isoformat()},
        state=Pending(),  # no worker takes it up
        tags=[BY_SCHEDULE],
        idempotency_key=f"practice {item.flow} {season} {item.moment.isoformat()}",
    )
    if run.state and run.state.type == StateType.PENDING:
        practice.outside.copy().run(_conduct, practice.api, run, item.flow)
    state = at_rest(practice.api, run.id, practice.stopped)
    log = run_log().info if state in WELL else run_log().warning
    log("%s: %s", run.name, state)


def _conduct(api: SyncPrefectClient, run: FlowRun, flow: str) -> None:
    """Carry a run on in this process, without what takes longer than most runs: signs of life, and to be observed."""
    often = HEARTBEAT_SECONDS if flow in SLOW else None
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: often}), suppress(conductor.RunFailedError):
        conductor.conduct(api, run.id, flow, may_suspend=flow in SUSPENDING)


def expire_approvals(practice: Practice, moment: datetime) -> None:
    """End what has waited for the agency longer than the policy lets it, as the server does where days are the machine's."""
    longest = timedelta(days=practice.world.policy.seats.approval_deadline_days)
    for run in conductor.waiting_for_approval(practice.api):
        if moment >= _asked_at(run) + longest:
            practice.api.set_flow_run_state(run.id, Failed(message=EXPIRED), force=True)
            run_log().warning("%s: the agency has not answered in %d days.", run.name, longest.days)


def _asked_at(run: FlowRun) -> datetime:
    """When the agency was asked: at the moment that the run was given, or when a person started it."""
    given = (run.parameters or {}).get("as_of")
    return datetime.fromisoformat(str(given)) if given else moment_at(moment_of(run))
