"""Letters through a real mail server that misbehaves, counted where they arrive: each once, whatever happens to the others."""

import smtplib
import threading
import time
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import Capacity, Outbox
from tasks.core.database import reading, transaction
from tasks.core.faults import UnforeseenError
from tasks.letters import delivery
from tasks.letters.outbox import Message, Result, _claimed, record_result
from tests.tasks.letters.mailboxes import Serve, letter, rows, send, serve, use, write, write_many

__all__ = ["serve"]
pytestmark = pytest.mark.usefixtures("database")


def test_an_address_that_cannot_be_sent_to_stops_nobody_elses_letter(serve: Serve) -> None:
    box = serve(is_international=False)
    write(letter("a"), letter("b", "josé@lea.org"), letter("c"))
    for _ in range(3):
        send()
    assert box.copies_of("a", "b", "c") == [1, 0, 1]
    assert rows()["b"].status == OutboxStatus.FAILED
    assert "SMTPUTF8" in rows()["b"].answer


def test_an_international_address_is_sent_to_where_the_server_takes_it(serve: Serve) -> None:
    box = serve()
    write(letter("a", "josé@lea.example"), letter("b", "ada@schüler.example"))
    assert send() == 2
    assert sorted(message["To"] for message in box.messages()) == ["ada@xn--schler-5ya.example", "josé@lea.example"]


def test_a_server_that_ends_the_connection_after_some_letters_gets_the_others_on_the_next(serve: Serve) -> None:
    box = serve()
    box.misbehave(letters_per_connection=10)
    keys = write_many(35)
    assert send() == 35
    assert box.copies_of(*keys) == [1] * 35
    assert {row.attempts for row in rows().values()} == {1}


def test_a_connection_is_used_for_as_many_letters_as_the_settings_say(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    use(monkeypatch, smtp_letters_per_connection=4)
    box.misbehave(letters_per_connection=4)
    write_many(9)
    assert send() == 9


@pytest.mark.parametrize("takes_ahead", [True, False])
def test_letters_go_out_to_a_server_that_takes_commands_ahead_of_its_replies_and_to_one_that_does_not(
    serve: Serve, takes_ahead: bool
) -> None:
    box = serve(takes_ahead=takes_ahead)
    write(letter("a"), letter("b", "lost@bounces.example"), letter("c"))
    assert send() == 3
    assert box.copies_of("a", "b", "c") == [1, 0, 1]
    assert rows()["b"].status == OutboxStatus.FAILED
    assert "no such mailbox" in rows()["b"].answer


def test_what_became_of_a_letter_is_recorded_before_the_next_one_is_sent(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()
    recorded, command = [], smtplib.SMTP.docmd

    def count_and_go_on(server: smtplib.SMTP, name: str, more: str = "") -> tuple[int, bytes]:
        if name == "DATA":
            recorded.append(sum(row.status == OutboxStatus.SENT for row in rows().values()))
        return command(server, name, more)

    monkeypatch.setattr(smtplib.SMTP, "docmd", count_and_go_on)
    write_many(5)
    assert send() == 5
    assert recorded == [0, 1, 2, 3, 4]


def test_a_database_that_fails_when_a_letter_is_recorded_costs_no_letter_a_second_copy_or_a_try(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    keys, calls = write_many(3), []

    def fail_once(db: Session, message: Message, result: Result, as_of: datetime) -> bool:
        calls.append(message.key)
        if len(calls) == 1:
            raise OperationalError("UPDATE outbox", None, RuntimeError("the database is gone"))
        return record_result(db, message, result, as_of)

    monkeypatch.setattr(delivery, "record_result", fail_once)
    with pytest.raises(UnforeseenError, match="OperationalError"):
        send()
    assert send() == 2
    assert box.copies_of(*keys) == [1, 1, 1]
    assert {row.attempts for row in rows().values()} == {1}


def test_three_senders_share_the_work_and_each_letter_is_sent_once(serve: Serve) -> None:
    box = serve()
    box.misbehave(seconds_a_letter=0.005)
    keys = write_many(300)
    begin, sent = threading.Barrier(3), []

    def work() -> None:
        begin.wait()
        sent.append(send())

    senders = [threading.Thread(target=work) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert box.copies_of(*keys) == [1] * 300
    assert sum(sent) == 300
    assert len(sent) == 3
    assert min(sent) > 0


def test_without_the_claim_two_senders_send_every_letter_twice(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is gone: what waits is read without a lock, and taken whoever else has taken it meanwhile."""
    box = serve()
    keys, both, seen = write_many(5), threading.Barrier(2, timeout=30), threading.local()

    def careless(_season: str, kind: OutboxKind, as_of: datetime, worker: str, size: int) -> tuple[Message, ...]:
        if hasattr(seen, "once"):
            return ()
        seen.once = True
        with reading() as db:
            found = list(db.scalars(select(Outbox.message_key).where(Outbox.kind == kind).limit(size)))
        both.wait()
        with transaction() as db:
            taken = _claimed(db, found, worker, as_of)
        both.wait()  # neither sends before the other has taken the same
        return taken

    monkeypatch.setattr(delivery, "claim", careless)
    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert box.copies_of(*keys) == [2] * 5


def test_others_write_while_a_letter_is_on_its_way(serve: Serve) -> None:
    box = serve()
    box.misbehave(seconds_a_letter=2.0)
    write(letter("a"))
    sender = threading.Thread(target=send)
    sender.start()
    deadline = time.monotonic() + 10
    while rows()["a"].status != OutboxStatus.SENDING and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    with transaction() as db:
        db.add(Capacity(season="2022", component="academy", capacity_seats=10, seats_confirmed=0))
    assert rows()["a"].status == OutboxStatus.SENDING, "the letter has not arrived yet, and the other writer is done"
    sender.join()
    assert box.copies_of("a") == [1]
