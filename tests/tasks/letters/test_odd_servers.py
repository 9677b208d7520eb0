"""Mail servers that reply what no standard foresees, slowly, or only to some: counted where the letters arrive."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import BinaryIO

import pytest

from schemas.statuses import OutboxStatus
from tasks.core.clock import now
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.letters import delivery, replies
from tasks.letters.mime import message_id
from tests.factories.season import policy
from tests.tasks.letters.mailboxes import letter, rows, send, serve, use, write, write_many

__all__ = ["serve"]
pytestmark = pytest.mark.usefixtures("database")
Answer = Callable[[bytes], bytes]


class Server:
    """Replies to each command as the test says, and keeps what it was given."""

    def __init__(self, **replies: Answer) -> None:
        self.replies = replies
        self.taken: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 ready\r\n")
                for line in lines:
                    connection.sendall(self._reply(line, lines, connection))
        except OSError:
            return

    def _reply(self, line: bytes, lines: BinaryIO, connection: socket.socket) -> bytes:
        word = line[:4].strip().lower().decode()
        if word == "ehlo":
            return b"250-here\r\n250 PIPELINING\r\n"
        reply = self._said(word, line, b"354 go on" if word == "data" else b"250 OK")
        if reply.startswith(b"354"):
            connection.sendall(reply + b"\r\n")
            content = b""
            while (line := lines.readline()) != b".\r\n":
                if not line:
                    raise ConnectionError("the sender has gone in the middle of a letter")
                content += line
            self.taken.append(content)
            reply = self._said("content", content, b"250 OK")
        return reply + b"\r\n"

    def _said(self, word: str, given: bytes, usual: bytes) -> bytes:
        said = self.replies.get(word)
        return said(given) if said else usual

    def copies_of(self, *keys: str) -> list[int]:
        return [sum(message_id(f"2022/{key}").encode() in content for content in self.taken) for key in keys]


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """A server that replies oddly, started and used."""
    servers: list[Server] = []

    def begin(config: dict[str, float] | None = None, **replies: Answer) -> Server:
        servers.append(Server(**replies))
        use(monkeypatch, smtp_port=servers[-1].port, outbox_claim_seconds=5, circuit_seconds=0.01, **(config or {}))
        return servers[-1]

    yield begin
    for server in servers:
        server.listener.close()


def state(key: str) -> OutboxStatus:
    return OutboxStatus(rows()[key].status)


def test_a_server_that_takes_no_content_has_not_taken_the_letter(odd: Callable[..., Server]) -> None:
    server = odd(data=lambda _: b"250 2.0.0 OK")
    write(letter("a"))
    send()
    assert server.taken == []
    assert (state("a"), rows()["a"].attempts) == (OutboxStatus.PENDING, 1)


def test_a_reply_to_something_else_is_no_acceptance(odd: Callable[..., Server]) -> None:
    odd(content=lambda _: b"354 go on")
    write(letter("a"))
    send()
    assert state("a") == OutboxStatus.PENDING


def test_a_server_with_one_reply_too_many_gets_each_letter_once_or_it_waits(odd: Callable[..., Server]) -> None:
    count = iter(range(100))
    server = odd(rcpt=lambda _: b"250 OK\r\n250 OK" if next(count) == 1 else b"250 OK")
    keys = write_many(4)
    send()
    arrived = dict(zip(keys, server.copies_of(*keys), strict=True))
    assert {key: int(state(key) == OutboxStatus.SENT) for key in keys} == arrived
    assert sum(arrived.values()) >= 3


@pytest.mark.parametrize(("reply", "becomes"), [(b"550 5.1.1 gone\x00", "failed"), (b"450 4.2.1 later\x00", "pending")])
def test_a_zero_byte_in_a_reply_stops_no_other_letter(odd: Callable[..., Server], reply: bytes, becomes: str) -> None:
    server = odd(rcpt=lambda line: reply if b"odd@" in line else b"250 OK")
    write(letter("a"), letter("b", "odd@lea.example"), letter("c"))
    send()
    assert server.copies_of("a", "b", "c") == [1, 0, 1]
    assert state("b") == becomes


def test_a_server_that_looks_at_a_letter_for_long_gets_it_once(odd: Callable[..., Server]) -> None:
    def take_time(_: bytes) -> bytes:
        time.sleep(0.6)
        return b"250 OK"

    server = odd({"smtp_timeout_seconds": 0.3}, content=take_time)
    write(letter("a"))
    assert send() == 1
    assert server.copies_of("a") == [1]


def test_a_letter_that_may_have_arrived_is_tried_a_few_times_and_then_told_of(odd: Callable[..., Server]) -> None:
    def be_slow(content: bytes) -> bytes:
        time.sleep(0.0 if b"letters_failed" in content else 0.3)
        return b"250 OK"

    soon = {"outbox_retry_base_seconds": 0.01, "outbox_retry_longest_seconds": 0.01}
    server = odd({"smtp_content_timeout_seconds": 0.1, **soon}, content=be_slow)
    write(letter("a"))
    for _ in range(4):
        with suppress(ServiceDownError):
            send()
    assert state("a") == OutboxStatus.FAILED
    assert server.copies_of("a") == [replies.TRIES_THAT_MAY_HAVE_ARRIVED]
    assert any(b"letters_failed" in content for content in server.taken), "the operators are told"


def later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """The next run is some hours later, and waits for nothing."""
    monkeypatch.setattr("tasks.letters.outbox.machine_time", lambda: now() + timedelta(hours=hours))
    monkeypatch.setattr(delivery, "_wait", lambda *_: False)


def test_a_domain_that_turns_us_away_keeps_no_other_letter_waiting(odd: Callable[..., Server]) -> None:
    server = odd(rcpt=lambda line: b"550 5.7.1 not from you" if b"closed.example" in line else b"250 OK")
    write(*(letter(f"a{number:03}", f"p{number}@closed.example") for number in range(100)), letter("z"))
    with pytest.raises(ServiceSetupError):
        send()
    assert server.copies_of("z") == [0]
    write(letter("y"))
    for _ in range(6):
        time.sleep(0.02)  # the next request that a service is given which is set up wrong
        with suppress(ServiceSetupError):
            send()
    assert server.copies_of("y", "z") == [1, 1]


def test_letters_do_not_fail_while_the_server_takes_none_from_us(
    odd: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd({"outbox_attempts": 3}, rcpt=lambda _: b"554 5.7.1 relay access denied")
    write(*(letter(f"a{number}", f"p@district{number}.example") for number in range(5)))
    for hours in range(8):
        later(monkeypatch, hours)
        time.sleep(0.02)
        with pytest.raises(ServiceSetupError, match="takes no letters from us"):
            send()
    assert {row.status for row in rows().values()} == {OutboxStatus.PENDING}
    assert {row.attempts for row in rows().values()} == {0}


@pytest.mark.parametrize(
    "reply", [b"550 5.1.10 RecipientNotFound", b"550 5.4.1 Recipient address rejected: Access denied"]
)
def test_a_recipient_whom_a_large_provider_does_not_know_is_told_to_operators(
    odd: Callable[..., Server], reply: bytes
) -> None:
    odd(rcpt=lambda line: reply if b"gone@" in line else b"250 OK")
    write(letter("a", "gone@lea.example"))
    send()
    assert state("a") == OutboxStatus.FAILED
    assert policy().letters.operators
