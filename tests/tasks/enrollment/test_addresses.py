"""A person who gets another address stays the same person: id, rows, letters, and what comes from either address."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from deployments.cli.main import app
from schemas.kinds import InputKind
from schemas.statuses import Disposition, EnrollmentStatus
from schemas.tables import Educator, Enrollment, IntakeRow, Outbox, Person
from tasks.core.database import reading
from tasks.enrollment.addresses import change_address_of, settle_addresses
from tasks.ledger.persons import current_address, email_of, person_ids
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.history import history_of
from tests.factories.enrollment import JUNE_20, enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import stage_rows
from tests.factories.seats import confirm_seats

pytestmark = pytest.mark.usefixtures("database")
ADA, BO, NEW = "ada@lea.example", "bo@lea.example", "ada.ley@new.example"
JUNE_21 = datetime(2022, 6, 21, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _enrolled(database: str, tmp_path: Path) -> None:
    assert database
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])


def change(tmp_path: Path, email: str, new_email: str, changed_on: str = "2022-06-20") -> IntakeRow:
    row = {"email": email, "new_email": new_email, "changed_on": changed_on}
    path = stage_rows(tmp_path, InputKind.ADDRESS, JUNE_21, row)
    settle_addresses.fn("2022", "the participant", JUNE_21)
    with reading() as db:
        found = select(IntakeRow).where(IntakeRow.kind == InputKind.ADDRESS)
        return next(item for item in db.scalars(found) if item.source.name == path.name)


def people() -> int:
    with reading() as db:
        return db.scalar(select(func.count()).select_from(Educator)) or 0


def test_letters_go_to_the_new_address_also_those_that_wait_and_both_addresses_are_told(tmp_path: Path) -> None:
    assert [letter["to"] for letter in letters_written("commitment")] == [ADA, BO]
    assert change(tmp_path, ADA, NEW).disposition == Disposition.ACCEPTED
    assert sorted(letter["to"] for letter in letters_written("commitment")) == [NEW, BO]
    told = {letter["to"]: letter["body"] for letter in letters_written("address_changed")}
    assert told.keys() == {ADA, NEW}
    assert "this is the last one that comes here" in told[ADA]
    assert "all letters to you go here" in told[NEW]


def test_the_id_stays_and_what_comes_from_either_address_is_the_persons(tmp_path: Path) -> None:
    with reading() as db:
        mine, everybody = person_ids(db, [ADA])[ADA], len(db.scalars(select(Person)).all())
    change(tmp_path, ADA, NEW)
    assert enroll_by_roster(tmp_path, [roster_row("ada", email=NEW)], JUNE_21) == 0
    sign_form(tmp_path, NEW, JUNE_21)
    with reading() as db:
        assert (email_of(db, mine), current_address(db, ADA)) == (ADA, NEW)
        assert db.get_one(Enrollment, ("2022", ADA, "certification")).status == EnrollmentStatus.ENROLLED
        assert len(db.scalars(select(Person)).all()) == everybody
    assert people() == 2


def test_the_history_is_found_under_the_new_address_and_the_old_one(tmp_path: Path) -> None:
    change(tmp_path, ADA, NEW)
    found = [history_of("2022", "educator", key) for key in (ADA, NEW)]
    assert found[0] == found[1]
    assert any("Letters go to the new address" in event.text for event in found[0].events)


def test_an_address_that_somebody_else_has_or_had_is_rejected_and_one_of_nobody_changes_nothing(tmp_path: Path) -> None:
    change(tmp_path, ADA, NEW)
    taken, had, strange = (
        change(tmp_path, *pair) for pair in ((BO, ADA), (BO, NEW), ("cy@lea.example", "cy@new.example"))
    )
    again = change(tmp_path, ADA, NEW, "2022-06-21")
    assert [row.disposition for row in (taken, had, strange)] == [Disposition.QUARANTINED] * 3
    assert "Somebody else on record has the new address" in taken.reason == had.reason
    assert "Nobody on record" in strange.reason
    assert again.disposition == Disposition.SUPERSEDED
    assert len(letters_written("address_changed")) == 2


def test_a_person_can_go_back_to_the_address_of_the_roster(tmp_path: Path) -> None:
    change(tmp_path, ADA, NEW)
    assert change(tmp_path, NEW, ADA, "2022-06-21").disposition == Disposition.ACCEPTED
    with reading() as db:
        assert current_address(db, ADA) == ADA
        waiting = set(db.scalars(select(Outbox.payload["to"].as_string())))
    assert ADA in waiting


def test_an_operator_changes_an_address_and_is_told_what_does_not_do() -> None:
    told = change_address_of.fn("2022", ADA, f" {NEW.upper()} ", requested_by="operator", as_of=JUNE_20)
    assert "Letters go to the new address" in told
    for wanted, words in ((BO, "Somebody else on record"), ("josé@lea.example", "Letters cannot be sent")):
        with pytest.raises(OperatorError, match=words):
            change_address_of.fn("2022", ADA, wanted, requested_by="operator", as_of=JUNE_20)


def test_the_command_changes_an_address_and_says_no_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert app(["person", "address", ADA, NEW], result_action="return_value") == 0
    assert "Letters go to the new address" in capsys.readouterr().out
    assert app(["person", "address", "cy@lea.example", "cy@new.example"], result_action="return_value") == 1
