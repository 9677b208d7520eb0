"""Certificates along a portfolio's results, activities, payments, and the calendar."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rules.certificates import renewal_fee
from rules.rule_ids import RuleId
from rules.wording import money
from schemas.kinds import InputKind
from schemas.records import Ruling
from schemas.statuses import CertificateStatus, Disposition, Outcome
from schemas.tables import Certificate, CertificateTerm, Decision, IntakeRow
from tasks.certificates.register import (
    certificate_id_of,
    keep_certificate,
    remind_and_expire,
    settle_activities,
)
from tasks.certificates.renewals import settle_refunds, settle_renewals
from tasks.core.database import reading
from tasks.ledger.unit_of_work import unit_of_work
from tests.factories.letters.written import letters_written
from tests.factories.portfolios import store_portfolio
from tests.factories.season import open_season, policy, stage_rows

EMAIL, PORTFOLIO = "ada@lea.example", "P22-A"
NUMBER = certificate_id_of(PORTFOLIO)
MARCH_1 = datetime(2023, 3, 1, 15, 0, tzinfo=UTC)
SOON = datetime(2026, 2, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def portfolio(database: str) -> None:
    assert database
    open_season()
    store_portfolio(PORTFOLIO, EMAIL)


def result(outcome: Outcome, as_of: datetime = MARCH_1) -> bool:
    """Whether a certificate goes with the letter that tells this result."""
    with unit_of_work("2022", as_of) as work:
        return keep_certificate(work, PORTFOLIO, Ruling(RuleId.PORTFOLIO_PASSES, outcome, "")) is not None


def certificate() -> Certificate:
    with reading() as db:
        return db.get_one(Certificate, NUMBER)


def decided() -> list[str]:
    with reading() as db:
        found = select(Decision.outcome).where(Decision.subject_key == NUMBER).order_by(Decision.decision_id)
        return list(db.scalars(found))


def send(tmp_path: Path, kind: InputKind, as_of: datetime, **row: object) -> IntakeRow:
    """Send one row, settle it, and see what became of it."""
    path = stage_rows(tmp_path, kind, as_of, {"certificate_id": NUMBER, **row})
    (settle_renewals if kind == InputKind.RENEWAL else settle_activities).fn("2022", as_of)
    with reading() as db:
        found = select(IntakeRow).where(IntakeRow.kind == kind).order_by(IntakeRow.disposition)
        return next(item for item in db.scalars(found) if item.source.name == path.name)


def test_a_certificate_is_issued_withdrawn_and_restored_by_the_newest_result() -> None:
    assert not result(Outcome.NOT_YET)
    assert result(Outcome.CERTIFIED)
    assert (certificate().issued_on, certificate().expires_on) == (date(2023, 3, 1), date(2026, 2, 28))
    assert not result(Outcome.NOT_YET, MARCH_1 + timedelta(days=30))
    assert certificate().status == CertificateStatus.WITHDRAWN
    assert result(Outcome.CERTIFIED, MARCH_1 + timedelta(days=60))
    assert certificate().status == CertificateStatus.VALID
    assert decided() == [Outcome.ISSUED, Outcome.WITHDRAWN, Outcome.RESTORED]


def test_activities_lower_the_fee_and_a_payment_in_full_renews_the_certificate_once(tmp_path: Path) -> None:
    result(Outcome.CERTIFIED)
    activity = min(policy().certificates.activities)
    early = send(tmp_path, InputKind.ACTIVITY, SOON, activity=activity, done_on="2023-02-28")
    assert (early.disposition, early.reason.startswith("The certificate is valid from 2023-03-01")) == (
        Disposition.QUARANTINED,
        True,
    )
    assert (
        send(tmp_path, InputKind.ACTIVITY, SOON, activity=activity, done_on="2023-03-01").disposition
        == Disposition.ACCEPTED
    )
    points = policy().certificates.activities[activity]
    payment = {"term_number": 2, "paid_on": "2026-02-19"}
    short = send(tmp_path, InputKind.RENEWAL, SOON, paid_cents=9000, **payment)
    assert (short.disposition, f"With {points} points" in short.reason) == (Disposition.QUARANTINED, True)
    assert send(tmp_path, InputKind.RENEWAL, SOON, paid_cents=25000, **payment).disposition == Disposition.ACCEPTED
    assert send(tmp_path, InputKind.RENEWAL, SOON, paid_cents=25001, **payment).disposition == Disposition.SUPERSEDED
    assert certificate().expires_on == date(2029, 2, 28)
    with reading() as db:
        assert db.get_one(CertificateTerm, (NUMBER, 2)).points == points
    assert decided()[-2:] == [Outcome.FEE, Outcome.RENEWED]
    assert len(letters_written("renewed")) == 1


def test_a_holder_is_reminded_once_for_each_of_the_policys_days_and_told_when_it_has_expired() -> None:
    result(Outcome.CERTIFIED)
    assert [remind_and_expire.fn("2022", SOON) for _ in range(2)] == [0, 0]
    assert len(letters_written("renewal_reminder")) == 1
    after = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
    assert [remind_and_expire.fn("2022", after) for _ in range(2)] == [1, 0]
    assert certificate().status == CertificateStatus.EXPIRED
    assert len(letters_written("expired")) == 1


def renewed_early(tmp_path: Path) -> str:
    """A certificate whose holder paid eight weeks before its last day, and then did one more activity: its name."""
    result(Outcome.CERTIFIED)
    activity = max(policy().certificates.activities, key=policy().certificates.activities.__getitem__)
    early = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
    paid = send(tmp_path, InputKind.RENEWAL, early, term_number=2, paid_cents=25000, paid_on="2026-01-05")
    assert paid.disposition == Disposition.ACCEPTED
    done = send(tmp_path, InputKind.ACTIVITY, SOON, activity=activity, done_on="2026-02-01")
    assert done.disposition == Disposition.ACCEPTED
    return activity


def term() -> CertificateTerm:
    with reading() as db:
        return db.get_one(CertificateTerm, (NUMBER, 2))


def test_points_earned_after_an_early_payment_count_and_the_difference_is_refunded_once_at_the_terms_end(
    tmp_path: Path,
) -> None:
    points = policy().certificates.activities[renewed_early(tmp_path)]
    last_day, after = (datetime(2026, 2, 28, 15, 0, tzinfo=UTC) + timedelta(days=n) for n in (0, 1))
    assert [settle_refunds.fn("2022", moment) for moment in (SOON, last_day, after, after, MARCH_1.replace(year=2027))] == [
        0, 0, 1, 0, 0
    ]  # fmt: skip
    due = 25000 - renewal_fee(points, policy().certificates).fee_cents
    assert (term().points, term().refunded_cents, term().paid_cents - term().fee_cents) == (points, due, due)
    (letter,) = letters_written("renewal_refunded")
    assert f"You get {money(due)} back" in letter["body"]
    assert "also those after your payment" in letter["body"]
    (told,) = letters_written("refunds_due")
    assert (told["to"], f"- {NUMBER}: {money(due)}" in told["body"]) == (policy().letters.operators, True)


def test_what_is_reported_only_after_the_term_is_refunded_too(tmp_path: Path) -> None:
    renewed_early(tmp_path)
    assert settle_refunds.fn("2022", datetime(2026, 3, 1, 15, 0, tzinfo=UTC)) == 1
    late = datetime(2026, 4, 1, 15, 0, tzinfo=UTC)
    send(tmp_path, InputKind.ACTIVITY, late, activity=min(policy().certificates.activities), done_on="2026-02-27")
    assert settle_refunds.fn("2022", late) == 1
    assert term().paid_cents - term().refunded_cents == term().fee_cents
    assert len(letters_written("renewal_refunded")) == 2


def test_points_of_the_new_term_do_not_lower_the_fee_of_the_old_one(tmp_path: Path) -> None:
    renewed_early(tmp_path)
    june = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
    settle_refunds.fn("2022", june)
    before = term().points
    send(tmp_path, InputKind.ACTIVITY, june, activity=min(policy().certificates.activities), done_on="2026-03-01")
    assert settle_refunds.fn("2022", june + timedelta(days=1)) == 0
    assert term().points == before


def test_a_payment_before_the_window_is_rejected_and_its_holder_told_when_to_pay(tmp_path: Path) -> None:
    result(Outcome.CERTIFIED)
    autumn = datetime(2025, 11, 3, 15, 0, tzinfo=UTC)
    found = send(tmp_path, InputKind.RENEWAL, autumn, term_number=2, paid_cents=25000, paid_on="2025-11-02")
    assert found.disposition == Disposition.QUARANTINED
    assert certificate().expires_on == date(2026, 2, 28)
    (letter,) = letters_written("payment_rejected")
    assert "Pay from Sunday, November 30, 2025, through Saturday, February 28, 2026" in letter["body"]
    assert "came before the renewal window and is returned" in letter["body"]


def test_the_letter_of_an_early_renewal_says_that_later_points_still_count(tmp_path: Path) -> None:
    renewed_early(tmp_path)
    (letter,) = letters_written("renewed")
    assert "With no points, your renewal fee is $250.00; you paid $250.00." in letter["body"]
    assert "Activities through Saturday, February 28, 2026, still count and can lower your fee" in letter["body"]
    assert "once, after that day" in letter["body"]
