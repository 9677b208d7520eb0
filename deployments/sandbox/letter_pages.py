"""Pages on which all letters that the mail server to try against has received can be read, newest first.

They are made from its files at each request. What a letter holds is only shown: it is escaped, and no page runs a script.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy as mail
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tasks.core.clock import now

PAGES = Path(__file__).parent / "pages"
LETTERS_ON_A_PAGE = 100
NAME = re.compile(r"[a-z0-9_-]+/[0-9a-f]+(\.\d+)?")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A letter as it was received: its name among the files, what it says, and what goes with it."""

    name: str
    kind: str
    to: str
    sender: str
    subject: str
    written_at: datetime
    received_ns: int
    text: str
    attachments: tuple[str, ...]

    def holds(self, words: Iterable[str]) -> bool:
        """Whether every word is somewhere in it, whatever its case."""
        whole = f"{self.to}\n{self.subject}\n{self.kind}\n{self.text}\n{' '.join(self.attachments)}".casefold()
        return all(word in whole for word in words)


def read_letter(folder: Path, path: Path) -> ReceivedLetter:
    """A letter from its file."""
    found = BytesParser(EmailMessage, policy=mail.default).parsebytes(path.read_bytes())
    body = found.get_body(("plain",))
    return ReceivedLetter(
        name=str(path.relative_to(folder).with_suffix("")),
        kind=path.parent.name.replace("_", " "),
        to=_header(found, "To"),
        sender=_header(found, "From"),
        subject=_header(found, "Subject"),
        written_at=_written_at(found),
        received_ns=path.stat().st_mtime_ns,
        text=str(body.get_content()) if body else "",
        attachments=tuple(
            part.get_filename() or part.get_content_type()
            for part in found.walk()
            if part.get_filename() or part.get_content_type() == "text/calendar"
        ),
    )


def _header(found: EmailMessage, name: str) -> str:
    return str(found[name] or "")


def _written_at(found: EmailMessage) -> datetime:
    try:
        moment = parsedate_to_datetime(_header(found, "Date"))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class MailFolder:
    """The letters in the mail server's folder; each file is read once, since it never changes."""

    def __init__(self, folder: Path) -> None:
        """Letters are found below the folder, one folder a kind."""
        self._folder = folder
        self._known: dict[Path, ReceivedLetter] = {}

    def letters(self, text: str = "") -> list[ReceivedLetter]:
        """Those in which every word of the text is, the newest first."""
        for path in self._folder.glob("*/*.eml"):
            if path not in self._known:
                self._known[path] = read_letter(self._folder, path)
        words = text.casefold().split()
        found = (letter for letter in self._known.values() if letter.holds(words))
        return sorted(found, key=lambda letter: (letter.written_at, letter.received_ns), reverse=True)

    def letter(self, name: str) -> ReceivedLetter | None:
        """The letter of a name; none where there is no such letter."""
        path = self._folder / f"{name}.eml"
        return read_letter(self._folder, path) if NAME.fullmatch(name) and path.is_file() else None


def build_app(folder: Path, zone: ZoneInfo) -> FastAPI:
    """The server of the pages; days and times are shown in the program's zone."""
    app = FastAPI(title="Letters", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    box, templates = MailFolder(folder), _templates(zone)

    @app.middleware("http")
    async def harden(request: Request, go_on: RequestResponseEndpoint) -> Response:
        response = await go_on(request)
        response.headers.update(HEADERS)
        return response

    @app.get("/letters.css")
    def style() -> FileResponse:
        return FileResponse(PAGES / "letters.css", media_type="text/css")

    @app.get("/", response_class=HTMLResponse)
    def letters(
        q: Annotated[str, Query(max_length=200)] = "", page: Annotated[int, Query(ge=1, le=100_000)] = 1
    ) -> str:
        found = box.letters(q)
        first = (page - 1) * LETTERS_ON_A_PAGE
        facts = {"text": q, "count": len(found), "letters": found[first : first + LETTERS_ON_A_PAGE], "page": page}
        pages = max(1, -(-len(found) // LETTERS_ON_A_PAGE))
        return templates.get_template("letters.html").render(**facts, pages=pages, today=now())

    @app.get("/letter/{name:path}", response_class=HTMLResponse)
    def letter(name: str) -> str:
        found = box.letter(name)
        if found is None:
            raise HTTPException(404, "There is no such letter.")
        return templates.get_template("letter.html").render(letter=found)

    return app


def _templates(zone: ZoneInfo) -> Environment:
    def day(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return f"{local:%A, %B} {local.day}, {local:%Y}"

    def time(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H:%M}"

    found = Environment(loader=FileSystemLoader(PAGES), undefined=StrictUndefined, autoescape=True)
    found.filters.update({"day": day, "time": time})
    return found
