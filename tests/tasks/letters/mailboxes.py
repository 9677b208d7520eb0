"""A mail server for tests, which counts what it has received, and letters to send to it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deployments.environment import free_port
from deployments.sandbox.mail import DELIVERIES, MailFaults, controller
from schemas.settings import settings
from schemas.statuses import OutboxKind
from schemas.tables import Outbox, Season
from tasks.certificates.credentials import credential_of
from tasks.core.database import insert_new, reading, transaction
from tasks.letters.compose import Letter
from tasks.letters.delivery import send_waiting_letters
from tasks.letters.mime import message_id
from tasks.letters.outbox import composed, queue
from tests.factories.season import policy

NOW = datetime(2022, 7, 1, 13, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a mail server has received."""

    folder: Path
    port: int

    def misbehave(self, **faults: Any) -> None:
        MailFaults(**faults).write(self.folder)

    def copies(self) -> Counter[str]:
        """How many copies of each letter were accepted, by Message-ID."""
        note = self.folder / DELIVERIES
        return Counter(note.read_text(encoding="utf-8").splitlines() if note.exists() else [])

    def copies_of(self, *keys: str) -> list[int]:
        found = self.copies()
        return [found[message_id(f"2022/{key}")] for key in keys]

    def messages(self, template: str = "*") -> list[Any]:
        files = sorted(self.folder.glob(f"{template}/*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in files]


def letter(key: str, to: str = "ada@lea.example") -> Letter:
    person = {"first_name": "Zoé", "last_name": "Ley"}
    context = {"person": person, "name": "the course", "enroll_by": "2022-07-22", "session": None}
    return Letter(key, "commitment", to, context)


def write(*letters: Letter) -> int:
    """Put letters in the outbox of an open season."""
    with transaction() as db:
        insert_new(db, Season, [{"season": "2022", "policy_version": "v", "opened_at": NOW}])
        return queue(db, "2022", OutboxKind.MAIL, NOW, composed(letters, policy(), NOW))


def write_many(number: int) -> list[str]:
    """As many letters; their keys, in the order in which they are sent."""
    keys = [f"many/{n:03}" for n in range(number)]
    write(*(letter(key) for key in keys))
    return keys


def send() -> int:
    return send_waiting_letters.fn("2022", NOW, credential_of)


def rows() -> dict[str, Outbox]:
    with reading() as db:
        return {row.message_key.removeprefix("2022/"): row for row in db.scalars(select(Outbox))}


def use(monkeypatch: pytest.MonkeyPatch, **values: str | float) -> None:
    """Settings of this test."""
    for name, value in values.items():
        monkeypatch.setenv(f"CADRE_{name.upper()}", str(value))
    settings.cache_clear()


Serve = Callable[..., Mailbox]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a mail server and let the program use it: ``serve(security="starttls")``."""
    with ExitStack() as stack:

        def begin(**options: Any) -> Mailbox:
            box = Mailbox(tmp_path / "mail", free_port())
            box.folder.mkdir(exist_ok=True)
            server = controller(box.folder, box.port, **options)
            server.start()
            stack.callback(server.stop)
            use(monkeypatch, smtp_port=box.port, outbox_claim_seconds=5, outbox_retry_base_seconds=60)
            return box

        yield begin
