"""Requests on their way: withdrawn or killed in between, sent by two at once, and one among them that cannot be sent."""

import platform
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import true, update

from schemas.settings import ROOT, settings
from schemas.statuses import CreditStatus
from schemas.tables import CreditRequest
from tasks.core.claims import claimant, is_gone
from tasks.core.database import transaction
from tasks.core.http_client import longest_call
from tasks.core.step import ItemSetupError, ServiceSetupError
from tasks.credits import request_rows, sending
from tasks.credits.provider import cancel_transcript, open_client, request_transcript
from tasks.credits.request_rows import claim
from tasks.credits.sending import Claimed, _claimed, _send_group, send_transcript_requests
from tasks.credits.talk import Talk
from tasks.season.control_totals import tally
from tests.factories.letters.written import letters_written
from tests.tasks.credits.conftest import TOKEN, Provider
from tests.tasks.credits.request_books import LATER, NOW, end, found, key_for, request, status

pytestmark = pytest.mark.xdist_group("sqlite")


def send() -> int:
    return int(send_transcript_requests.fn("2022", NOW))


def name_of_a_dead_process() -> str:
    """A claimant on this host whose process is no more."""
    program = "from tasks.core.claims import claimant; print(claimant())"
    dead = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True)
    return dead.stdout.strip()


def test_a_request_withdrawn_while_a_batch_runs_never_reaches_the_provider(provider: Provider) -> None:
    ada, bo = request("ada"), request("bo")
    provider.when_arrives = lambda key: end(bo) if key == key_for("ada") else None
    assert send() == 1
    assert list(provider.has()) == [key_for("ada")]
    assert (status(ada), status(bo)) == (CreditStatus.REQUESTED, CreditStatus.VOID)
    assert len(letters_written("credit_ended")) == 1
    assert tally("2022", "transcripts").holds


def test_a_request_withdrawn_on_its_way_is_canceled_at_the_provider(provider: Provider) -> None:
    ada = request("ada")
    told = []
    provider.when_arrives = lambda _key: told.append(end(ada))
    send()
    assert "is on its way" in told[0]
    assert provider.has() == {key_for("ada"): "cancelled"}
    assert status(ada) == CreditStatus.REFUNDED
    assert end(ada) == found(ada).reason
    assert len(letters_written("credit_ended")) == 1


def test_a_sender_killed_after_the_provider_accepted_is_followed_by_one_that_asks_first(provider: Provider) -> None:
    ada = request("ada")
    claim("2022", [key_for("ada")], [CreditStatus.PENDING], CreditStatus.SENDING, name_of_a_dead_process())
    with open_client(TOKEN) as client:
        request_transcript(client, key_for("ada"), payload_of("ada"))
    assert send() == 1
    assert status(ada) == CreditStatus.REQUESTED
    assert provider.accepted_again() == 0
    assert len(provider.arrivals) == 1


def payload_of(name: str) -> dict[str, Any]:
    facts = {"season": "2022", "email": f"{name}@lea.example", "component": "academy", "credits": 2, "fee_cents": 13000}
    return {**facts, "name": name, "paid_by": "participant"}


def test_what_another_sender_works_on_is_left_to_it_until_its_time_is_over(provider: Provider) -> None:
    ada = request("ada")
    claim("2022", [key_for("ada")], [CreditStatus.PENDING], CreditStatus.SENDING, "another-host/1/abcd/efgh")
    assert send() == 0
    assert provider.has() == {}
    with transaction() as db:
        db.execute(update(CreditRequest).values(claimed_until=NOW))
    assert send() == 1
    assert status(ada) == CreditStatus.REQUESTED


@pytest.mark.parametrize("is_canceled_there", [False, True])
def test_a_withdrawal_killed_before_or_after_the_provider_canceled_is_finished_by_the_next_run(
    provider: Provider, is_canceled_there: bool
) -> None:
    ada = request("ada")
    send()
    with transaction() as db:  # as it was committed before the provider was asked
        values = {"status": CreditStatus.CANCELING, "reason": "another plan", "ended_by": "participant"}
        db.execute(update(CreditRequest).values(values))
    if is_canceled_there:
        with open_client(TOKEN) as client:
            cancel_transcript(client, key_for("ada"), found(ada).provider_reference)
    send()
    assert provider.has() == {key_for("ada"): "cancelled"}
    assert status(ada) == CreditStatus.REFUNDED
    assert len(letters_written("credit_ended")) == 1
    send()
    assert len(letters_written("credit_ended")) == 1


def test_a_withdrawal_of_what_never_reached_the_provider_is_void(provider: Provider) -> None:
    ada = request("ada")
    provider.call_up("redirect")
    with pytest.raises(ServiceSetupError):
        send()
    assert "nothing is paid" in end(ada, LATER)
    assert status(ada) == CreditStatus.VOID
    assert provider.has() == {}


@pytest.mark.parametrize(("name", "bad"), [("bo", {"credits": 9}), ("bo", {"name": None}), ("bojé", {})])
def test_one_request_that_cannot_be_sent_stops_no_other_and_fails_the_step(
    provider: Provider, name: str, bad: dict[str, Any]
) -> None:
    emails = [request("ada"), request(name, **bad), request("cy")]
    with pytest.raises(ItemSetupError, match="1 request for credits cannot be taken") as raised:
        send()
    assert "lea.example" not in str(raised.value)
    assert [status(email) for email in emails] == [CreditStatus.REQUESTED, CreditStatus.PENDING, CreditStatus.REQUESTED]
    assert letters_written("credit_refused") == []
    assert tally("2022", "transcripts").holds
    assert len(provider.has()) == 2


def test_a_token_that_expires_in_a_batch_refuses_nobody_and_what_was_answered_is_kept(provider: Provider) -> None:
    emails = [request(name) for name in ("ada", "bo", "cy")]
    provider.when_arrives = lambda key: provider.call_up("unauthorized") if key == key_for("bo") else None
    with pytest.raises(ServiceSetupError, match=r"answered 401 .*CADRE_PROVIDER_TOKEN"):
        send()
    assert [status(email) for email in emails] == [CreditStatus.REQUESTED, CreditStatus.PENDING, CreditStatus.PENDING]
    assert letters_written("credit_refused") == []
    provider.when_arrives = lambda _key: None
    assert send() == 2
    assert provider.accepted_again() == 0


def test_two_senders_at_once_make_each_request_once(provider: Provider) -> None:
    emails = [request(f"p{number}") for number in range(12)]
    keys = [key_for(f"p{number}") for number in range(12)]

    def sender(_: int) -> None:
        with open_client(TOKEN) as client:
            _send_group(client, "2022", NOW, keys, Talk())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sender, range(2)))
    assert sorted(provider.arrivals) == sorted(keys)
    assert {status(email) for email in emails} == {CreditStatus.REQUESTED}


def test_without_the_claim_two_senders_at_once_make_each_request_twice(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard is gone: what somebody works on is claimed by another one, and nobody looks again before sending."""
    for number in range(3):
        request(f"p{number}")
    keys, alone, both_have = [key_for(f"p{number}") for number in range(3)], threading.Lock(), threading.Barrier(2)

    def claim_alone(*arguments: Any) -> None:
        alone.acquire()
        claim(*arguments)

    def then_meet(name: str) -> list[Claimed]:
        mine = [item._replace(attempts=1) for item in _claimed(name)]
        alone.release()
        both_have.wait(timeout=30)
        return mine

    monkeypatch.setattr(request_rows, "_is_free", lambda _db, _season: true())
    monkeypatch.setattr(sending, "is_still_ours", lambda _key, _name: True)
    monkeypatch.setattr(sending, "claim", claim_alone)
    monkeypatch.setattr(sending, "_claimed", then_meet)

    def sender(_: int) -> None:
        with open_client(TOKEN) as client:
            _send_group(client, "2022", NOW, keys, Talk())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sender, range(2)))
    assert sorted(provider.arrivals) == sorted(keys * 2)


def test_whose_process_is_there_or_on_another_host_is_not_gone() -> None:
    assert not is_gone(claimant())
    assert not is_gone("another-host/1/abcd/efgh")
    assert not is_gone("no name of ours")
    assert not is_gone(f"{platform.node()}:pid:[1]/4194000/abcd/efgh"), "another container of the same host name"
    assert is_gone(name_of_a_dead_process())
    host, number, _, own = claimant().rsplit("/", 3)
    assert is_gone(f"{host}/{number}/of-an-earlier-process/{own}")


def test_an_open_circuit_is_told_by_the_step_and_nothing_is_asked(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADRE_CIRCUIT_SECONDS", "60")
    settings.cache_clear()
    request("ada")
    provider.call_up("unauthorized")
    for told in ("answered 401", "tried again every 60 seconds"):
        with pytest.raises(ServiceSetupError, match=told):
            send()
    assert len(provider.arrivals) == 1
    assert status("ada@lea.example") == CreditStatus.PENDING


def test_a_claim_lasts_for_the_longest_call_that_the_settings_allow_also_for_patient_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All tries with all their questions and waits: who has less time left sends nothing."""
    for timeout, attempts in ((10.0, 5), (60.0, 9)):
        monkeypatch.setenv("CADRE_PROVIDER_TIMEOUT_SECONDS", str(timeout))
        monkeypatch.setenv("CADRE_RETRY_ATTEMPTS", str(attempts))
        settings.cache_clear()
        worst = attempts * 2 * 3 * timeout - 3 * timeout + (attempts - 1) * 60
        assert longest_call(settings().provider_timeout_seconds) == timedelta(seconds=worst)
    settings.cache_clear()
