"""The survey tool's own interface: responses page by page into the watched folder, where they are files like any other.

The tool's ETag says whether anything is new. It is kept only once the responses lie in the folder, so that a run that is killed
in between fetches them again; the same responses are the same file, and the same response is one response.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.policy import HttpSurvey
from schemas.settings import settings
from schemas.tables import HttpSource
from tasks.core.database import reading, transaction, upsert
from tasks.core.http_client import call_with_retry, checked, secret_token
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.intake.inbox import put_into_inbox

NAME = "the survey tool"
NOT_MODIFIED = 304
MAXIMUM_PAGES = 10_000


class SurveySourceError(RuntimeError):
    """The survey tool's interface rejects us, or answers something else than responses."""


@step
def fetch_responses(season: str, as_of: datetime) -> Path | None:
    """Fetch the responses if the policy names an interface and something is new there; the file in the watched folder.

    Raises:
        ServiceDownError: the tool was not reached in any of the tries.
        SurveySourceError: it rejects us, or its answer cannot be understood.
    """
    source = policy_of(season).survey.source
    if not source.url:
        return None
    token = secret_token(settings().survey_token_block, settings().survey_token)
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=httpx.Timeout(30.0)) as client:
        first = _get(client, source.url, {"limit": str(source.page_limit)}, _etag(season, source.url))
        if first.status_code == NOT_MODIFIED:
            return None
        path = put_into_inbox(InputKind.SURVEY, "http", ".jsonl", _lines(client, first, source))
    row = {"season": season, "url": source.url, "etag": first.headers.get("ETag", ""), "fetched_at": as_of}
    with transaction() as db:
        upsert(db, HttpSource, [row])
    return path


def _etag(season: str, url: str) -> str:
    with reading() as db:
        query = select(HttpSource.etag).where(HttpSource.season == season, HttpSource.url == url)
        return db.scalar(query) or ""


def _get(client: httpx.Client, url: str, params: dict[str, str], etag: str = "") -> httpx.Response:
    headers = {"If-None-Match": etag} if etag else {}
    response = call_with_retry(NAME, lambda _: checked(NAME, client.get(url, params=params or None, headers=headers)))
    if response.status_code == NOT_MODIFIED or response.is_success:
        return response
    raise SurveySourceError(
        f"{NAME} answered {response.status_code} at {url}; check the address in the policy and the token."
    )


def _lines(client: httpx.Client, first: httpx.Response, source: HttpSurvey) -> Iterator[bytes]:
    """Every response as a line of JSON, over all pages; each page names the next."""
    response, seen = first, {source.url}
    for _ in range(MAXIMUM_PAGES):
        page = _page(response)
        yield from (orjson.dumps(record) + b"\n" for record in page["responses"])
        following = page.get("next")
        if not following:
            return
        url = str(response.url.join(str(following)))
        if url in seen or httpx.URL(url).host != httpx.URL(source.url).host:
            raise SurveySourceError(f"{NAME} names the page {url} as the next, which is no next page of {source.url}.")
        seen.add(url)
        response = _get(client, url, {})
    raise SurveySourceError(f"{NAME} has more than {MAXIMUM_PAGES:,} pages.")


def _page(response: httpx.Response) -> dict[str, Any]:
    try:
        page = orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise SurveySourceError(f"{NAME} answered something else than JSON at {response.url}: {error}") from error
    if not isinstance(page, dict) or not isinstance(page.get("responses"), list):
        raise SurveySourceError(f"{NAME} answered JSON without a list of responses at {response.url}.")
    return page
