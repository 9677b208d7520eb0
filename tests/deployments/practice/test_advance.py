"""The form by which the clock of a practice is moved, and which runs of a day it makes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from prefect.exceptions import ParameterTypeError

from deployments.practice.advance import advance_flow, given_to, target_of
from deployments.practice.need import Need
from deployments.schedules import season_schedules
from schemas.kinds import InputKind
from tasks.intake.inbox import inbox
from tasks.ledger.unit_of_work import OperatorError
from tests.deployments.installations import write_letters
from tests.factories.season import policy
from tests.test_architecture import FACTS

JUNE_14 = datetime(2022, 6, 14, 16, 0, tzinfo=UTC)
MORNING, EVENING = (datetime(2022, 6, 15, hour, tzinfo=UTC) for hour in (12, 22))
JUNE_15 = date(2022, 6, 15)


def test_the_form_asks_for_days_or_for_a_day_and_says_what_they_are() -> None:
    item = advance_flow(lambda _days, _until: None)
    fields = item.parameters.properties
    assert set(fields) == {"days", "until"}
    assert all(field["description"] for field in fields.values())
    assert (fields["days"]["minimum"], fields["days"]["maximum"], fields["days"]["default"]) == (1, 60, 1)
    assert [fact for fact in FACTS if fact not in (item.description or "")] == []


@pytest.mark.parametrize("given", [{"days": 0}, {"days": 61}, {"days": "soon"}, {"until": "June"}])
def test_the_form_takes_nothing_else(given: dict[str, object]) -> None:
    item = advance_flow(lambda _days, _until: None)
    with pytest.raises(ParameterTypeError, match=next(iter(given))):
        given_to(item, given)


def test_the_practice_moves_on_to_noon() -> None:
    assert target_of(policy(), 1, None, JUNE_14).isoformat() == "2022-06-15T12:00:00-04:00"
    assert target_of(policy(), 60, None, JUNE_14).isoformat() == "2022-08-13T12:00:00-04:00"
    assert target_of(policy(), 1, date(2022, 11, 7), JUNE_14).isoformat() == "2022-11-07T12:00:00-05:00"


@pytest.mark.parametrize("day", [date(2022, 6, 14), date(2022, 6, 1)])
def test_a_day_that_has_come_is_refused(day: date) -> None:
    with pytest.raises(OperatorError, match="The practice is at 2022-06-14; name a later day"):
        target_of(policy(), 1, day, JUNE_14)


def test_every_flow_that_comes_several_times_a_day_and_no_other_is_asked_whether_it_has_anything_to_do() -> None:
    often = {planned.flow for planned in policy().schedules if planned.until is not None}
    assert often == Need("2022").asked.keys()
    assert often < {schedule.flow for schedule in season_schedules("2022")}


@pytest.fixture
def need(opened_season: None) -> Need:
    del opened_season
    return Need("2022")


def test_a_run_that_comes_once_a_day_always_takes_place(need: Need) -> None:
    assert need.is_there("release-seats", JUNE_15, MORNING)
    assert need.is_there("release-seats", JUNE_15, EVENING)


def test_letters_are_delivered_at_the_first_run_of_a_day_and_whenever_some_wait(need: Need) -> None:
    assert need.is_there("deliver-letters", JUNE_15, MORNING)
    assert not need.is_there("deliver-letters", JUNE_15, EVENING)
    write_letters("2022", 1, MORNING)
    assert need.is_there("deliver-letters", JUNE_15, EVENING)
    assert need.is_there("deliver-letters", JUNE_15 + timedelta(days=1), EVENING + timedelta(days=1))


def test_surveys_are_imported_at_the_first_run_of_a_day_and_whenever_a_file_has_come(need: Need) -> None:
    assert need.is_there("import-surveys", JUNE_15, MORNING)
    assert not need.is_there("import-surveys", JUNE_15, EVENING)
    folder = inbox(InputKind.SURVEY)
    folder.mkdir(parents=True)
    (folder / "late.csv").write_text("response_id\n", encoding="utf-8")
    assert need.is_there("import-surveys", JUNE_15, EVENING)
    assert not need.is_there("import-surveys", JUNE_15, EVENING + timedelta(hours=1))


def test_a_run_with_nothing_in_its_form_moves_the_practice_on_by_a_day() -> None:
    """As *Quick run* starts it: without any parameter."""
    asked: list[object] = []
    item = advance_flow(lambda days, until: asked.append((days, until)))
    assert given_to(item, {}) == {"days": 1, "until": None}
    assert given_to(item, {"days": 60}) == {"days": 60, "until": None}
    assert asked == []
