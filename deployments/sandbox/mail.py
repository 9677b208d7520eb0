"""A mail server to try the program against: real SMTP on loopback, which keeps every copy of every letter as a file.

``deliveries.txt`` has a line, the Message-ID, for each time that a letter was accepted. A file ``faults.json`` beside it lets
the server misbehave, from the next command on: see ``MailFaults``.
"""

import asyncio
import hashlib
import json
import ssl
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any, Literal, cast
from weakref import WeakKeyDictionary

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deployments.sandbox.certificate import write_certificate
from tasks.core.durable_files import write_durably

DELIVERIES = "deliveries.txt"
FAULTS = "faults.json"
REJECTED_DOMAIN = "bounces.example"
Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class MailFaults:
    """How the server misbehaves. The counts are of this server process, and of each kind the first are meant."""

    letters_per_connection: int = 0  # then 421, and the connection ends
    busy_recipients: int = 0  # that many recipients are told 450
    replies: Mapping[str, str] = field(default_factory=dict)  # to a recipient, by address
    drop_accepted: int = 0  # that many letters are accepted, and the connection ends before the reply
    drop_begun: int = 0  # that many letters are lost: the connection ends before they are accepted
    seconds_a_letter: float = 0.0

    def write(self, folder: Path) -> None:
        """Let the server with this folder misbehave so."""
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / FAULTS, json.dumps(asdict(self)).encode())


class LetterBox:
    """Keeps every copy of a letter, in a folder of its kind; an address at ``bounces.example`` is rejected."""

    def __init__(self, folder: Path, *, wants_login: bool = False, takes_ahead: bool = True) -> None:
        """Keep letters under ``folder``; ``takes_ahead`` is whether PIPELINING is offered (RFC 2920)."""
        self.folder = folder
        self._takes_ahead = takes_ahead
        self._wants_login = wants_login
        self._so_far: Counter[str] = Counter()
        self._letters: WeakKeyDictionary[Session, int] = WeakKeyDictionary()
        folder.mkdir(parents=True, exist_ok=True)

    def _faults(self) -> MailFaults:
        path = self.folder / FAULTS
        return MailFaults(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else MailFaults()

    def _is_due(self, kind: str, limit: int) -> bool:
        self._so_far[kind] += 1
        return self._so_far[kind] <= limit

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, session: Session, _envelope: Envelope, host: str, responses: list[str]
    ) -> list[str]:
        """Offer that commands may be sent ahead of their replies, as mail servers do; they are read line by line anyway."""
        session.host_name = host
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self._takes_ahead else responses

    async def handle_MAIL(  # noqa: N802 - see above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a letter, unless this connection has had its number, or nobody has logged in."""
        if self._wants_login and not session.authenticated:
            return "530 5.7.0 authentication required"
        limit = self._faults().letters_per_connection
        self._letters[session] = self._letters.get(session, 0) + 1
        if limit and self._letters[session] > limit:
            _hang_up(server)
            return "421 4.7.0 too many letters on this connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - see above
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept the recipient, unless the domain is the one that bounces."""
        faults = self._faults()
        if address in faults.replies:
            return faults.replies[address]
        if address.endswith(f"@{REJECTED_DOMAIN}"):
            return "550 5.1.1 no such mailbox"
        if self._is_due("busy_recipients", faults.busy_recipients):
            return "450 4.2.0 greylisted; come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        """Put the letter in its place."""
        faults = self._faults()
        if faults.seconds_a_letter:
            await asyncio.sleep(faults.seconds_a_letter)
        if self._is_due("drop_begun", faults.drop_begun):
            _transport(server).abort()
            return ""
        self._keep(envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode())
        if self._is_due("drop_accepted", faults.drop_accepted):
            _transport(server).abort()
        return "250 OK"

    def _keep(self, content: bytes) -> None:
        """One line and one file for each copy: the first copy has the name of its Message-ID, the others a number behind it."""
        headers = BytesHeaderParser().parsebytes(content)
        with (self.folder / DELIVERIES).open("a", encoding="utf-8") as deliveries:
            deliveries.write(f"{headers['Message-ID']}\n")
        name = hashlib.sha256((headers["Message-ID"] or "").encode()).hexdigest()[:24]
        folder = self.folder / (headers["X-Cadre-Letter"] or "other")
        folder.mkdir(parents=True, exist_ok=True)
        path, copy = folder / f"{name}.eml", 1
        while path.exists():
            copy += 1
            path = folder / f"{name}.{copy}.eml"
        draft = path.with_suffix(".tmp")
        draft.write_bytes(content)
        draft.replace(path)


def _transport(server: SMTP) -> asyncio.Transport:
    return cast("asyncio.Transport", server.transport)


def _hang_up(server: SMTP) -> None:
    """End the connection once the reply has gone out."""
    asyncio.get_running_loop().call_soon(_transport(server).close)


def controller(
    folder: Path,
    port: int,
    *,
    security: Security = "none",
    login: str = "",
    is_international: bool = True,
    takes_ahead: bool = True,
) -> Controller:
    """The server, not yet started; ``login`` is ``user:password``, and ``is_international`` whether it offers SMTPUTF8."""
    options: dict[str, Any] = {"enable_SMTPUTF8": is_international}
    if login:
        user, _, password = login.partition(":")
        options |= {"authenticator": _only(user, password), "auth_require_tls": False}
    if security != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(write_certificate(folder / "certificate.pem"))
        options |= {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    box = LetterBox(folder, wants_login=bool(login), takes_ahead=takes_ahead)
    return Controller(box, hostname="127.0.0.1", port=port, **options)


def _only(user: str, password: str) -> Any:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
        is_right = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    return check


def serve(
    folder: Path, port: int, *, security: Security = "none", login: str = "", is_international: bool = True
) -> None:
    """Serve on loopback until the process is stopped."""
    controller(folder, port, security=security, login=login, is_international=is_international).start()
    threading.Event().wait()
