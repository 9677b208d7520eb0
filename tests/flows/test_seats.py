"""The agency's approval through a real Prefect server: suspend, answer, resume from the top."""

from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import select

from deployments import conductor
from schemas.statuses import SeatRoundStatus
from schemas.tables import SeatRequestRow, SeatRound
from tasks.core.database import reading
from tests.factories.letters.written import letters_written
from tests.factories.seats import apply_for_seats

pytestmark = [pytest.mark.usefixtures("database", "server")]
GIVEN = {"season": "2022", "as_of": "2022-06-15T09:00:00-04:00"}


def begin(api: Any) -> FlowRun:
    return conductor.start_deployed(api, "confirm-seats", GIVEN, "confirm")


def rounds() -> list[tuple[str, str, str]]:
    with reading() as db:
        return [
            (r.status, r.approved_by, r.note) for r in db.scalars(select(SeatRound).order_by(SeatRound.round_number))
        ]


def seats() -> int:
    with reading() as db:
        return sum(request.seats_confirmed for request in db.scalars(select(SeatRequestRow)))


def test_the_run_waits_for_the_agency_and_its_approval_gives_the_seats(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30, 25)
    with conductor.client() as api:
        run = begin(api)
        assert run.state is not None
        assert run.state.name == "Suspended"
        assert (seats(), len(letters_written("seats"))) == (0, 0)
        assert run.id in {waiting.id for waiting in conductor.waiting_for_approval(api)}
        conductor.answer(run, "approve", "agency staff", "as discussed")
        done = conductor.conduct(api, run.id, "confirm-seats")
    assert done.state is not None
    assert done.state.is_completed()
    assert rounds() == [(SeatRoundStatus.APPLIED, "agency staff", "as discussed")]
    assert (seats(), len(letters_written("seats"))) == (55, 2)


def test_a_rejection_is_kept_with_its_note_and_gives_no_seats(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    with conductor.client() as api:
        run = begin(api)
        conductor.answer(run, "reject", "agency staff", "raise the grant first")
        conductor.conduct(api, run.id, "confirm-seats")
    assert rounds() == [(SeatRoundStatus.REJECTED, "agency staff", "raise the grant first")]
    assert (seats(), len(letters_written("seats"))) == (0, 0)


def test_with_nothing_to_decide_the_run_completes_without_asking(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 0)
    with conductor.client() as api:
        run = begin(api)
    assert run.state is not None
    assert run.state.is_completed()


def test_an_answer_without_a_name_is_rejected_by_the_form(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    with conductor.client() as api:
        run = begin(api)
        with pytest.raises(Exception, match="approved_by"):
            conductor.answer(run, "approve", "", "")
