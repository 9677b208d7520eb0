"""Runs that nobody looks after, on a real server: left behind, made needless by a newer one, crashed."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.states import (
    AwaitingRetry,
    Cancelling,
    Completed,
    Crashed,
    Late,
    Pending,
    Running,
    Scheduled,
    Suspended,
)

from deployments import backlog, run_queries
from tests.deployments.run_states import Deployed, ago, api, deployed, is_of, now, told
from tests.signed_in import signed_in

pytestmark = pytest.mark.xdist_group("sqlite")
__all__ = ["api", "deployed", "told"]  # fixtures


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


def test_a_run_of_one_season_never_does_the_work_of_another(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    deployed.run(ago(minutes=40), Late(scheduled_time=ago(minutes=40)), season="2026")
    deployed.run(ago(minutes=30), Late(scheduled_time=ago(minutes=30)), season="2027")
    deployed.run(ago(minutes=25), Running(), Crashed(), season="2026")
    deployed.run(ago(minutes=20), Completed(), season="2027")
    assert backlog.skip_superseded(api, now()) == 0
    backlog.restart_crashed(api, told.append, now(), set())
    assert deployed.states() == ["Late", "Late", "AwaitingRetry", "Completed"]


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
    with signed_in(server.api_url, server.auth) as http:
        http.post("/events", json=[beat]).raise_for_status()
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
    assert deployed.states() == ["Skipped", "Completed"]
    assert "a newer run does its work" in told[0]


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


def test_a_run_that_waits_to_be_tried_again_is_not_an_orphan(
    api: SyncPrefectClient, deployed: Deployed, told: list[str]
) -> None:
    deployed.run(ago(minutes=5), AwaitingRetry(scheduled_time=ago(minutes=-5)))
    backlog.crash_orphans(api, told.append, now())
    assert (deployed.states(), told) == (["AwaitingRetry"], [])
