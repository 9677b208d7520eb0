"""Schedules come from the policies: prefect.yaml is what they say, and the calendar shows every run and every deadline."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from prefect.server.schemas.schedules import RRuleSchedule

from deployments import schedules as made
from deployments.catalog import DEPLOYMENTS, FLOWS, deployment_name
from deployments.cli.main import app
from deployments.season_calendar import as_feed, as_page, season_calendar
from rules.schedules import Schedule
from rules.season import part_term
from schemas.settings import settings as own_settings
from tasks.core.policies import policy_of
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.guard import part_of
from tasks.season.seasons import seasons_with_policy
from tests.factories.season import write_policy

SEASONS = ("2022", "2027")
AS_OF = datetime(2026, 12, 1, tzinfo=UTC)
# The days that the packages and the questions and answers name for 2022, and those of the rulings.
DAYS_OF_2022 = {
    date(2022, 6, 10): "Last day of the district interest survey",
    date(2022, 6, 15): "Seats are confirmed, with the agency's approval",
    date(2022, 6, 28): "The Summer Learning Academy opens",
    date(2022, 7, 11): "Exploring Future Ready Librarianship, summer session, begins",
    date(2022, 7, 22): "Last day to enroll into the seats first confirmed",
    date(2022, 7, 31): "Last release of seats; the waitlist is closed",
    date(2022, 9, 4): "Exploring Future Ready Librarianship, summer session, ends",
    date(2022, 10, 3): "Exploring Future Ready Librarianship, fall session, begins",
    date(2022, 10, 14): "Last day of the Summer Learning Academy",
    date(2022, 12, 4): "Exploring Future Ready Librarianship, fall session, ends",
    date(2023, 6, 12): "Last day of portfolios of the first cohorts",
    date(2023, 7, 24): "Results are promised of what the first cohorts submit on their last day",
}
MOVED = timedelta(weeks=261)  # five years, to the same day of the week


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the policy of 2031 alone."""
    write_policy(tmp_path / "policies", "2031", date(2031, 4, 18))
    monkeypatch.setenv("CADRE_POLICY_FOLDER", str(tmp_path / "policies"))
    own_settings.cache_clear()
    yield tmp_path / "policies"
    own_settings.cache_clear()


def schedules_in_file() -> Iterator[tuple[str, dict[str, Any]]]:
    content = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    for deployment in content["deployments"]:
        for schedule in deployment["schedules"]:
            yield deployment["name"], schedule


def all_schedules() -> list[Schedule]:
    return [item for season in SEASONS for item in made.season_schedules(season)]


def test_the_file_that_is_deployed_has_the_schedules_that_the_policies_say() -> None:
    assert seasons_with_policy() == list(SEASONS)
    assert not made.stale_schedules(SEASONS), "prefect.yaml is stale: run `cadre season schedule`"
    wanted = {(deployment_name(item.flow), item.slug, item.text, item.season) for item in all_schedules()}
    found = {
        (name, schedule["slug"], schedule["rrule"], schedule["parameters"]["season"])
        for name, schedule in schedules_in_file()
    }
    assert found == wanted
    assert {schedule["timezone"] for _, schedule in schedules_in_file()} == {"America/New_York"}


def test_every_flow_that_nobody_starts_by_hand_has_a_schedule_in_every_season() -> None:
    content = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    manual = {item["name"] for item in content["deployments"] if "manual" in item["tags"]} | {"Open season"}
    for season in SEASONS:
        scheduled = {deployment_name(item.flow) for item in made.season_schedules(season)}
        assert scheduled == {deployment_name(name) for name in FLOWS} - manual


@pytest.mark.parametrize("season", SEASONS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_on_whatever_day_a_flow_can_act_a_run_comes_within_the_time_that_the_policy_promises(
    season: str, data: st.DataObject
) -> None:
    policy = policy_of(season)
    planned = data.draw(st.sampled_from([item for item in policy.schedules if item.is_recurring]))
    term = part_term(part_of(FLOWS[planned.flow].fn), policy)
    last = term.ends_on - timedelta(days=policy.operation.catch_up_days)  # from then on there is nothing new to do
    moment = datetime.combine(data.draw(st.dates(term.starts_on, last)), data.draw(st.times()), policy.zone)
    runs = [
        run
        for item in made.season_schedules(season)
        if item.flow == planned.flow
        for run in item.runs(moment.astimezone(UTC), moment.astimezone(UTC) + timedelta(hours=planned.within_hours))
    ]
    assert runs, f"{planned.flow}, {moment}"


@pytest.mark.parametrize("season", SEASONS)
def test_a_day_on_which_a_flow_acts_once_has_its_run_on_that_day_or_the_next_working_day(season: str) -> None:
    policy = policy_of(season)
    for planned in (item for item in policy.schedules if not item.is_recurring):
        for day in policy.days_at(planned.on):
            begins = datetime.combine(day, time(), policy.zone).astimezone(UTC)
            ends = begins + timedelta(hours=planned.within_hours)
            assert any(True for item in made.season_schedules(season) for _ in item.runs(begins, ends))


def test_prefect_starts_the_runs_at_the_moments_that_we_show_across_four_changes_of_the_clocks() -> None:
    for item in made.season_schedules("2022"):
        prefects = RRuleSchedule(rrule=item.text, timezone=item.zone.key)
        for day in (date(2022, 11, 5), date(2023, 3, 11), date(2023, 11, 4), date(2024, 3, 9)):
            since = datetime.combine(day, time(12), item.zone).astimezone(UTC)
            until = since + timedelta(days=3)
            theirs = asyncio.run(prefects.get_dates(n=1_000, start=since, end=until))
            ours = set(item.runs(since, until))
            differ = {run.astimezone(UTC) for run in theirs} ^ ours
            assert {run for run in differ if run.astimezone(item.zone).hour not in {1, 2, 3}} == set(), item.slug


@pytest.mark.parametrize("season", SEASONS)
def test_the_calendar_has_the_days_that_the_program_names(season: str) -> None:
    shown = {(day.on, day.what) for day in season_calendar(season).days}
    moved = MOVED if season == "2027" else timedelta()
    missing = {(day + moved, what) for day, what in DAYS_OF_2022.items()} - shown
    assert {what for _, what in missing} <= {
        "Results are promised of what the first cohorts submit on their last day"
    } | ({"Last day of portfolios of the first cohorts"} if season == "2027" else set())


def test_months_after_a_start_are_months_of_its_own_year() -> None:
    days = {day.what: day.on for day in season_calendar("2027").days}
    assert days["Last day of portfolios of the first cohorts"] == date(2028, 6, 13)  # nine months after September 13


def test_the_feed_says_the_same_as_the_table() -> None:
    calendar = season_calendar("2027")
    feed: Any = icalendar.Calendar.from_ical(as_feed(calendar, AS_OF))
    events = {str(event["uid"]): event for event in feed.walk("VEVENT")}
    assert len(events) == len(calendar.days) + len(calendar.scheduled)
    for item in calendar.scheduled:
        event = events[f"{item.schedule.flow}-{item.schedule.slug}@cadre.example"]
        assert event["dtstart"].dt.astimezone(UTC) == item.runs[0]
        assert ("rrule" in event) is not item.schedule.is_once
    survey = next(event for uid, event in events.items() if "survey.closes_on" in uid)
    assert survey["dtstart"].dt == date(2027, 6, 11)


def test_the_page_shows_every_day_and_every_schedule() -> None:
    calendar = season_calendar("2027")
    page = as_page(calendar)
    assert page.count("<tr>") == len(calendar.days) + len(calendar.scheduled) + 2
    assert "Confirm seats" in page
    assert "daily every hour from 07:15 to 19:15" in page


def test_a_schedule_of_an_unknown_flow_is_refused_with_its_name(policies: Path) -> None:
    path = policies / "2031.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"audit-season"', '"audit-everything"'), encoding="utf-8")
    with pytest.raises(OperatorError, match="no flow of ours: audit-everything"):
        made.season_schedules("2031")


def test_schedule_writes_the_file_anew_for_the_seasons_that_have_a_policy(
    policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policies
    file = tmp_path / "prefect.yaml"
    file.write_text(DEPLOYMENTS.read_text(encoding="utf-8"), encoding="utf-8")
    before = yaml.safe_load(file.read_text(encoding="utf-8"))
    options = ["season", "schedule", "--file", str(file), "--json"]
    codes = [app([*options, *more], result_action="return_value") for more in (["--check"], [], ["--check"])]
    assert codes == [1, 0, 0]
    assert capsys.readouterr().out.count('"is_changed": true') == 2
    after = yaml.safe_load(file.read_text(encoding="utf-8"))
    for deployment in after["deployments"]:
        assert {schedule["parameters"]["season"] for schedule in deployment["schedules"]} <= {"2031"}
    without = [[{**item, "schedules": []} for item in content["deployments"]] for content in (before, after)]
    assert without[0] == without[1], "nothing but the schedules has changed"
    assert file.read_text(encoding="utf-8").startswith("# Every flow as an operator sees it")


def test_calendar_prints_days_and_runs_and_writes_both_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [
        "season",
        "calendar",
        "--season",
        "2027",
        "--ics",
        str(tmp_path / "a.ics"),
        "--page",
        str(tmp_path / "a.html"),
    ]
    assert app(options, result_action="return_value") == 0
    said = capsys.readouterr().out
    assert "Wed 2027-06-16        Seats are confirmed, with the agency's approval" in said
    assert "Wed 2027-06-16 09:00  Confirm seats: once at 09:00 (1 run, the last on 2027-06-16)" in said
    assert {path.suffix for path in tmp_path.iterdir()} == {".ics", ".html"}
    app([*options, "--every-run", "--from", "2027-06-16", "--days", "2", "--json"], result_action="return_value")
    runs = {item["flow"]: item["runs"] for item in json.loads(capsys.readouterr().out)["schedules"]}
    assert runs["confirm-seats"] == ["2027-06-16 09:00:00-04:00"]
    assert len(runs["deliver-letters"]) == 2 * 24 * 6
