"""A claimed message is one sender's until it is recorded or the claim runs out; a kill costs one letter one more copy."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from schemas.settings import ROOT, settings
from schemas.statuses import OutboxKind, OutboxStatus
from tasks.core.database import transaction
from tasks.letters.outbox import Message, Result, claim, prolong, record_result, release, seconds_until_due
from tests.tasks.letters.mailboxes import NOW, Serve, rows, send, serve, use, write_many

__all__ = ["serve"]
pytestmark = pytest.mark.usefixtures("database")
SENT = Result(OutboxStatus.SENT, "accepted")
SENDER = """
from tests.tasks.letters.mailboxes import send
send()
"""


def take(worker: str, size: int = 10) -> list[str]:
    return [message.key for message in claimed(worker, size)]


def claimed(worker: str, size: int = 10) -> tuple[Message, ...]:
    return claim("2022", OutboxKind.MAIL, NOW, worker, size)


def test_what_one_sender_has_claimed_no_other_gets() -> None:
    write_many(5)
    assert take("one", 3) == ["2022/many/000", "2022/many/001", "2022/many/002"]
    assert take("two") == ["2022/many/003", "2022/many/004"]
    assert take("three") == []


def test_a_claim_that_has_run_out_is_taken_up_again_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, outbox_claim_seconds=0.2)
    write_many(2)
    (first, _) = claimed("killed")
    assert take("next") == []
    time.sleep(0.25)
    again = claimed("next")
    assert [message.attempts for message in again] == [2, 2]
    with transaction() as db:
        assert not record_result(db, first, SENT, NOW), "it is not this sender's any more"
        assert record_result(db, again[0], SENT, NOW)
        assert not record_result(db, again[0], SENT, NOW), "it is recorded already"
    assert {key: row.status for key, row in rows().items()} == {
        "many/000": OutboxStatus.SENT,
        "many/001": OutboxStatus.SENDING,
    }


def test_a_claim_is_prolonged_only_by_whom_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, outbox_claim_seconds=0.4)
    write_many(1)
    keys = take("one")
    time.sleep(0.3)
    assert prolong("two", keys) == frozenset()
    assert prolong("one", keys) == frozenset(keys)
    time.sleep(0.2)
    assert take("two") == []


def test_what_is_given_back_is_due_at_once_and_no_try() -> None:
    write_many(2)
    take("one")
    release("one")
    assert [message.attempts for message in claimed("two")] == [1, 1]


def test_a_message_is_due_when_its_time_has_come_or_its_claim_has_run_out() -> None:
    assert seconds_until_due("2022", OutboxKind.MAIL, NOW) is None
    write_many(1)
    assert seconds_until_due("2022", OutboxKind.MAIL, NOW) == 0
    (message,) = claimed("one")
    found = seconds_until_due("2022", OutboxKind.MAIL, NOW)
    assert found is not None
    assert found == pytest.approx(settings().outbox_claim_seconds, abs=5)
    assert seconds_until_due("2022", OutboxKind.MAIL, NOW - timedelta(days=1)) is None
    with transaction() as db:
        record_result(db, message, SENT, NOW)
    assert seconds_until_due("2022", OutboxKind.MAIL, NOW) is None


def test_no_letter_is_lost_by_kills_and_each_kill_costs_one_letter_a_second_copy_at_most(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = serve()
    use(monkeypatch, outbox_claim_seconds=600)
    box.misbehave(seconds_a_letter=0.01)
    keys, kills = write_many(160), 2
    for number in range(1, kills + 1):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        sender = subprocess.Popen([sys.executable, "-c", SENDER], env=environment, cwd=ROOT)
        deadline = time.monotonic() + 60
        while box.copies().total() < number * 60 and time.monotonic() < deadline:
            time.sleep(0.005)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    send()
    copies = box.copies_of(*keys)
    assert min(copies) == 1
    assert sum(copies) - len(copies) <= kills
    assert {row.status for row in rows().values()} == {OutboxStatus.SENT}
    assert max(row.attempts for row in rows().values()) > 1
