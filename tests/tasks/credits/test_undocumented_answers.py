"""No status, content type, or body that the provider does not document ever changes a request; a documented refusal does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from schemas.settings import settings
from schemas.statuses import CreditStatus
from schemas.tables import CreditRequest, Decision, Outbox, ServiceCircuit
from tasks.core.database import reading, transaction
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.credits.provider import open_client
from tasks.credits.sending import Waiting, _look_up_group, _send_group
from tasks.credits.talk import Talk
from tasks.credits.withdrawals import finish_withdrawals
from tests.factories.letters.written import letters_written
from tests.factories.season import open_season
from tests.put_back import put_back
from tests.servers import Parrot, parrot
from tests.tasks.credits.request_books import NOW, found, key_for, request

KEY = key_for("ada")
REFERENCE = "TR-1"
GOOD: dict[str, Any] = {
    "reference": REFERENCE, "idempotency_key": KEY, "status": CreditStatus.REFUSED, "reason": "no student record", "credits": 2,
    "fee_cents": 13000,
}  # fmt: skip
SPOILED: list[dict[str, Any]] = [
    {"status": "denied"}, {"status": "REFUSED"}, {"status": None}, {"reason": ""}, {"reason": 5}, {"reference": ""},
    {"idempotency_key": "of/somebody/else"}, {"credits": "2"}, {"fee_cents": 1.5},
    {"reference": "TR\0"}, {"reference": "TR\n1"}, {"reason": "\0"}, {"idempotency_key": f"{KEY}\0"},
]  # fmt: skip
WORD = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORD | st.sampled_from(["refused", "sent", "cancelled"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORD | st.sampled_from(sorted(GOOD)), inner, max_size=4)
    ),
    max_leaves=8,
)
UNDOCUMENTED = st.sampled_from([201, 203, 204, 206, 301, 302, 303, 307, 400, 401, 402, 403, 404, 405, 410, 418, 451, 501,
                                505, 520, 530, 599])  # fmt: skip
TEMPORARY = st.sampled_from([408, 425, 429, 500, 502, 503, 504])
TYPES = st.sampled_from(["text/html", "text/plain", "application/xml", "", "application/jsonp", "json"])
SAID = json.dumps(GOOD).encode()
IS_JSON = st.just("application/json")
DONE = st.sampled_from([200, 202])
ANSWERS = st.one_of(
    st.tuples(UNDOCUMENTED | TEMPORARY, st.just(SAID), IS_JSON),  # even with a documented refusal
    st.tuples(DONE, st.just(SAID), TYPES),
    st.tuples(st.integers(200, 599), st.binary(max_size=40), TYPES | IS_JSON),
    st.tuples(st.sampled_from([200, 202, 404, 409, 422]), JSON.map(lambda body: json.dumps(body).encode()), IS_JSON),
    st.tuples(DONE, st.sampled_from(SPOILED).map(lambda part: json.dumps({**GOOD, **part}).encode()), IS_JSON),
)
SAMPLES = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def provider(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parrot]:
    """A provider that answers what the test says; one request waits."""
    assert database
    with parrot() as server:
        monkeypatch.setenv("CADRE_PROVIDER_URL", server.url)
        monkeypatch.setenv("CADRE_RETRY_ATTEMPTS", "1")
        settings.cache_clear()
        open_season()
        request("ada")
        yield server


def put(status: CreditStatus, reference: str) -> None:
    facts = {"status": status, "provider_reference": reference, "reason": "another plan"}
    put_back(CreditRequest, "2022", "ada@lea.example", "academy", 1, **facts)
    with transaction() as db:
        db.query(ServiceCircuit).delete()
        db.execute(update(Outbox).values(next_attempt_at=None))  # since the answer before


def on_record() -> tuple[Any, ...]:
    """All that an answer could change: the request, what is to be sent, decisions, letters."""
    row = found("ada@lea.example")
    with reading() as db:
        intents = [(item.message_key, item.status) for item in db.scalars(select(Outbox))]
        decisions = list(db.scalars(select(Decision.decision_id)))
    facts = row.status, row.provider_reference, row.reason, row.answered_at, row.claimed_by, row.claimed_until
    return facts, sorted(intents), decisions


def ask(status: CreditStatus) -> None:
    """Do what the program does with a request in this status."""
    talk = Talk()
    with open_client("token") as client:
        if status == CreditStatus.PENDING:
            _send_group(client, "2022", NOW, [KEY], talk)
        elif status == CreditStatus.REQUESTED:
            _look_up_group(client, "2022", NOW, [Waiting(KEY, REFERENCE)], talk)
        else:
            finish_withdrawals(client, "2022", NOW)
    talk.require_no_fault()


@pytest.mark.parametrize("status", [CreditStatus.PENDING, CreditStatus.REQUESTED, CreditStatus.CANCELING])
@SAMPLES
@given(answer=ANSWERS)
@example(answer=(401, b'{"detail": "the token is wrong"}', "application/json"))
@example(answer=(200, b"<!doctype html>", "text/html"))
@example(answer=(202, b'{"status": "refused"}', "application/json"))
@example(answer=(409, b'{"code": "key_reused", "detail": "refused"}', "application/json"))
def test_an_undocumented_answer_changes_nothing_and_is_told(
    provider: Parrot, status: CreditStatus, answer: tuple[int, bytes, str]
) -> None:
    provider.say(*answer)
    put(status, "" if status == CreditStatus.PENDING else REFERENCE)
    before = on_record()
    with pytest.raises((ServiceSetupError, ServiceDownError)) as raised:
        ask(status)
    assert on_record() == before
    assert "lea.example" not in str(raised.value)


@SAMPLES
@given(code=UNDOCUMENTED, body=st.sampled_from([SAID, b"{}", b"", b"<html>"]))
def test_an_undocumented_answer_to_the_question_for_a_key_changes_nothing(
    provider: Parrot, code: int, body: bytes
) -> None:
    provider.say(code, body)
    put(CreditStatus.PENDING, "")
    with transaction() as db:
        db.execute(update(CreditRequest).values(attempts=3))  # may be at the provider, which is asked first
    before = on_record()
    with pytest.raises(ServiceSetupError):
        ask(CreditStatus.PENDING)
    assert on_record() == before


REASON = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\0"), min_size=1, max_size=20)


@SAMPLES
@given(reason=REASON.filter(lambda text: text.replace("\0", "").strip()))
@example(reason="no\0 student\0")
def test_a_documented_refusal_is_kept_in_the_providers_words_without_zero_bytes(provider: Parrot, reason: str) -> None:
    put(CreditStatus.REQUESTED, REFERENCE)
    with transaction() as db:
        db.query(Outbox).filter(Outbox.message_key != KEY).delete()  # letters of the sample before
    provider.say(200, json.dumps(GOOD | {"reason": reason}).encode())
    ask(CreditStatus.REQUESTED)
    row = found("ada@lea.example")
    assert (row.status, row.reason) == (CreditStatus.REFUSED, reason.replace("\0", ""))


@pytest.mark.parametrize("code", [200, 202])
def test_a_documented_refusal_is_the_participants_answer(provider: Parrot, code: int) -> None:
    provider.say(code, json.dumps(GOOD | {"a_new_field": 1}).encode(), "application/json; charset=utf-8")
    ask(CreditStatus.PENDING)
    row = found("ada@lea.example")
    assert (row.status, row.reason) == (CreditStatus.REFUSED, "no student record")
    assert "no student record" in str(letters_written("credit_refused")[0]["body"])
