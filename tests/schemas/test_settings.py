"""Settings that would let a run decide what cannot be undone are refused, and those that lead a practice elsewhere."""

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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_host", "mail.agency.example"),
        ("smtp_host", "192.0.2.25"),
        ("smtp_host", "127.0.0.1.agency.example"),
        ("smtp_host", "0.0.0.0"),  # noqa: S104 - what is refused here
        ("smtp_host", ""),
        ("provider_url", "https://credits.example.edu"),
        ("provider_url", "http://127.0.0.1@credits.example.edu"),
        ("provider_url", "http://[2001:db8::1]:8091"),
        ("database_url", "postgresql+psycopg://cadre@db.agency.example/cadre"),
        ("database_url", "postgresql+psycopg:///cadre?host=db.agency.example"),
        ("database_url", "postgresql+psycopg://cadre@127.0.0.1/cadre"),
        ("database_url", "sqlite:////srv/cadre/cadre.db"),
        ("inbox_url", "s3://bucket/cadre"),
        ("inbox_url", "file:///srv/shared"),
        ("inbox_endpoint", "https://objects.agency.example"),
    ],
)
def test_a_practice_refuses_whatever_leads_out_of_it(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=f"unset CADRE_{name.upper()}"):
        Settings(environment="practice", **{name: value})  # type: ignore[arg-type] # texts, all of them


def test_all_that_leads_out_of_a_practice_is_told_at_once() -> None:
    elsewhere = {"smtp_host": "mail.agency.example", "provider_url": "https://credits.example.edu"}
    with pytest.raises(ValidationError, match="unset CADRE_PROVIDER_URL, CADRE_SMTP_HOST"):
        Settings(environment="practice", **elsewhere)  # type: ignore[arg-type] # texts, both of them


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.10"])
def test_a_practice_reaches_this_machine_by_each_of_its_names(host: str) -> None:
    assert Settings(environment="practice", smtp_host=host).smtp_host == host
