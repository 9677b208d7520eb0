"""What is revoked stays revoked: one list for each issuer, with the certificates of all seasons in it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.settings import settings
from schemas.statuses import CertificateStatus
from schemas.tables import Certificate, Season
from tasks.certificates.credentials import CredentialError, check_credential, credential_of
from tasks.certificates.issuer_keys import create_key, public_keys
from tasks.certificates.key_files import keys_folder
from tasks.certificates.register import apply_revocation
from tasks.certificates.revocations import publish_revocations, revocation_lists
from tasks.core.database import engine_for, reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tests.factories.certificates import store_certificate
from tests.factories.season import open_season, store_rows, use_database, write_policy

NOW = datetime(2024, 6, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = "CERT-AAAAAAAAAA", "CERT-BBBBBBBBBB", "CERT-CCCCCCCCCC"
ISSUER = "https://program.cadre.example"


@pytest.fixture(autouse=True)
def two_seasons(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert database
    monkeypatch.setenv("CADRE_POLICY_FOLDER", str(tmp_path / "policies"))
    settings.cache_clear()
    for season, begins_on in (("2022", date(2022, 8, 22)), ("2023", date(2023, 8, 21))):
        write_policy(tmp_path / "policies", season, begins_on)
        open_season(season)
    for season, number in (("2022", FIRST), ("2023", SECOND), ("2022", THIRD)):
        store_certificate(number, f"{number.lower()}@lea.example", season)


def revoke(season: str, number: str) -> None:
    apply_revocation.fn(season, number, "copied", "operator", NOW)


def published(name: str = "revoked.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((keys_folder() / name).read_text(encoding="utf-8"))
    return found


def numbers(found: dict[str, Any]) -> list[str]:
    return [item["id"].rpartition("/")[2] for item in found["revokedCredential"]]


def test_what_one_season_has_revoked_stays_revoked_when_another_one_publishes() -> None:
    create_key(NOW)
    revoke("2022", FIRST)
    publish_revocations()
    revoke("2023", SECOND)
    (told,) = publish_revocations()
    assert (told.path, told.url, told.revoked) == (keys_folder() / "revoked.json", f"{ISSUER}/revoked.json", 2)
    assert numbers(published()) == [FIRST, SECOND]
    for number in (FIRST, SECOND):
        with reading() as db:
            token = credential_of(db, number)
        with pytest.raises(CredentialError, match="was revoked"):
            check_credential(token, public_keys(), NOW, published())


def test_the_list_is_in_order_and_the_same_however_the_seasons_come() -> None:
    for season, number in (("2022", THIRD), ("2023", SECOND), ("2022", FIRST)):
        revoke(season, number)
    with reading() as db:
        (found,) = revocation_lists(db)
    assert numbers(found) == [FIRST, SECOND, THIRD]
    assert found["id"] == f"{found['issuer']}/revoked.json" == f"{ISSUER}/revoked.json"
    publish_revocations()
    before = (keys_folder() / "revoked.json").read_bytes()
    publish_revocations()
    assert (keys_folder() / "revoked.json").read_bytes() == before


def test_nothing_revoked_is_an_empty_list_and_not_an_absent_one() -> None:
    publish_revocations()
    assert published()["revokedCredential"] == []


def test_seasons_of_different_issuers_have_a_list_each_and_no_older_one_stays_behind(tmp_path: Path) -> None:
    revoke("2022", FIRST)
    publish_revocations()
    policy = tmp_path / "policies" / "2023.toml"
    text = policy.read_text(encoding="utf-8").replace(ISSUER, "https://new.cadre.example/issuer")
    policy.write_text(text, encoding="utf-8")
    revoke("2023", SECOND)
    told = publish_revocations()
    assert [item.url for item in told] == ["https://new.cadre.example/issuer/revoked.json", f"{ISSUER}/revoked.json"]
    assert numbers(published("revoked-new.cadre.example-issuer.json")) == [SECOND]
    assert numbers(published("revoked-program.cadre.example.json")) == [FIRST]
    assert not (keys_folder() / "revoked.json").exists()


def test_a_database_that_does_not_know_what_is_revoked_publishes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    revoke("2022", FIRST)
    publish_revocations()
    before, first = published(), settings().database
    use_database(monkeypatch, tmp_path, f"sqlite:///{tmp_path / 'another.db'}")
    with pytest.raises(OperatorError, match="No season is open"):
        publish_revocations()
    store_rows(Season, {"season": "2023", "policy_version": "1", "opened_at": NOW})
    with pytest.raises(OperatorError, match=f"names {FIRST}, which this database does not know"):
        publish_revocations()
    assert published() == before
    for url in (first, settings().database):
        engine_for(url).dispose()


def test_a_certificate_that_was_restored_leaves_the_list() -> None:
    with transaction() as db:
        db.get_one(Certificate, FIRST).status = CertificateStatus.WITHDRAWN
    publish_revocations()
    assert numbers(published()) == [FIRST]
    with transaction() as db:
        db.get_one(Certificate, FIRST).status = CertificateStatus.VALID
    publish_revocations()
    assert numbers(published()) == []
