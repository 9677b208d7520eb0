"""Responses on the database: every tool's export, corrections and their places, districts known by their names."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rules.rule_ids import RuleId
from schemas.statuses import Disposition
from schemas.tables import Application, Decision, IntakeRow, Outbox, QuarantineItem, SeatRequestRow
from tasks.core.database import reading, transaction
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import (
    IMPORTED,
    disposition_by_row,
    dispositions,
    google_forms,
    import_survey_files,
    legacy_qualtrics,
    microsoft_forms,
    qualtrics,
    qualtrics_response,
    survey_row,
    surveymonkey,
)
from tests.tasks.intake.formats.look_alikes import limesurvey, redcap, surveygizmo, typeform

pytestmark = pytest.mark.usefixtures("opened_season")


def applied() -> dict[str, tuple[str, list[tuple[int, str]]]]:
    """Each application's response and the seats and places of its requests."""
    with reading() as db:
        requests = list(
            db.scalars(
                select(SeatRequestRow).order_by(
                    SeatRequestRow.lea_id, SeatRequestRow.component, SeatRequestRow.request_number
                )
            )
        )
        return {
            row.lea_id: (
                row.response_id,
                [(c.seats_requested, c.place_key) for c in requests if c.lea_id == row.lea_id],
            )
            for row in db.scalars(select(Application))
        }


@pytest.mark.parametrize("dialect", ["qualtrics", "legacy", "google", "sheets", "surveymonkey", "microsoft"])
def test_every_survey_tools_export_makes_the_same_application(tmp_path: Path, dialect: str) -> None:
    path = tmp_path / "export.csv"
    texts = {
        "qualtrics": qualtrics(qualtrics_response(3)),
        "legacy": legacy_qualtrics(3),
        "google": google_forms("2022/05/03 10:00:00 am GMT-4"),
        "sheets": google_forms("5/3/2022 10:00:00", slots="MON-15:30, TUE-16:30"),
        "surveymonkey": surveymonkey(3),
    }
    if dialect == "microsoft":
        path = microsoft_forms(tmp_path / "export.xlsx", 3)
    else:
        path.write_text(texts[dialect], encoding="utf-8")
    import_survey_files(path)
    with reading() as db:
        (application,) = db.scalars(select(Application))
    assert (application.option, application.lead_email) == (1, "lead@lea.example")
    assert application.slots == ["MON-15:30", "TUE-16:30"]
    assert application.submitted_at.date().isoformat() == "2022-05-03"
    assert [seats for seats, _ in applied()[LEA_IDS[0]][1]] == [25]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        (limesurvey(3), ["MON-15:30", "TUE-16:30"]),
        (limesurvey(3, full=False, numbered=True), ["MON-15:30", "TUE-16:30"]),
        (typeform(3), []),  # its choices are headed without their question
        (surveygizmo(3), ["MON-15:30", "TUE-16:30"]),
        (surveygizmo(3, written="May 0{}, 2022 10:00:00 am"), ["MON-15:30", "TUE-16:30"]),
        (redcap(3), ["MON-15:30", "TUE-16:30"]),
        (redcap(3, labels=False), ["1", "2"]),  # choices are coded
    ],
    ids=["limesurvey", "limesurvey-codes", "typeform", "surveygizmo", "surveygizmo-early", "redcap", "redcap-codes"],
)
def test_the_exports_of_further_tools_make_the_same_application(tmp_path: Path, text: str, slots: list[str]) -> None:
    (tmp_path / "export.csv").write_text(text, encoding="utf-8", newline="")
    import_survey_files(tmp_path / "export.csv")
    with reading() as db:
        (application,) = db.scalars(select(Application))
    assert (application.option, application.lead_email, application.lea_id) == (1, "lead@lea.example", LEA_IDS[0])
    assert application.slots == slots
    assert application.submitted_at == datetime(2022, 5, 3, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [typeform(3, response_type="started"), surveygizmo(3, status="Partial"), redcap(3, complete="Incomplete")],
    ids=["typeform", "surveygizmo", "redcap"],
)
def test_what_further_tools_call_unfinished_is_kept_back(tmp_path: Path, text: str) -> None:
    (tmp_path / "export.csv").write_text(text, encoding="utf-8", newline="")
    import_survey_files(tmp_path / "export.csv")
    with reading() as db:
        assert {item.rule for item in db.scalars(select(QuarantineItem))} == {"IS-017"}


def test_a_form_without_response_ids_is_one_response_by_whatever_way_it_comes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(google_forms("2022/05/03 10:00:00 am GMT-4"), encoding="utf-8")
    (tmp_path / "b.csv").write_text(google_forms("5/3/2022 10:00:00", slots="MON-15:30, TUE-16:30"), encoding="utf-8")
    import_survey_files(tmp_path / "a.csv")
    import_survey_files(tmp_path / "b.csv")
    assert dispositions() == [Disposition.ACCEPTED, Disposition.REPEATED]


def test_previews_spam_and_unfinished_responses_are_kept_back_and_nobody_is_written_to(tmp_path: Path) -> None:
    rows = [qualtrics_response(1, "Survey Preview"), qualtrics_response(2, "Spam"), qualtrics_response(3)]
    (tmp_path / "s.csv").write_text(qualtrics(*rows), encoding="utf-8")
    import_survey_files(tmp_path / "s.csv")
    assert disposition_by_row() == {4: Disposition.QUARANTINED, 5: Disposition.QUARANTINED, 6: Disposition.ACCEPTED}
    assert templates() == ["application_received"]


def templates() -> list[str]:
    with reading() as db:
        return sorted(payload["template"] for payload in db.scalars(select(Outbox.payload)))


def test_the_lead_of_a_rejected_response_gets_a_letter_that_says_what_to_correct(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, certification_seats="twenty", option="7")]))
    with reading() as db:
        letter = db.scalars(select(Outbox.payload)).one()
    assert letter["to"] == "lead@lea.example"
    assert '("twenty"): this is not a number of seats. Please write a whole number, as 25.' in letter["body"]
    assert "June 21, 2022" in letter["body"]


def test_a_rejected_response_that_comes_again_is_told_of_once(tmp_path: Path) -> None:
    bad = survey_row(1, certification_seats="twenty")
    import_survey_files(csv_file(tmp_path / "a.csv", [bad]))
    import_survey_files(csv_file(tmp_path / "b.csv", [bad, survey_row(2, LEA_IDS[1])]))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.QUARANTINED, Disposition.REPEATED]
    assert templates() == ["application_received", "response_rejected"]


def test_a_response_put_right_in_the_tool_within_the_grace_period_keeps_its_place(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, certification_seats="twenty")]))
    import_survey_files(csv_file(tmp_path / "b.csv", [survey_row(1)]), as_of=IMPORTED + timedelta(days=9))
    assert dispositions() == [Disposition.ACCEPTED, Disposition.REPEATED]
    with reading() as db:
        assert db.scalars(select(SeatRequestRow)).one().placed_at == datetime(2022, 5, 2, 14, 1, tzinfo=UTC)


def test_a_response_put_right_too_late_stands_where_the_correction_stands(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, certification_seats="twenty")]))
    late = IMPORTED + timedelta(days=11)
    import_survey_files(csv_file(tmp_path / "b.csv", [survey_row(1)]), as_of=late)
    with reading() as db:
        assert db.scalars(select(SeatRequestRow)).one().placed_at == late


def test_a_new_response_in_place_of_a_rejected_one_takes_its_place_in_whatever_order_they_come(tmp_path: Path) -> None:
    rejected, fixed = survey_row(1, certification_seats="twenty"), survey_row(3)
    import_survey_files(csv_file(tmp_path / "a.csv", [rejected]))
    import_survey_files(csv_file(tmp_path / "b.csv", [fixed]))
    assert applied()[LEA_IDS[0]] == ("R_0003", [(25, "R_0001")])


def test_a_district_is_recognized_by_its_name_and_the_decision_says_so(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, lea_id="", district_name="Bristol Schools")]))
    with reading() as db:
        decision = db.scalars(select(Decision).where(Decision.rule == "district-recognized")).one()
        assert db.scalars(select(Application)).one().lea_id == decision.inputs["lea_id"]
    assert "Bristol School District" in decision.reason


def test_an_ambiguous_district_goes_to_the_operator_with_its_candidates(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, lea_id="Elm City")]))
    with reading() as db:
        item = db.scalars(select(QuarantineItem)).one()
    assert (item.rule, item.value) == ("IS-005", "Elm City")
    assert "Elm City Montessori School District" in item.remedy


def test_a_district_keeps_what_was_confirmed_when_an_export_comes_late(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "a.csv", [survey_row(1, certification_seats="30")]))
    with transaction() as db:
        request = db.scalars(select(SeatRequestRow)).one()
        request.seats_undecided, request.seats_confirmed = 0, 30
    import_survey_files(csv_file(tmp_path / "b.csv", [survey_row(3, certification_seats="40")]))
    with reading() as db:
        found = [(c.seats_requested, c.seats_confirmed, c.seats_undecided) for c in db.scalars(select(SeatRequestRow))]
    assert found == [(30, 30, 0), (10, 0, 10)]


def test_an_excess_stays_declined_when_an_export_of_earlier_responses_comes_later(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "late.csv", [survey_row(3, librarian_seats="8")]))
    import_survey_files(csv_file(tmp_path / "early.csv", [survey_row(1, librarian_seats="2")]))
    with reading() as db:
        requests = [
            c
            for c in db.scalars(select(SeatRequestRow).order_by(SeatRequestRow.request_number))
            if c.component == "librarian"
        ]
    assert [(c.seats_requested, c.seats_declined, c.place_key) for c in requests] == [
        (2, 0, "R_0001"),
        (6, 3, "R_0003"),
    ]


def test_a_later_submission_replaces_the_earlier_in_whatever_order_the_files_come(tmp_path: Path) -> None:
    early, late = survey_row(1, certification_seats="20"), survey_row(3, certification_seats="30")
    import_survey_files(csv_file(tmp_path / "late.csv", [late]))
    import_survey_files(csv_file(tmp_path / "early.csv", [early]))
    with reading() as db:
        assert db.get_one(Application, ("2022", LEA_IDS[0])).response_id == "R_0003"
        requests = list(db.scalars(select(SeatRequestRow).order_by(SeatRequestRow.request_number)))
        standing = {row.natural_key: row.disposition for row in db.scalars(select(IntakeRow))}
    assert [(request.seats_requested, request.place_key) for request in requests] == [(20, "R_0001"), (10, "R_0003")]
    assert standing == {"R_0001": Disposition.SUPERSEDED, "R_0003": Disposition.ACCEPTED}


def test_a_submission_after_the_survey_closed_goes_to_the_operator(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, submitted_at="2022-06-11 08:00:00")]))
    assert disposition_by_row() == {2: Disposition.QUARANTINED}
    with reading() as db:
        assert db.scalars(select(QuarantineItem.rule)).all() == [RuleId.SURVEY_WINDOW]


@pytest.mark.parametrize("seats", ["25", "x"])
@pytest.mark.parametrize(
    "moment", ["9999-12-31 23:59:59", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "1899-12-31 12:00:00"]
)
def test_a_response_of_a_day_that_no_clock_shows_is_quarantined_and_the_others_go_on(
    moment: str, seats: str, tmp_path: Path
) -> None:
    rows = [survey_row(1, submitted_at=moment, certification_seats=seats), survey_row(2, LEA_IDS[1])]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    assert disposition_by_row() == {2: Disposition.QUARANTINED, 3: Disposition.ACCEPTED}
    with reading() as db:
        letters = list(db.scalars(select(Outbox.message_key).order_by(Outbox.message_key)))
    assert [key.split("/")[1] for key in letters] == ["application_received", "response_rejected"]
