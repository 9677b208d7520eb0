"""One request with which something is wrong stops no other: what the provider and our books have of the others."""

import time
from typing import Any

import pytest
from sqlalchemy import select

from schemas.statuses import CreditStatus
from schemas.tables import Outbox
from tasks.core.database import reading
from tasks.core.step import ItemSetupError, ServiceSetupError
from tasks.credits import sending
from tasks.credits.sending import send_transcript_requests
from tasks.season.control_totals import tally
from tests.factories.letters.written import letters_written
from tests.tasks.credits.conftest import Provider
from tests.tasks.credits.request_books import NOW, found, key_for, request, status

pytestmark = pytest.mark.xdist_group("sqlite")
CIRCUIT_SECONDS = 0.02


def send() -> int:
    return int(send_transcript_requests.fn("2022", NOW))


def test_a_refusal_with_a_zero_byte_is_told_without_it_and_the_others_are_recorded_at_once(provider: Provider) -> None:
    emails = [request(name) for name in ("ada", "bo", "cy")]
    provider.spoiled[key_for("bo")] = {"status": CreditStatus.REFUSED, "reason": "no such\0 student"}
    assert send() == 3
    assert [status(email) for email in emails] == [CreditStatus.REQUESTED, CreditStatus.REFUSED, CreditStatus.REQUESTED]
    assert found(emails[1]).reason == "no such student"
    assert "no such student" in str(letters_written("credit_refused")[0]["body"])
    assert len(provider.arrivals) == 3


def test_a_reference_with_a_zero_byte_is_undocumented_and_every_other_request_is_made_once(provider: Provider) -> None:
    emails = [request(name) for name in ("ada", "bo", "cy")]
    provider.spoiled[key_for("bo")] = {"reference": "TR\0"}
    with pytest.raises(ServiceSetupError, match="has not the documented form"):
        send()
    assert [status(email) for email in emails] == [CreditStatus.REQUESTED, CreditStatus.PENDING, CreditStatus.PENDING]
    del provider.spoiled[key_for("bo")]
    time.sleep(CIRCUIT_SECONDS)
    assert send() == 2
    assert {status(email) for email in emails} == {CreditStatus.REQUESTED}
    assert provider.arrivals == [key_for("ada"), key_for("bo"), key_for("cy")], "bo is asked for, and not made again"


def test_what_nobody_came_to_ask_about_comes_before_what_stopped_the_run(provider: Provider) -> None:
    emails = [request(name) for name in ("ada", "bo", "cy")]
    provider.when_arrives = lambda key: provider.call_up("redirect") if key == key_for("ada") else None
    for _ in range(2):
        with pytest.raises(ServiceSetupError, match="answered 302"):
            send()
        time.sleep(CIRCUIT_SECONDS)
    assert [status(email) for email in emails[1:]] == [CreditStatus.REQUESTED, CreditStatus.REQUESTED]


def test_an_answer_that_cannot_be_recorded_rolls_back_no_other(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    emails = [request(name) for name in ("ada", "bo", "cy")]
    record = sending._record_intent

    def fail_for_bo(work: Any, key: str, *arguments: Any, **named: Any) -> None:
        record(work, key, *arguments, **named)
        if key == key_for("bo"):
            raise ValueError("bo@lea.example")

    monkeypatch.setattr(sending, "_record_intent", fail_for_bo)
    with pytest.raises(ItemSetupError, match=r"could not be recorded \(ValueError\)") as raised:
        send()
    assert "lea.example" not in str(raised.value)
    assert [status(email) for email in emails] == [CreditStatus.REQUESTED, CreditStatus.PENDING, CreditStatus.REQUESTED]
    with reading() as db:
        told = db.scalar(select(Outbox.answer).where(Outbox.message_key == key_for("bo")))
    assert told is not None
    assert "could not be recorded" in told
    monkeypatch.setattr(sending, "_record_intent", record)
    assert send() == 1
    assert provider.accepted_again() == 0
    assert tally("2022", "transcripts").holds
