"""What leaves a step of a fault: what it was and where, and never whom a row was about; on both databases."""

import traceback
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from schemas.settings import settings
from schemas.tables import Educator, Season
from tasks.core.database import engine_for, insert, reading, transaction
from tasks.core.faults import UnforeseenError
from tasks.core.step import is_transport_fault, step
from tasks.ledger.unit_of_work import OperatorError

WHO = "zenobia.qvist@lea.example"
NOW = datetime(2022, 6, 1, 13, 0, tzinfo=UTC)
PERSON = {"season": "2022", "email": WHO, "first_name": "Zenobia", "last_name": "Qvist", "role": "teacher"}
PERSON |= {"lea_id": "0900002", "grade_band": "middle"}


def add_with_orm() -> None:
    with transaction() as db:
        db.add(Educator(**PERSON, is_already_certified=False))


def add_with_driver() -> None:
    with transaction() as db:
        insert(db, Educator, [{**PERSON, "is_already_certified": False}])


def add_twice() -> None:
    with transaction() as db:
        insert(db, Season, [{"season": WHO, "policy_version": "v", "opened_at": NOW}] * 2)


def ask_for_no_table() -> None:
    with reading() as db:
        db.execute(text("SELECT * FROM no_such_table WHERE email = :who"), {"who": WHO})


def misread() -> None:
    int(WHO)


def all_told(error: BaseException) -> str:
    """Everything that a log or a state could show of an error."""
    assert error.__cause__ is None
    assert error.__context__ is None
    return "".join(traceback.format_exception(error)) + repr(error) + str(error.args)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("fail", [add_with_orm, add_with_driver, add_twice, ask_for_no_table, misread])
def test_no_value_of_a_row_leaves_a_step_with_a_fault(fail: object) -> None:
    with pytest.raises(UnforeseenError, match="its text is left out") as fault:
        step(fail).fn()  # type: ignore[arg-type] # any of the functions above
    told = all_told(fault.value)
    assert not [part for part in (WHO, "zenobia", "Zenobia", "Qvist") if part in told]


@pytest.mark.usefixtures("database")
def test_a_fault_of_the_database_names_the_constraint_and_the_place_for_the_developers() -> None:
    @step
    def fail() -> None:
        with transaction() as db:
            insert(db, Season, [{"season": "2022", "policy_version": "v", "opened_at": NOW}] * 2)

    with pytest.raises(UnforeseenError, match=r"(pk_season|SQLITE_CONSTRAINT_PRIMARYKEY).* tasks/core/database"):
        fail.fn()


def test_what_we_have_written_ourselves_is_told_without_addresses() -> None:
    @step
    def refuse() -> None:
        try:
            int(WHO)
        except ValueError as error:
            raise OperatorError(f"{WHO} (<{WHO}>) is in no cohort; check the id.") from error

    with pytest.raises(OperatorError, match=r"^\(an address\) \(<\(an address\)>\) is in no cohort; check") as fault:
        refuse.fn()
    assert WHO not in all_told(fault.value)


def test_a_fault_of_the_transport_may_still_be_tried_again() -> None:
    def fail_with(error: Exception) -> UnforeseenError:
        def fail() -> None:
            raise error

        with pytest.raises(UnforeseenError) as fault:
            step(fail).fn()
        return fault.value

    assert is_transport_fault(fail_with(OperationalError(None, None, ConnectionError(WHO))))
    assert is_transport_fault(fail_with(ConnectionResetError(WHO)))
    assert not is_transport_fault(fail_with(ZeroDivisionError(WHO)))


@pytest.mark.usefixtures("database")
def test_an_engine_keeps_what_was_bound_out_of_its_own_messages() -> None:
    assert engine_for(settings().database).hide_parameters
