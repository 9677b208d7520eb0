"""Letters through a real SMTP server: each once, a refusal kept, an absent server retried."""

import threading
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deployments.sandbox.mail import DELIVERIES
from schemas.settings import settings
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import Outbox, Season
from tasks.certificates.credentials import credential_of
from tasks.core.database import insert_new, reading, transaction
from tasks.core.step import ServiceDownError
from tasks.letters.compose import Letter
from tasks.letters.delivery import send_waiting_letters
from tasks.letters.outbox import composed, queue
from tests.builders import policy

NOW = datetime(2022, 7, 1, 13, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")


def letter(key: str, to: str = "ada@lea.example") -> Letter:
    context = {"person": {"first_name": "Zoé", "last_name": "Ley"}, "name": "the course", "enroll_by": "2022-07-22"}
    return Letter(key, "commitment", to, context)


def write(*letters: Letter) -> int:
    with transaction() as db:
        insert_new(db, Season, [{"season": "2022", "policy_version": "v", "opened_at": NOW}])
        return queue(db, "2022", OutboxKind.MAIL, NOW, composed(letters, policy(), NOW))


@pytest.fixture
def mailbox(start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    server = start("mail")
    monkeypatch.setenv("CADRE_SMTP_PORT", str(server.port))
    settings.cache_clear()
    return tmp_path / "mail"


def test_a_letter_is_sent_once_and_reads_as_written(mailbox: Path) -> None:
    assert write(letter("a"), letter("b")) == 2
    assert write(letter("a")) == 0
    assert send_waiting_letters.fn("2022", NOW, credential_of) == 2
    assert send_waiting_letters.fn("2022", NOW, credential_of) == 0
    files = list(mailbox.rglob("*.eml"))
    assert len(files) == 2
    message: Any = message_from_bytes(files[0].read_bytes(), policy=default)
    assert message["Subject"] == "Please sign your commitment form"
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    assert "<p>Dear Zoé Ley,</p>" in page
    assert "Dear Zoé Ley" in text
    assert "Friday, July 22, 2022" in text
    assert policy().letters.signature in text.replace("\n", " ")


def test_a_letter_sent_again_after_a_crash_is_the_same_letter_to_the_mail_server(mailbox: Path) -> None:
    write(letter("a"))
    send_waiting_letters.fn("2022", NOW, credential_of)
    with transaction() as db:
        db.scalars(select(Outbox)).one().status = OutboxStatus.PENDING
    assert send_waiting_letters.fn("2022", NOW, credential_of) == 1
    assert len(list(mailbox.rglob("*.eml"))) == 1


@pytest.mark.usefixtures("mailbox")
def test_a_rejected_address_is_kept_with_the_reason_and_the_others_go_out() -> None:
    write(letter("a", "lost@bounces.example"), letter("b"))
    assert send_waiting_letters.fn("2022", NOW, credential_of) == 2, "the other letter, and the one to the operators"
    with reading() as db:
        found = {row.message_key: (row.status, row.answer) for row in db.scalars(select(Outbox))}
    assert found["2022/a"][0] == OutboxStatus.FAILED
    assert "no such mailbox" in found["2022/a"][1]
    assert found["2022/b"][0] == OutboxStatus.SENT


def test_an_absent_mail_server_leaves_the_letters_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_SMTP_PORT", "9")
    settings.cache_clear()
    write(letter("a"))
    with pytest.raises(ServiceDownError, match="mail server"):
        send_waiting_letters.fn("2022", NOW, credential_of)
    with reading() as db:
        assert db.scalars(select(Outbox.status)).one() == OutboxStatus.PENDING


def test_two_senders_at_once_send_each_letter_once(mailbox: Path) -> None:
    write(*(letter(f"both/{number}") for number in range(150)))
    begin, sent = threading.Barrier(2), []

    def send() -> None:
        begin.wait()
        sent.append(send_waiting_letters.fn("2022", NOW, credential_of))

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    deliveries = (mailbox / DELIVERIES).read_text(encoding="utf-8").splitlines()
    assert len(deliveries) == len(set(deliveries)) == 150
    assert sum(sent) == 150
