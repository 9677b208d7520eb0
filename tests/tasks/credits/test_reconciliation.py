"""Requests for credits that are withdrawn, and our books against the provider's, through real servers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from rules.rule_ids import RuleId
from schemas.settings import settings
from schemas.statuses import CreditStatus, OutboxKind, OutboxStatus, Outcome
from schemas.tables import CreditRequest, Decision, Outbox
from tasks.core.database import reading, transaction
from tasks.credits.reconciliation import cancel_request, reconcile_requests
from tasks.credits.requests import look_up_requests, send_transcript_requests
from tasks.ledger.unit_of_work import OperatorError
from tasks.letters.outbox import queue
from tasks.season.control_totals import tally
from tests.factories.enrollment import store_educators
from tests.factories.letters.written import letters_written
from tests.factories.season import open_season, store_rows
from tests.put_back import put_back

pytestmark = pytest.mark.xdist_group("sqlite")
NOW = datetime(2023, 6, 1, 13, 0, tzinfo=UTC)
LATER = datetime(2023, 6, 10, 13, 0, tzinfo=UTC)


@pytest.fixture
def provider(database: str, server: Any, start: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A provider of this test's own, with its own book."""
    own = start("credit-provider", CADRE_PROVIDER_TOKEN="of-this-test")
    monkeypatch.setenv("CADRE_PROVIDER_URL", own.url)
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN", "of-this-test")
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN_BLOCK", "no-such-block")
    settings.cache_clear()
    assert database
    assert server.api_url
    open_season()
    return own


def request(name: str) -> str:
    email = f"{name}@lea.example"
    key = f"2022/transcript/{email}/academy"
    store_educators(email, first_name=name)
    facts = {"season": "2022", "email": email, "component": "academy", "credits": 2, "fee_cents": 13000}
    store_rows(CreditRequest, {**facts, "status": CreditStatus.PENDING, "request_key": key, "requested_at": NOW})
    payload = {**facts, "name": name, "paid_by": "participant"}
    with transaction() as db:
        queue(db, "2022", OutboxKind.TRANSCRIPT, NOW, {key: payload})
    return email


def status(email: str) -> str:
    with reading() as db:
        return db.get_one(CreditRequest, ("2022", email, "academy")).status


def end(email: str, as_of: datetime = NOW) -> str:
    return str(cancel_request.fn("2022", email, "academy", "another plan", requested_by="participant", as_of=as_of))


@pytest.mark.usefixtures("provider")
def test_a_request_is_void_before_it_is_sent_and_never_reaches_the_provider() -> None:
    email = request("ada")
    assert end(email) == end(email)
    assert status(email) == CreditStatus.VOID
    assert send_transcript_requests.fn("2022", NOW) == 0
    assert reconcile_requests("2022", NOW) == 0
    assert len(letters_written("credit_ended")) == 1
    assert tally("2022", "transcripts").holds


@pytest.mark.usefixtures("provider")
def test_the_provider_refunds_a_request_until_its_transcript_is_sent() -> None:
    back, sent = request("ada"), request("bo")
    send_transcript_requests.fn("2022", NOW)
    assert "refunds $130.00" in end(back)
    assert status(back) == CreditStatus.REFUNDED
    assert reconcile_requests("2022", NOW) == 0
    assert look_up_requests.fn("2022", LATER) == 1
    assert status(sent) == CreditStatus.SENT
    with pytest.raises(OperatorError, match="has been sent"):
        end(sent, LATER)
    with pytest.raises(OperatorError, match="has requested no credits"):
        end("x@y.example")
    assert reconcile_requests("2022", LATER) == 0
    assert tally("2022", "transcripts").holds


@pytest.mark.usefixtures("provider")
def test_a_transcript_that_the_provider_has_sent_meanwhile_is_not_taken_back() -> None:
    email = request("ada")
    send_transcript_requests.fn("2022", NOW)
    look_up_requests.fn("2022", LATER)
    put_back(CreditRequest, "2022", email, "academy", status=CreditStatus.REQUESTED)
    with pytest.raises(OperatorError, match="does not cancel the request: it is sent"):
        end(email, LATER)
    assert reconcile_requests("2022", LATER) == 1
    with reading() as db:
        found = db.scalars(select(Decision).where(Decision.rule == RuleId.RECONCILIATION)).one()
    assert found.outcome == Outcome.DIFFERS
    assert "For us it is requested, and for the provider it is sent." in str(
        letters_written("reconciliation")[0]["body"]
    )


@pytest.mark.usefixtures("provider")
def test_a_request_that_the_provider_has_canceled_without_our_knowing_is_told_and_can_still_be_ended() -> None:
    email = request("ada")
    send_transcript_requests.fn("2022", NOW)
    end(email)
    put_back(CreditRequest, "2022", email, "academy", status=CreditStatus.REQUESTED)
    assert look_up_requests.fn("2022", LATER) == 0
    assert status(email) == CreditStatus.REQUESTED
    assert reconcile_requests("2022", LATER) == 1
    assert "refunds $130.00" in end(email, LATER)
    assert status(email) == CreditStatus.REFUNDED


@pytest.mark.usefixtures("provider")
def test_what_only_one_side_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    emails = [request(name) for name in ("ada", "bo")]
    send_transcript_requests.fn("2022", NOW)
    with transaction() as db:
        db.delete(db.get_one(CreditRequest, ("2022", emails[0], "academy")))
        row = db.get_one(CreditRequest, ("2022", emails[1], "academy"))
        row.request_key = f"{row.request_key}/lost"
    assert reconcile_requests("2022", NOW) == 3
    body = str(letters_written("reconciliation")[0]["body"])
    assert body.count("we did not send it") == 2
    assert body.count("the provider does not have it") == 1
    page = settings().folder / "report" / "reconciliation-2022.html"
    assert page.read_text(encoding="utf-8").count("unknown") == 2
    monkeypatch.setattr("tasks.credits.provider.PAGE_REQUESTS", 1)
    assert reconcile_requests("2022", LATER) == 3
    with reading() as db:
        assert (
            db.scalar(select(Outbox.status).where(Outbox.kind == OutboxKind.TRANSCRIPT).limit(1)) == OutboxStatus.SENT
        )
