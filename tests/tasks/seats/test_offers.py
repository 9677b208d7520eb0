"""Answers to offers, silence, another lead, somebody for a leaver, and rosters from a student information system."""

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.records import Component
from schemas.statuses import Disposition, EnrollmentStatus, OfferAnswer, Outcome
from schemas.tables import (
    Application,
    Capacity,
    Cohort,
    CohortMember,
    CohortSession,
    Decision,
    Educator,
    Enrollment,
    IntakeRow,
    Outbox,
    SeatBlock,
    SeatRequestRow,
)
from tasks.core.database import insert_new, reading, transaction
from tasks.enrollment.rosters import move_to_session, seat_rosters, sign_commitment_forms
from tasks.intake.pipeline import stage_files
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tasks.seats.release import settle_offers
from tasks.seats.rounds import apply_approved_rounds, propose_seats
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.leads import settle_leads
from tests.season_books import LEA_IDS, open_books, survey_row, write_rows
from tests.tasks.seats.test_rounds import JUNE_15, apply_for, approve, confirmed, grant

JUNE_20 = datetime(2022, 6, 20, 13, 0, tzinfo=UTC)
JULY_8 = datetime(2022, 7, 8, 13, 0, tzinfo=UTC)
SEPTEMBER_20 = datetime(2022, 9, 20, 13, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]


def given_seats(tmp_path: Path, seats: int = 30, **numbers: str) -> None:
    apply_for(tmp_path, **(numbers or {"n1": "30"}))
    grant(seats)
    propose_seats.fn("2022", JUNE_15)
    approve()
    apply_approved_rounds.fn("2022", JUNE_15)


def answer(tmp_path: Path, seats: int | str, lea_id: str = LEA, day: str = "2022-06-20", name: str = "a") -> None:
    row = {"lea_id": lea_id, "component": "certification", "seats": seats, "answered_on": day}
    stage_files.fn("2022", "answer", JUNE_20, [write_rows(tmp_path / f"{name}.csv", [row])])


def roster_row(name: str, component: str = "certification", **changes: str) -> dict[str, str]:
    row = {
        "lea_id": LEA,
        "email": f"{name}@lea.example",
        "first_name": name.title(),
        "last_name": "Ley",
        "role": "teacher",
    }
    return {**row, "grade_band": "middle", "component": component, "session": "", "replaces": "", **changes}


def enroll(tmp_path: Path, rows: list[dict[str, str]], as_of: datetime = JUNE_20) -> int:
    path = write_rows(tmp_path / f"r{len(list(tmp_path.iterdir()))}.csv", rows)
    stage_files.fn("2022", "roster", as_of, [path])
    return int(seat_rosters.fn("2022", as_of))


def sign(tmp_path: Path, email: str, as_of: datetime = JUNE_20) -> None:
    row = {"email": email, "signed_at": as_of.isoformat(), "signature": "Somebody"}
    path = write_rows(tmp_path / f"f{len(list(tmp_path.iterdir()))}.csv", [row])
    stage_files.fn("2022", "commitment", as_of, [path])
    sign_commitment_forms.fn("2022", as_of)


def seat_of(email: str, component: str = "certification") -> Enrollment:
    with reading() as db:
        return db.get_one(Enrollment, ("2022", email, component))


def test_seats_that_a_district_gives_back_go_to_the_next_on_the_waitlist_at_once(tmp_path: Path) -> None:
    given_seats(tmp_path, n1="30", n2="25")
    answer(tmp_path, 0)
    assert settle_offers.fn("2022", JUNE_20) == 30
    assert settle_offers.fn("2022", JUNE_20) == 0
    assert confirmed() == {LEA: (0, 0), LEA_IDS[1]: (25, 0)}
    with reading() as db:
        assert db.get_one(SeatBlock, ("2022", LEA, "certification")).answer == OfferAnswer.DECLINED
        assert db.get_one(SeatBlock, ("2022", LEA_IDS[1], "certification")).answer_by == date(2022, 7, 11)
        assert db.get_one(Capacity, ("2022", "certification")).seats_confirmed == 25
        assert db.get_one(SeatRequestRow, ("2022", LEA, "certification", 1)).seats_released == 30
    assert tally("2022", "seats").holds


def test_a_district_may_take_some_of_its_seats(tmp_path: Path) -> None:
    given_seats(tmp_path)
    answer(tmp_path, 22)
    assert settle_offers.fn("2022", JUNE_20) == 8
    with reading() as db:
        block = db.get_one(SeatBlock, ("2022", LEA, "certification"))
    assert (block.answer, block.seats_confirmed) == (OfferAnswer.ACCEPTED, 22)


@pytest.mark.parametrize(("seats", "day"), [(31, "2022-06-20"), (30, "2022-07-07"), (30, "2022-06-31")])
def test_an_answer_that_cannot_be_is_quarantined_and_changes_nothing(tmp_path: Path, seats: int, day: str) -> None:
    given_seats(tmp_path)
    answer(tmp_path, seats, day=day)
    assert settle_offers.fn("2022", JUNE_20) == 0
    with reading() as db:
        assert db.get_one(SeatBlock, ("2022", LEA, "certification")).seats_confirmed == 30
        dispositions = list(db.scalars(select(IntakeRow.disposition).where(IntakeRow.kind == "answer")))
    assert dispositions == [Disposition.QUARANTINED]


def test_an_offer_that_nobody_answers_lapses_and_a_roster_is_an_answer(tmp_path: Path) -> None:
    given_seats(tmp_path, 55, n1="30", n2="25")
    assert enroll(tmp_path, [roster_row("ada")]) == 1
    assert settle_offers.fn("2022", JUNE_20) == 0
    assert settle_offers.fn("2022", JULY_8) == 25
    assert confirmed() == {LEA: (30, 0), LEA_IDS[1]: (0, 0)}


def test_a_leaver_is_replaced_and_the_seat_stays_one_seat(tmp_path: Path) -> None:
    given_seats(tmp_path)
    enroll(tmp_path, [roster_row("ada")])
    sign(tmp_path, "ada@lea.example")
    assert enroll(tmp_path, [roster_row("bo", replaces="ada@lea.example")]) == 1
    with reading() as db:
        assert db.get_one(SeatBlock, ("2022", LEA, "certification")).seats_filled == 1
    assert seat_of("ada@lea.example").status == EnrollmentStatus.REPLACED
    assert seat_of("bo@lea.example").status == EnrollmentStatus.AWAITING_FORM
    assert tally("2022", "enrollment").holds
    assert enroll(tmp_path, [roster_row("cy", replaces="nobody@lea.example")]) == 0


def form_cohort() -> None:
    with transaction() as db:
        key = {"season": "2022", "cohort_id": "2022-C001"}
        days = {"starts_on": date(2022, 9, 12), "ends_on": date(2022, 12, 18)}
        insert_new(
            db,
            Cohort,
            [{**key, **days, "kind": "private", "region": "", "slot": "MON-15:30", "facilitator_id": "F001"}],
        )
        starts = [datetime(2022, 9, 12, 19, 30, tzinfo=UTC), datetime(2022, 9, 26, 19, 30, tzinfo=UTC)]
        rows = [{**key, "session_number": n, "starts_at": s, "ends_at": s} for n, s in enumerate(starts, start=1)]
        insert_new(db, CohortSession, rows)
        insert_new(db, CohortMember, [{**key, "email": "ada@lea.example"}])


def test_who_comes_for_a_leaver_takes_the_place_in_the_cohort_with_the_signature_and_the_calendars_follow(
    tmp_path: Path,
) -> None:
    given_seats(tmp_path)
    enroll(tmp_path, [roster_row("ada")])
    sign(tmp_path, "ada@lea.example")
    form_cohort()
    enroll(tmp_path, [roster_row("bo", replaces="ada@lea.example")], SEPTEMBER_20)
    with reading() as db:
        assert db.get(CohortMember, ("2022", "ada@lea.example")) is None
        assert db.get(CohortMember, ("2022", "bo@lea.example")) is None
    sign(tmp_path, "bo@lea.example", SEPTEMBER_20)
    with reading() as db:
        assert db.get_one(CohortMember, ("2022", "bo@lea.example")).cohort_id == "2022-C001"
        letters = {row.message_key: row.payload for row in db.scalars(select(Outbox))}
    gone = letters["2022/replaced/ada@lea.example/certification/2022-09-20"]["calendars"]
    joined = letters[f"2022/cohort/2022-C001/bo@lea.example/{SEPTEMBER_20.isoformat()}"]["calendars"]
    assert [file["method"] for file in gone] == ["CANCEL"]
    assert [file["content"].count("BEGIN:VEVENT") for file in joined] == [1]
    late = datetime(2022, 9, 27, 13, 0, tzinfo=UTC)
    assert enroll(tmp_path, [roster_row("cy", replaces="bo@lea.example")], late) == 0


def test_a_new_lead_gets_the_letters_and_both_are_told_once(tmp_path: Path) -> None:
    apply_for(tmp_path, n1="30")
    new = {"lea_id": LEA, "lead_name": "Vera Holmland", "lead_email": "Vera@lea.example", "named_on": "2022-06-19"}
    for row in (new, {**new, "named_on": "2022-06-20"}):
        assert name_lead(tmp_path, row, JUNE_20) == (row is new)
    with reading() as db:
        assert db.get_one(Application, ("2022", LEA)).lead_email == "vera@lea.example"
        told = [p["to"] for p in db.scalars(select(Outbox.payload)) if p["template"] == "lead_changed"]
    assert sorted(told) == ["lead@lea.example", "vera@lea.example"]
    for wrong in ({"lead_name": ""}, {"lead_email": "Vera"}, {"lea_id": LEA_IDS[3]}, {"named_on": "June"}):
        assert name_lead(tmp_path, {**new, "lead_name": "Ivo Ley", **wrong}, JULY_8) == 0
    assert tally("2022", "lead").counts == "6 rows = 1 accepted + 4 quarantined + 1 superseded + 0 staged"


def name_lead(tmp_path: Path, row: dict[str, str], as_of: datetime) -> int:
    path = write_rows(tmp_path / f"lead{len(list(tmp_path.iterdir()))}.csv", [row])
    stage_files.fn("2022", "lead", as_of, [path])
    return int(settle_leads.fn("2022", "superintendent", as_of))


def test_a_resubmission_by_another_lead_is_a_change_of_lead(tmp_path: Path) -> None:
    apply_for(tmp_path, n1="30")
    row = survey_row(2, LEA, submitted_at="2022-06-01 10:00:00", lead_name="Vera", lead_email="vera@lea.example")
    import_responses.fn("2022", JUNE_20, [write_rows(tmp_path / "again.csv", [row])])
    with reading() as db:
        rules = list(db.scalars(select(Decision.rule).where(Decision.subject_key == LEA)))
    assert "district-lead" in rules


def test_a_new_lead_who_left_the_name_empty_is_known_by_the_address(tmp_path: Path) -> None:
    apply_for(tmp_path, n1="30")
    row = survey_row(2, LEA, submitted_at="2022-06-01 10:00:00", lead_name="", lead_email="vera@lea.example")
    import_responses.fn("2022", JUNE_20, [write_rows(tmp_path / "again.csv", [row])])
    with reading() as db:
        found = db.scalars(select(Decision).where(Decision.rule == "district-lead")).one()
    assert (found.outcome, "vera@lea.example is the lead" in found.reason.replace("(vera@lea.example) ", "")) == (
        Outcome.CHANGED,
        True,
    )


def test_a_participant_moves_to_the_other_session_of_the_librarianship_course_once(tmp_path: Path) -> None:
    given_seats(tmp_path)
    with transaction() as db:
        db.add(SeatBlock(season="2022", lea_id=LEA, component="exfrl", seats_confirmed=2, enroll_by=date(2022, 7, 22)))
    rows = [roster_row("li", "exfrl", role="librarian", session="summer")]
    assert enroll(tmp_path, rows) == 1
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
    given_seats(tmp_path)
    path = tmp_path / "oneroster.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in ONEROSTER.items():
            archive.writestr(f"export/{name}", text)
    (report,) = stage_files.fn("2022", "roster", JUNE_20, [path])
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
    open_books()
    path = tmp_path / "broken.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("users.csv", b"sourcedId,email\nu1,\xff\xfe\n")
        archive.writestr("enrollments.csv", "sourcedId\n")
    (report,) = stage_files.fn("2022", "roster", JUNE_20, [path])
    assert report.rows == 0
    assert "users.csv cannot be read" in " ".join(report.messages)
