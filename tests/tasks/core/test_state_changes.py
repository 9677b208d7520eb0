"""Every change of a status is checked, names what was read, and is counted: on both databases, with real connections."""

from contextlib import nullcontext
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
    EnrollmentStatus,
    SeatRoundStatus,
)
from schemas.tables import (
    Enrollment,
    SeatRequestRow,
    SeatRound,
)
from tasks.core import state_changes
from tasks.core.database import engine_for, reading, transaction
from tasks.core.state_changes import TABLES, TransitionError, change_status
from tests.put_back import put_back
from tests.tasks.core.one_of_each import EMAIL, KEYS, SEASON, SEAT, everything


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
