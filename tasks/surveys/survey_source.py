"""The survey tool's own interface: responses page by page into the watched folder, where they are files like any other.

The tool's ETag says whether anything is new. It is kept only once the responses lie in the folder, so that a run that is killed
in between fetches them again; the same responses are the same file, and the same response is one response.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.policy import HttpSurvey
from schemas.settings import settings
from schemas.tables import HttpSource
from tasks.core.answers import HttpService, set_up_wrong
from tasks.core.database import reading, transaction, upsert
from tasks.core.http_client import call_with_retry, open_http_client, secret_token, understood
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.intake.inbox import put_into_inbox

NOT_MODIFIED = 304
MAXIMUM_PAGES = 10_000
TIMEOUT_SECONDS = 30.0
ASKED = "a request for responses"
SERVICE = HttpService(
    name="the survey tool",
    address_setting="survey.source.url in the policy",
    token_setting="the Prefect Secret block 'survey-token', or CADRE_SURVEY_TOKEN",  # noqa: S106 - where it is
)


class ResponsePage(BaseModel):
    """The documented body: responses, and the address of the next page, if there is one."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")
    responses: list[dict[str, Any]]
    next: str | None = None


DOCUMENTED = {200: ResponsePage}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as the tool documents it, and where it was; none where nothing is new."""

    response: httpx.Response
    page: ResponsePage | None


@step
def fetch_responses(season: str, as_of: datetime) -> Path | None:
    """Fetch the responses if the policy names an interface and something is new there; the file, from the inbox on.

    Raises:
        ServiceDownError: the tool was not reached in any of the tries.
        ServiceSetupError: its answer is none that it documents. Nothing is imported, and what was new stays new.
    """
    source = policy_of(season).survey.source
    if not source.url:
        return None
    token = secret_token(settings().survey_token_block, settings().survey_token)
    with open_http_client(token, timeout_seconds=TIMEOUT_SECONDS) as client:
        first = _get(client, source.url, {"limit": str(source.page_limit)}, _etag(season, source.url))
        if first.page is None:
            return None
        path = put_into_inbox(InputKind.SURVEY, season, "http", ".jsonl", _lines(client, first, source))
    row = {"season": season, "url": source.url, "etag": first.response.headers.get("ETag", ""), "fetched_at": as_of}
    with transaction() as db:
        upsert(db, HttpSource, [row])
    return path


def _etag(season: str, url: str) -> str:
    with reading() as db:
        query = select(HttpSource.etag).where(HttpSource.season == season, HttpSource.url == url)
        return db.scalar(query) or ""


def _get(client: httpx.Client, url: str, params: dict[str, str], etag: str = "") -> Fetched:
    """A page; or that nothing is new, where we said what we have (``etag``)."""
    headers = {"If-None-Match": etag} if etag else {}

    def once(_is_repeated: bool) -> Fetched:
        response = client.get(url, params=params or None, headers=headers)
        is_known = bool(etag) and response.status_code == NOT_MODIFIED
        return Fetched(response, None if is_known else understood(SERVICE, ASKED, response, DOCUMENTED))

    return call_with_retry(SERVICE, once)


def _lines(client: httpx.Client, first: Fetched, source: HttpSurvey) -> Iterator[bytes]:
    """Every response as a line of JSON, over all pages; each page names the next."""
    fetched, seen = first, {source.url}
    for _ in range(MAXIMUM_PAGES):
        if fetched.page is None:
            return
        yield from (to_json(record, inf_nan_mode="null") + b"\n" for record in fetched.page.responses)
        if not fetched.page.next:
            return
        url = str(fetched.response.url.join(fetched.page.next))
        if url in seen or httpx.URL(url).host != httpx.URL(source.url).host:
            raise set_up_wrong(SERVICE, ASKED, fetched.response, " with a next page that is none")
        seen.add(url)
        fetched = _get(client, url, {})
    raise set_up_wrong(SERVICE, ASKED, fetched.response, f" with more than {MAXIMUM_PAGES:,} pages")
