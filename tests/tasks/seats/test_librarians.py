"""Librarians on the roster: in the educator certification, certified in the register, or with proof that was seen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.statuses import Disposition, EnrollmentStatus
from schemas.tables import Educator, Enrollment, IntakeRow, SeatBlock, SeatRequestRow
from tasks.core.database import reading
from tasks.enrollment.withdrawals import withdraw_from
from tasks.portfolios.guidance import guide_librarians
from tasks.season.audit import audit
from tasks.season.control_totals import tally
from tasks.season.history import history_of
from tasks.seats.answers import settle_offers
from tasks.seats.librarians import settle_proofs
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import apply_approved_rounds, propose_seats
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file, open_season, stage_rows
from tests.factories.seats import JUNE_15, JUNE_20, answer_offer, approve_rounds, set_capacity
from tests.factories.surveys import import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]
JULY_23 = datetime(2022, 7, 23, 13, 0, tzinfo=UTC)
SEPTEMBER_20 = datetime(2022, 9, 20, 13, 0, tzinfo=UTC)


def librarian(name: str, component: str = "librarian", **changes: str) -> dict[str, str]:
    return roster_row(name, component, role="librarian", **changes)


def open_with_librarian_seats(folder: Path) -> None:
    """Five certification seats and three for librarians, of whom the district says that one is certified already."""
    open_season()
    row = survey_row(1, LEA, certification_seats="5", librarian_seats="3", certified_librarians="1")
    import_survey_files(csv_file(folder / "s.csv", [row]), as_of=JUNE_15)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    apply_approved_rounds.fn("2022", JUNE_15)


def seat_of(name: str, component: str = "librarian") -> str | None:
    with reading() as db:
        found = db.get(Enrollment, ("2022", f"{name}@lea.example", component))
    return found.status if found else None


def test_a_librarian_needs_the_certification_seat_whatever_the_order_of_the_lines(tmp_path: Path) -> None:
    open_with_librarian_seats(tmp_path)
    claims = {"already_certified": "yes"}
    lines = [librarian("li", **claims), librarian("mo", **claims), librarian("li", "certification", **claims)]
    assert enroll_by_roster(tmp_path, lines) == 2
    assert (seat_of("li"), seat_of("mo")) == (EnrollmentStatus.AWAITING_FORM, None)
    with reading() as db:
        (rejected,) = db.scalars(select(IntakeRow).where(IntakeRow.disposition == Disposition.QUARANTINED))
        assert not db.get_one(Educator, ("2022", "li@lea.example")).is_already_certified
    assert "put mo@lea.example on the roster for ISTE Certification for Educators too" in rejected.reason


def test_proof_that_an_operator_has_seen_counts_like_a_certificate_in_the_register(tmp_path: Path) -> None:
    open_with_librarian_seats(tmp_path)
    proof = {"lea_id": LEA, "email": "Mo@lea.example", "proof": "ISTE 1234", "valid_until": "2024-05-31"}
    expired, wrong = {**proof, "email": "no@lea.example"}, {**proof, "email": "no@lea.example"}
    expired["valid_until"], wrong["valid_until"] = "2022-06-19", "2022-06-31"
    stage_rows(tmp_path, InputKind.PROOF, JUNE_20, proof, expired, wrong)
    assert settle_proofs.fn("2022", "program staff", JUNE_20) == 1
    assert enroll_by_roster(tmp_path, [librarian("mo"), librarian("no")]) == 1
    with reading() as db:
        assert db.get_one(Educator, ("2022", "mo@lea.example")).is_already_certified
    sign_form(tmp_path, "mo@lea.example")
    standing = history_of("2022", "educator", "mo@lea.example").standing
    assert any("it is valid until 2024-05-31. The librarian portfolio needs no cohort" in line for line in standing)
    assert tally("2022", "proof").counts == "3 rows = 1 accepted + 2 quarantined + 0 superseded + 0 staged"


def test_a_librarians_seat_ends_with_the_certification_and_both_are_released(tmp_path: Path) -> None:
    open_with_librarian_seats(tmp_path)
    enroll_by_roster(tmp_path, [librarian("li", "certification"), librarian("li")])
    assert release_unfilled_seats.fn("2022", JULY_23) == 8
    assert (seat_of("li", "certification"), seat_of("li")) == (EnrollmentStatus.LAPSED, EnrollmentStatus.LAPSED)
    with reading() as db:
        blocks = {block.component: block for block in db.scalars(select(SeatBlock))}
    assert [(b.seats_confirmed, b.seats_filled) for b in blocks.values()] == [(0, 0), (0, 0)]
    told = {letter["subject"] for letter in letters_written("seat_lapsed")}
    names = ("ISTE Certification for Educators", "ISTE Certification for Librarians")
    assert told == {f"Your seat in {name} has been released" for name in names}


def test_who_leaves_the_certification_leaves_the_librarian_certification_too_and_is_told(tmp_path: Path) -> None:
    open_with_librarian_seats(tmp_path)
    enroll_by_roster(tmp_path, [librarian("li", "certification"), librarian("li")])
    sign_form(tmp_path, "li@lea.example")
    withdraw_from.fn("2022", "li@lea.example", "certification", "moves away", SEPTEMBER_20)
    assert (seat_of("li", "certification"), seat_of("li")) == (EnrollmentStatus.WITHDRAWN, EnrollmentStatus.WITHDRAWN)
    assert len(letters_written("withdrawn")) == 2
    assert tally("2022", "enrollment").holds


def test_who_shows_proof_keeps_the_librarians_seat_without_the_certification_and_needs_no_cohort(
    tmp_path: Path,
) -> None:
    open_with_librarian_seats(tmp_path)
    enroll_by_roster(tmp_path, [librarian("li", "certification"), librarian("li")])
    sign_form(tmp_path, "li@lea.example")
    proof = {"lea_id": LEA, "email": "li@lea.example", "proof": "ISTE 1234", "valid_until": "2024-05-31"}
    stage_rows(tmp_path, InputKind.PROOF, JUNE_20, proof)
    settle_proofs.fn("2022", "program staff", JUNE_20)
    withdraw_from.fn("2022", "li@lea.example", "certification", "is certified already", SEPTEMBER_20)
    assert (seat_of("li", "certification"), seat_of("li")) == (EnrollmentStatus.WITHDRAWN, EnrollmentStatus.ENROLLED)
    assert guide_librarians.fn("2022", SEPTEMBER_20) == 1
    (letter,) = letters_written("portfolio_space")
    assert letter["subject"] == "Submit your librarian portfolio by Tuesday, December 20, 2022"


def apply_with_librarians(folder: Path, *certification_seats: int) -> None:
    """Districts that apply for certification seats, of which twenty are granted, and each for two librarian seats."""
    open_season()
    rows = [
        survey_row(
            n, LEA_IDS[n - 1], certification_seats=str(seats), librarian_seats="2", lead_email=f"lead{n}@lea.example"
        )
        for n, seats in enumerate(certification_seats, start=1)
    ]
    import_survey_files(csv_file(folder / "s.csv", rows), as_of=JUNE_15)
    set_capacity(20)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()
    apply_approved_rounds.fn("2022", JUNE_15)


def librarian_seats(lea_id: str) -> tuple[int, int, int]:
    """A district's librarian seats that are confirmed, wait, and are declined."""
    with reading() as db:
        rows = db.scalars(select(SeatRequestRow).filter_by(lea_id=lea_id, component="librarian")).all()
        states = ("seats_confirmed", "seats_waitlisted", "seats_declined")
        first, second, third = (sum(getattr(row, state) for row in rows) for state in states)
        return first, second, third


def test_librarian_seats_come_with_the_certification_seats_for_which_their_district_waits(tmp_path: Path) -> None:
    apply_with_librarians(tmp_path, 20, 13)
    assert librarian_seats(LEA_IDS[1]) == (0, 0, 2)
    first = next(letter for letter in letters_written("seats") if letter["to"] == "lead2@lea.example")
    assert "You do not need to do anything: with those seats we offer you librarian seats" in str(first["body"])
    assert "Request seats in ISTE" not in str(first["body"])
    answer_offer(tmp_path, 19)
    settle_offers.fn("2022", JUNE_20)
    assert librarian_seats(LEA_IDS[1]) == (1, 0, 2), "one certification seat, one librarian"
    last = [letter for letter in letters_written("seats") if letter["to"] == "lead2@lea.example"][-1]
    assert "1 seat in ISTE Certification for Librarians is confirmed." in str(last["body"])
    assert tally("2022", "seats").holds


def test_librarian_seats_that_were_taken_up_again_are_not_taken_up_twice(tmp_path: Path) -> None:
    apply_with_librarians(tmp_path, 20, 13)
    answer_offer(tmp_path, 19)
    for _ in range(3):
        settle_offers.fn("2022", JUNE_20)
        release_unfilled_seats.fn("2022", JUNE_20)
    assert librarian_seats(LEA_IDS[1]) == (1, 0, 2)
    broken = {item.check.name for item in audit("2022", JUNE_20) if item.violations}
    assert not {name for name in broken if "librarian" in name or "overtaken" in name or "seat" in name}
