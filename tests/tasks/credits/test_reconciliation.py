"""Requests for credits that are withdrawn, and our books against the provider's, through real servers."""

import pytest
from sqlalchemy import select

from rules.rule_ids import RuleId
from schemas.settings import settings
from schemas.statuses import CreditStatus, OutboxKind, OutboxStatus, Outcome
from schemas.tables import CreditRequest, Decision, Outbox
from tasks.core.database import reading, transaction
from tasks.credits.reconciliation import reconcile_requests
from tasks.credits.sending import look_up_requests, send_transcript_requests
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tests.factories.letters.written import letters_written
from tests.put_back import put_back
from tests.tasks.credits.request_books import LATER, NOW, end, request, status

pytestmark = pytest.mark.xdist_group("sqlite")


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
    put_back(CreditRequest, "2022", email, "academy", 1, status=CreditStatus.REQUESTED)
    assert reconcile_requests("2022", LATER) == 1
    with pytest.raises(OperatorError, match="does not cancel the request: it is sent"):
        end(email, LATER)
    assert status(email) == CreditStatus.SENT
    assert tally("2022", "transcripts").holds
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
    put_back(CreditRequest, "2022", email, "academy", 1, status=CreditStatus.REQUESTED)
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
        db.delete(db.get_one(CreditRequest, ("2022", emails[0], "academy", 1)))
        row = db.get_one(CreditRequest, ("2022", emails[1], "academy", 1))
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
