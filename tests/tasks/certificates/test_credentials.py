"""Signed credentials: anybody can check them offline with the issuer's public key, and nobody can change one."""

import base64
import json
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from deployments.cli.certificates import certificate_credential, certificate_publish, certificate_verify
from schemas.settings import settings
from schemas.tables import Certificate
from tasks.certificates.credentials import CredentialError, check_credential, credential_of, require_owner
from tasks.certificates.issuer_keys import (
    active_key,
    create_key,
    drop_private_key,
    list_keys,
    public_keys,
    rotate_key,
)
from tasks.certificates.key_files import IssuerKeyError, keys_folder, private_ids, remove_private_key
from tasks.certificates.register import apply_revocation
from tasks.certificates.revocations import revocation_lists
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.letters.delivery import send_waiting_letters
from tests.factories.certificates import store_certificate
from tests.factories.letters.written import letters_written, queue_letters, renewal_letter
from tests.factories.season import open_season

EMAIL, NUMBER = "ada@lea.example", "CERT-ABCDEFGHIJ"
IN_TERM = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def certificate(database: str) -> None:
    assert database
    open_season()
    store_certificate(NUMBER, EMAIL)
    create_key(IN_TERM)


def token() -> str:
    with reading() as db:
        return credential_of(db, NUMBER)


def test_a_credential_says_what_open_badges_ask_for_and_is_always_the_same() -> None:
    first = token()
    assert first == token()
    claims = check_credential(first, public_keys(), IN_TERM).claims
    assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert claims["credentialSubject"]["achievement"]["type"] == ["Achievement"]
    assert claims["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert (claims["iss"], claims["jti"]) == (claims["issuer"]["id"], claims["id"])
    assert (claims["validFrom"], claims["validUntil"]) == ("2023-03-01T05:00:00+00:00", "2026-03-01T05:00:00+00:00")
    assert EMAIL not in json.dumps(claims)


def test_whose_a_credential_is_can_be_checked_by_who_knows_the_address() -> None:
    checked = check_credential(token(), public_keys(), IN_TERM)
    require_owner(checked, "Ada@lea.example ")
    with pytest.raises(CredentialError, match="not that of bo"):
        require_owner(checked, "bo@lea.example")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_credential_of_which_any_part_was_changed_does_not_stand(part: int) -> None:
    parts = token().split(".")
    parts[part] = (
        base64.urlsafe_b64encode(b"{}" + base64.urlsafe_b64decode(parts[part] + "==")[2:]).decode().rstrip("=")
    )
    with pytest.raises(CredentialError):
        check_credential(".".join(parts), public_keys(), IN_TERM)


def test_a_credential_of_another_issuer_or_without_a_signature_does_not_stand() -> None:
    other = RSAKey.generate_key(2048, {"kid": active_key().kid or ""})
    with pytest.raises(CredentialError, match="not signed by this issuer"):
        check_credential(token(), {"keys": [other.as_dict(private=False)]}, IN_TERM)
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    with pytest.raises(CredentialError):
        check_credential(f"{header}.{token().split('.')[1]}.", public_keys(), IN_TERM)


@pytest.mark.parametrize("moment", [datetime(2023, 3, 1, 4, 59, tzinfo=UTC), datetime(2026, 3, 1, 5, 0, tzinfo=UTC)])
def test_a_credential_stands_from_its_first_local_day_through_its_last(moment: datetime) -> None:
    with pytest.raises(CredentialError, match="is valid from"):
        check_credential(token(), public_keys(), moment)
    for inside in (datetime(2023, 3, 1, 5, 0, tzinfo=UTC), datetime(2026, 3, 1, 4, 59, tzinfo=UTC)):
        assert check_credential(token(), public_keys(), inside).certificate_id == NUMBER


def test_a_revoked_certificate_is_on_the_list_and_cannot_be_revoked_twice_or_without_a_reason() -> None:
    with pytest.raises(OperatorError, match="needs a reason"):
        apply_revocation.fn("2022", NUMBER, " ", "operator", IN_TERM)
    for _ in range(2):
        apply_revocation.fn("2022", NUMBER, "copied", "operator", IN_TERM)
    with reading() as db:
        (listed,) = revocation_lists(db)
    with pytest.raises(CredentialError, match="was revoked"):
        check_credential(token(), public_keys(), IN_TERM, listed)
    assert len(letters_written("revoked")) == 1
    with pytest.raises(OperatorError, match="no certificate"):
        apply_revocation.fn("2022", "CERT-X", "copied", "operator", IN_TERM)


def test_a_credential_is_signed_by_the_key_that_it_names() -> None:
    header = json.loads(base64.urlsafe_b64decode(token().split(".")[0] + "=="))
    assert header["kid"] == active_key().kid
    assert "d" not in public_keys()["keys"][0]


def test_credentials_signed_before_and_after_a_rotation_verify_with_the_published_set() -> None:
    before = token()
    rotate_key("once a year", IN_TERM)
    after = token()
    assert before != after
    for signed in (before, after):
        assert check_credential(signed, public_keys(), IN_TERM).certificate_id == NUMBER
    (first, _) = list_keys()
    drop_private_key(first.kid)
    assert check_credential(before, public_keys(), IN_TERM).certificate_id == NUMBER


def test_without_its_key_no_credential_is_signed_and_no_key_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    token()
    kid = str(active_key().kid)
    remove_private_key(kid)
    with pytest.raises(IssuerKeyError, match=f"The private key {kid} is missing"):
        token()
    assert certificate_credential(NUMBER) == 1
    assert certificate_publish() == 1
    assert "is missing" in capsys.readouterr().err
    assert private_ids() == []


def test_the_credential_goes_with_the_letter_that_tells_of_it(
    start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADRE_SMTP_PORT", str(start("mail").port))
    settings.cache_clear()
    queue_letters(renewal_letter("a", NUMBER, EMAIL), as_of=IN_TERM)
    assert send_waiting_letters.fn("2022", IN_TERM, credential_of) == 1
    (file,) = (tmp_path / "mail").rglob("*.eml")
    message: Any = message_from_bytes(file.read_bytes(), policy=default)
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == f"{NUMBER}.jwt"
    assert check_credential(attached.get_content().decode(), public_keys(), IN_TERM).certificate_id == NUMBER


def test_the_commands_write_publish_and_check_a_credential(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.jwt"
    with transaction() as db:
        far = date(2099, 1, 1)
        db.get_one(Certificate, NUMBER).expires_on = far
    assert certificate_credential(NUMBER, file=file) == 0
    assert certificate_credential("CERT-X") == 1
    assert certificate_publish() == 0
    assert certificate_verify(file, email=EMAIL, as_json=True) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["certificate"] == NUMBER
    assert certificate_verify(file, email="bo@lea.example") == 1
    apply_revocation.fn("2022", NUMBER, "copied", "operator", IN_TERM)
    certificate_publish()
    assert certificate_verify(file, revoked=keys_folder() / "revoked.json") == 1
    assert "was revoked" in capsys.readouterr().out
