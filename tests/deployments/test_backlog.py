"""Runs that nobody looks after, on a real server: missed, left behind, made needless by a newer one, crashed."""

import threading
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import (
    AwaitingRetry,
    Cancelled,
    Cancelling,
    Completed,
    Crashed,
    Late,
    Pending,
    Running,
    Scheduled,
    Suspended,
)

from deployments import backlog, conductor, missed_runs, run_queries

pytestmark = pytest.mark.xdist_group("sqlite")
NEW_YORK = "America/New_York"


@flow(name="look-after-me")
def look_after_me() -> None:
    """Never run: only its runs' states are looked at."""


@pytest.fixture
def api(server: Any) -> Iterator[SyncPrefectClient]:
    assert server
    with conductor.client() as found:
        yield found


class Deployed:
    """A deployment with a schedule of its own, whose runs a test puts in their states."""

    def __init__(self, api: SyncPrefectClient, cron: str = "*/10 * * * *", name: str = "") -> None:
        self.api = api
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
            schedules=[DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=NEW_YORK), active=True)],
        )
        api._client.post(f"/deployments/{made}/schedule", json={}).raise_for_status()
        return made

    def run(self, at: datetime, *states: State[Any], by_schedule: bool = True) -> FlowRun:
        made = self.api.create_flow_run_from_deployment(
            self.id, state=Scheduled(scheduled_time=at), tags=[run_queries.MISSED] if by_schedule else []
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


def test_of_several_waiting_runs_of_a_schedule_the_newest_does_the_work_in_the_place_of_the_oldest(
    api: SyncPrefectClient, deployed: Deployed
) -> None:
    oldest = deployed.run(ago(minutes=30), Late(scheduled_time=ago(minutes=30)))
    deployed.run(ago(minutes=20), Late(scheduled_time=ago(minutes=20)))
    newest = deployed.run(ago(minutes=10), Late(scheduled_time=ago(minutes=10)))
    assert backlog.skip_superseded(api, now()) == 2
    assert deployed.states() == ["Skipped", "Skipped", "Late"]
    after = api.read_flow_run(newest.id)
    assert after.expected_start_time == newest.expected_start_time
    assert oldest.next_scheduled_start_time is not None
    assert after.next_scheduled_start_time is not None
    assert abs(after.next_scheduled_start_time - oldest.next_scheduled_start_time) < timedelta(seconds=1)
    message = api.read_flow_run(oldest.id).state
    assert message is not None
    assert newest.name in str(message.message)
    assert backlog.skip_superseded(api, now()) == 0


def test_a_run_that_a_person_started_is_never_skipped(api: SyncPrefectClient, deployed: Deployed) -> None:
    late: State[Any] = Late(scheduled_time=ago(minutes=30))
    deployed.run(ago(minutes=30), late, by_schedule=False)
    deployed.run(ago(minutes=20), Late(scheduled_time=ago(minutes=20)), by_schedule=False)
    assert backlog.skip_superseded(api, now()) == 0
    assert deployed.states() == ["Late", "Late"]


def test_a_run_that_goes_on_after_an_approval_is_never_skipped(api: SyncPrefectClient, deployed: Deployed) -> None:
    resumed: list[State[Any]] = [Running(), Suspended(), Scheduled(name="Resuming", scheduled_time=ago(minutes=20))]
    deployed.run(ago(minutes=30), *resumed)
    deployed.run(ago(minutes=10), Late(scheduled_time=ago(minutes=10)))
    assert backlog.skip_superseded(api, now()) == 0
    assert deployed.states() == ["Resuming", "Late"]


def test_a_run_that_crashed_after_an_approval_is_started_again_whatever_came_later(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    deployed.run(ago(minutes=30), Running(), Suspended(), Crashed())
    deployed.run(ago(minutes=10), Completed())
    assert backlog.restart_crashed(api, told.append, now(), set()) == 1
    assert deployed.states() == ["AwaitingRetry", "Completed"]


def test_a_stop_leaves_no_run_under_way(api: SyncPrefectClient, deployed: Deployed, told: list[str]) -> None:
    states: list[State[Any]] = [Running(), Pending(), Cancelling(), Completed(), Late(scheduled_time=ago(hours=1))]
    for number, state in enumerate(states):
        deployed.run(ago(hours=6 - number), Running(), state)
    backlog.crash_orphans(api, told.append, now())
    assert deployed.states() == ["Crashed", "Crashed", "Cancelled", "Completed", "Late"]
    assert len([line for line in told if "looked-after" in line]) == 3


def test_a_running_run_without_a_heartbeat_has_crashed_and_one_with_a_heartbeat_has_not(
    api: SyncPrefectClient, deployed: Deployed, told: list[str], server: Any
) -> None:
    silent, alive = deployed.run(ago(minutes=9), Running()), deployed.run(ago(minutes=8), Running())
    later = now() + timedelta(minutes=2)
    beat = {
        "occurred": (later - timedelta(seconds=20)).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{alive.id}"},
        "id": str(uuid4()),
    }
    httpx.post(f"{server.api_url}/events", json=[beat]).raise_for_status()
    backlog.crash_silent(api, told.append, now())
    assert deployed.states() == ["Running", "Running"], "a run that has just begun may be silent"
    for _ in range(100):
        if backlog._has_heartbeat(api, alive.id, later - backlog.SILENCE, later):
            break
        threading.Event().wait(0.1)
    backlog.crash_silent(api, told.append, later)
    assert [api.read_flow_run(run.id).state_name for run in (silent, alive)] == ["Crashed", "Running"]
    assert len(told) == 1


def test_a_run_that_no_process_takes_up_is_given_up(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    deployed.run(ago(minutes=9), Pending())
    deployed.run(ago(minutes=8), Running(), Cancelling())
    backlog.give_up_forgotten(api, told.append, now())
    assert deployed.states() == ["Pending", "Cancelling"]
    backlog.give_up_forgotten(api, told.append, now() + timedelta(minutes=3))
    assert deployed.states() == ["Crashed", "Cancelled"]


def test_a_crashed_run_is_started_again_three_times_and_then_left_to_a_person(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    run, given_up = deployed.run(ago(minutes=5), Crashed(), by_schedule=False), set[UUID]()
    for number in range(1, 4):
        assert backlog.restart_crashed(api, told.append, now(), given_up) == 1
        state = api.read_flow_run(run.id).state
        assert state is not None
        assert (state.type, state.name) == ("SCHEDULED", "AwaitingRetry")
        assert f"{number} of 3" in told[-1]
        api.set_flow_run_state(run.id, Crashed(), force=True)
    assert backlog.restart_crashed(api, told.append, now(), given_up) == 0
    assert "is not started again" in told[-1]
    assert backlog.restart_crashed(api, told.append, now(), given_up) == 0
    assert len(told) == 4, "it is told once"


def test_a_crashed_run_whose_work_a_newer_one_has_done_is_not_started_again(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    deployed.run(ago(minutes=20), Crashed())
    deployed.run(ago(minutes=10), Completed())
    assert backlog.restart_crashed(api, told.append, now(), set()) == 0
    assert deployed.states() == ["Crashed", "Completed"]
    assert "a newer run does its work" in told[0]


def test_after_downtime_each_schedule_runs_once_for_its_newest_missed_time(
    api: SyncPrefectClient, deployed: Deployed
) -> None:
    moment = datetime(2026, 7, 8, 16, 5, tzinfo=UTC)  # a Wednesday, 12:05 p.m. in New York
    deployed.run(moment - timedelta(days=3), Late(scheduled_time=moment - timedelta(days=3)))
    deployed.run(moment - timedelta(days=3, minutes=-10), Late(scheduled_time=moment - timedelta(days=3)))
    mine = [run for run in missed_runs.missed_runs(api, moment - timedelta(days=3), moment) if is_of(run, deployed)]
    assert [run.expected_start_time for run in mine] == [datetime(2026, 7, 8, 16, 0, tzinfo=UTC)]
    assert deployed.states()[:2] == ["Skipped", "Skipped"]
    waits = api.read_flow_run(mine[0].id).next_scheduled_start_time
    assert waits is not None
    assert waits > datetime.now(UTC), "no worker takes it up before its turn"
    again = [run for run in missed_runs.missed_runs(api, moment - timedelta(days=3), moment) if is_of(run, deployed)]
    assert [run.id for run in again] == [run.id for run in mine], "a second start finds the same run"


def is_of(run: FlowRun, deployed: Deployed) -> bool:
    return run.deployment_id == deployed.id


def test_missed_runs_outlive_a_stop_before_their_turn_and_the_deploying_of_the_next_start(
    api: SyncPrefectClient, deployed: Deployed
) -> None:
    soon = next(run for run in run_queries.runs_of(api, deployment_id=deployed.id) if run.auto_scheduled)
    assert soon.expected_start_time is not None
    moment = run_queries.moment_of(soon) + timedelta(seconds=1)
    first = [run for run in missed_runs.missed_runs(api, moment - timedelta(hours=1), moment) if is_of(run, deployed)]
    deployed.deploy()
    again = [run for run in missed_runs.missed_runs(api, moment, moment) if is_of(run, deployed)]
    assert [run.id for run in again] == [run.id for run in first]
    assert [run.expected_start_time for run in again] == [soon.expected_start_time]


def test_a_missed_run_that_a_person_canceled_stays_canceled(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    moment = datetime(2026, 7, 8, 16, 5, tzinfo=UTC)
    mine = [run for run in missed_runs.missed_runs(api, moment - timedelta(days=1), moment) if is_of(run, deployed)]
    api.set_flow_run_state(mine[0].id, Cancelled(), force=True)
    missed_runs.take_turns(api, mine, threading.Event(), told.append)
    assert deployed.states() == ["Cancelled"]
    api.delete_flow_run(mine[0].id)
    missed_runs.take_turns(api, mine, threading.Event(), told.append)


def test_a_run_that_was_taken_up_meanwhile_is_neither_skipped_nor_put_back(
    api: SyncPrefectClient, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.run(ago(minutes=20), Late(scheduled_time=ago(minutes=20)))
    deployed.run(ago(minutes=10), Late(scheduled_time=ago(minutes=10)))
    read = list(run_queries.waiting_runs(api, now()))
    for run in (item for item in read if is_of(item, deployed)):
        api.set_flow_run_state(run.id, Running(), force=True)
    monkeypatch.setattr("deployments.backlog.waiting_runs", lambda *_: iter(read))
    assert backlog.skip_superseded(api, now()) == 0
    assert deployed.states() == ["Running", "Running"]


def test_a_time_that_has_been_run_was_not_missed(api: SyncPrefectClient, deployed: Deployed) -> None:
    moment = datetime(2026, 7, 8, 16, 5, tzinfo=UTC)
    deployed.run(datetime(2026, 7, 8, 16, 0, tzinfo=UTC), Completed())
    assert [
        run for run in missed_runs.missed_runs(api, moment - timedelta(days=3), moment) if is_of(run, deployed)
    ] == []


def test_missed_runs_take_turns_in_the_order_of_the_season(api: SyncPrefectClient, told: list[str]) -> None:
    names = ("Deliver letters", "Import surveys", "Confirm seats")
    made = {name: Deployed(api, "0 9 * * *", name) for name in names}
    moment, done, stopped = datetime(2026, 7, 8, 16, 5, tzinfo=UTC), list[UUID](), threading.Event()
    ids, most = {item.id: name for name, item in made.items()}, list[int]()
    missed = [r for r in missed_runs.missed_runs(api, moment - timedelta(days=3), moment) if r.deployment_id in ids]
    assert [ids[run.deployment_id] for run in missed if run.deployment_id] == [
        "Import surveys",
        "Confirm seats",
        "Deliver letters",
    ]

    def work() -> None:
        """A worker: takes what is due, one at a time."""
        with conductor.client() as own:
            while len(done) < len(names) and not stopped.wait(0.1):
                due = [run for run in run_queries.waiting_runs(own, now()) if run.deployment_id in ids]
                most.append(len(due))
                for run in due:
                    own.set_flow_run_state(run.id, Running(), force=True)
                    stopped.wait(0.5)
                    done.append(run.id)
                    own.set_flow_run_state(run.id, Completed(), force=True)

    worker = threading.Thread(target=copy_context().run, args=(work,), daemon=True)
    worker.start()
    threading.Timer(40, stopped.set).start()
    missed_runs.take_turns(api, missed, stopped, told.append)
    stopped.set()
    assert done == [run.id for run in missed]
    assert max(most) == 1, "the next one waits until the one before has come to rest"
    assert [line.split(" (")[0] for line in told] == [
        "Caught up: Import surveys",
        "Caught up: Confirm seats",
        "Caught up: Deliver letters",
    ]
    for item in made.values():
        item.remove()


@pytest.mark.parametrize(
    ("schedule", "now_", "expected"),
    [
        ({"cron": "0 9 15 6 *"}, datetime(2027, 6, 17, 12, tzinfo=UTC), datetime(2027, 6, 15, 13, tzinfo=UTC)),
        ({"cron": "*/10 * * * *"}, datetime(2027, 6, 17, 12, tzinfo=UTC), datetime(2027, 6, 17, 12, tzinfo=UTC)),
        ({"cron": "15 7-19 * 4-6 *"}, datetime(2027, 3, 1, tzinfo=UTC), datetime(2026, 6, 30, 23, 15, tzinfo=UTC)),
        ({"cron": "30 6 * * *"}, datetime(2026, 11, 1, 15, tzinfo=UTC), datetime(2026, 11, 1, 11, 30, tzinfo=UTC)),
        ({"cron": "30 6 * * *"}, datetime(2026, 10, 31, 15, tzinfo=UTC), datetime(2026, 10, 31, 10, 30, tzinfo=UTC)),
        (
            {"rrule": "DTSTART:20260101T090000\nRRULE:FREQ=MONTHLY"},
            datetime(2027, 6, 17, 12, tzinfo=UTC),
            datetime(2027, 6, 1, 13, tzinfo=UTC),
        ),
    ],
)
def test_the_newest_missed_time_of_a_schedule_is_found_across_years_and_daylight_saving_time(
    schedule: dict[str, str], now_: datetime, expected: datetime
) -> None:
    found = missed_runs.last_time({**schedule, "timezone": NEW_YORK}, now_ - timedelta(days=300), now_)
    assert found == expected


def test_a_schedule_that_did_not_fire_in_the_span_missed_nothing() -> None:
    yearly = {"cron": "0 9 15 6 *", "timezone": NEW_YORK}
    assert (
        missed_runs.last_time(yearly, datetime(2027, 6, 15, 13, tzinfo=UTC), datetime(2027, 6, 16, tzinfo=UTC)) is None
    )
    assert missed_runs.last_time(yearly, datetime(2027, 7, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)) is None


def test_a_run_that_waits_to_be_tried_again_is_not_an_orphan(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    deployed.run(ago(minutes=5), AwaitingRetry(scheduled_time=ago(minutes=-5)))
    backlog.crash_orphans(api, told.append, now())
    assert (deployed.states(), told) == (["AwaitingRetry"], [])
