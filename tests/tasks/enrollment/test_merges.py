"""Two records of one human being: what counts for both, what stands against it, and how it is undone."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from deployments.cli.main import app
from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from schemas.tables import CertificationProof, Decision, Educator, Enrollment, IntakeRow, Person, PersonMatch, Portfolio
from tasks.core.database import reading
from tasks.enrollment.addresses import change_address_of
from tasks.enrollment.merges import merge_in_words, merge_records, part_records
from tasks.enrollment.withdrawals import withdraw_from
from tasks.ledger.persons import address_of, current_address, ids_of_addresses
from tasks.ledger.unit_of_work import OperatorError, unit_of_work
from tasks.season.history import history_of
from tasks.seats.librarians import certified_already
from tests.factories.certificates import store_certificate
from tests.factories.enrollment import JUNE_20, enroll_by_roster, roster_row, store_person
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, store_rows
from tests.factories.seats import confirm_seats

pytestmark = pytest.mark.usefixtures("database")
ADA, BO, OLD = "ada@lea.example", "bo@lea.example", "ada.ley@old.example"
JUNE_21, JUNE_22 = (datetime(2022, 6, day, 13, 0, tzinfo=UTC) for day in (21, 22))


@pytest.fixture(autouse=True)
def _enrolled(database: str, tmp_path: Path) -> None:
    assert database
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])


def ada() -> str:
    with reading() as db:
        return ids_of_addresses(db, [ADA])[ADA]


def merge(kept: str, other: str, as_of: datetime = JUNE_21) -> str:
    return str(merge_records.fn("2022", kept, other, reason="the lead says so", requested_by="operator", as_of=as_of))


def part(other: str, as_of: datetime = JUNE_22) -> str:
    return str(part_records.fn("2022", other, reason="the lead erred", requested_by="operator", as_of=as_of))


def certified() -> dict[str, bool]:
    with unit_of_work("2022", JUNE_21) as work:
        is_certified = certified_already(work)
        return {email: is_certified(email) for email in (ADA, OLD, BO)}


def test_what_either_holds_counts_for_both_until_they_are_parted_again() -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    store_certificate("C-1", OLD, season="2021")
    assert certified() == {ADA: False, OLD: True, BO: False}
    merge(ada(), "P-22222222")
    assert certified() == {ADA: True, OLD: True, BO: False}
    part("P-22222222")
    assert certified() == {ADA: False, OLD: True, BO: False}


def test_letters_to_either_go_to_the_current_address_of_the_one_that_is_kept_until_they_are_parted() -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    change_address_of.fn("2022", ADA, "ada@new.example", requested_by="ada", as_of=JUNE_20)
    with reading() as db:
        assert current_address(db, OLD) == OLD
    merge(ada(), "P-22222222")
    with reading() as db:
        assert [current_address(db, email) for email in (ADA, OLD, BO)] == ["ada@new.example", "ada@new.example", BO]
    part("P-22222222")
    with reading() as db:
        assert current_address(db, OLD) == OLD


def test_both_records_keep_their_history_and_it_is_found_under_either_id_and_address(tmp_path: Path) -> None:
    enroll_by_roster(tmp_path, [roster_row("bo", "certification")], JUNE_20)
    with reading() as db:
        bo = ids_of_addresses(db, [BO])[BO]
    apart = [event.text for key in (ADA, BO) for event in history_of("2022", "educator", key).events]
    withdraw_from.fn("2022", BO, "certification", "a second record", JUNE_20)
    merge(ada(), bo)
    found = [history_of("2022", "educator", key) for key in (ada(), bo, ADA, BO)]
    assert all(item.events == found[0].events for item in found)
    assert {text for text in apart if "waits" not in text} <= {event.text for event in found[0].events}
    assert f"{ada()} {bo}" in found[0].title


def test_a_seat_that_either_holds_is_not_given_to_the_person_again(tmp_path: Path) -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    merge(ada(), "P-22222222")
    row = roster_row("ada", email=OLD, last_name="Moss")
    assert enroll_by_roster(tmp_path, [row], JUNE_22) == 0
    with reading() as db:
        newest = db.scalars(select(IntakeRow).order_by(IntakeRow.file_id.desc())).all()
        assert "This person holds the seat already." in {item.reason for item in newest}
        assert db.scalar(select(func.count()).select_from(Enrollment)) == 1


def test_an_operator_reaches_the_seat_under_either_id() -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    merge("P-22222222", ada())
    for typed in ("P-22222222", ada()):
        assert address_of.fn(typed, "2022", Component.CERTIFICATION) == ADA


def test_what_stands_against_it_is_shown_first_and_nothing_is_changed(tmp_path: Path) -> None:
    enroll_by_roster(tmp_path, [roster_row("bo")], JUNE_20)
    facts = {"season": "2022", "lea_id": LEA_IDS[0], "grade_band": "middle", "track": "educator"}
    store_rows(Portfolio, *({**facts, "email": email, "portfolio_id": f"PF-{email}"} for email in (ADA, BO)))
    with reading() as db:
        bo = ids_of_addresses(db, [BO])[BO]
    shown = merge_in_words(ada(), bo)
    for words in (
        "of season 2022: withdraw one of them first.",
        "Both have a portfolio of educators in season 2022",
        f"- {ada()}: ",
        f"- {bo}: ",
    ):
        assert words in shown
    assert "@" not in shown
    with pytest.raises(OperatorError, match="withdraw one of them first"):
        merge(ada(), bo)
    with reading() as db:
        assert db.get_one(Person, bo).merged_into is None
        assert db.get_one(Enrollment, ("2022", BO, "certification")).status == EnrollmentStatus.AWAITING_FORM


def test_a_merge_is_recorded_with_who_and_why_and_a_repeated_run_changes_nothing() -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    match = {"person_id": ada(), "candidate_id": "P-22222222", "season": "2022", "alike_percent": 95}
    store_rows(PersonMatch, {**match, "found_at": JUNE_20, "is_same": None, "decided_by": ""})
    for _ in range(2):
        merge(ada(), "P-22222222")
    with reading() as db:
        (decision,) = db.scalars(select(Decision).where(Decision.rule == "persons-merged")).all()
        assert decision.inputs["why"] == "the lead says so"
        assert decision.inputs["requested_by"] == "operator"
        assert db.scalars(select(PersonMatch.is_same)).all() == [True]
    for _ in range(2):
        part("P-22222222")
    with reading() as db:
        assert len(db.scalars(select(Decision).where(Decision.rule == "persons-merged")).all()) == 2
        assert db.scalars(select(PersonMatch.is_same)).all() == [False]


def test_a_merge_needs_a_reason_and_people_who_are_on_record() -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    with pytest.raises(OperatorError, match="Say why"):
        merge_records.fn("2022", ada(), "P-22222222", reason=" ", requested_by="operator", as_of=JUNE_21)
    with pytest.raises(OperatorError, match="There is no person P-99999999"):
        merge(ada(), "P-99999999")
    with pytest.raises(OperatorError, match="was not merged into anybody"):
        part("P-22222222")


def test_the_certification_under_one_record_lets_the_librarian_seat_be_taken_under_the_other() -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    proof = {"season": "2022", "email": OLD, "lea_id": LEA_IDS[0], "proof": "C-77", "recorded_by": "operator"}
    store_rows(CertificationProof, {**proof, "valid_until": date(2023, 1, 1), "recorded_at": JUNE_20})
    assert not certified()[ADA]
    merge(ada(), "P-22222222")
    assert certified()[ADA]
    with reading() as db:
        assert not db.get_one(Educator, ("2022", ADA)).is_already_certified


def addresses() -> dict[str, str]:
    """Where the letters of the two go, by what they say."""
    return {letter["body"]: letter["to"] for name in ("commitment", "withdrawn") for letter in letters_written(name)}


def test_what_waits_for_either_goes_to_the_address_that_was_told_last_and_parted_each_has_the_own(
    tmp_path: Path,
) -> None:
    enroll_by_roster(tmp_path, [roster_row("bo", last_name="Moss")], JUNE_20)
    with reading() as db:
        bo = ids_of_addresses(db, [BO])[BO]
    withdraw_from.fn("2022", BO, "certification", "a second record", JUNE_20)
    before = addresses()
    assert set(before.values()) == {ADA, BO}
    merge(ada(), bo)
    assert set(addresses().values()) == {BO}
    part(bo)
    assert addresses() == before


@pytest.mark.parametrize("of", [ADA, OLD])
def test_each_address_of_merged_records_is_the_persons_own_and_can_be_the_current_one(of: str) -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    merge(ada(), "P-22222222")

    def change(wanted: str, day: int) -> str:
        change_address_of.fn("2022", of, wanted, requested_by="ada", as_of=JUNE_22.replace(day=day))
        with reading() as db:
            assert current_address(db, ADA) == current_address(db, OLD)
            return current_address(db, ADA)

    wishes = ["ada@new.example", OLD, ADA, "ada@new.example"]
    assert [change(wanted, day) for day, wanted in enumerate(wishes, start=23)] == wishes


def test_the_command_shows_a_merge_and_does_it_only_with_yes(capsys: pytest.CaptureFixture[str]) -> None:
    store_person("P-22222222", OLD, "Ada Moss")
    words = ["person", "merge", ada(), "p-22222222", "--reason", "the lead says so"]
    assert app(words, result_action="return_value") == 0
    assert "P-22222222 is the same person" in capsys.readouterr().out
    with reading() as db:
        assert db.get_one(Person, "P-22222222").merged_into is None
    assert app([*words, "--yes"], result_action="return_value") == 0
    with reading() as db:
        assert db.get_one(Person, "P-22222222").merged_into == ada()
    assert app(["person", "part", "P-22222222", "--reason", "no"], result_action="return_value") == 0
    assert app(["person", "part", "P-22222222", "--reason", "no"], result_action="return_value") == 1
