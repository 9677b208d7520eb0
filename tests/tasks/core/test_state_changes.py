"""Every change of a status is checked, names what was read, and is counted: on both databases, with real connections."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, registry
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from rules.transitions import MACHINES, REVIEW_CLOCK, SEAT_ROUND, StateMachine
from schemas.columns import Base
from schemas.settings import settings
from schemas.statuses import (
    CertificateStatus,
    CohortKind,
    CreditStatus,
    EnrollmentStatus,
    OutboxKind,
    OutboxStatus,
    RoundKind,
    RoundStatus,
    SeatRoundStatus,
    StartStatus,
)
from schemas.tables import (
    Application,
    Certificate,
    Cohort,
    CreditRequest,
    District,
    Educator,
    Enrollment,
    Facilitator,
    Offer,
    Outbox,
    Portfolio,
    ReviewRound,
    SeatBlock,
    SeatRequestRow,
    SeatRound,
    StartAgreement,
)
from tasks.core import state_changes
from tasks.core.database import engine_for, reading, transaction
from tasks.core.state_changes import TABLES, TransitionError, change_status
from tests.put_back import put_back

NOW = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)
LEA, EMAIL, SEASON = "0900002", "zoe@lea.example", "2022"
SEAT = (SEASON, LEA, "academy")


def everything() -> list[Base]:
    """One row of each table that has a status, in a status in which it may begin; and what it refers to."""
    whose: dict[str, Any] = {"season": SEASON, "email": EMAIL}
    person = {**whose, "first_name": "Zoé", "last_name": "Ley", "lea_id": LEA, "role": "teacher", "grade_band": "high"}
    district = {"lea_id": LEA, "name": "Ansonia", "town": "Ansonia", "region": "1", "enrollment": 1}
    lead: dict[str, Any] = {"superintendent_name": "", "lead_name": "Ada", "lead_email": "ada@lea.example"}
    lead |= {"response_id": "R", "submitted_at": NOW, "is_information_request": False, "option": 2, "slots": []}
    round_: dict[str, Any] = {"portfolio_id": "P", "round_number": 1, "season": SEASON, "kind": RoundKind.FIRST}
    round_ |= dict.fromkeys(("opened_at", "started_at", "due_at", "breach_at"), NOW)
    seat = dict(zip(("season", "lea_id", "component"), SEAT, strict=True))
    days: dict[str, Any] = {"issued_on": date(2023, 1, 1), "expires_on": date(2025, 12, 31)}
    cohort: dict[str, Any] = {"season": SEASON, "cohort_id": "C1", "starts_on": date(2022, 9, 12)}
    led = {"kind": CohortKind.COMBINED, "slot": "MON-15:30", "facilitator_id": "F", "ends_on": date(2022, 12, 18)}
    start = {"lea_id": LEA, "proposed_at": NOW, "confirm_by": date(2022, 8, 25), "status": StartStatus.PROPOSED}
    money: dict[str, Any] = {"credits": 1, "fee_cents": 6500, "request_key": "K", "requested_at": NOW}
    return [
        District(**district, instructional_staff=1),
        Educator(**person, is_already_certified=False),
        Application(season=SEASON, lea_id=LEA, **lead),
        SeatRequestRow(**seat, request_number=1, placed_at=NOW, place_key="R", seats_requested=9, seats_undecided=9),
        SeatBlock(**seat, seats_confirmed=9, enroll_by=date(2022, 7, 22)),
        Offer(**seat, offer_id="O-1", seats_offered=9, seats_held=9, offered_at=NOW, answer_by=date(2022, 7, 6)),
        Enrollment(**whose, component="academy", lea_id=LEA, status=EnrollmentStatus.AWAITING_FORM, enrolled_at=NOW),
        Portfolio(portfolio_id="P", **whose, track="educator", lea_id=LEA, grade_band="high"),
        ReviewRound(**round_, reason="", reviews_wanted=2, status=RoundStatus.WAITING),
        Certificate(
            certificate_id="C", **whose, track="educator", portfolio_id="P", status=CertificateStatus.VALID, **days
        ),
        CreditRequest(**whose, component="academy", status=CreditStatus.PENDING, **money),
        Outbox(
            message_key="M",
            season=SEASON,
            kind=OutboxKind.MAIL,
            payload={},
            created_at=NOW,
            status=OutboxStatus.PENDING,
        ),
        Facilitator(facilitator_id="F", name="Vera", email="vera@provider.example", slots=[], maximum_cohorts=1),
        Cohort(**cohort, **led),
        StartAgreement(**cohort, **start),
        SeatRound(
            season=SEASON,
            round_number=1,
            proposal=[],
            proposal_hash="H",
            status=SeatRoundStatus.PROPOSED,
            summary={},
            proposed_at=NOW,
        ),
    ]


KEYS: dict[str, tuple[Any, ...]] = {
    "start_agreement": (SEASON, "C1", LEA),
    "seat_request": (*SEAT, 1),
    "offer": (SEASON, "O-1"),
    "enrollment": (SEASON, EMAIL, "academy"),
    "review_round": ("P", 1),
    "certificate": ("C",),
    "credit_request": (SEASON, EMAIL, "academy", 1),
    "outbox": ("M",),
    "seat_round": (SEASON, 1),
}


def row_of(db: Session, machine: StateMachine) -> Any:
    return db.get_one(TABLES[machine.table], KEYS[machine.table])


def stored(machine: StateMachine) -> str:
    with reading() as db:
        return str(getattr(row_of(db, machine), machine.column))


def by_title(item: object) -> str:
    return item.title if isinstance(item, StateMachine) else str(item) or "none"


@pytest.fixture
def books(database: str) -> str:
    for row in everything():
        with transaction() as db:
            db.add(row)
    return database


def change(db: Session, row: Any, machine: StateMachine, after: str) -> None:
    """As the program does: an assignment, or a statement of its own for a second status of the same row."""
    if machine is REVIEW_CLOCK and isinstance(row, Base):
        change_status(db, row, machine, after)
    else:
        setattr(row, machine.column, after)
        db.flush()


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("machine", MACHINES, ids=by_title)
def test_every_change_that_is_listed_can_be_made_and_every_other_one_is_an_error(machine: StateMachine) -> None:
    for before, after in permutations(machine.states, 2):
        put_back(TABLES[machine.table], *KEYS[machine.table], **{machine.column: before})
        if machine.allows(before, after):
            with transaction() as db:
                change(db, row_of(db, machine), machine, after)
            assert stored(machine) == after
        else:
            with pytest.raises(TransitionError, match=f"'{before}': .* may follow, not '{after}'"), transaction() as db:
                change(db, row_of(db, machine), machine, after)
            assert stored(machine) == before


def test_the_error_names_the_row_but_no_address_and_says_what_may_follow() -> None:
    row = Enrollment(season=SEASON, email=EMAIL, component="academy", status=EnrollmentStatus.LAPSED)
    with pytest.raises(TransitionError) as raised:
        row.status = EnrollmentStatus.ENROLLED
    assert "enrollment.status of 2022/person-" in str(raised.value)
    assert "is 'lapsed': 'awaiting_form' may follow, not 'enrolled'" in str(raised.value)
    assert EMAIL not in str(raised.value)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("machine", MACHINES, ids=by_title)
def test_no_row_begins_in_a_status_that_is_no_start(machine: StateMachine) -> None:
    for state in set(machine.states) - set(machine.starts):
        row = next(row for row in everything() if type(row) is TABLES[machine.table])
        set_committed_value(row, machine.column, state)
        with pytest.raises(TransitionError, match="begins as"), transaction() as db:
            db.add(row)


def write_past_the_program(machine: StateMachine, after: str) -> None:
    """As somebody does who writes to the database without the program."""
    statement = text(f"UPDATE {machine.table} SET {machine.column} = :after")  # noqa: S608 - our own names
    with transaction() as db:
        db.execute(statement, {"after": after})


def without_trigger(machine: StateMachine) -> None:
    with transaction() as db:
        on = f" ON {machine.table}" if db.get_bind().dialect.name == "postgresql" else ""
        db.execute(text(f"DROP TRIGGER {machine.table}_{machine.column}_changes{on}"))


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("machine", MACHINES, ids=by_title)
def test_the_database_itself_rejects_every_change_that_is_not_listed(machine: StateMachine) -> None:
    for before, after in permutations(machine.states, 2):
        put_back(TABLES[machine.table], *KEYS[machine.table], **{machine.column: before})
        if machine.allows(before, after):
            write_past_the_program(machine, after)
            assert stored(machine) == after
        else:
            with pytest.raises(DBAPIError, match=f"{machine.table}.{machine.column} may not change so"):
                write_past_the_program(machine, after)
            assert stored(machine) == before


@pytest.mark.usefixtures("books")
def test_without_the_check_the_database_still_rejects_a_change_and_without_both_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state_changes, "check_change", lambda *_: None)
    put_back(SeatRound, SEASON, 1, status=SeatRoundStatus.APPLIED)
    with pytest.raises(DBAPIError, match="may not change so"), transaction() as db:
        db.get_one(SeatRound, (SEASON, 1)).status = SeatRoundStatus.PROPOSED
    without_trigger(SEAT_ROUND)
    with transaction() as db:
        db.get_one(SeatRound, (SEASON, 1)).status = SeatRoundStatus.PROPOSED
    assert stored(SEAT_ROUND) == "proposed"


def two_steps(machine: StateMachine) -> tuple[StrEnum, StrEnum, StrEnum]:
    """A status, and the two changes of it that two connections want to make at once."""
    before = next((state for state in machine.states if len(machine.after(state)) > 1), machine.starts[0])
    return before, machine.after(before)[0], machine.after(before)[-1]


def race(machine: StateMachine, table: type[Any]) -> str:
    """Two connections have read a row; the first changes it and commits, and then so does the second: what it comes to."""
    before, first, second = two_steps(machine)
    put_back(TABLES[machine.table], *KEYS[machine.table], **{machine.column: before})
    with Session(engine_for(settings().database).execution_options(is_reading=True)) as reader:
        late = reader.get_one(table, KEYS[machine.table])
        reader.expunge(late)
        with transaction() as db:
            change(db, row_of(db, machine), machine, first)
        with transaction() as db:
            db.add(late)
            change(db, late, machine, second)
    return stored(machine)


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("machine", MACHINES, ids=by_title)
def test_the_second_of_two_changes_at_once_is_an_error_and_the_first_one_stays(machine: StateMachine) -> None:
    _, first, _ = two_steps(machine)
    with pytest.raises(StaleDataError):
        race(machine, TABLES[machine.table])
    assert stored(machine) == first


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("machine", MACHINES, ids=by_title)
def test_without_the_guard_the_first_of_two_changes_at_once_is_lost(machine: StateMachine) -> None:
    unguarded: Any = type("Unguarded", (), {})
    registry().map_imperatively(unguarded, Base.metadata.tables[machine.table])
    without_trigger(machine)
    assert race(machine, unguarded) == two_steps(machine)[2]


def request(db: Session) -> SeatRequestRow:
    return db.get_one(SeatRequestRow, (*SEAT, 1))


@pytest.mark.usefixtures("books")
def test_the_seats_of_a_request_move_only_along_their_transitions(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction() as db:
        request(db).seats_undecided, request(db).seats_confirmed = 0, 9
    with pytest.raises(TransitionError, match="confirmed 9 to 0"), transaction() as db:
        request(db).seats_waitlisted, request(db).seats_confirmed = 9, 0
    monkeypatch.setattr(state_changes, "check_counts", lambda *_: None)
    with pytest.raises(DBAPIError, match=r"seat_request\.seats may not change so"), transaction() as db:
        request(db).seats_waitlisted, request(db).seats_confirmed = 9, 0
    with reading() as db:
        assert request(db).seats_confirmed == 9


@pytest.mark.usefixtures("books")
def test_of_two_releases_of_seats_at_once_the_second_is_an_error() -> None:
    with transaction() as db:
        request(db).seats_undecided, request(db).seats_confirmed = 0, 9
    with Session(engine_for(settings().database).execution_options(is_reading=True)) as reader:
        late = request(reader)
        reader.expunge(late)
    for row in (None, late):
        with pytest.raises(StaleDataError) if row else nullcontext(), transaction() as db:
            mine = row or request(db)
            db.add(mine)
            mine.seats_confirmed, mine.seats_released = mine.seats_confirmed - 2, 2
    with reading() as db:
        assert (request(db).seats_confirmed, request(db).seats_released) == (7, 2)


def test_every_table_with_a_status_is_guarded_by_it() -> None:
    guarded = {table for table, mapped in TABLES.items() if inspect(mapped).version_id_col is not None}
    assert guarded == {machine.table for machine in MACHINES} | {"seat_request"}
