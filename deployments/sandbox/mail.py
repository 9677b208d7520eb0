"""A mail server to try the program against: real SMTP on loopback, each letter a file, by its Message-ID.

``deliveries.txt`` counts: a line, the Message-ID, for each time that a letter was accepted.
"""

import hashlib
import threading
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

DELIVERIES = "deliveries.txt"
REJECTED_DOMAIN = "bounces.example"


class LetterBox:
    """Keeps each letter once, in a folder of its kind; an address at ``bounces.example`` is rejected."""

    def __init__(self, folder: Path) -> None:
        """Keep letters under ``folder``."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept the recipient, unless the domain is the one that bounces."""
        if address.endswith(f"@{REJECTED_DOMAIN}"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        """Put the letter in its place; the same Message-ID is the same letter."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = message_from_bytes(content)
        with (self.folder / DELIVERIES).open("a", encoding="utf-8") as deliveries:
            deliveries.write(f"{message['Message-ID']}\n")
        name = hashlib.sha256((message["Message-ID"] or "").encode()).hexdigest()[:24]
        folder = self.folder / (message["X-Cadre-Letter"] or "other")
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{name}.tmp"
        draft.write_bytes(content)
        draft.replace(folder / f"{name}.eml")
        return "250 OK"


def serve(folder: Path, port: int) -> None:
    """Serve on loopback until the process is stopped."""
    Controller(LetterBox(folder), hostname="127.0.0.1", port=port).start()
    threading.Event().wait()
