"""Letters in the outbox and as they arrive: one key is one letter, which reads as written."""

import pytest

from schemas.statuses import OutboxStatus
from schemas.tables import Outbox
from tests.factories.season import policy
from tests.put_back import put_back
from tests.tasks.letters.mailboxes import Serve, letter, send, serve, write

__all__ = ["serve"]
pytestmark = pytest.mark.usefixtures("database")


def test_a_letter_is_sent_once_and_reads_as_written(serve: Serve) -> None:
    box = serve()
    assert write(letter("a"), letter("b")) == 2
    assert write(letter("a")) == 0
    assert send() == 2
    assert send() == 0
    assert box.copies_of("a", "b") == [1, 1]
    message = box.messages()[0]
    assert message["Subject"] == "Please sign your commitment form"
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    assert "<p>Dear Zoé Ley,</p>" in page
    assert "Dear Zoé Ley" in text
    assert "Friday, July 22, 2022" in text
    assert policy().letters.signature in text.replace("\n", " ")


def test_a_letter_sent_again_after_a_crash_is_the_same_letter_to_a_mail_system_that_looks_at_it(serve: Serve) -> None:
    box = serve()
    write(letter("a"))
    send()
    put_back(Outbox, "2022/a", status=OutboxStatus.PENDING)
    assert send() == 1
    assert box.copies_of("a") == [2], "the server keeps both"
    assert len({message["Message-ID"] for message in box.messages()}) == 1
