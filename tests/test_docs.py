"""The documents are true: what they point to is there, and nobody reads a word that the glossary has replaced."""

import re
import subprocess
from pathlib import Path

import pytest

from schemas.settings import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
TEXTS = frozenset({".py", ".md", ".txt", ".toml", ".yaml", ".html", ""})
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
# Words of other people's interfaces: Prefect's states, iCalendar, the HTTP sandbox's wire format, an operator's question text.
OTHERS = re.compile(
    r"""\bCancell(ed|ing)\b|CANCELL(ED|ING)|is_cancelled\(|'cancelled'|"cancelled"|[Ff]avourite colour"""
)
# The right columns of the glossary, without the words that are right in another meaning ("part", "answer", "line of text").
REPLACED = re.compile(
    r"""
    \b(stands?|standing|wait|waits|position\ \d+)\ in\ line\b | \bto\ the\ line\b | \bstanding\ (response|submission)
    | \bClaim(s|Row|Record)?\b | \bseats_asked\b | \bhand(s|ed)?[ _]in\b | \b(tak(e|es|en)|took)[ _-]in\b
    | \b[Tt]ak(e|es|en|ing)\ (survey\ exports|a\ corrected\ file|files)\ in\b | \bhand(s|ed)?\ (it|them)\ in\b
    | \bwatched_process\b | \bformed_on\b | \bPLATFORM\b | \b[Aa]uthoris | \b[Tt]owards\b | \btell:\ (Callable|Tell)\b
    | \b[Ff]ates?\b | \bEvery\ equation\b | \bscenes?\b | \bby[ _-]hand\b | \btook_back\b | \bgiven\ out\b | \bgives?\ out\b
    | \b(insist|attest|leash|bearable|thrice|nought)\b | \bnext\ of\ kin\b | \bnames?\ on\ them\b | (time|clock)\ stands\ still
    | \bform[ _-]cohorts\b | \bWaiting\ list\b | \bwaiting\ list\b
    | [Ee]nrol(?!l) | [Cc]ancell(ed|ing)\b | \w*[Rr]ecognis | [Oo]rganis(?!t) | [Ss]ummaris | [Mm]inimis
    | [Mm]aximis | [Nn]ormalis | [Oo]ptimis | [Pp]rioritis | [Cc]olour | [Bb]ehaviour
    | [Ff]avour(?!ite\ colour) | [Hh]onour | [Ll]icence | \bcatalogue
    | [Cc]entre\b | \bmetre | [Pp]rogramme\b | [Ll]abelled | [Mm]odelled | [Tt]ravelled | \bfulfil\b | [Jj]udgement | \bgrey\b
    | \bwhilst\b | \bamongst\b
    """,
    re.VERBOSE,
)


def tracked() -> list[Path]:
    """Every text of the repository but the glossary, which names what it replaces, and the tests that know the old words."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607 - from the path
    paths = [ROOT / name for name in found.split("\0") if name]
    tests = {Path(__file__), ROOT / "tests/tasks/letters/test_templates.py"}
    left_out = {GLOSSARY, ROOT / "LICENSE", *tests}
    return [path for path in paths if path.suffix in TEXTS and path.is_file() and path not in left_out]


def test_no_name_message_letter_or_page_has_a_word_that_the_glossary_has_replaced() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for match in REPLACED.finditer(OTHERS.sub("", line))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file_of_the_repository(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if ":" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return
    text = page.read_text(encoding="utf-8")
    rooms = "flows|tasks|rules|schemas|deployments|tests|docs|benchmarks"
    named = re.findall(rf"`((?:{rooms})/[\w./*-]+)`", text)
    planned = re.findall(rf"`((?:{rooms})/[\w./*-]+)`[^|\n]*, is planned", text)
    assert [path for path in named if path not in planned and not any(ROOT.glob(path.rstrip("/")))] == []


def test_where_is_answers_what_a_stranger_asks() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    asked = ("the 80 %", "tells a result", "table of certificates", "last seat", "retry rule of the credit provider")
    assert [question for question in asked if not re.search(rf"\| .*{question}.* \| .*`[\w/.]+`", text)] == []


def test_decisions_have_one_form_and_stand_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for page in sorted(folder.glob("0*.md")):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE)[:4] == ["Status", "Context", "Decision", "Consequences"], (
            page
        )
        assert page.name in index


def test_the_version_is_one_and_the_changelog_has_released_it() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert re.search(
        rf"^## {re.escape(version[1])} - \d{{4}}-\d\d-\d\d$",
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )


def test_every_promise_has_its_limit_and_a_test_that_is_there() -> None:
    rows = [row for row in (ROOT / "docs" / "promises.md").read_text(encoding="utf-8").splitlines() if row[:2] == "| "]
    found = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if "| promise |" not in row]
    assert len(found) > 50
    for promise, limit, tests in found:
        assert len(limit) > 10, promise
        assert re.findall(r"`(tests/[\w/.]+\.py)`", tests), promise
