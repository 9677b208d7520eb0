"""Settings that would let a run decide what cannot be undone are refused."""

import pytest
from pydantic import SecretStr, ValidationError

from schemas.settings import Settings


def test_the_clock_of_an_installation_in_production_is_real() -> None:
    assert Settings(environment="production", clock="real", smtp_security="tls").clock == "real"
    assert Settings(environment="sample", clock="simulated").clock == "simulated"
    with pytest.raises(ValidationError, match="in production no run may decide for a day to come"):
        Settings(environment="production", clock="simulated", smtp_security="tls")


def test_in_production_files_go_over_tls_only() -> None:
    Settings(environment="sample", inbox_url="s3://bucket/cadre", inbox_endpoint="http://127.0.0.1:9000")
    safe = Settings(
        environment="production",
        smtp_security="tls",
        inbox_url="s3://bucket/cadre",
        inbox_endpoint="https://store.example.org",
    )
    assert safe.inbox_endpoint == "https://store.example.org"
    with pytest.raises(ValidationError, match="over TLS only"):
        Settings(environment="production", smtp_security="tls", inbox_endpoint="http://store.example.org")
    with pytest.raises(ValidationError, match="without TLS"):
        Settings(environment="production", smtp_security="tls", inbox_url="ftp://store.example.org/cadre")


@pytest.mark.parametrize(
    "url",
    ["bucket/prefix", "s3://", "file://srv/cadre", "s3://key:a-secret@bucket/prefix", "s3://bucket?secret=a-secret"],
)
def test_an_address_of_the_inbox_that_is_none_or_holds_a_secret_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValidationError, match="CADRE_INBOX_URL") as told:
        Settings(inbox_url=url)
    assert "a-secret" not in str(told.value)


def test_the_secret_of_the_bucket_is_not_shown_with_the_settings() -> None:
    assert "a-secret" not in repr(Settings(inbox_secret=SecretStr("a-secret")))
