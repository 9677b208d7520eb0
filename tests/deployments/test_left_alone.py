"""What takes long to prove: every scheduled flow on every season, a lost process found, half an hour of all schedules."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deployments.run_queries import SKIPPED
from tasks.season.guard import NOTHING_TO_DO
from tests.deployments.installations import (
    Installation,
    prepared,
    set_schedules,
    wait_for,
    write_deployments,
    write_letters,
)
from tests.deployments.test_schedules import OPEN, check_runs, started
from tests.factories.season import open_season, write_policy

pytestmark = [pytest.mark.exhaustive, pytest.mark.xdist_group("installation")]
SOAK_SECONDS = 1_800
SOAKED_RUNS = 20
EVERY_MINUTE = {"cron": "* * * * *", "timezone": "America/New_York", "active": True}
MEMORY_GROWTH = 1.10
WARM_MINUTES = 7  # until then every flow has been imported, and Prefect has filled its caches


def test_every_scheduled_flow_runs_as_its_schedule_starts_it_on_every_season(tmp_path: Path) -> None:
    with started(tmp_path, None, None) as left_alone:
        check_runs(left_alone)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An open season with all schedules every minute, not yet started; whatever comes of it, nothing of it goes on."""
    write_policy(tmp_path / "policies", OPEN, (datetime.now(UTC) - timedelta(days=1)).date(), 400)
    with prepared(tmp_path, tmp_path / "policies") as environment:
        open_season(OPEN)
        write_deployments(tmp_path / "deployments.yaml", {OPEN: None})
        set_schedules(tmp_path / "deployments.yaml", EVERY_MINUTE)
    with Installation(tmp_path, tmp_path / "deployments.yaml", environment).stopped_at_the_end() as found:
        yield found


def test_a_run_whose_worker_and_process_were_killed_is_found_within_two_minutes_and_started_again(
    installation: Installation,
) -> None:
    with prepared(installation.home, installation.home / "policies"):
        write_letters(OPEN, 20_000, datetime.now(UTC) - timedelta(minutes=5))
        installation.start()
        wait_for(lambda: len(installation.letters("commitment")) > 20, 120, "the first letters")
        (run,) = [item for item in installation.runs(f"Deliver letters {OPEN}") if item.state_name == "Running"]
        for process in (installation.find("worker", "start"), installation.process_of(run)):
            process.kill()
        wait_for(lambda: f"{run.name}) crashed" in installation.said(), 120, "the lost run")
        wait_for(lambda: len(set(installation.deliveries())) == 20_000, 600, "all letters")
        installation.stop()
        assert len(installation.deliveries()) <= 20_000 + 1, "the kill may cost one letter a second copy"


def test_half_an_hour_of_all_schedules_with_a_stop_and_a_killed_worker(installation: Installation) -> None:
    """No error in any log, every run completed, each flow often enough, nothing sent twice, memory flat."""
    with prepared(installation.home, installation.home / "policies"):
        write_letters(OPEN, 2_000, datetime.now(UTC) - timedelta(minutes=5))
        begins = time.monotonic()
        installation.start()
        time.sleep(SOAK_SECONDS / 4)
        installation.find("worker", "start").kill()
        wait_for(lambda: "The worker was started again." in installation.said(), 60, "the worker")
        time.sleep(SOAK_SECONDS / 4)
        installation.stop()
        installation.start()
        samples = []
        while time.monotonic() - begins < SOAK_SECONDS:
            time.sleep(60)
            samples.append(memory(installation))
        early, late = samples[WARM_MINUTES], samples[-1]
        runs = installation.runs()
        names = {key: item["name"] for key, item in installation.deployments_by_id().items()}
        installation.stop()
    states = Counter(str(run.state_name) for run in runs)
    done = Counter(names[str(run.deployment_id)] for run in runs if run.state_name in {"Completed", NOTHING_TO_DO})
    print(states, done, samples)
    assert installation.faults() == []
    assert min(done.values()) >= SOAKED_RUNS, done
    assert len(done) == len([name for name in names.values() if name.endswith(OPEN)])
    over = datetime.now(UTC) - timedelta(minutes=3)
    unfinished = [run for run in runs if run.expected_start_time and run.expected_start_time < over]
    ended = {"Completed", NOTHING_TO_DO, SKIPPED}
    assert {f"{run.name}: {run.state_name}" for run in unfinished if run.state_name not in ended} == set()
    sent = installation.deliveries()
    assert len(sent) == len(set(sent)) >= 2_000
    assert all(late[name] <= early[name] * MEMORY_GROWTH for name in early), (early, late)


def memory(installation: Installation) -> dict[str, int]:
    """What the server and the worker hold, in MiB."""
    words = {"server": ("prefect_server",), "worker": ("worker", "start")}
    return {name: installation.find(*found).memory_info().rss // 2**20 for name, found in words.items()}
