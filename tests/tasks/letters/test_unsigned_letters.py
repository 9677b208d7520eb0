"""Letters that cannot be signed wait, all others go out, and operators are told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from schemas.settings import settings
from schemas.statuses import OutboxStatus
from schemas.tables import Outbox
from tasks.certificates.credentials import credential_of
from tasks.certificates.issuer_keys import create_key
from tasks.certificates.key_files import private_ids
from tasks.core.database import reading
from tasks.core.step import ServiceSetupError
from tasks.letters.delivery import send_waiting_letters
from tests.factories.certificates import store_certificate
from tests.factories.letters.written import commitment_letter, letters_written, queue_letters, renewal_letter
from tests.factories.season import open_season, policy

EMAIL, NUMBER = "ada@lea.example", "CERT-ABCDEFGHIJ"
NOW = datetime(2024, 6, 1, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def mailbox(database: str, start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert database
    monkeypatch.setenv("CADRE_SMTP_PORT", str(start("mail").port))
    settings.cache_clear()
    open_season()
    store_certificate(NUMBER, EMAIL)
    return tmp_path / "mail"


def waiting() -> set[str]:
    """The letters that are not sent, by their templates."""
    with reading() as db:
        return {row.payload["template"] for row in db.scalars(select(Outbox)) if row.status != OutboxStatus.SENT}


def test_without_a_key_letters_with_a_credential_wait_and_the_others_go_out(mailbox: Path) -> None:
    queue_letters(renewal_letter("a", NUMBER, EMAIL), commitment_letter("b"), as_of=NOW)
    with pytest.raises(ServiceSetupError, match=r"1 letter waits to be signed\. There is no key .*key create"):
        send_waiting_letters.fn("2022", NOW, credential_of)
    assert waiting() == {"renewed"}
    assert private_ids() == []
    create_key(NOW)
    assert send_waiting_letters.fn("2022", NOW, credential_of) == 1
    assert waiting() == set()
    assert len(list(mailbox.rglob("*.eml"))) == 3


def test_operators_are_told_why_letters_wait_once_a_day() -> None:
    queue_letters(renewal_letter("a", NUMBER, EMAIL), as_of=NOW)
    for moment in (NOW, NOW.replace(hour=14), NOW.replace(day=2)):
        with pytest.raises(ServiceSetupError):
            send_waiting_letters.fn("2022", moment, credential_of)
    first, second = letters_written("credentials_wait")
    assert first == second
    assert first["to"] == policy().letters.operators
    assert "cadre certificate key create" in first["body"]
