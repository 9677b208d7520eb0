"""Opt-ins to requests to transcripts, through a real Prefect server and a real provider."""

from typing import Any

import pytest
from prefect.blocks.system import Secret

from schemas.settings import settings
from tasks.credits.provider import provider_token

pytestmark = pytest.mark.xdist_group("sqlite")


def test_the_token_comes_from_the_secret_block_and_else_from_the_environment(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN", "from-the-environment")
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN_BLOCK", "token-of-this-test")
    settings.cache_clear()
    assert server.api_url
    assert provider_token(settings()) == "from-the-environment"
    Secret(value="from-the-block").save("token-of-this-test")
    assert provider_token(settings()) == "from-the-block"
