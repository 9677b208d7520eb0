"""Every letter reads as a program office writes it, and `docs/letters/` shows each as it is today.

``make docs`` writes the pages again; review the difference like any other text.
"""

import os
import re
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from schemas.records import Difference, Ruling
from schemas.settings import ROOT
from tasks.letters.compose import TEMPLATES, Letter, compose
from tasks.letters.wording import plain_reason
from tests.factories.letters import EXAMPLES
from tests.factories.letters.example import Example
from tests.factories.season import policy

PAGES = ROOT / "docs" / "letters"
FILES = {path.stem: path for path in sorted(TEMPLATES.glob("*/*.txt"))}
CASES = [(name, example) for name in sorted(EXAMPLES) for example in EXAMPLES[name]]
BRITISH = r"enrol(?!l)|cancelled|waiting list|stand still|stands still|programme|colour|favour|organis|whilst"
OFFICE = r"\b(row|outbox|as_of|None(?! of)|True|False|rule id)\b|[a-z]+_[a-z]+"  # words of the developers


def written(name: str, example: Example) -> tuple[str, str]:
    letter = compose(Letter("key", name, "reader@ashford.example", example.context), policy(), example.as_of)
    return str(letter["subject"]), str(letter["body"])


def page_of(name: str) -> Path:
    return PAGES / FILES[name].parent.name / f"{name}.txt"


def page(name: str) -> str:
    """Every example of a letter, one below the other."""
    found = [(example.title, *written(name, example)) for example in EXAMPLES[name]]
    return "\n".join(f"=== {title} ===\nSubject: {subject}\n\n{body}" for title, subject, body in found)


def outside_reasons(text: str, found: Any) -> str:
    """The text without what rules and contracts say: their sentences have tests of their own."""
    if isinstance(found, Mapping):
        text = text.replace(found.get("remedy", ""), "") if "remedy" in found else text
        return outside_reasons(text, list(found.values()))
    if isinstance(found, list | tuple):
        return reduce(outside_reasons, found, text)
    if isinstance(found, Ruling | Difference):
        return text.replace(plain_reason(found.reason), "")
    return outside_reasons(text, getattr(found, "ruling", None) or getattr(found, "rulings", ()))


each = pytest.mark.parametrize(("name", "example"), CASES, ids=[f"{name}: {item.title}" for name, item in CASES])


def test_every_letter_has_an_example_and_every_example_a_letter() -> None:
    assert set(EXAMPLES) == set(FILES)
    assert all(EXAMPLES.values())


@each
def test_a_letter_opens_with_its_reader_and_a_capital(name: str, example: Example) -> None:
    subject, body = written(name, example)
    salutation, blank, first = body.split("\n")[:3]
    assert subject[0].isupper() or subject[0].isdigit()
    assert re.fullmatch(r"Dear \S.*,", salutation)
    assert blank == ""
    assert first[0].isupper() or first[0].isdigit()
    assert all(not line[0].islower() for line in body.split("\n\n") if line)


@each
def test_a_letter_says_days_numbers_and_words_as_its_reader_does(name: str, example: Example) -> None:
    whole = "\n".join(written(name, example))
    assert not re.findall(r"\d{4}-\d\d-\d\d", whole)
    text = outside_reasons(whole, example.context)
    assert not re.findall(r"\d\d:\d\d(?! [ap]\.m\.)", text)
    assert not re.findall(BRITISH, text, re.IGNORECASE)
    assert not re.findall(OFFICE, text)
    assert not re.findall(r"\b1 (seats|hours|weeks|points|courses|months|days|reviews|portfolios|sessions)\b", text)


@each
def test_a_letter_is_set_cleanly(name: str, example: Example) -> None:
    subject, body = written(name, example)
    assert "\n" not in subject
    assert "  " not in subject + body
    assert "\n\n\n" not in body
    assert not re.findall(r"[{}]|[ \t]\n|\.\.| [,.;:]", body)
    lines = body.split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("- ") and not lines[n - 1].startswith("- ")]
    assert all(lines[n - 1] == "" for n in starts), "a list begins after a blank line"
    paragraphs = [part.split("\n") for part in body.split("\n\n")]
    assert all(len(part) == 1 or all(line.startswith("- ") for line in part) for part in paragraphs if part[-1])


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_page_of_a_letter_shows_it_as_it_is_today(name: str) -> None:
    path, text = page_of(name), page(name)
    if os.environ.get("CADRE_WRITE_LETTERS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), "make docs writes it"
    assert path.read_text(encoding="utf-8") == text, "make docs writes it again"


def test_there_is_no_page_without_its_letter() -> None:
    assert set(PAGES.rglob("*.txt")) == {page_of(name) for name in FILES}
