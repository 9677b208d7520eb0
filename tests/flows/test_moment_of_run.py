"""The moment that a run decides for, in runs of a real server: scheduled, late, manual, retried, resumed, and plain."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect import flow, suspend_flow_run, task
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run
from prefect.states import AwaitingRetry, Crashed, Late, Scheduled

from deployments import conductor
from deployments.catalog import FLOWS
from schemas.settings import settings
from tasks.core.clock import moment_of_run

pytestmark = pytest.mark.xdist_group("sqlite")
SEEN: list[datetime] = []
THEN = datetime(2026, 7, 31, 12, 0, tzinfo=UTC)


@task
def see(moment: datetime) -> None:
    SEEN.append(moment)


@flow(name="tell-moment", persist_result=False)
def tell_moment(*, is_suspended: bool = False) -> None:
    """Keep the moment, with the arithmetic that loses the zone of Prefect's own type."""
    moment = moment_of_run(None)
    see(moment - timedelta(days=1))
    if is_suspended:
        suspend_flow_run(timeout=600, key="once")


TRIES: list[int] = []


@flow(name="tell-moment-twice", retries=1, persist_result=False)
def tell_moment_twice() -> None:
    """Fail after the first telling."""
    see(moment_of_run(None) - timedelta(days=1))
    TRIES.append(1)
    if len(TRIES) == 1:
        raise OSError("once")


@pytest.fixture
def api(server: Any) -> Iterator[SyncPrefectClient]:
    assert server
    SEEN.clear()
    TRIES.clear()
    with conductor.client() as found:
        yield found


@pytest.fixture
def deployment(api: SyncPrefectClient) -> Iterator[UUID]:
    made = api.create_deployment(flow_id=api.create_flow(tell_moment), name=f"moment-{uuid4()}")
    yield made
    api.delete_deployment(made)


def run(api: SyncPrefectClient, deployment: UUID, state: State[Any] | None, **parameters: Any) -> UUID:
    made = api.create_flow_run_from_deployment(deployment, state=state, parameters=parameters)
    engine(api, made.id)
    return made.id


def engine(api: SyncPrefectClient, run_id: UUID) -> None:
    found = api.read_flow_run(run_id)
    try:
        run_flow(tell_moment, flow_run=found, parameters=tell_moment.validate_parameters(found.parameters))
    except Pause:
        assert found.parameters["is_suspended"]


def seen() -> list[datetime]:
    """What was told, a day later: plain datetimes in UTC."""
    assert all(type(moment) is datetime and moment.tzinfo is UTC for moment in SEEN)
    return [moment + timedelta(days=1) for moment in SEEN]


def test_a_scheduled_run_decides_for_the_time_of_its_schedule(api: SyncPrefectClient, deployment: UUID) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    run(api, deployment, Scheduled(scheduled_time=soon))
    assert seen() == [soon]


def test_a_late_run_decides_for_the_time_at_which_it_should_have_started(
    api: SyncPrefectClient, deployment: UUID
) -> None:
    run(api, deployment, Late(scheduled_time=THEN))
    assert seen() == [THEN]


def test_a_run_that_waited_for_its_slot_decides_for_the_time_of_its_schedule(
    api: SyncPrefectClient, deployment: UUID
) -> None:
    made = api.create_flow_run_from_deployment(deployment, state=Scheduled(scheduled_time=THEN))
    later = datetime.now(UTC)
    api.set_flow_run_state(made.id, Scheduled(name="AwaitingConcurrencySlot", scheduled_time=later), force=True)
    engine(api, made.id)
    assert seen() == [THEN]


def test_a_manual_run_decides_for_now(api: SyncPrefectClient, deployment: UUID) -> None:
    before = datetime.now(UTC)
    run(api, deployment, None)
    assert before - timedelta(seconds=2) <= seen()[0] <= datetime.now(UTC)


def test_a_run_that_is_tried_again_decides_for_the_same_moment(api: SyncPrefectClient) -> None:
    assert api
    tell_moment_twice()
    first, second = seen()
    assert first == second


def test_a_run_that_crashed_and_is_started_again_decides_for_the_same_moment(
    api: SyncPrefectClient, deployment: UUID
) -> None:
    run_id = run(api, deployment, Late(scheduled_time=THEN))
    api.set_flow_run_state(run_id, Crashed(), force=True)
    api.set_flow_run_state(run_id, AwaitingRetry(scheduled_time=datetime.now(UTC)), force=True)
    engine(api, run_id)
    assert seen() == [THEN, THEN]


def test_a_resumed_run_decides_for_the_moment_of_its_first_start(api: SyncPrefectClient, deployment: UUID) -> None:
    run_id = run(api, deployment, Late(scheduled_time=THEN), is_suspended=True)
    resume_flow_run(run_id)
    engine(api, run_id)
    assert seen() == [THEN, THEN]


def test_a_plain_call_decides_for_now() -> None:
    before = datetime.now(UTC)
    moment = moment_of_run(None)
    assert type(moment) is datetime
    assert before <= moment <= datetime.now(UTC)
    assert moment.tzinfo is UTC


def test_a_moment_without_a_zone_is_rejected() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        moment_of_run(datetime(2022, 6, 15, 9))  # noqa: DTZ001 - what is rejected here


def test_a_day_to_come_is_rejected_but_where_the_clock_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(ValueError, match="lies in the future"):
        moment_of_run(tomorrow)
    assert moment_of_run(THEN) == THEN
    monkeypatch.setenv("CADRE_CLOCK", "simulated")
    settings.cache_clear()
    assert moment_of_run(tomorrow) == tomorrow
    settings.cache_clear()


@pytest.mark.parametrize("name", FLOWS)
def test_no_flow_decides_for_a_day_to_come(name: str) -> None:
    """Whoever starts it and however: each flow's function judges the moment before it does anything."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    required = [p.name for p in signature(FLOWS[name].fn).parameters.values() if p.default is p.empty]
    with pytest.raises(ValueError, match="lies in the future"):
        FLOWS[name].fn(**dict.fromkeys(required, "2022"), as_of=tomorrow)
