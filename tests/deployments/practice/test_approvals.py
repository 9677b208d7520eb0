"""A run that waits for the agency while the clock of a practice moves behaves as it would on those days."""

from collections.abc import Iterator
from contextvars import copy_context
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import select

from deployments import conductor
from deployments.practice.play import EXPIRED, Practice, expire_approvals
from schemas.settings import settings
from schemas.tables import Offer, SeatRound
from tasks.core.clock import machine_time
from tasks.core.practice_clock import set_to
from tests.factories.season import policy, sample_world, use_database
from tests.factories.seats import JUNE_15, apply_for_seats

pytestmark = pytest.mark.xdist_group("sqlite")
TRIFLE = timedelta(seconds=1)


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Any) -> Iterator[SyncPrefectClient]:
    """A practice at the morning of June 15 in which two districts have applied, on the shared server."""
    del server
    use_database(monkeypatch, tmp_path)
    apply_for_seats(tmp_path, 30, 25)
    for name, value in (("ENVIRONMENT", "practice"), ("CLOCK", "real")):
        monkeypatch.setenv(f"CADRE_{name}", value)
    settings.cache_clear()
    set_to(JUNE_15, machine_time())
    with conductor.client() as found:
        yield found
    settings.cache_clear()


def ask(api: SyncPrefectClient, **more: Any) -> FlowRun:
    run = conductor.start_deployed(api, "confirm-seats", {"season": "2022", **more}, "confirm")
    assert run.state is not None
    assert run.state.is_paused()
    return run


def answer(api: SyncPrefectClient, run: FlowRun, at: datetime) -> None:
    set_to(at, machine_time())
    conductor.answer(run, "approve", "agency staff", "")
    conductor.conduct(api, run.id, "confirm-seats")


def seat_round() -> SeatRound:
    from tasks.core.database import reading

    with reading() as db:
        return db.scalars(select(SeatRound)).one()


def test_the_answer_counts_from_the_day_on_which_it_is_given_and_so_do_the_districts_deadlines(
    api: SyncPrefectClient,
) -> None:
    from tasks.core.database import reading

    later = JUNE_15 + timedelta(days=9)
    answer(api, ask(api, as_of=JUNE_15.isoformat()), later)
    found = seat_round()
    assert found.proposed_at == JUNE_15
    assert found.approved_at is not None
    assert timedelta() <= found.approved_at - later < TRIFLE
    with reading() as db:
        days = set(db.scalars(select(Offer.answer_by)))
    assert days == {policy().local_day(later) + timedelta(days=policy().seats.answer_days)}


def test_a_run_that_a_person_starts_by_its_form_decides_for_the_day_of_the_practice_also_when_it_goes_on_later(
    api: SyncPrefectClient,
) -> None:
    run = ask(api)
    proposed_at = seat_round().proposed_at
    assert timedelta() <= proposed_at - JUNE_15 < TRIFLE
    answer(api, run, JUNE_15 + timedelta(days=2))
    assert seat_round().proposed_at == proposed_at


def test_nobody_waits_for_the_agency_longer_than_the_policy_says_and_no_shorter(api: SyncPrefectClient) -> None:
    run = ask(api, as_of=JUNE_15.isoformat())
    assert run.state is not None
    assert run.state.state_details.pause_timeout is None, "the machine's days are not the practice's"
    practice = Practice(sample_world(4), api, {}, Event(), copy_context())
    last = JUNE_15 + timedelta(days=policy().seats.approval_deadline_days)
    expire_approvals(practice, last - timedelta(minutes=1))
    assert is_paused(api, run)
    expire_approvals(practice, last)
    ended = api.read_flow_run(run.id).state
    assert ended is not None
    assert (ended.is_failed(), ended.message) == (True, EXPIRED)


def is_paused(api: SyncPrefectClient, run: FlowRun) -> bool:
    state = api.read_flow_run(run.id).state
    return state is not None and state.is_paused()
