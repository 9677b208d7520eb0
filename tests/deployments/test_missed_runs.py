"""What downtime missed, on a real server: once each, for the newest time, in the order of the season."""

import threading
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.states import (
    Cancelled,
    Completed,
    Late,
    Running,
)

from deployments import conductor, missed_runs, run_queries
from tests.deployments.run_states import NEW_YORK, Deployed, api, deployed, is_of, now, told

pytestmark = pytest.mark.xdist_group("sqlite")
__all__ = ["api", "deployed", "told"]  # fixtures


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


def test_each_season_of_a_flow_is_caught_up_for_itself(api: SyncPrefectClient) -> None:
    moment, seasons = datetime(2026, 7, 8, 16, 5, tzinfo=UTC), ("2026", "2027")
    deployed = Deployed(api, seasons=seasons)
    deployed.run(moment - timedelta(minutes=5), Completed(), season="2026")
    deployed.run(moment - timedelta(hours=2), Late(scheduled_time=moment - timedelta(hours=2)), season="2027")
    mine = [run for run in missed_runs.missed_runs(api, moment - timedelta(days=3), moment) if is_of(run, deployed)]
    assert [(run.parameters["season"], run.expected_start_time) for run in mine] == [
        ("2027", datetime(2026, 7, 8, 16, 0, tzinfo=UTC))
    ]
    assert deployed.states()[0] == "Skipped"
    deployed.remove()


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
