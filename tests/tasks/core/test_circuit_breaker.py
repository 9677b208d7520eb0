"""A service that is set up wrong is tried once a minute, by one of all processes, and says why, since when, and when next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from schemas.tables import ServiceCircuit
from tasks.core.circuit_breaker import circuit
from tasks.core.database import reading
from tasks.core.step import ItemSetupError, ServiceDownError, ServiceSetupError

NAME = "the credit provider"
NOON = datetime(2023, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(database: str, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the test: what stands in it is now."""
    assert database
    moments = [NOON]
    monkeypatch.setattr("tasks.core.circuit_breaker.machine_time", lambda: moments[-1])
    return moments


def ask(error: Exception | None = None) -> str:
    """Ask the service once, which answers with a fault or well: "asked", or what was raised without asking."""
    asked = []
    try:
        with circuit(NAME):
            asked.append(1)
            if error:
                raise error
    except (ServiceSetupError, ServiceDownError) as raised:
        return "asked" if asked else str(raised)
    return "asked"


def is_open() -> bool:
    with reading() as db:
        return db.get(ServiceCircuit, NAME) is not None


def test_after_a_wrong_token_nobody_asks_for_a_minute_and_reads_why(clock: list[datetime]) -> None:
    assert ask(ServiceSetupError("The credit provider answered 401. Check the token.")) == "asked"
    clock.append(NOON + timedelta(seconds=59))
    told = ask()
    assert "The credit provider answered 401. Check the token." in told
    assert "since 2023-06-01 12:00:00 UTC" in told
    assert "next at 2023-06-01 12:01:00 UTC" in told


def test_after_a_minute_one_is_asked_and_success_lets_everybody_through(clock: list[datetime]) -> None:
    ask(ServiceSetupError("wrong"))
    clock.append(NOON + timedelta(seconds=60))
    assert ask() == "asked"
    assert not is_open()
    assert [ask(), ask()] == ["asked", "asked"]


def test_a_trial_that_fails_keeps_it_open_since_the_first_fault(clock: list[datetime]) -> None:
    ask(ServiceSetupError("first"))
    clock.append(NOON + timedelta(minutes=2))
    assert ask(ServiceSetupError("second")) == "asked"
    told = ask()
    assert "second" in told
    assert "since 2023-06-01 12:00:00 UTC" in told
    assert "next at 2023-06-01 12:03:00 UTC" in told


def test_of_many_workers_at_once_one_tries(clock: list[datetime]) -> None:
    ask(ServiceSetupError("wrong"))
    clock.append(NOON + timedelta(minutes=1))
    together = Barrier(8)

    def worker(_: int) -> str:
        together.wait()
        return ask(ServiceSetupError("still wrong"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(worker, range(8))).count("asked") == 1


@pytest.mark.parametrize("error", [ServiceDownError("silent"), ItemSetupError("this one item"), None])
def test_neither_silence_nor_one_bad_item_opens_it(error: Exception | None) -> None:
    assert ask(error) == "asked"
    assert not is_open()


def test_silence_during_a_trial_leaves_it_open(clock: list[datetime]) -> None:
    ask(ServiceSetupError("wrong"))
    clock.append(NOON + timedelta(minutes=1))
    assert ask(ServiceDownError("silent")) == "asked"
    assert is_open()


def test_services_do_not_share_a_circuit() -> None:
    ask(ServiceSetupError("wrong"))
    with circuit("the survey tool") as is_trial:
        assert not is_trial
