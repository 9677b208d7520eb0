"""The daily audit: its run fails where a promise is not kept, and operators read which one, with nobody named in Prefect."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from flows.season import audit_season
from schemas.tables import Enrollment, Outbox
from tasks.core.database import reading, transaction
from tasks.season.audit_report import PromisesBrokenError
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.season import use_database
from tests.factories.seats import confirm_seats
from tests.signed_in import signed_in

NOW = datetime(2022, 6, 20, 14, 0, tzinfo=UTC)
pytestmark = pytest.mark.xdist_group("sqlite")


@pytest.fixture
def signed(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A season with somebody in a seat who has signed the form."""
    use_database(monkeypatch, tmp_path)
    confirm_seats(tmp_path, 25, 20, capacity=1500)
    assert enroll_by_roster(tmp_path, [roster_row("ada")]) == 1
    sign_form(tmp_path, "ada@lea.example")
    return server


def letters_to_operators() -> list[str]:
    with reading() as db:
        rows = db.scalars(select(Outbox).where(Outbox.message_key.startswith("2022/audit/")))
        return [str(row.payload["body"]) for row in rows if row.payload["to"].startswith("operators@")]


def newest_artifact(server: Any) -> str:
    with signed_in(server.api_url, server.auth) as http:
        found = http.post("/artifacts/filter", json={"sort": "CREATED_DESC"}).json()
    return str(next(item for item in found if item["key"] == "season-2022-audit"))


def test_an_audit_that_finds_every_promise_kept_says_how_many_it_looked_at_and_writes_to_nobody(signed: Any) -> None:
    told = audit_season("2022", as_of=NOW)
    assert str(told).endswith(" rows, 0 violations."), told
    assert letters_to_operators() == []
    assert "0 violations." in newest_artifact(signed)


def test_a_broken_promise_fails_the_run_and_is_written_to_the_operators_once_a_day_without_naming_anybody(
    signed: Any,
) -> None:
    with transaction() as db:
        db.execute(update(Enrollment).where(Enrollment.status == Enrollment.status).values(signed_at=None))
    for _ in range(2):
        with pytest.raises(PromisesBrokenError, match="nobody-without-a-signed-form: 1 of 1") as error:
            audit_season("2022", as_of=NOW)
        assert "@" not in str(error.value)
    letters = letters_to_operators()
    assert len(letters) == 1
    assert "Whoever is enrolled has signed the commitment form" in letters[0]
    assert "1 case of 1 (check nobody-without-a-signed-form)" in letters[0]
    shown = newest_artifact(signed)
    assert "ada@lea.example" not in shown
    assert "P-" in shown
