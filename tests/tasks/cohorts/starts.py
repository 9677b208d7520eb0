"""Cohorts of which the start is agreed with the leads, and what was told of it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from schemas.kinds import InputKind
from schemas.statuses import EnrollmentStatus
from schemas.tables import (
    Application,
    CohortSession,
    Educator,
    Enrollment,
    Facilitator,
    IntakeRow,
    SeatBlock,
    StartAgreement,
)
from tasks.cohorts.schedule import schedule_cohorts_once
from tasks.cohorts.start_answers import settle_start_answers
from tasks.cohorts.starts import propose_starts
from tasks.core.database import reading, transaction
from tasks.season.audit import audit
from tests.factories.enrollment import SUMMER, enroll_educators
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, policy, stage_rows, store_rows
from tests.factories.seats import open_season_with_seats

LEA, OTHER = LEA_IDS[:2]
COHORT = "2022-C001"
PLANNED = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)
ANSWERED = PLANNED + timedelta(days=4)
CONFIRM_BY = date(2022, 8, 25)
AFTER = PLANNED + timedelta(days=11)
FIRST, LATER = date(2022, 9, 13), date(2022, 9, 27)


def prefer(lea_id: str, start_from: date | None, start_until: date | None = None) -> None:
    with transaction() as db:
        application = db.get_one(Application, ("2022", lea_id))
        application.start_from, application.start_until = start_from, start_until


def only_leader(*slots: str) -> None:
    with transaction() as db:
        db.execute(delete(Facilitator))
        facts = {"name": "Vera", "email": "vera@provider.example", "maximum_cohorts": 2}
        db.add(Facilitator(facilitator_id="F1", slots=list(slots), **facts))


def schedule(as_of: datetime = PLANNED) -> int:
    """Schedule cohorts and propose their starts, as the flow does; how many leads are written to."""
    schedule_cohorts_once.fn("2022", as_of)
    return int(propose_starts.fn("2022", as_of))


def private_cohort() -> list[str]:
    """Twenty educators of one district, in a cohort on Tuesdays whose start is proposed."""
    open_season_with_seats()
    emails = enroll_educators("a", 20)
    only_leader("TUE-15:30")
    assert schedule() == 1
    return emails


def combined_cohort(*windows: date | None, other_until: date | None = None) -> None:
    """Ten educators of each of two districts, in one cohort on Tuesdays; each district prefers a start from a day on.

    The other one may prefer a start until a day.
    """
    open_season_with_seats()
    enroll_educators("a", 10)
    with reading() as db:
        mine = db.get_one(Application, ("2022", LEA))
        row = {column.name: getattr(mine, column.name) for column in Application.__table__.columns}
    store_rows(Application, {**row, "lea_id": OTHER, "lead_email": "lead@other.example"})
    facts = {"season": "2022", "lea_id": OTHER}
    block = {"component": "certification", "seats_confirmed": 10, "seats_filled": 10, "enroll_by": date(2022, 7, 22)}
    store_rows(SeatBlock, {**facts, **block, "is_closed": True})
    emails = [f"b{n:02d}@other.example" for n in range(10)]
    person = {**facts, "first_name": "Li", "last_name": "Wu", "role": "teacher", "grade_band": "middle"}
    store_rows(Educator, *({**person, "email": email, "is_already_certified": False} for email in emails))
    seat = {**facts, "component": "certification", "session": "", "status": EnrollmentStatus.ENROLLED}
    store_rows(Enrollment, *({**seat, "email": e, "enrolled_at": SUMMER, "signed_at": SUMMER} for e in emails))
    only_leader("TUE-15:30")
    for lea_id, window in zip((LEA, OTHER), windows, strict=False):
        prefer(lea_id, window, other_until if lea_id == OTHER else None)
    assert schedule() == 2


def start_row(answer: str = "confirm", starts_on: str = "", lea_id: str = LEA, **changes: str) -> dict[str, str]:
    row = {"lea_id": lea_id, "cohort_id": COHORT, "answer": answer, "starts_on": starts_on}
    return {**row, "answered_on": "2022-08-18", **changes}


def send(folder: Path, *rows: dict[str, str], as_of: datetime = ANSWERED) -> int:
    stage_rows(folder, InputKind.START, as_of, *rows)
    return int(settle_start_answers.fn("2022", as_of))


def agreed(lea_id: str = LEA) -> tuple[str, str, date]:
    with reading() as db:
        found = db.get_one(StartAgreement, ("2022", COHORT, lea_id))
        return found.status, found.confirmed_by, found.starts_on


def session_days() -> list[date]:
    with reading() as db:
        starts = db.scalars(select(CohortSession.starts_at).order_by(CohortSession.starts_at))
        return [policy().local_day(at) for at in starts]


def every_other_week(first: date) -> list[date]:
    return [first + timedelta(weeks=2 * n) for n in range(5)]


def reasons() -> list[str]:
    """What became of the answers, by the reasons of their rows."""
    with reading() as db:
        rows = select(IntakeRow).where(IntakeRow.kind == InputKind.START).order_by(IntakeRow.natural_key)
        return [f"{row.disposition}: {row.reason}" for row in db.scalars(rows)]


def broken_promises(as_of: datetime) -> dict[str, tuple[str, ...]]:
    return {
        item.check.name: item.ids for item in audit("2022", as_of) if item.violations and "start" in item.check.name
    }


def told_last(template: str) -> dict[str, Any]:
    return letters_written(template)[-1]
