"""The credit provider answers 500 about one request for good: that one waits, longer each time, and the others go on."""

from datetime import datetime, timedelta

import pytest

from flows.credits import request_transcripts
from schemas.settings import settings
from schemas.statuses import CreditStatus
from schemas.tables import CreditRequest, Outbox
from tasks.core.clock import now
from tasks.core.database import reading, transaction
from tasks.core.step import ItemSetupError, ServiceDownError
from tasks.credits.sending import look_up_requests, send_transcript_requests
from tasks.season.control_totals import tally
from tests.put_back import put_back
from tests.tasks.credits.conftest import Provider
from tests.tasks.credits.request_books import LATER, NOW, end, key_for, request, status

pytestmark = pytest.mark.xdist_group("sqlite")
OTHERS = ("bo", "cy", "di")


@pytest.fixture(autouse=True)
def _tried_once(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request is tried once in a run."""
    assert provider
    monkeypatch.setenv("CADRE_RETRY_ATTEMPTS", "1")
    settings.cache_clear()


def send() -> int:
    return int(send_transcript_requests.fn("2022", NOW))


def next_try(name: str) -> datetime | None:
    with reading() as db:
        return db.get_one(Outbox, key_for(name)).next_attempt_at


def minutes_until_next_try(name: str) -> int:
    found = next_try(name)
    assert found is not None
    return round((found - now()) / timedelta(minutes=1))


def wait_is_over(name: str) -> None:
    with transaction() as db:
        db.get_one(Outbox, key_for(name)).next_attempt_at = now()


def statuses(*names: str) -> set[str]:
    return {status(f"{name}@lea.example") for name in names}


def test_a_request_that_the_provider_fails_at_stops_no_other_from_being_sent(provider: Provider) -> None:
    for name in ("ada", *OTHERS):
        request(name)
    provider.broken[key_for("ada")] = 500
    with pytest.raises(ItemSetupError, match=r"1 request for credits got no answer .* answered 500") as raised:
        send()
    assert "lea.example" not in str(raised.value)
    assert statuses(*OTHERS) == {CreditStatus.REQUESTED}
    assert statuses("ada") == {CreditStatus.PENDING}
    assert sorted(provider.has()) == [key_for(name) for name in OTHERS]
    assert tally("2022", "transcripts").holds


def test_what_got_no_answer_waits_twice_as_long_each_time_and_is_then_made_once(provider: Provider) -> None:
    request("ada")
    provider.broken[key_for("ada")] = 500
    for minutes in (1, 2, 4):
        with pytest.raises(ItemSetupError, match="got no answer"):
            send()
        assert minutes_until_next_try("ada") == minutes
        asked = provider.asked[key_for("ada")]
        with pytest.raises(ItemSetupError, match="1 request for credits got no answer"):
            send()
        assert provider.asked[key_for("ada")] == asked, "it is not its turn yet, and the run says that it waits"
        wait_is_over("ada")
    provider.broken.clear()
    assert send() == 1
    assert statuses("ada") == {CreditStatus.REQUESTED}
    assert next_try("ada") is None
    assert provider.accepted_again() == 0


def test_after_three_in_a_row_without_an_answer_the_provider_is_down_and_nobody_else_is_asked_about(
    provider: Provider,
) -> None:
    names = ["ada", *OTHERS, "ed"]
    for name in names:
        request(name)
        provider.broken[key_for(name)] = 503
    with pytest.raises(ServiceDownError, match="answered 503"):
        send()
    assert [provider.asked[key_for(name)] for name in names] == [1, 1, 1, 0, 0]
    del provider.broken[key_for("di")], provider.broken[key_for("ed")]
    with pytest.raises(ItemSetupError, match="3 requests for credits got no answer"):
        send()
    assert statuses("di", "ed") == {CreditStatus.REQUESTED}


def test_a_request_that_the_provider_fails_at_stops_no_look_up_of_another(provider: Provider) -> None:
    for name in ("ada", *OTHERS):
        request(name)
    send()
    provider.broken[key_for("ada")] = 500
    with pytest.raises(ItemSetupError, match="1 request for credits got no answer"):
        look_up_requests.fn("2022", LATER)
    assert statuses(*OTHERS) == {CreditStatus.SENT}
    assert statuses("ada") == {CreditStatus.REQUESTED}
    provider.broken.clear()
    wait_is_over("ada")
    assert look_up_requests.fn("2022", LATER) == 1
    assert next_try("ada") is None


def test_the_run_looks_up_what_was_sent_before_also_where_a_request_gets_no_answer(provider: Provider) -> None:
    for name in OTHERS:
        request(name)
    send()
    request("ada")
    provider.broken[key_for("ada")] = 500
    with pytest.raises(ItemSetupError, match="1 request for credits got no answer"):
        request_transcripts("2022", as_of=LATER)
    assert statuses(*OTHERS) == {CreditStatus.SENT}
    assert statuses("ada") == {CreditStatus.PENDING}


def test_a_request_that_the_provider_fails_at_stops_no_withdrawal_of_another(provider: Provider) -> None:
    for name in ("ada", *OTHERS):
        request(name)
    send()
    for name in ("ada", *OTHERS):  # as if all were withdrawn while the provider was not there
        facts = {"status": CreditStatus.CANCELING, "reason": "another plan", "ended_by": "participant"}
        put_back(CreditRequest, "2022", f"{name}@lea.example", "academy", 1, **facts)
    provider.broken[key_for("ada")] = 500
    with pytest.raises(ItemSetupError, match="1 request for credits got no answer"):
        send()
    assert statuses(*OTHERS) == {CreditStatus.REFUNDED}
    assert statuses("ada") == {CreditStatus.CANCELING}
    assert provider.has() == {key_for("ada"): "processing"} | dict.fromkeys(map(key_for, OTHERS), "cancelled")
    provider.broken.clear()
    wait_is_over("ada")
    send()
    assert provider.has()[key_for("ada")] == "cancelled"


def test_who_withdraws_what_waits_for_its_next_try_is_answered_at_once(provider: Provider) -> None:
    ada = request("ada")
    provider.broken[key_for("ada")] = 500
    with pytest.raises(ItemSetupError):
        send()
    provider.broken.clear()
    assert "nothing is paid" in end(ada)
    assert statuses("ada") == {CreditStatus.VOID}
