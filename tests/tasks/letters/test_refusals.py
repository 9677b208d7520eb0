"""Letters that a real mail server puts off, loses, or turns away: the others go out, and none is lost or told of twice."""

import time
from datetime import timedelta

import pytest

from schemas.statuses import OutboxStatus
from tasks.core.database import transaction
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.letters import delivery
from tests.factories.season import policy
from tests.tasks.letters.mailboxes import NOW, Serve, letter, rows, send, serve, use, write, write_many

__all__ = ["serve"]
pytestmark = pytest.mark.usefixtures("database")


def test_a_temporary_reply_makes_a_letter_wait_and_the_others_go_out(serve: Serve) -> None:
    box = serve()
    box.misbehave(replies={"full@lea.example": "452 4.2.2 mailbox full"})
    write(letter("a", "full@lea.example"), letter("b"))
    assert send() == 1
    waiting = rows()["a"]
    assert waiting.status == OutboxStatus.PENDING
    assert waiting.answer == "452 4.2.2 mailbox full"
    assert waiting.next_attempt_at is not None
    assert send() == 0, "it is not due yet"
    assert rows()["a"].attempts == 1
    assert box.copies_of("a", "b") == [0, 1]


def test_a_letter_is_sent_when_the_server_is_not_busy_any_more(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    box = serve()
    use(monkeypatch, outbox_retry_base_seconds=0.05)
    box.misbehave(busy_recipients=5)
    keys = write_many(3)
    assert send() == 3, "in the same run, because a try is due before a claim would run out"
    assert box.copies_of(*keys) == [1, 1, 1]


def test_each_further_try_waits_twice_as_long_and_the_last_one_fails(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    use(monkeypatch, outbox_retry_base_seconds=0.1, outbox_retry_longest_seconds=0.4, outbox_attempts=4)
    box.misbehave(replies={"full@lea.example": "452 4.2.2 mailbox full"})
    write(letter("a", "full@lea.example"))
    started = time.monotonic()
    send()
    assert time.monotonic() - started > 0.1 + 0.2 + 0.4
    assert rows()["a"].status == OutboxStatus.FAILED
    assert rows()["a"].answer == "given up after 4 tries: 452 4.2.2 mailbox full"


def test_a_letter_whose_reply_is_lost_comes_once_more_for_each_lost_reply_and_no_other_does(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    use(monkeypatch, outbox_retry_base_seconds=0.05)
    box.misbehave(drop_accepted=2)
    keys = write_many(5)
    assert send() == 5
    assert sorted(box.copies_of(*keys)) == [1, 1, 1, 2, 2]


def test_a_letter_that_was_not_accepted_when_the_connection_ended_is_not_lost(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    use(monkeypatch, outbox_retry_base_seconds=0.05)
    box.misbehave(drop_begun=2)
    keys = write_many(5)
    assert send() == 5
    assert box.copies_of(*keys) == [1] * 5


def test_a_server_that_loses_every_connection_is_down_and_the_letters_wait(serve: Serve) -> None:
    box = serve()
    box.misbehave(drop_begun=100)
    write_many(20)
    with pytest.raises(ServiceDownError, match="mail server"):
        send()
    assert {row.status for row in rows().values()} == {OutboxStatus.PENDING}
    assert sum(row.attempts for row in rows().values()) == 3


@pytest.mark.parametrize(
    "reply",
    [
        "554 5.7.1 relay access denied",
        "550 relay not permitted",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 Access denied - Invalid HELO name",
    ],
)
def test_a_server_that_turns_all_of_us_away_is_set_up_wrong_and_no_letter_fails(reply: str, serve: Serve) -> None:
    box = serve()
    box.misbehave(replies={"ada@lea.example": reply})
    write_many(20)
    with pytest.raises(ServiceSetupError, match="takes no letters from us"):
        send()
    assert {row.status for row in rows().values()} == {OutboxStatus.PENDING}


def test_one_recipient_who_is_turned_away_by_policy_stops_nobody(serve: Serve) -> None:
    box = serve()
    box.misbehave(replies={"closed@lea.example": "550 5.7.1 not from you"})
    write(letter("a"), letter("b", "closed@lea.example"), letter("c"))
    assert send() == 2
    assert rows()["b"].status == OutboxStatus.PENDING


def test_the_only_letter_that_is_turned_away_by_policy_waits_and_the_run_says_so(serve: Serve) -> None:
    box = serve()
    box.misbehave(replies={"ada@lea.example": "554 5.7.1 relay access denied"})
    write(letter("a"))
    with pytest.raises(ServiceSetupError, match="relay access denied"):
        send()
    assert rows()["a"].status == OutboxStatus.PENDING


def test_a_letter_that_cannot_be_composed_concerns_only_itself(serve: Serve) -> None:
    box = serve()
    write(letter("a"), letter("b"), letter("c"))
    with transaction() as db:
        broken = db.merge(rows()["b"])
        broken.payload = {key: value for key, value in broken.payload.items() if key != "body"}
    assert send() == 2
    assert box.copies_of("a", "b", "c") == [1, 0, 1]
    assert rows()["b"].status == OutboxStatus.PENDING
    assert "KeyError" in rows()["b"].answer


def test_the_operators_are_told_once_what_has_failed_and_why(serve: Serve) -> None:
    box = serve()
    write(letter("a", "lost@bounces.example"), letter("b"), letter("c", "gone@bounces.example"))
    for _ in range(2):
        send()
    told = box.messages("letters_failed")
    assert [message["To"] for message in told] == [policy().letters.operators]
    assert told[0]["Subject"] == "2 letters could not be delivered"
    text = told[0].get_body(("plain",)).get_content()
    assert "no such mailbox" in text
    assert [line.rpartition(" (to ")[2] for line in text.splitlines() if line.startswith("- ")] == [
        "lost@bounces.example)",
        "gone@bounces.example)",
    ]


def test_operators_who_cannot_be_reached_are_not_written_to_again_and_again(serve: Serve) -> None:
    box = serve()
    box.misbehave(replies={policy().letters.operators: "550 5.1.1 no such mailbox"})
    write(letter("a", "lost@bounces.example"), letter("b"))
    for _ in range(3):
        send()
    assert len(rows()) == 3, "two letters, and one to the operators"
    assert box.copies_of("a", "b") == [0, 1]


def test_a_letter_of_a_later_moment_waits_for_its_moment(serve: Serve) -> None:
    box = serve()
    write(letter("a"))
    with transaction() as db:
        db.merge(rows()["a"]).created_at = NOW + timedelta(seconds=1)
    assert send() == 0
    assert box.copies_of("a") == [0]


REFUSED = "550 5.1.1 no such mailbox"


def to_domains(count: int) -> dict[str, str]:
    """A letter to each of so many domains, by its key; written in this order."""
    addresses = {f"at-{number}": f"ada@district-{number}.example" for number in range(count)}
    write(*(letter(key, address) for key, address in addresses.items()))
    return addresses


def test_a_server_that_refuses_the_mailboxes_of_every_domain_fails_no_letter_and_counts_no_try(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    use(monkeypatch, circuit_seconds=0.05)
    addresses = to_domains(12)
    box.misbehave(replies=dict.fromkeys(addresses.values(), REFUSED))
    with pytest.raises(ServiceSetupError, match="takes no letters from us"):
        send()
    found = [rows()[key] for key in addresses]
    assert {(row.status, row.attempts) for row in found} == {(OutboxStatus.PENDING, 0)}
    box.misbehave(replies={})
    time.sleep(0.1)
    assert send() == 12
    assert box.copies_of(*addresses) == [1] * 12


def test_mailboxes_that_are_refused_between_letters_that_are_taken_fail_and_are_told(serve: Serve) -> None:
    box = serve()
    addresses = to_domains(12)
    box.misbehave(replies={address: REFUSED for key, address in addresses.items() if int(key[3:]) % 3})
    sent = send()
    assert sent >= 4
    statuses = [rows()[key].status for key in addresses]
    assert statuses.count(OutboxStatus.FAILED) == 8
    assert statuses.count(OutboxStatus.SENT) == 4


def test_refusals_at_the_end_of_the_letters_are_recorded_in_the_same_run(serve: Serve) -> None:
    box = serve()
    addresses = to_domains(3)
    box.misbehave(replies=dict.fromkeys(addresses.values(), REFUSED))
    send()
    assert {rows()[key].status for key in addresses} == {OutboxStatus.FAILED}


def test_a_sender_that_the_server_cannot_name_stops_everything_and_fails_no_letter(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(is_international=False)
    write(letter("a"), letter("b"))
    own = policy().model_copy(
        update={"letters": policy().letters.model_copy(update={"sender": "Program <jos\u00e9@state.example>"})}
    )
    monkeypatch.setattr(delivery, "policy_of", lambda _season: own)
    with pytest.raises(ServiceSetupError, match="from our own address"):
        send()
    assert {row.status for row in rows().values()} == {OutboxStatus.PENDING}
