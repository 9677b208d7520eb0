"""Answers to offers, silence, another lead, somebody for a leaver, and rosters from a student information system."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.records import Component
from schemas.statuses import Disposition, EnrollmentStatus, OfferAnswer, Outcome
from schemas.tables import (
    Application,
    Capacity,
    CohortMember,
    Decision,
    Educator,
    Enrollment,
    IntakeRow,
    Offer,
    Outbox,
    SeatBlock,
    SeatRequestRow,
)
from tasks.core.database import reading, transaction
from tasks.enrollment.rosters import move_to_session, seat_rosters
from tasks.intake.pipeline import stage_files
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tasks.seats.answers import settle_offers
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.leads import settle_leads
from tests.factories.cohorts import store_cohort
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, csv_file, open_season, stage_rows, zip_archive
from tests.factories.seats import answer_offer, apply_for_seats, confirm_seats, confirmed_and_waitlisted, offers_of
from tests.factories.surveys import survey_row

JUNE_20 = datetime(2022, 6, 20, 13, 0, tzinfo=UTC)
JULY_8 = datetime(2022, 7, 8, 13, 0, tzinfo=UTC)
SEPTEMBER_20 = datetime(2022, 9, 20, 13, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]


def seat_of(email: str, component: str = "certification") -> Enrollment:
    with reading() as db:
        return db.get_one(Enrollment, ("2022", email, component))


def test_seats_that_a_district_gives_back_go_to_the_next_on_the_waitlist_at_once(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25)
    answer_offer(tmp_path, 0)
    assert settle_offers.fn("2022", JUNE_20) == 30
    assert settle_offers.fn("2022", JUNE_20) == 0
    assert confirmed_and_waitlisted() == {LEA: (0, 0), LEA_IDS[1]: (25, 0)}
    with reading() as db:
        assert db.get_one(Offer, ("2022", "O-2022-0001")).answer == OfferAnswer.DECLINED
        assert db.get_one(Offer, ("2022", "O-2022-0002")).answer_by == date(2022, 7, 11)
        assert db.get_one(Capacity, ("2022", "certification")).seats_confirmed == 25
        assert db.get_one(SeatRequestRow, ("2022", LEA, "certification", 1)).seats_released == 30
    assert tally("2022", "seats").holds


def test_a_district_may_take_some_of_its_seats(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    answer_offer(tmp_path, 22)
    assert settle_offers.fn("2022", JUNE_20) == 8
    with reading() as db:
        block = db.get_one(SeatBlock, ("2022", LEA, "certification"))
    (offer,) = offers_of()
    assert (offer.answer, offer.seats_offered, offer.seats_held) == (OfferAnswer.ACCEPTED, 30, 22)
    assert block.seats_confirmed == 22


@pytest.mark.parametrize(("seats", "day"), [(31, "2022-06-20"), (30, "2022-07-07"), (30, "2022-06-31")])
def test_an_answer_that_cannot_be_is_quarantined_and_changes_nothing(tmp_path: Path, seats: int, day: str) -> None:
    confirm_seats(tmp_path, 30)
    answer_offer(tmp_path, seats, day=day)
    assert settle_offers.fn("2022", JUNE_20) == 0
    with reading() as db:
        assert db.get_one(SeatBlock, ("2022", LEA, "certification")).seats_confirmed == 30
        dispositions = list(db.scalars(select(IntakeRow.disposition).where(IntakeRow.kind == InputKind.ANSWER)))
    assert dispositions == [Disposition.QUARANTINED]


def test_an_offer_that_nobody_answers_lapses_and_a_roster_is_an_answer(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30, 25, capacity=55)
    assert enroll_by_roster(tmp_path, [roster_row("ada")]) == 1
    assert settle_offers.fn("2022", JUNE_20) == 0
    assert settle_offers.fn("2022", JULY_8) == 25
    assert confirmed_and_waitlisted() == {LEA: (30, 0), LEA_IDS[1]: (0, 0)}


def test_a_leaver_is_replaced_and_the_seat_stays_one_seat(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    sign_form(tmp_path, "ada@lea.example")
    assert enroll_by_roster(tmp_path, [roster_row("bo", replaces="ada@lea.example")]) == 1
    with reading() as db:
        assert db.get_one(SeatBlock, ("2022", LEA, "certification")).seats_filled == 1
    assert seat_of("ada@lea.example").status == EnrollmentStatus.REPLACED
    assert seat_of("bo@lea.example").status == EnrollmentStatus.AWAITING_FORM
    assert tally("2022", "enrollment").holds
    assert enroll_by_roster(tmp_path, [roster_row("cy", replaces="nobody@lea.example")]) == 0


def test_who_comes_for_a_leaver_takes_the_place_in_the_cohort_with_the_signature_and_the_calendars_follow(
    tmp_path: Path,
) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    sign_form(tmp_path, "ada@lea.example")
    store_cohort("2022-C001", ["ada@lea.example"])
    enroll_by_roster(tmp_path, [roster_row("bo", replaces="ada@lea.example")], SEPTEMBER_20)
    with reading() as db:
        assert db.get(CohortMember, ("2022", "ada@lea.example")) is None
        assert db.get(CohortMember, ("2022", "bo@lea.example")) is None
    sign_form(tmp_path, "bo@lea.example", SEPTEMBER_20)
    with reading() as db:
        assert db.get_one(CohortMember, ("2022", "bo@lea.example")).cohort_id == "2022-C001"
        letters = {row.message_key: row.payload for row in db.scalars(select(Outbox))}
    left = "2022/replaced/ada@lea.example/certification/"
    (gone,) = (payload["calendars"] for key, payload in letters.items() if key.startswith(left))
    joined = letters[f"2022/cohort/2022-C001/bo@lea.example/{SEPTEMBER_20.isoformat()}"]["calendars"]
    assert [file["method"] for file in gone] == ["CANCEL"] * 4
    assert [file["content"].count("BEGIN:VEVENT") for file in joined] == [4]
    late = datetime(2022, 9, 27, 13, 0, tzinfo=UTC)
    assert enroll_by_roster(tmp_path, [roster_row("cy", replaces="bo@lea.example")], late) == 0


def test_a_new_lead_gets_the_letters_and_both_are_told_once(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    new = {"lea_id": LEA, "lead_name": "Vera Holmland", "lead_email": "Vera@lea.example", "named_on": "2022-06-19"}
    for row in (new, {**new, "named_on": "2022-06-20"}):
        assert name_leads(tmp_path, JUNE_20, row) == (row is new)
    with reading() as db:
        assert db.get_one(Application, ("2022", LEA)).lead_email == "vera@lea.example"
    assert sorted(letter["to"] for letter in letters_written("lead_changed")) == [
        "lead@lea.example",
        "vera@lea.example",
    ]
    for wrong in ({"lead_name": ""}, {"lead_email": "Vera"}, {"lea_id": LEA_IDS[3]}, {"named_on": "June"}):
        assert name_leads(tmp_path, JULY_8, {**new, "lead_name": "Ivo Ley", **wrong}) == 0
    assert tally("2022", "lead").counts == "6 rows = 1 accepted + 4 quarantined + 1 superseded + 0 staged"


def test_of_several_leads_named_at_once_the_one_named_last_counts_and_only_that_one_is_told(tmp_path: Path) -> None:
    apply_for_seats(tmp_path, 30)
    last = {"lea_id": LEA, "lead_name": "Vera Holmland", "lead_email": "vera@lea.example", "named_on": "2022-06-19"}
    first = {**last, "lead_name": "Ivo Ley", "lead_email": "ivo@lea.example", "named_on": "2022-06-17"}
    assert name_leads(tmp_path, JUNE_20, last, first) == 1
    assert sorted(letter["to"] for letter in letters_written("lead_changed")) == [
        "lead@lea.example",
        "vera@lea.example",
    ]
    assert tally("2022", "lead").counts == "2 rows = 1 accepted + 0 quarantined + 1 superseded + 0 staged"


def name_leads(tmp_path: Path, as_of: datetime, *rows: dict[str, str]) -> int:
    stage_rows(tmp_path, InputKind.LEAD, as_of, *rows)
    return int(settle_leads.fn("2022", "superintendent", as_of))


@pytest.mark.parametrize(("name", "known_as"), [("Vera", "Vera"), ("", "vera@lea.example")])
def test_a_resubmission_by_another_lead_is_a_change_of_lead_who_is_known_by_name_or_else_by_address(
    tmp_path: Path, name: str, known_as: str
) -> None:
    apply_for_seats(tmp_path, 30)
    row = survey_row(2, LEA, submitted_at="2022-06-01 10:00:00", lead_name=name, lead_email="vera@lea.example")
    import_responses.fn("2022", JUNE_20, [csv_file(tmp_path / "again.csv", [row])])
    with reading() as db:
        found = db.scalars(select(Decision).where(Decision.rule == "district-lead")).one()
    assert (found.subject_key, found.outcome) == (LEA, Outcome.CHANGED)
    assert found.reason.startswith(f"{known_as} (vera@lea.example) is the lead")


def test_a_participant_moves_to_the_other_session_of_the_librarianship_course_once(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    with transaction() as db:
        db.add(SeatBlock(season="2022", lea_id=LEA, component="exfrl", seats_confirmed=2, enroll_by=date(2022, 7, 22)))
    rows = [roster_row("li", "exfrl", role="librarian", session="summer")]
    assert enroll_by_roster(tmp_path, rows) == 1
    for _ in range(2):
        move_to_session.fn("2022", "li@lea.example", "fall", "lead", JUNE_20)
    assert seat_of("li@lea.example", "exfrl").session == "fall"
    with pytest.raises(OperatorError, match="Choose one of"):
        move_to_session.fn("2022", "li@lea.example", "winter", "lead", JULY_8)
    with pytest.raises(OperatorError, match="holds no seat"):
        move_to_session.fn("2022", "bo@lea.example", "fall", "lead", JULY_8)


ONEROSTER: dict[str, str] = {
    "orgs.csv": f"sourcedId,name,type,identifier,parentSourcedId\nd1,District,district,{LEA},\ns1,School,school,,d1\n",
    "users.csv": "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,email,grades\n"
    "u1,active,true,s1,teacher,ada,Ada,Ley,Ada@lea.example,middle\nu2,active,true,s1,principal,bo,Bo,Ley,bo@lea.example,\n",
    "classes.csv": "sourcedId,title,classCode,orgSourcedId\nc1,ISTE Certification for Educators,,s1\n",
    "enrollments.csv": "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role\n"
    "e1,active,c1,s1,u1,student\ne2,active,c1,s1,u2,student\ne3,active,c1,s1,u9,student\ne4,tobedeleted,c1,s1,u1,student\n",
}


def test_a_oneroster_archive_is_a_roster_and_what_is_wrong_in_it_is_named_by_its_row(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    path = tmp_path / "oneroster.zip"
    path.write_bytes(zip_archive({f"export/{name}": text.encode() for name, text in ONEROSTER.items()}))
    (report,) = stage_files.fn("2022", InputKind.ROSTER, JUNE_20, [path])
    assert (report.rows, report.quarantined) == (3, 2)
    assert seat_rosters.fn("2022", JUNE_20) == 1
    with reading() as db:
        person = db.get_one(Educator, ("2022", "ada@lea.example"))
        rejected = list(db.scalars(select(IntakeRow).where(IntakeRow.disposition == Disposition.QUARANTINED)))
    assert (person.lea_id, person.first_name, person.grade_band) == (LEA, "Ada", "middle")
    assert sorted(row.row_number for row in rejected) == [3, 4]
    assert "this role is not known" in {row.row_number: row.reason for row in rejected}[3]
    assert "no user of users.csv" in {row.row_number: row.reason for row in rejected}[4]
    assert seat_of("ada@lea.example", Component.CERTIFICATION).status == EnrollmentStatus.AWAITING_FORM


def test_a_damaged_oneroster_archive_is_rejected_with_a_message(tmp_path: Path) -> None:
    open_season()
    path = tmp_path / "broken.zip"
    path.write_bytes(zip_archive({"users.csv": b"sourcedId,email\nu1,\xff\xfe\n", "enrollments.csv": b"sourcedId\n"}))
    (report,) = stage_files.fn("2022", InputKind.ROSTER, JUNE_20, [path])
    assert report.rows == 0
    assert "users.csv cannot be read" in " ".join(report.messages)
