"""Statuses change only along their allowed transitions (``rules/transitions.py``), and only from what was read.

Whatever assigns a status to a row, or adds a row with one, is checked here; importing this module is what turns the checks on.
The other half is in the tables: a status is the ``version_id_col`` of its table, so that every UPDATE of such a row names the
status that was read, and an UPDATE that finds another one is an error.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import event, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from rules.transitions import MACHINES, REQUESTED_SEATS, StateMachine, can_move
from schemas import tables
from schemas.columns import Base
from tasks.core.row_names import opaque_name

TABLES: Mapping[str, type[Base]] = {
    mapper.class_.__tablename__: mapper.class_ for mapper in tables.Season.registry.mappers
}


class TransitionError(Exception):
    """A status would have changed in a way that is not allowed; nothing of the transaction is kept."""


def check_change(machine: StateMachine, row: Base, before: str, after: str) -> None:
    """Check a change of a row's status.

    Raises:
        TransitionError: it is not allowed; the message says what is.
    """
    if after not in set(machine.states) or not machine.allows(machine.states(before), machine.states(after)):
        allowed = _listed(machine.after(machine.states(before))) or "nothing"
        raise TransitionError(f"{_place(machine, row)} is {str(before)!r}: {allowed} may follow, not {str(after)!r}")


def check_start(machine: StateMachine, row: Base) -> None:
    """Check the status in which a new row begins; one that is not given is the table's default.

    Raises:
        TransitionError: no row begins so; the message says how it may.
    """
    value = getattr(row, machine.column)
    if value is not None and value not in machine.starts:
        raise TransitionError(f"{_place(machine, row)} begins as {_listed(machine.starts)}, not {str(value)!r}")


def check_counts(machine: StateMachine, row: Base) -> None:
    """Check that what a row counts by state has moved along the transitions only.

    Raises:
        TransitionError: it has not.
    """
    before, after = ({state: _count(machine, row, state)[i] for state in machine.states} for i in (0, 1))
    if not can_move(machine, before, after):
        told = ", ".join(f"{state} {before[state]} to {after[state]}" for state in machine.states)
        raise TransitionError(f"{_place(machine, row)}: its counts cannot change so: {told}")


def _count(machine: StateMachine, row: Base, state: StrEnum) -> tuple[int, int]:
    """How many a row counted in a state when it was read, and counts now."""
    name = f"{machine.column}{state}"
    after, replaced = getattr(row, name), list(inspect(row).attrs[name].history.deleted)
    return (replaced or [after])[0], after


def change_status(db: Session, row: Base, machine: StateMachine, after: str) -> None:
    """Change a status that is not its table's ``version_id_col``: from what was read, or not at all.

    Raises:
        TransitionError: the change is not allowed.
        StaleDataError: the row has another status by now.
    """
    before, column = getattr(row, machine.column), inspect(type(row)).columns[machine.column]
    check_change(machine, row, before, after)
    key = zip(inspect(type(row)).primary_key, inspect(row).identity or (), strict=True)
    mine = update(type(row)).where(*(part == value for part, value in key), column == before)
    done: Any = db.execute(mine.values({column: after}).execution_options(synchronize_session=False))
    if done.rowcount != 1:
        raise StaleDataError(f"{_place(machine, row)} was {before!r} when it was read, and is not any more.")
    set_committed_value(row, machine.column, after)


def _place(machine: StateMachine, row: Base) -> str:
    """Which column of which row."""
    key = (getattr(row, str(part.key)) for part in inspect(type(row)).primary_key)
    return f"{machine.table}.{machine.column} of {opaque_name(key)}"


def _listed(states: Iterable[StrEnum]) -> str:
    return " or ".join(repr(str(state)) for state in states)


def _guard(machine: StateMachine) -> None:
    """Check every assignment to a machine's column, and every new row."""

    def changes(row: Base, after: str, before: Any, _initiator: object) -> None:
        if isinstance(before, str):  # a new row has none
            check_change(machine, row, before, after)

    def begins(_mapper: object, _connection: object, row: Base) -> None:
        check_start(machine, row)

    table = TABLES[machine.table]
    event.listen(getattr(table, machine.column), "set", changes, active_history=True)
    event.listen(table, "before_insert", begins)


def _guard_counts(machine: StateMachine) -> None:
    def moves(_mapper: object, _connection: object, row: Base) -> None:
        check_counts(machine, row)

    event.listen(TABLES[machine.table], "before_update", moves)


for _machine in MACHINES:
    _guard(_machine)
_guard_counts(REQUESTED_SEATS)
