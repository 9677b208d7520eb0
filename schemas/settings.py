"""Where this installation keeps its data and whom it talks to, read once from the environment (``CADRE_*``).

It lives in ``schemas/`` and not in ``deployments/`` because a Prefect worker loads a flow file by path: the tasks then
have nothing but the environment to learn from (docs/decisions/0002).
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.loopback import host_of, is_loopback

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_TLS = frozenset({"http", "ftp", "webhdfs", "memory"})
HOME = Path("var")
PRACTICE_CLOCK = "practice-clock.txt"


class Settings(BaseSettings):
    """One installation's settings; a value that does not validate stops the program with the variable's name."""

    model_config = SettingsConfigDict(env_prefix="CADRE_", frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["sample", "practice", "production"] = Field(
        default="sample", description="practice: what has a practice clock, and reaches nothing outside of this machine"
    )
    clock: Literal["real", "simulated"] = Field(
        default="real", description="simulated: runs may decide for days to come, as in the sample season"
    )
    home: Path = Field(default=HOME, description="the one folder that everything a run writes goes under")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty means SQLite under home")
    postgres_tools: str = Field(default="", description="the folder of pg_dump and pg_restore, if it is not on PATH")
    season: str = "2022"
    policy_folder: Path = ROOT / "deployments" / "seasons"
    provider_url: str = "http://127.0.0.1:8091"
    provider_timeout_seconds: float = Field(default=10.0, gt=0, description="how long one answer is waited for")
    provider_token: SecretStr = SecretStr("")
    provider_token_block: str = Field(default="credit-provider-token", description="Prefect Secret block to prefer")
    survey_token: SecretStr = SecretStr("")
    survey_token_block: str = Field(default="survey-token", description="Prefect Secret block to prefer")
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 8025
    smtp_security: Literal["none", "starttls", "tls"] = Field(default="none", description="tls: from the first byte on")
    smtp_ca_file: str = Field(default="", description="whose certificates are believed; empty means the system's")
    smtp_user: str = Field(default="", description="empty: no login")
    smtp_password: SecretStr = SecretStr("")
    smtp_password_block: str = Field(default="smtp-password", description="Prefect Secret block to prefer; none: empty")
    smtp_timeout_seconds: float = Field(default=30.0, gt=0, description="for each reply of the mail server")
    smtp_content_timeout_seconds: float = Field(
        default=600.0, gt=0, description="for the reply to a letter (RFC 5321, 4.5.3.2.6); less than a claim"
    )
    smtp_letters_per_connection: int = Field(default=100, ge=1, description="then the next connection is opened")
    outbox_claim_seconds: float = Field(
        default=1500.0,
        gt=0,
        description="after that long another sender takes a message up; ten replies must fit in half of it",
    )
    outbox_retry_base_seconds: float = Field(
        default=60.0, gt=0, description="until the second try; each more doubles it"
    )
    outbox_retry_longest_seconds: float = Field(default=4 * 3600.0, gt=0, description="between two tries at most")
    outbox_attempts: int = Field(default=36, ge=1, description="tries in all: with these delays about five days")
    retry_base_seconds: float = Field(default=1.0, gt=0, description="first backoff between tries of one request")
    retry_attempts: int = Field(default=5, ge=1, description="tries of one request in one run, the first included")
    circuit_seconds: float = Field(default=60.0, gt=0, description="how often a service that is set up wrong is tried")
    inbox_url: str = Field(
        default="",
        description="where the folders inbox and received are: empty means home; file:///..., s3://bucket/prefix",
    )
    inbox_endpoint: str = Field(default="", description="of an object store that is not Amazon's; https in production")
    inbox_region: str = Field(default="", description="of the bucket, where its store has regions")
    inbox_key_id: str = Field(default="", description="empty: the machine's role, or what AWS_* says")
    inbox_secret: SecretStr = SecretStr("")
    inbox_secret_block: str = Field(default="", description="Prefect Secret block to prefer; none: empty")
    inbox_rest_seconds: float = Field(default=5.0, ge=0, description="how long a file of the inbox has been left alone")

    @field_validator("home")
    @classmethod
    def _home_is_a_folder(cls, home: Path) -> Path:
        there = next(path for path in (home.absolute(), *home.absolute().parents) if os.path.lexists(path))
        if not there.is_dir():
            raise ValueError(f"{there} is no folder, and everything goes under one")
        return home

    @model_validator(mode="before")
    @classmethod
    def _a_practice_stays_one(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A data directory with a practice clock is opened as a practice installation, and as no other."""
        if not (Path(values.get("home", HOME)) / PRACTICE_CLOCK).exists():
            return values
        if values.get("environment", "practice") != "practice":
            raise ValueError("CADRE_HOME is the data directory of a practice installation; name another one")
        return {**values, "environment": "practice"}

    @model_validator(mode="after")
    def _a_practice_stays_on_this_machine(self) -> Self:
        if self.environment != "practice":
            return self
        texts = {name: getattr(self, name) for name in type(self).model_fields}
        hosts = {name: host_of(text) for name, text in texts.items() if isinstance(text, str) and "://" in text}
        hosts["smtp_host"] = self.smtp_host
        elsewhere = {name for name, host in hosts.items() if not is_loopback(host)}
        if self.database_url:  # that of another installation, even if it is on this machine
            elsewhere.add("database_url")
        if elsewhere:
            names = ", ".join(sorted(f"CADRE_{name}".upper() for name in elsewhere))
            raise ValueError(f"a practice reaches nothing but its own servers on this machine; unset {names}")
        return self

    @model_validator(mode="after")
    def _mail_goes_over_tls(self) -> Self:
        if self.smtp_security == "none" and self.environment == "production":
            raise ValueError("in production letters are sent over TLS only; set CADRE_SMTP_SECURITY to starttls or tls")
        if self.smtp_security == "none" and self.smtp_user:
            raise ValueError("a password is sent over TLS only; set CADRE_SMTP_SECURITY to starttls or tls")
        return self

    @model_validator(mode="after")
    def _clock_is_real_in_production(self) -> Self:
        if self.environment == "production" and self.clock == "simulated":
            raise ValueError("CADRE_CLOCK=simulated is for samples: in production no run may decide for a day to come")
        return self

    @model_validator(mode="after")
    def _inbox_is_named_without_secrets(self) -> Self:
        address = urlsplit(self.inbox_url)
        if self.inbox_url and not (address.scheme and (address.netloc or address.path.strip("/"))):
            raise ValueError("CADRE_INBOX_URL is no address, such as s3://bucket/prefix or file:///srv/cadre")
        if address.scheme == "file" and (address.netloc or not address.path.strip("/")):
            raise ValueError("CADRE_INBOX_URL names a folder with three slashes, as file:///srv/cadre")
        if "@" in address.netloc or address.query:
            raise ValueError(
                "CADRE_INBOX_URL holds no key and no secret; set CADRE_INBOX_KEY_ID and CADRE_INBOX_SECRET"
            )
        return self

    @model_validator(mode="after")
    def _inbox_goes_over_tls(self) -> Self:
        if self.environment != "production":
            return self
        endpoint = urlsplit(self.inbox_endpoint)
        if self.inbox_endpoint and (endpoint.scheme != "https" or not endpoint.hostname):
            raise ValueError(
                "in production an object store is asked over TLS only; set CADRE_INBOX_ENDPOINT to https://..."
            )
        if urlsplit(self.inbox_url).scheme in WITHOUT_TLS:
            raise ValueError("in production no files go over the network without TLS; set CADRE_INBOX_URL to s3://...")
        return self

    @property
    def folder(self) -> Path:
        """The data directory as an absolute path."""
        return self.home.resolve()

    @property
    def database(self) -> str:
        """The URL of the program's database."""
        return self.database_url or f"sqlite:///{self.folder / 'cadre.db'}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; ``settings.cache_clear()`` after a change of environment (tests only)."""
    return Settings()
