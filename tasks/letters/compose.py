"""Letters: one template each, sent as plain text and as HTML, with calendar files where there is something to attend.

A template is plain text of paragraphs and lists; the HTML is made of it. What people wrote is only shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt

from schemas import statuses
from schemas.policy import Policy
from tasks.letters.calendar_files import Meeting, cancellation, invitation
from tasks.letters.wording import FILTERS

TEMPLATES = Path(__file__).parent / "templates"
MARKDOWN = MarkdownIt("zero").enable("list")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to be: its key (one letter for one key, ever), template, recipient, what the template needs, and meetings.

    ``meetings`` are put in the recipient's calendar, ``off`` are taken out of it; ``credential`` names the certificate whose
    signed credential goes with it. ``written_to`` is the address of record of somebody who has another one by now, and empty
    where the letter is for just this address.
    """

    key: str
    template: str
    to: str
    context: Mapping[str, Any]
    meetings: Sequence[Meeting] = ()
    off: Sequence[Meeting] = ()
    credential: str = ""
    written_to: str | None = None


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(  # noqa: S701 - the letters are plain text, where escaping would show
        loader=FileSystemLoader(sorted(path for path in TEMPLATES.iterdir() if path.is_dir())),  # a folder a subject
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(vars(statuses))  # a template compares with RoundKind.FIRST, not with a text
    return environment


@lru_cache
def _template(name: str) -> Template:
    """A template; what all of them know becomes one plain dict, which is copied for each letter several times faster."""
    template = _templates().get_template(f"{name}.txt")
    template.globals = dict(template.globals)
    return template


@lru_cache(maxsize=1)
def _frames() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True)


def compose(letter: Letter, policy: Policy, as_of: datetime) -> dict[str, Any]:
    """The letter as it will be sent; the template's first line is its subject, and ``today`` is the local day of writing."""
    today = policy.local_day(as_of)
    text = _template(letter.template).render(policy=policy, today=today, **letter.context)
    subject, _, body = text.partition("\n")
    organizer = parseaddr(policy.letters.sender)[1] if letter.meetings or letter.off else ""
    calendars = [
        *invitation("meetings", letter.meetings, organizer, as_of),
        *cancellation("canceled", letter.off, organizer, as_of),
    ]
    return {
        "to": letter.to,
        "subject": subject.removeprefix("Subject: ").strip(),
        "body": f"{body.strip()}\n\n{policy.letters.signature}\n",
        "template": letter.template,
        **({"calendars": calendars} if calendars else {}),
        **({"credential": letter.credential} if letter.credential else {}),
        **({"written_to": letter.written_to} if letter.written_to is not None else {}),
    }


def as_html(subject: str, body: str) -> str:
    """The letter's text as a page for mail programs: what was written in it is shown, never run."""
    return _frames().get_template("frame.html").render(subject=subject, body=MARKDOWN.render(body))
