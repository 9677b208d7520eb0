"""Certificates along a portfolio's results, activities, payments, and the calendar."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rules.rule_ids import RuleId
from schemas.kinds import InputKind
from schemas.records import Ruling
from schemas.statuses import CertificateStatus, Disposition, Outcome
from schemas.tables import Certificate, CertificateTerm, Decision, IntakeRow
from tasks.certificates.register import (
    certificate_id_of,
    keep_certificate,
    remind_and_expire,
    settle_activities,
    settle_renewals,
)
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
