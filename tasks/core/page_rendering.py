"""Pages for people: rendered from templates, and put in their place whole."""

import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas import kinds, statuses

PAGES = Path(__file__).parent / "pages"


def render_page(name: str, **facts: Any) -> str:
    """One of our pages with its facts; what a fact holds is shown, never run."""
    templates = Environment(loader=FileSystemLoader(PAGES), undefined=StrictUndefined, autoescape=True)
    templates.globals.update(
        {**vars(statuses), **vars(kinds)}
    )  # a page compares with CheckOutcome.PASS, not with a text
    return templates.get_template(name).render(**facts)


def write_page(path: Path, text: str) -> None:
    """Put a page or a note in place whole: nobody ever reads half of it, even if we are killed here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
