"""A letter as bytes: any mail program reads what was written, and nothing that people wrote ends a header or a part."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.letters.mime import message_bytes, shown_address

NOW = datetime(2022, 7, 1, 13, 0, tzinfo=UTC)
ADDRESSES = ("Program staff <staff@agency.example>", "ada@lea.example")


def read(subject: str, body: str, signed: str = "", **more: Any) -> Any:
    payload = {"subject": subject, "body": body, "template": "commitment", **more}
    return message_from_bytes(message_bytes("2022/a", NOW, payload, *ADDRESSES, credential=signed), policy=default)


@given(subject=st.text(min_size=1, max_size=300), body=st.text(max_size=400))
def test_every_letter_is_read_as_it_was_written(subject: str, body: str) -> None:
    try:
        (subject + body).encode()
    except UnicodeEncodeError:
        return  # half a character, which no database keeps
    message = read(subject, body)
    assert message.get_body(("plain",)).get_payload(decode=True).decode() == body
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert set(message.keys()) == {
        *("Message-ID", "From", "To", "Subject", "Date", "X-Cadre-Letter", "MIME-Version", "Content-Type")
    }
    assert not message.defects


def test_calendar_files_and_the_credential_are_attached() -> None:
    calendars = [{"content": "BEGIN:VCALENDAR\r\n", "method": "PUBLISH", "name": "meetings.ics"}]
    message = read("Sessions", "Dear Zoé,", "header.payload.signature", calendars=calendars, credential="CERT-1")
    calendar, credential = message.iter_attachments()
    assert (calendar.get_filename(), calendar.get_content_type()) == ("meetings.ics", "text/calendar")
    assert calendar.get_param("method") == "PUBLISH"
    assert calendar.get_payload(decode=True) == b"BEGIN:VCALENDAR\r\n"
    assert (credential.get_filename(), credential.get_content_type()) == ("CERT-1.jwt", "application/vc+jwt")
    assert credential.get_payload(decode=True) == b"header.payload.signature"


def test_a_long_subject_in_other_letters_is_shown_whole() -> None:
    subject = "Zoë, čeština, 日本語 " * 12
    assert read(subject, "Dear Zoé,")["Subject"] == subject.strip()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("staff@agency.example", "staff@agency.example"),
        ("Program staff <staff@agency.example>", "Program staff <staff@agency.example>"),
        ("Büro <staff@agency.example>", "=?utf-8?b?QsO8cm8=?= <staff@agency.example>"),
    ],
)
def test_a_name_in_other_letters_is_encoded_and_the_address_is_not(address: str, shown: str) -> None:
    assert shown_address(address) == shown
