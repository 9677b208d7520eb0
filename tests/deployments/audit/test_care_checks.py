"""The auditor's checks of renewals, addresses, and the librarianship course notice what they promise."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from schemas.tables import Activity, CertificateTerm, Outbox, PersonAddress, ReviewRound
from tasks.core.database import transaction
from tasks.portfolios.care import remind_participants
from tasks.portfolios.guidance import guide_librarians
from tasks.portfolios.office_hours import offer_office_hours
from tasks.season.audit import audit
from tests.factories.certificates import store_certificate
from tests.factories.enrollment import SUMMER, enroll_by_roster, enroll_certified_librarian, roster_row
from tests.factories.portfolios import submit_librarian_portfolio
from tests.factories.season import open_season, policy, store_rows
from tests.factories.seats import confirm_seats, open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
NUMBER = "CERT-A"


def violations() -> set[str]:
    return {item.check.name for item in audit("2022") if item.violations}


def test_a_renewal_outside_its_window_without_its_points_or_its_refund_is_noticed() -> None:
    open_season()
    store_certificate(NUMBER, "ada@lea.example")
    activity = min(policy().certificates.activities)
    points = policy().certificates.activities[activity]
    done = {"certificate_id": NUMBER, "activity": activity, "done_on": date(2026, 2, 1), "points": points}
    store_rows(Activity, done)
    term = {"certificate_id": NUMBER, "term_number": 2, "points": 0, "fee_cents": 25000, "paid_cents": 25100}
    days = {"starts_on": date(2026, 3, 1), "ends_on": date(2029, 2, 28), "paid_on": date(2025, 11, 29)}
    store_rows(CertificateTerm, {**term, **days, "refunded_cents": 50})
    wanted = {"renewals-are-paid-inside-their-window", "early-payments-are-settled", "refunds-are-told"}
    assert wanted | {"renewals-are-told", "all-points-of-a-term-count"} <= violations()
    with transaction() as db:
        db.execute(update(CertificateTerm).values(paid_on=date(2025, 11, 30)))
    assert "renewals-are-paid-inside-their-window" not in violations()


def test_a_letter_to_an_address_that_has_changed_is_noticed(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    since = datetime(2022, 6, 19, tzinfo=UTC)
    store_rows(PersonAddress, {"address": "ada@new.example", "email": "ada@lea.example", "since": since})
    assert "letters-go-to-the-newest-address" in violations()
    with transaction() as db:
        for letter in db.query(Outbox):
            letter.payload = {**letter.payload, "to": letter.payload["to"].replace("ada@lea", "ada@new")}
    assert "letters-go-to-the-newest-address" not in violations()


def test_a_certified_librarian_who_is_left_alone_is_noticed_and_one_who_is_cared_for_is_not(tmp_path: Path) -> None:
    open_season_with_seats()
    enroll_certified_librarian()
    june = datetime(2023, 6, 1, 13, 0, tzinfo=UTC)
    checks = {f"certified-librarians-are-{done}" for done in ("guided", "invited-to-office-hours", "reminded")}
    checks |= {"certified-librarians-have-office-hours"}
    assert {item.check.name for item in audit("2022", june) if item.violations} >= checks
    for step in (offer_office_hours, guide_librarians):
        step.fn("2022", SUMMER)
    remind_participants.fn("2022", datetime(2023, 1, 5, 13, 0, tzinfo=UTC))
    checks |= {"certified-librarians-submit-in-their-time"}
    assert {item.check.name for item in audit("2022", june) if item.violations} & checks == set()
    submit_librarian_portfolio(tmp_path, datetime(2023, 1, 8, 14, 0, tzinfo=UTC))
    assert {item.check.name for item in audit("2022", june) if item.violations} & checks == set()
    with transaction() as db:
        db.execute(update(ReviewRound).values(started_at=datetime(2023, 1, 9, 14, 0, tzinfo=UTC)))
    assert "certified-librarians-submit-in-their-time" in violations()
