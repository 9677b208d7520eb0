"""Schedules fire: a real installation is left alone, and what its schedules started is looked at from outside.

One scheduled flow of each kind runs on an open season here, some on a season that is over or to come; ``test_left_alone.py``
has all of them on all three.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from deployments import conductor
from tasks.season.digest import season_digest
from tasks.season.guard import NOTHING_TO_DO
from tasks.surveys.import_surveys import import_responses
from tests.deployments.installations import (
    Installation,
    once_at,
    prepared,
    set_schedules,
    soon,
    wait_for,
    write_deployments,
    write_letters,
)
from tests.factories.season import LEA_IDS, csv_file, open_season, write_policy
from tests.factories.surveys import survey_row

pytestmark = pytest.mark.xdist_group("installation")
OVER, OPEN, TO_COME = "2001", str(datetime.now(UTC).year), "2098"
SEASONS = (OVER, OPEN, TO_COME)
FEW = ("Release seats", "Watch cohorts", "Deliver letters")
OF_EACH_KIND = (*FEW, "Import surveys", "Confirm seats", "Schedule cohorts", "Watch review sla", "Request transcripts")
SECONDS_TO_DEPLOY = 45  # and as long again for each dozen of deployments: a moment that is over by then never comes
APPLICATIONS = 3


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """An installation with three seasons, whose schedules fire once; and letters, every minute."""
    with started(tmp_path_factory.mktemp("installation"), OF_EACH_KIND, FEW) as found:
        yield found


@contextmanager
def started(home: Path, in_season: Sequence[str] | None, elsewhere: Sequence[str] | None) -> Iterator[SimpleNamespace]:
    """The installation; the flows that are run on the open season, and those on seasons that are not: all where it is None."""
    today, policies = (datetime.now(UTC) - timedelta(days=1)).date(), home / "policies"
    write_policy(policies, OPEN, today.replace(day=min(today.day, 28)), 400, today + timedelta(days=60))
    for season in (OVER, TO_COME):
        write_policy(policies, season, today.replace(year=int(season), day=min(today.day, 28)))
    with prepared(home, policies) as environment:
        for season in SEASONS:
            open_season(season)
        apply_for_seats(home, today - timedelta(days=130))
        before = {season: season_digest(season) for season in SEASONS}
        chosen = {season: in_season if season == OPEN else elsewhere for season in SEASONS}
        names = write_deployments(home / "deployments.yaml", chosen)
        set_schedules(home / "deployments.yaml", once_at(soon(SECONDS_TO_DEPLOY * (1 + len(names) / 12))))
        send_letters_every_minute(home / "deployments.yaml")
        installation = Installation(home, home / "deployments.yaml", environment)
        with installation.stopped_at_the_end():
            installation.start()
            yield SimpleNamespace(installation=installation, before=before, names=names)
            installation.stop()


def apply_for_seats(home: Path, day: Any) -> None:
    rows = [
        survey_row(number, lea_id, submitted_at=f"{day} 10:{number:02d}:00", lead_email=f"lead{number}@lea.example")
        for number, lea_id in enumerate(LEA_IDS[:APPLICATIONS])
    ]
    import_responses.fn(OPEN, datetime.now(UTC), [csv_file(home / "survey.csv", rows)])


def send_letters_every_minute(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    letters = next(item for item in content["deployments"] if item["name"] == f"Deliver letters {OPEN}")
    letters["schedules"] = [{"cron": "* * * * *", "timezone": "UTC", "slug": "every-minute", "active": True}]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def states(left_alone: SimpleNamespace) -> Mapping[str, list[Any]]:
    """The runs of each deployment, without those that wait for their time."""
    names = {key: item["name"] for key, item in left_alone.installation.deployments_by_id().items()}
    found: dict[str, list[Any]] = {name: [] for name in left_alone.names}
    for run in left_alone.installation.runs():
        found[names[str(run.deployment_id)]].append(run)
    return found


def at_rest(left_alone: SimpleNamespace) -> Mapping[str, list[Any]] | None:
    found = states(left_alone)
    resting = {"Completed", NOTHING_TO_DO, "Suspended", "Failed", "Crashed", "Cancelled"}
    ended = {name: [run for run in runs if run.state_name in resting] for name, runs in found.items()}
    return ended if all(ended.values()) else None


def test_a_scheduled_flow_does_its_work_in_its_season_and_nothing_in_any_other(left_alone: SimpleNamespace) -> None:
    check_runs(left_alone)


def check_runs(left_alone: SimpleNamespace) -> None:
    found = wait_for(lambda: at_rest(left_alone), 400, "every schedule's run")
    ends = {name: (runs[0].state_name, runs[0].state.message or "") for name, runs in found.items()}
    assert {name: end for name, end in ends.items() if name.endswith(OPEN) and end[0] != "Completed"} == {
        f"Confirm seats {OPEN}": ends[f"Confirm seats {OPEN}"]
    }
    assert ends[f"Confirm seats {OPEN}"][0] == "Suspended"
    for name, (state, message) in ends.items():
        season = name[-4:]
        if season != OPEN:
            assert state == NOTHING_TO_DO, f"{name}: {message}"
            assert message.startswith(f"Season {season}"), name
            assert (" ended on " if season == OVER else " begins on ") in message, name
    for runs in found.values():
        assert runs[0].auto_scheduled
        assert set(runs[0].parameters) == {"season"}
    unchanged = {season: season_digest(season) for season in SEASONS if season != OPEN}
    assert unchanged == {season: digest for season, digest in left_alone.before.items() if season != OPEN}
    assert left_alone.installation.faults() == []


def test_after_the_approval_the_letters_go_out_without_anybody_starting_a_flow(left_alone: SimpleNamespace) -> None:
    installation = left_alone.installation
    wait_for(lambda: at_rest(left_alone), 400, "every schedule's run")
    assert installation.letters("seats") == []
    with conductor.talking_to(installation.api_url, installation.auth), conductor.client() as api:
        (run,) = conductor.waiting_for_approval(api)
        conductor.answer(run, "approve", "the agency", "as discussed")
    wait_for(lambda: len(installation.letters("seats")) == APPLICATIONS, 240, "the seat letters")
    assert len(installation.deliveries()) == len(set(installation.deliveries()))
    sent_by = installation.runs(f"Deliver letters {OPEN}")
    assert all(run.auto_scheduled for run in sent_by)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("worker", ("worker", "start")),
        ("mail-server", ("sandbox", "mail")),
        ("credit-provider", ("sandbox", "credit-provider")),
    ],
)
def test_a_process_that_died_is_started_again_and_the_console_says_so(
    left_alone: SimpleNamespace, name: str, words: tuple[str, ...]
) -> None:
    installation = left_alone.installation
    killed = installation.find(*words)
    killed.kill()
    wait_for(lambda: f"The {name} was started again." in installation.said(), 60, "the restart")
    assert f"The {name} stopped" in (installation.home / "logs" / "up.log").read_text(encoding="utf-8")
    again = wait_for(lambda: installation.found(*words), 30, "the new process")
    assert again.pid != killed.pid


@pytest.mark.exhaustive
def test_letters_go_on_after_a_stop_in_the_middle_of_them(left_alone: SimpleNamespace) -> None:
    installation, count = left_alone.installation, 1_500
    now = datetime.now(UTC) - timedelta(minutes=10)
    wait_for(lambda: at_rest(left_alone), 400, "every schedule's run")
    write_letters(OPEN, count, now)
    wait_for(lambda: len(installation.letters("commitment")) > 20, 150, "the first letters")
    installation.stop()
    assert len(installation.letters("commitment")) < count
    installation.start()
    wait_for(lambda: len(installation.letters("commitment")) == count, 240, "all letters")
    later = [run for run in installation.runs(f"Deliver letters {OPEN}") if run.start_time and run.start_time > now]
    assert any(run.state_name == "Completed" for run in later)
