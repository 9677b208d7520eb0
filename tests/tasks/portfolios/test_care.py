"""Portfolios on both databases: office hours, reminders, more time, and what is missing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from rules.rule_ids import RuleId
from schemas.kinds import InputKind
from schemas.records import Component, Track
from schemas.statuses import EnrollmentStatus
from schemas.tables import (
    Certificate,
    Decision,
    Enrollment,
    Extension,
    OfficeHour,
    Outbox,
    ReviewRound,
    SeatBlock,
    Submission,
)
from tasks.core.database import reading
from tasks.ledger.unit_of_work import OperatorError
from tasks.portfolios.care import extend_time, remind_participants
from tasks.portfolios.office_hours import offer_office_hours, update_office_hour
from tasks.portfolios.submissions import settle_portfolios
from tests.factories.cohorts import fill_cohort
from tests.factories.letters.written import calendar_methods, letters_written
from tests.factories.portfolios import SUBMITTED, portfolio_row
from tests.factories.reviews import DAY, assign_portfolio
from tests.factories.season import LEA_IDS, stage_rows, store_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
LEA = LEA_IDS[0]
OPEN = datetime(2022, 12, 19, 14, 0, tzinfo=UTC)


def test_office_hours_are_planned_once_for_a_district_and_follow_their_changes() -> None:
    open_season_with_seats()
    emails = fill_cohort("C1", 15)
    assert [offer_office_hours.fn("2022", at) for at in (OPEN - 7 * DAY, OPEN, OPEN + DAY)] == [0, 15, 0]
    first = date(2022, 12, 21)
    wanted = datetime(2022, 12, 22, 16, 0)  # noqa: DTZ001 - local, as an operator types it
    assert [update_office_hour.fn("2022", LEA, first, wanted, reason="a concert", as_of=OPEN) for _ in range(2)] == [
        15,
        0,
    ]
    assert [update_office_hour.fn("2022", LEA, first, None, reason="a storm", as_of=OPEN + DAY) for _ in range(2)] == [
        15,
        0,
    ]
    found = letters_written("office_hour_changed")
    assert (
        sorted(method for letter in found for method in calendar_methods(letter)) == ["CANCEL"] * 15 + ["PUBLISH"] * 15
    )
    with reading() as db:
        hour = db.scalars(select(OfficeHour).order_by(OfficeHour.planned_at)).first()
    assert hour
    assert (hour.is_canceled, hour.sequence) == (True, 2)
    with pytest.raises(OperatorError, match="has no office hours to come planned for 2022-12-20; there are"):
        update_office_hour.fn("2022", LEA, date(2022, 12, 20), None, reason="", as_of=OPEN)
    assert len(emails) == 15


def test_who_has_submitted_nothing_is_reminded_once_for_each_mark(tmp_path: Path) -> None:
    assign_portfolio(tmp_path)
    end = datetime(2023, 6, 12, 13, 0, tzinfo=UTC)
    assert [remind_participants.fn("2022", end - n * DAY) for n in (61, 60, 60, 14, 3)] == [0, 14, 0, 14, 14]


def test_a_librarian_is_reminded_of_both_portfolios_at_once_with_a_decision_and_a_letter_for_each(
    tmp_path: Path,
) -> None:
    assign_portfolio(tmp_path)
    librarian = fill_cohort("C2", 1)[0]
    seat = {"season": "2022", "lea_id": LEA, "component": Component.LIBRARIAN.value}
    store_rows(SeatBlock, {**seat, "seats_confirmed": 1, "seats_filled": 1, "enroll_by": date(2022, 7, 22)})
    person = {"email": librarian, "status": EnrollmentStatus.ENROLLED, "enrolled_at": OPEN, "signed_at": OPEN}
    store_rows(Enrollment, {**seat, **person, "session": ""})
    assert remind_participants.fn("2022", datetime(2023, 6, 12, 13, 0, tzinfo=UTC) - 60 * DAY) == 16
    with reading() as db:
        told = select(Decision.reason).where(
            Decision.subject_key == librarian, Decision.rule == RuleId.PORTFOLIO_REMINDER
        )
        reasons = sorted(db.scalars(told))
    assert [reason.split()[2] for reason in reasons] == ["educator", "librarian"]
    assert len(letters_written("portfolio_reminder")) == 16


def test_more_time_is_given_once_with_a_reason_and_lets_the_portfolio_in(tmp_path: Path) -> None:
    open_season_with_seats()
    email = fill_cohort("C1", 15)[0]
    until, june = date(2023, 7, 12), datetime(2023, 6, 1, 13, 0, tzinfo=UTC)
    for _ in range(2):
        extend_time.fn("2022", email, Track.EDUCATOR, until, reason="was ill", as_of=june)
    with reading() as db:
        assert db.scalars(select(Extension)).one().until == until
        assert [d.rule for d in db.scalars(select(Decision).where(Decision.rule == RuleId.PORTFOLIO_EXTENSION))] != []
    late = datetime(2023, 7, 10, 13, 0, tzinfo=UTC)
    stage_rows(tmp_path, InputKind.PORTFOLIO, late, portfolio_row(email, late.isoformat()))
    assert settle_portfolios.fn("2022", late) == 1
    for who, why in ((email, "at most"), ("x@y.example", "in no cohort")):
        with pytest.raises(OperatorError, match=why):
            extend_time.fn("2022", who, Track.EDUCATOR, date(2023, 12, 1), reason="was ill", as_of=june + DAY)


def test_an_incomplete_portfolio_is_told_what_is_missing_and_goes_to_nobody(tmp_path: Path) -> None:
    open_season_with_seats()
    email = fill_cohort("C1", 15)[0]
    stage_rows(tmp_path, InputKind.PORTFOLIO, SUBMITTED, portfolio_row(email, artifacts="learner-profile"))
    assert settle_portfolios.fn("2022", SUBMITTED) == 0
    with reading() as db:
        assert "equity-plan" in db.scalars(select(Submission)).one().missing
        assert db.scalars(select(ReviewRound)).all() == []
        assert db.scalars(select(Certificate)).all() == []
        assert [p["template"] for p in db.scalars(select(Outbox.payload))] == ["portfolio_incomplete"]
