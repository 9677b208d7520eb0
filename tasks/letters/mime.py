"""A letter as the bytes of a mail (RFC 5322, RFC 2045): text, the same as HTML, calendar files, and a credential.

Every letter has the same few parts, so they are written as they are. The email package builds a tree of objects first, and asks
of each line whether it must be folded: that took longer than sending the letter.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from typing import Any

from tasks.letters.compose import as_html

MAIL_DOMAIN = "cadre.example"
CRLF = b"\r\n"


def message_id(key: str) -> str:
    """The Message-ID of the letter with a key: sent again it is the same letter to a mail system that looks at it."""
    return f"<{_name(key)}@{MAIL_DOMAIN}>"


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def message_bytes(
    key: str, written_at: datetime, payload: Mapping[str, Any], sender: str, recipient: str, *, credential: str = ""
) -> bytes:
    """A letter of the outbox, with these addresses; nothing in it can end a header or a part."""
    subject = " ".join(payload["subject"].split())
    headers = {
        "Message-ID": message_id(key),
        "From": sender,
        "To": recipient,
        "Subject": subject if subject.isascii() else Header(subject, "utf-8").encode(linesep="\r\n"),
        "Date": format_datetime(written_at),
        "X-Cadre-Letter": payload["template"],
        "MIME-Version": "1.0",
    }
    both = [
        _part("text/plain", payload["body"]),
        _part("text/html", as_html(payload["subject"], payload["body"])),
    ]
    mark = _name(key)
    parts = [_several("alternative", f"a-{mark}", both), *_attachments(payload, credential)]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return lines.encode() + _several("mixed", f"m-{mark}", parts)


def _attachments(payload: Mapping[str, Any], credential: str) -> list[bytes]:
    found = [
        _part("text/calendar", calendar["content"], f'; method="{calendar["method"]}"', calendar["name"])
        for calendar in payload.get("calendars", ())
    ]
    return (
        [*found, _part("application/vc+jwt", credential, name=f"{payload['credential']}.jwt")] if credential else found
    )


def _several(kind: str, mark: str, parts: Sequence[bytes]) -> bytes:
    """Parts one below the other; the mark between them begins with what no line of base64 has."""
    between = f"--=_{mark}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="=_{mark}"'.encode() + CRLF + CRLF
    return head + b"".join(between + CRLF + part + CRLF for part in parts) + between + b"--" + CRLF


def _part(kind: str, text: str, more: str = "", name: str = "") -> bytes:
    charset = '; charset="utf-8"' if kind.startswith("text/") else ""
    head = f"Content-Type: {kind}{charset}{more}\r\nContent-Transfer-Encoding: base64\r\n"
    head += f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
    return head.encode() + CRLF + base64.encodebytes(text.encode()).replace(b"\n", CRLF)


@lru_cache(maxsize=16)
def shown_address(address: str) -> str:
    """An address with its name, as a header shows it."""
    name, bare = parseaddr(address)
    return formataddr((name, bare)) if bare.isascii() else bare
