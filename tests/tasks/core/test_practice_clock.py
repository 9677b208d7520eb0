"""The practice clock stands until a person moves it on, and a run's moment follows from when it was scheduled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.settings import PRACTICE_CLOCK, Settings, settings
from tasks.core.clock import machine_time, moment_of_action, moment_of_run, now, timeout_seconds
from tasks.core.practice_clock import LONGEST, PracticeClockError, moment_at, set_to, standing_at

JUNE_14 = datetime(2022, 6, 14, 16, 0, tzinfo=UTC)
JUNE_15 = datetime(2022, 6, 15, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CADRE_HOME", str(tmp_path))
    monkeypatch.setenv("CADRE_ENVIRONMENT", "practice")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_the_clock_stands_however_much_time_goes_by(home: Path) -> None:
    set_to(JUNE_14, machine_time() - 1_000 * HOUR)
    assert home.joinpath(PRACTICE_CLOCK).exists()
    assert standing_at() == JUNE_14
    assert JUNE_14 <= now() <= JUNE_14 + LONGEST


@pytest.mark.usefixtures("home")
def test_what_is_done_later_on_a_standing_day_has_a_later_moment() -> None:
    begun = machine_time()
    set_to(JUNE_14, begun)
    moments = [moment_at(begun + timedelta(seconds=seconds)) for seconds in (0, 1, 2, 3_600)]
    assert moments == sorted(set(moments))
    assert moments[-1] - JUNE_14 < timedelta(seconds=1)


@pytest.mark.usefixtures("home")
def test_a_run_that_is_started_again_on_a_later_day_keeps_the_moment_at_which_it_was_scheduled() -> None:
    begun = machine_time()
    set_to(JUNE_14, begun)
    before = moment_at(begun + HOUR)
    set_to(JUNE_15, begun + 2 * HOUR)
    assert moment_at(begun + HOUR) == before < JUNE_15
    assert moment_at(begun + 2 * HOUR) == JUNE_15
    assert moment_at(begun - HOUR) == JUNE_14


@pytest.mark.usefixtures("home")
def test_what_a_person_does_counts_from_the_day_on_which_the_clock_stands() -> None:
    set_to(JUNE_15, machine_time())
    assert moment_of_action(JUNE_14) - JUNE_15 < timedelta(seconds=1)
    assert moment_of_run(JUNE_14) == JUNE_14
    assert moment_of_run(None) - JUNE_15 < timedelta(seconds=1)


@pytest.mark.usefixtures("home")
def test_no_run_decides_for_a_day_that_the_clock_has_not_reached() -> None:
    set_to(JUNE_14, machine_time())
    with pytest.raises(ValueError, match="lies in the future"):
        moment_of_run(JUNE_15)


@pytest.mark.usefixtures("home")
def test_the_clock_never_goes_back() -> None:
    set_to(JUNE_15, machine_time())
    with pytest.raises(PracticeClockError, match="never goes back"):
        set_to(JUNE_14, machine_time())


@pytest.mark.parametrize("content", ["", "yesterday\n", "2026-11-30T12:00:00+00:00\n"])
def test_a_clock_that_cannot_be_read_is_told_with_the_remedy(home: Path, content: str) -> None:
    home.joinpath(PRACTICE_CLOCK).write_text(content, encoding="ascii")
    with pytest.raises(PracticeClockError, match="make practice-reset"):
        now()


def test_a_run_that_waits_for_the_agency_is_timed_by_the_machine_only_where_its_days_are_the_machines(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.exists()
    assert timeout_seconds(56) is None
    monkeypatch.setenv("CADRE_ENVIRONMENT", "sample")
    settings.cache_clear()
    assert timeout_seconds(56) == 56 * 24 * 3_600


def test_production_refuses_a_data_directory_with_a_practice_clock(home: Path) -> None:
    set_to(JUNE_14, machine_time())
    for environment in ("production", "sample"):
        with pytest.raises(ValidationError, match="data directory of a practice"):
            Settings(home=home, environment=environment, smtp_security="tls")


def test_whoever_opens_the_data_directory_of_a_practice_has_its_clock(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(JUNE_14, machine_time())
    monkeypatch.delenv("CADRE_ENVIRONMENT")
    assert Settings(home=home).environment == "practice"
