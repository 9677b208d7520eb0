"""People of the simulator act in a practice, and operators do not: their files lie in the inbox as anybody's would."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from deployments.practice.agenda import agenda
from deployments.practice.people import SENT, people_of
from deployments.practice.record import first_day, noon
from deployments.sample.jobs import Day
from deployments.sample.timeline import timeline
from deployments.schedules import season_schedules
from schemas.kinds import InputKind
from schemas.settings import settings
from tasks.intake.inbox import inbox_root, incoming
from tests.factories.season import policy, sample_world

JUNE_20 = date(2022, 6, 20)


def test_every_kind_of_file_that_people_send_has_its_folder() -> None:
    assert {kind for kinds in SENT.values() for kind in kinds.values()} == set(InputKind)


def test_every_flow_that_takes_files_in_the_sample_season_takes_them_in_a_practice() -> None:
    flows = {job.flow_name for day in timeline(sample_world()) for job in day.jobs}
    assert flows >= SENT.keys()
    never_sent = {"open-season", "deliver-letters", "report-season", "confirm-seats", "release-seats", "close-waitlist"}
    assert not never_sent & SENT.keys()


@pytest.mark.usefixtures("opened_season")
def test_what_people_send_lies_in_the_inbox_at_rest_and_is_read_by_the_days_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CADRE_INBOX_REST_SECONDS", "5")
    settings.cache_clear()
    world = sample_world(12, folder=settings().folder)
    day = next(day for day in timeline(world) if has_surveys(day))
    sent = people_of(world)(world.policy.local_day(day.moment))
    assert [path.parent.name for path in sent] == [InputKind.SURVEY]
    waiting = [arrival.file.key for arrival in incoming(InputKind.SURVEY, "2022", None)]
    assert waiting == [f"inbox/{path.relative_to(inbox_root())}" for path in sent]
    assert sent[0].stat().st_mtime == world.at(world.policy.local_day(day.moment), 0).timestamp()


def has_surveys(day: Day) -> bool:
    return any(job.flow_name == "import-surveys" and job.parameters()["files"] for job in day.jobs)


@pytest.mark.usefixtures("opened_season")
def test_a_day_that_comes_again_finds_the_same_files() -> None:
    world = sample_world(12, folder=settings().folder)
    days = [world.policy.local_day(day.moment) for day in timeline(world) if has_surveys(day)]
    first = {path: path.read_bytes() for path in people_of(world)(days[0])}
    assert {path: path.read_bytes() for path in people_of(world)(days[0])} == first


def test_nobody_chooses_for_the_person_who_practices(tmp_path: Path) -> None:
    """Manual actions are drawn from what the database holds; here there is none, and none is asked."""
    world = sample_world(4, folder=tmp_path)
    manual = {job.flow_name for day in timeline(world) for job in day.jobs} - SENT.keys()
    assert {"move-participant", "review-again", "change-start", "request-seats", "declare-conflict"} <= manual


def test_the_practice_begins_at_noon_of_the_day_before_seats_are_confirmed() -> None:
    assert noon(policy(), first_day(policy())).isoformat() == "2022-06-14T12:00:00-04:00"


def test_the_agenda_holds_every_run_of_every_schedule_and_people_come_first() -> None:
    begin, end = noon(policy(), JUNE_20), noon(policy(), JUNE_20 + timedelta(days=40))
    found = list(agenda(policy(), begin, end))
    scheduled = [moment for item in season_schedules("2022") for moment in item.runs(begin, end)]
    assert sorted(item.moment for item in found if not item.is_peoples) == sorted(scheduled)
    assert found == sorted(found)
    peoples = [item for item in found if item.is_peoples]
    assert [item.day for item in peoples] == [JUNE_20 + timedelta(days=n) for n in range(1, 41)]
    first = next(item for item in found if item.day == JUNE_20 + timedelta(days=1))
    assert first.is_peoples
