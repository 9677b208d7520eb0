"""An export as its reader finds it: whole, validated by Frictionless, from both databases, and naming nobody by accident."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.kinds import PersonRole, RecipientKind, SubjectKind
from schemas.records import Component, Ruling, Term
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import Cohort, Educator
from tasks.cohorts.changes import move_to_cohort
from tasks.core.database import reading
from tasks.enrollment.merges import merge_records
from tasks.enrollment.withdrawals import withdraw_from
from tasks.ledger.persons import ids_of_addresses, register_person
from tasks.ledger.unit_of_work import OperatorError, SeasonNotOpenError, Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.reviews.routing import route_waiting_rounds
from tasks.reviews.sla import hold_round, resume_round
from tasks.season.export import write
from tasks.season.export.write import contract, export_seasons
from tasks.seats.answers import settle_offers
from tasks.seats.closing import close_waitlist
from tasks.seats.release import release_unfilled_seats
from tests.factories.cohorts import fill_cohort
from tests.factories.enrollment import JUNE_20, enroll_by_roster, roster_row, sign_form
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import DAY, assign_portfolio, assigned_evaluators, score_portfolio
from tests.factories.season import LEA_IDS, csv_file, open_season
from tests.factories.seats import answer_offer, confirm_seats, open_season_with_seats
from tests.factories.surveys import import_survey_files, survey_row
from tests.tasks.season.export.packages import checked_export, export_to, faults_in, rows_of

pytestmark = pytest.mark.usefixtures("database")
PLANNED = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)
LAST_RELEASE = datetime(2022, 10, 1, 13, 0, tzinfo=UTC)
AFTER = datetime(2022, 7, 25, 13, 0, tzinfo=UTC)


def register(*emails: str) -> None:
    with unit_of_work("2022", JUNE_20) as work:
        for email in emails:
            register_person(work, email, PersonRole.LEAD, email, LEA_IDS[0])


def test_a_season_that_has_just_opened_is_an_export_in_order_with_every_file(tmp_path: Path) -> None:
    open_season()
    found = checked_export(tmp_path / "out")
    assert set(found) == {table.name for table in contract()}
    assert {row["state"] for row in found["districts"]} == {"CT"}
    assert [(row["component"], row["from_at"], row["seats"]) for row in found["grants"]] == [
        ("academy", "2022-04-18T13:00:00Z", "4500"),
        ("certification", "2022-04-18T13:00:00Z", "1500"),
        ("certification", "2022-07-01T04:00:00Z", "1540"),
        ("exfrl", "2022-04-18T13:00:00Z", "150"),
        ("librarian", "2022-04-18T13:00:00Z", "160"),
    ]
    assert found["persons"] == found["decisions"] == []


def test_requests_offers_answers_and_releases_are_told_seat_by_seat(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 20, capacity=1500)
    answer_offer(tmp_path, 15)
    settle_offers.fn("2022", JUNE_20)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    sign_form(tmp_path, "ada@lea.example")
    release_unfilled_seats.fn("2022", AFTER)
    found = checked_export(tmp_path / "out")
    mine = [row for row in found["seat_events"] if row["request_id"] == f"{LEA_IDS[0]}/certification/1"]
    assert [(row["event"], row["seats"]) for row in mine] == [
        ("offered", "25"),
        ("declined", "10"),
        ("accepted", "15"),
        ("released", "14"),
    ]
    assert [row["offer_id"] for row in mine[:3]] == ["O-2022-0001"] * 3
    request = next(row for row in found["seat_requests"] if row["request_id"] == mine[0]["request_id"])
    assert (request["seats_requested"], request["seats_confirmed"], request["seats_released"]) == ("25", "1", "24")
    ended = {row["status"]: row["ended_at"] for row in found["enrollments"]}
    assert ended == {"enrolled": "", "lapsed": "2022-07-25T13:00:00Z"}


def test_a_district_lead_is_a_person_and_letters_name_them_by_id(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, capacity=1500)
    found = export_to(tmp_path / "out")
    (lead,) = found["persons"]
    (submission,) = found["submissions"]
    assert submission["lead_person_id"] == lead["person_id"]
    assert lead["email"] == "lead@lea.example"
    letters = [row for row in found["letters"] if row["template"] == "seats"]
    assert [(row["recipient_kind"], row["recipient_id"], row["about_id"]) for row in letters] == [
        (RecipientKind.LEAD, lead["person_id"], LEA_IDS[0])
    ]


def test_an_earlier_submission_is_kept_and_only_the_newest_is_current(tmp_path: Path) -> None:
    open_season()
    rows = [survey_row(1, slots="TUE-15:30;MON-15:30"), survey_row(2, option="1")]
    import_survey_files(csv_file(tmp_path / "s.csv", rows), as_of=JUNE_20)
    found = export_to(tmp_path / "out")["submissions"]
    assert [(row["response_id"], row["is_current"]) for row in found] == [("R_0001", "false"), ("R_0002", "true")]
    assert found[0]["slots"] == "TUE-15:30|MON-15:30"


def test_whoever_has_moved_was_in_both_cohorts_one_after_the_other(tmp_path: Path) -> None:
    open_season_with_seats()
    people = fill_cohort("2022-C001", 16) + fill_cohort("2022-C002", 15, "TUE-15:30")
    register(*people)
    mover = people[0]
    with unit_of_work("2022", PLANNED) as work:
        join_letter(work, mover, "2022-C001")
    move_to_cohort.fn("2022", mover, "2022-C002", "has a class", datetime(2022, 9, 1, 13, 0, tzinfo=UTC))
    found = checked_export(tmp_path / "out")
    person = next(row["person_id"] for row in found["persons"] if row["email"] == mover)
    mine = [row for row in found["cohort_members"] if row["person_id"] == person]
    assert [(row["cohort_id"], row["joined_at"], row["left_at"]) for row in mine] == [
        ("2022-C001", "2022-08-15T13:00:00Z", "2022-09-01T13:00:00Z"),
        ("2022-C002", "2022-09-01T13:00:00Z", ""),
    ]


def test_a_round_tells_its_pauses_and_which_of_three_scores_count(tmp_path: Path) -> None:
    portfolio_id = assign_portfolio(tmp_path)
    register(*(f"c1-{n:02d}@lea.example" for n in range(15)))
    hold_round.fn("2022", portfolio_id, "a file cannot be opened", SUBMITTED + DAY)
    resume_round.fn("2022", portfolio_id, SUBMITTED + 3 * DAY)
    first, second = assigned_evaluators(portfolio_id)
    score_portfolio(tmp_path, portfolio_id, first, "90.00", SUBMITTED + 4 * DAY)
    score_portfolio(tmp_path, portfolio_id, second, "60.00", SUBMITTED + 5 * DAY)
    route_waiting_rounds.fn("2022", SUBMITTED + 6 * DAY)
    (third,) = set(assigned_evaluators(portfolio_id)) - {first, second}
    before = export_to(tmp_path / "out")
    assert [row["is_counted"] for row in before["reviews"]] == ["", "", ""]
    score_portfolio(tmp_path, portfolio_id, third, "88.00", SUBMITTED + 7 * DAY)
    found = checked_export(tmp_path / "out")
    (round_,) = found["review_rounds"]
    assert (round_["held_seconds"], round_["result"], round_["score_hundredths"]) == ("172800", "certified", "8900")
    assert round_["is_breached"] == "false"
    counted = {row["evaluator_id"]: row["is_counted"] for row in found["reviews"]}
    assert counted == {first: "true", second: "false", third: "true"}
    assert found["certificates"][0]["person_id"] == found["portfolios"][0]["person_id"]


def join_letter(work: Work, email: str, cohort_id: str) -> None:
    """The letter that tells somebody of their cohort, as it is written when cohorts are planned."""
    context = {"cohort": work.db.get_one(Cohort, ("2022", cohort_id)), "term": Term(PLANNED.date(), PLANNED.date())}
    context |= {"person": work.db.get_one(Educator, ("2022", email)), "sessions": [], "exception_reason": ""}
    context |= {"open_until": None, "left": None, "host": "", "is_off": False, "submit_by": PLANNED.date()}
    write_letter(work, f"cohort/{cohort_id}/{email}", "cohort", email, **context)


def decide(subject: str, reason: str, kind: SubjectKind = SubjectKind.EDUCATOR) -> None:
    with unit_of_work("2022", JUNE_20) as work:
        work.decide(kind, subject, Ruling("some-rule", Outcome.ACCEPTED, reason))


AWKWARD = 'She said "no, thanks",\nand left; ça va 😀 | a\\b'


def test_a_sentence_with_quotes_commas_and_lines_reads_as_it_was_written(tmp_path: Path) -> None:
    open_season()
    decide("0900002", AWKWARD, SubjectKind.DISTRICT)
    (decision,) = export_to(tmp_path / "out")["decisions"]
    assert decision["reason"] == AWKWARD


def test_no_address_stands_in_a_decision_but_ids_do(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, capacity=1500)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo")])
    decide("ada@lea.example", "ada@lea.example comes for bo@lea.example, whom nobody@else.example knows.")
    decide("nobody@else.example/academy", "No seat is held for nobody@else.example.", SubjectKind.ENROLLMENT)
    found = export_to(tmp_path / "out")
    ids = {row["email"]: row["person_id"] for row in found["persons"]}
    told = {row["reason"]: row["subject_id"] for row in found["decisions"] if row["rule_id"] == "some-rule"}
    ada, bo = ids["ada@lea.example"], ids["bo@lea.example"]
    assert told == {f"{ada} comes for {bo}, whom (somebody) knows.": ada, "No seat is held for (somebody).": ""}
    for path in (tmp_path / "out").iterdir():
        assert path.stem == "persons" or "@" not in path.read_text(encoding="utf-8"), path.name


def test_without_personal_data_nobody_is_named_and_nothing_is_quoted(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, capacity=1500)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    decide("ada@lea.example", "The certificate is revoked. Reason: Ada Ley copied it.")
    found = export_to(tmp_path / "out", with_personal_data=False)
    names = ("first_name", "last_name", "email")
    assert [{row[name] for name in names} for row in found["persons"]] == [{""}, {""}]
    assert {row["superintendent_name"] for row in found["submissions"]} == {""}
    assert "The certificate is revoked. Reason" in {row["reason"] for row in found["decisions"]}
    whole = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert [word for word in ("@", "Ada", "Ley ") if word in whole] == []
    assert json.loads((tmp_path / "out" / "datapackage.json").read_text())["has_personal_data"] is False


def test_parquet_has_the_same_values_with_their_types(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 20, capacity=1500)
    decide("0900002", AWKWARD, SubjectKind.DISTRICT)
    texts = export_to(tmp_path / "csv")
    export_seasons(tmp_path / "parquet", "2022", file_format="parquet")
    assert faults_in(tmp_path / "parquet") == []
    for name in ("seat_requests", "submissions", "decisions", "unplaced"):
        assert rows_of(tmp_path / "parquet")[name] == texts[name]
    field = pq.read_schema(tmp_path / "parquet" / "seat_requests.parquet").field("seats_requested")
    assert field.metadata == {b"description": b"Seats requested.", b"unit": b"seats"}


def test_an_earlier_export_is_replaced_and_any_other_folder_refused(tmp_path: Path) -> None:
    open_season()
    folder = tmp_path / "out"
    folder.mkdir()
    export_seasons(folder, "2022", file_format="parquet")
    export_to(folder)
    assert not list(folder.glob("*.parquet"))
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OperatorError, match="something else than an earlier export"):
        export_seasons(folder, "2022")
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_an_export_that_fails_leaves_the_earlier_one_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_season()
    export_to(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(SeasonNotOpenError):
        export_seasons(tmp_path / "out", "1999")
    broken = (*contract()[:-1], contract()[-1].__class__("x", "", "", 1, contract()[-1].columns, "FROM nowhere d"))
    monkeypatch.setattr(write, "contract", lambda: broken)
    with pytest.raises(Exception, match="nowhere"):
        export_seasons(tmp_path / "out", "2022")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_all_seasons_are_one_package(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, capacity=1500)
    found = export_to(tmp_path / "out", None)
    assert {row["season"] for row in found["seat_requests"]} == {"2022"}
    assert json.loads((tmp_path / "out" / "datapackage.json").read_text())["seasons"] == ["2022"]
    assert Component.CERTIFICATION in {row["component"] for row in found["seat_requests"]}


def test_a_waiting_request_is_told_until_the_waitlist_ends(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 20, capacity=30)
    close_waitlist.fn("2022", LAST_RELEASE)
    found = export_to(tmp_path / "out")
    mine = [row for row in found["seat_events"] if row["request_id"] == f"{LEA_IDS[1]}/certification/1"]
    assert [(row["event"], row["seats"]) for row in mine] == [("waitlisted", "15"), ("offered", "5"), ("closed", "15")]
    request = next(row for row in found["seat_requests"] if row["lea_id"] == LEA_IDS[1])
    assert (request["seats_confirmed"], request["seats_declined"]) == ("5", "15")
    assert request["closed_at"] == mine[2]["at"]


def decide_each(reasons: list[str]) -> None:
    with unit_of_work("2022", JUNE_20) as work:
        for number, reason in enumerate(reasons):
            work.decide(SubjectKind.DISTRICT, f"09{number:05d}", Ruling("some-rule", Outcome.ACCEPTED, reason))


def test_lines_with_and_without_quotation_marks_stand_in_order(tmp_path: Path) -> None:
    open_season()
    told = [f"Line {number}" + (', "quoted"' if number > 150 else "") for number in range(300)]
    decide_each(told)
    assert [row["reason"] for row in export_to(tmp_path / "out")["decisions"]] == told


def test_a_value_with_the_sign_that_separates_values_is_kept(tmp_path: Path) -> None:
    open_season()
    told = ["It was told.", "One\x1fand another, and more."]
    decide_each(told)
    assert [row["reason"] for row in export_to(tmp_path / "out")["decisions"]] == told


def test_two_records_of_one_person_are_one_person_with_one_enrollment_and_no_address_stands_elsewhere(
    tmp_path: Path,
) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada"), roster_row("bo", last_name="Moss")])
    with reading() as db:
        ids = ids_of_addresses(db, ["ada@lea.example", "bo@lea.example"])
    kept, other = ids["bo@lea.example"], ids["ada@lea.example"]
    withdraw_from.fn("2022", "bo@lea.example", "certification", "a second record", JUNE_20)
    merge_records.fn("2022", kept, other, reason="one person", requested_by="operator", as_of=JUNE_20)
    found = checked_export(tmp_path / "out")
    assert [row["person_id"] for row in found["persons"] if row["email"] == "bo@lea.example"] == [kept]
    assert other not in {row["person_id"] for row in found["persons"]}
    assert [(row["person_id"], row["status"]) for row in found["enrollments"]] == [
        (kept, EnrollmentStatus.AWAITING_FORM)
    ]
    assert {row["recipient_id"] for row in found["letters"] if row["template"] == "commitment"} == {kept}
    told = [row for name in ("letters", "decisions") for row in found[name] if row.get("rule_id") != "persons-merged"]
    assert not any(other in value or "@" in value for row in told for value in row.values())
