"""Letters in the browser: what the mail server received, newest first, each as its reader got it, and nothing of it runs."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.letter_pages import LETTERS_ON_A_PAGE

SCRIPT = "<script>alert(1)</script>"


def letter(number: int, to: str = "lead@lea.example", subject: str = "", text: str = "Dear Ada,\n") -> EmailMessage:
    found = EmailMessage()
    found["Message-ID"] = f"<{number}@cadre.example>"
    found["From"], found["To"], found["Subject"] = "program@cadre.example", to, subject or f"Letter {number}"
    found["Date"] = f"Wed, 15 Jun 2022 {13 + number // 60:02d}:{number % 60:02d}:00 +0000"
    found["X-Cadre-Letter"] = "seats_decided"
    found.set_content(text)
    return found


@pytest.fixture
def pages(start: Any) -> Iterator[httpx.Client]:
    """The pages beside the mail server, on the same data directory."""
    with httpx.Client(base_url=start("letters").url) as http:
        yield http


@pytest.fixture
def send(start: Any) -> Any:
    """Send letters through the real server."""
    server = start("mail")

    def to_server(*letters: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", server.port) as smtp:
            for item in letters:
                smtp.send_message(item)

    return to_server


def test_a_folder_without_letters_says_so(pages: httpx.Client) -> None:
    assert "No letter has been delivered yet." in pages.get("/").text


def test_letters_are_listed_newest_first_with_recipient_subject_and_day(pages: httpx.Client, send: Any) -> None:
    send(letter(2, subject="Your seats"), letter(5, "new.lead@lea.example"), letter(3))
    text = pages.get("/").text
    assert [text.index(word) for word in ("Letter 5", "Letter 3", "Your seats")] == sorted(
        text.index(word) for word in ("Letter 5", "Letter 3", "Your seats")
    )
    assert "To new.lead@lea.example · Wednesday, June 15, 2022, 09:05" in text
    assert "3 letters, the newest first" in text


def test_a_letter_can_be_read_with_the_names_of_what_is_attached(pages: httpx.Client, send: Any) -> None:
    found = letter(1, subject="Café: dates", text="Dear Zoë,\n\nWe begin on Monday.\n")
    found.add_attachment("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", filename="meetings.ics")
    found.add_attachment(b"{}", maintype="application", subtype="json", filename="certificate.json")
    send(found)
    (path,) = [line.split('"')[1] for line in pages.get("/").text.splitlines() if "/letter/" in line]
    text = pages.get(path).text
    for told in (
        "Café: dates",
        "Dear Zoë,",
        "We begin on Monday.",
        "meetings.ics, certificate.json",
        "lead@lea.example",
    ):
        assert told in text


def test_a_filter_finds_words_of_the_text_the_subject_and_the_recipient(pages: httpx.Client, send: Any) -> None:
    send(
        letter(1, text="Your COHORT meets\n"),
        letter(2, subject="Cohort dates"),
        letter(3, "cohort@lea.example"),
        letter(4),
    )
    text = pages.get("/", params={"q": "cohort"}).text
    assert "3 letters with “cohort”" in text
    assert "Letter 4" not in text
    assert "1 letter with “cohort meets”" in pages.get("/", params={"q": "cohort meets"}).text
    assert "No letter has these words." in pages.get("/", params={"q": "certificate"}).text


def test_many_letters_are_shown_page_by_page(pages: httpx.Client, send: Any) -> None:
    send(*(letter(number) for number in range(LETTERS_ON_A_PAGE + 3)))
    first, second = (pages.get("/", params={"page": number}).text for number in (1, 2))
    assert (first.count("/letter/"), second.count("/letter/")) == (LETTERS_ON_A_PAGE, 3)
    assert "Page 1 of 2" in first
    assert 'href="/?q=&amp;page=2"' in first


def test_what_a_letter_holds_is_shown_and_never_run(pages: httpx.Client, send: Any) -> None:
    send(letter(1, subject=SCRIPT, text=f"{SCRIPT}\n"))
    page = pages.get("/", params={"q": SCRIPT})
    (path,) = [line.split('"')[1] for line in page.text.splitlines() if "/letter/" in line]
    for shown in (page, pages.get(path)):
        assert SCRIPT not in shown.text
        assert "&lt;script&gt;" in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'self';")
        assert "<style" not in shown.text
        assert 'style="' not in shown.text


@pytest.mark.parametrize("name", ["../../server.auth", "seats_decided/..%2f..%2fserver", "seats_decided/none", ""])
def test_only_letters_are_served(pages: httpx.Client, tmp_path: Path, name: str) -> None:
    (tmp_path / "server.auth").write_text("cadre:secret", encoding="ascii")
    (tmp_path / "server.eml").write_text("To: nobody\n\nsecret", encoding="ascii")
    answer = pages.get(f"/letter/{name}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_page_of_another_name_that_leads_here_is_refused(pages: httpx.Client) -> None:
    assert pages.get("/", headers={"host": "letters.attacker.example"}).status_code == 400


def test_the_pages_follow_the_readers_colors_and_fit_a_narrow_screen(pages: httpx.Client) -> None:
    style = pages.get("/letters.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text
    assert 'name="viewport" content="width=device-width' in pages.get("/").text
