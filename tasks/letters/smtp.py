"""One connection to the mail server: opened when it is needed, opened again when the server ends it, and what replies mean.

A reply is about one letter, or about us: a wrong password stops everything and touches no letter (ARCHITECTURE rule 8).
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from schemas.settings import Settings, settings
from schemas.statuses import AnswerKind, SmtpStage
from tasks.core.answers import kind_of_smtp
from tasks.core.http_client import secret_token
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.letters.envelope import Envelope

NAME = "the mail server"
CLOSING = 421
GO_AHEAD = 354
Meanwhile = Callable[[], None]
WITHOUT_SMTPUTF8 = "before the @ it takes the letters a to z only (it offers no SMTPUTF8); ask for another address"
ABOUT_US = frozenset({530, 534, 535, 538})  # RFC 4954: login is wanted, too weak, wrong, or wants TLS
ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
REPLY_CHARACTERS = 300
CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f]"
)  # which a reply has no business to have, and PostgreSQL keeps no zero byte
# RFC 3463: 5.1 and 5.2 are about the recipient's address and mailbox, 5.3.4 about the letter's size. Servers without such codes
# say it in words, and deny relaying with the same numbers: what does not clearly name the mailbox may be about all of ours.
# 5.1.10 and 5.4.1 are what Microsoft's servers say of a recipient whom they do not know.
ABOUT_THE_LETTER = re.compile(
    r"\b5\.(1\.([1-36]|10)|2\.\d|3\.4)\b|\b5\.4\.1\b.{0,40}recipient address rejected", re.IGNORECASE
)
# Whatever code and mailbox they name: these words are about who sends.
ABOUT_THE_SENDER = re.compile(r"\bsender|\byour (account|mailbox|address|domain)\b|sendas|submission", re.IGNORECASE)
TOO_LARGE = re.compile(r"\b5\.3\.4\b|\b(size|big|large)\b", re.IGNORECASE)
ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
TOO_BIG = 552
_MAILBOX = r"(user|mailbox|mail box|recipient|account|address)"
MAILBOX = re.compile(
    rf"(no such|unknown|invalid|bad|nonexistent) (local )?{_MAILBOX}"
    rf"|\b{_MAILBOX}\b.{{0,80}}(unknown|not found|unavailable|not exist|n't exist|no longer|inactive|disabled|suspended|full)",
    re.IGNORECASE,
)


class ReplyKind(StrEnum):
    """What a reply of the mail server means for the letter."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    UNSENDABLE = "unsendable"  # not sent, and never can be
    LATER = "later"
    UNCERTAIN = "uncertain"  # the connection ended when the letter was under way; it may have arrived
    LOST = "lost"  # the connection ended, and the letter has not arrived
    SUSPECT = "suspect"  # about this letter, or about all of ours: "relaying denied"


MEANING = {
    AnswerKind.DONE: ReplyKind.ACCEPTED,
    AnswerKind.REFUSED: ReplyKind.REFUSED,
    AnswerKind.TEMPORARY: ReplyKind.LATER,
    AnswerKind.SET_UP_WRONG: ReplyKind.SUSPECT,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its words."""

    kind: ReplyKind
    text: str


def kind_of_reply(code: int, text: str, stage: SmtpStage) -> ReplyKind:
    """What a reply means for the letter (RFC 5321, RFC 3463).

    Raises:
        ServiceSetupError: it is about us, and not about the letter.
    """
    kind = kind_of_smtp(code, stage)
    if code == CLOSING or (kind is not AnswerKind.DONE and code < 400):  # noqa: PLR2004 - a reply to something else: out of step
        return ReplyKind.UNCERTAIN if code != CLOSING and stage is SmtpStage.CONTENT else ReplyKind.LOST
    if kind is AnswerKind.SET_UP_WRONG and (code in ABOUT_US or stage is SmtpStage.SENDER):
        raise turned_away(code, text)
    if kind is AnswerKind.REFUSED and stage is SmtpStage.SENDER and not TOO_LARGE.search(text):
        raise turned_away(code, text)  # nothing but the size of the letter has been told so far
    is_suspect = kind is AnswerKind.REFUSED and not _is_about_the_letter(code, text)
    return ReplyKind.SUSPECT if is_suspect else MEANING[kind]


def _is_about_the_letter(code: int, text: str) -> bool:
    """Whether a permanent reply can be about nothing but this letter: its size, or the mailbox that it goes to."""
    if ABOUT_THE_SENDER.search(text):
        return False
    if ENHANCED.search(text):
        return ABOUT_THE_LETTER.search(text) is not None
    return code == TOO_BIG or MAILBOX.search(text) is not None


def turned_away(code: int, text: str) -> ServiceSetupError:
    """The fault of a reply that says that we are set up wrong; nobody's address is told."""
    said = ADDRESS.sub("...", text)
    return ServiceSetupError(
        f"{NAME.capitalize()} takes no letters from us ({code} {said}). Check sender and login (CADRE_SMTP_*)."
    )


class MailConnection:
    """A connection that lasts for some letters, and is opened again whenever it must be."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._server: smtplib.SMTP | None = None
        self._letters = 0

    def close(self) -> None:
        """End the connection, politely where the server still listens."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except OSError:
                server.close()

    def send(self, envelope: Envelope, first: Meanwhile, meanwhile: Meanwhile) -> Reply:
        """Send a letter; once more on a new connection where the one in use had ended before the letter was begun.

        ``first`` is done while the server looks at the addresses, before the letter itself is sent; ``meanwhile`` while it
        takes the letter, and must not raise.

        Raises:
            ServiceDownError: the server cannot be reached.
            ServiceSetupError: it cannot be used as we are set up.
        """
        was_used = self._letters > 0
        reply = self._try(envelope, first, meanwhile)
        return self._try(envelope, first, meanwhile) if reply.kind is ReplyKind.LOST and was_used else reply

    def _ready(self) -> smtplib.SMTP:
        if self._server is not None and self._letters >= settings().smtp_letters_per_connection:
            self.close()
        if self._server is None:
            self._server, self._letters = connect(settings()), 0
        return self._server

    def _try(self, envelope: Envelope, first: Meanwhile, meanwhile: Meanwhile) -> Reply:
        server = self._ready()
        if not envelope.sender.isascii() and not server.has_extn("smtputf8"):
            raise ServiceSetupError(f"{NAME} cannot send from our own address: {WITHOUT_SMTPUTF8}")
        if envelope.is_international and not server.has_extn("smtputf8"):
            return Reply(ReplyKind.UNSENDABLE, f"{NAME} cannot deliver to it: {WITHOUT_SMTPUTF8}")
        self._letters += 1
        try:
            reply = _address(server, envelope, first)
            reply = _transmit(server, envelope, meanwhile) if reply.kind is ReplyKind.ACCEPTED else reply
        except OSError as error:  # which is what smtplib raises too
            reply = Reply(ReplyKind.LOST, f"the connection ended: {error}")
        except BaseException:  # half a letter is on this connection
            self._drop()
            raise
        self._tidy(server, reply)
        return reply

    def _tidy(self, server: smtplib.SMTP, reply: Reply) -> None:
        """Leave the connection ready for the next letter, or none."""
        try:
            if reply.kind in {ReplyKind.LOST, ReplyKind.UNCERTAIN}:
                self._drop()
            elif reply.kind is not ReplyKind.ACCEPTED:
                server.rset()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def _address(server: smtplib.SMTP, envelope: Envelope, first: Meanwhile) -> Reply:
    """Name sender and recipient: together where the server takes commands ahead of its replies (RFC 2920).

    Raises:
        ServiceSetupError: the sender is refused, which is the same for all letters.
    """
    options = [f"size={len(envelope.content)}"] if server.has_extn("size") else []
    options += ["SMTPUTF8", "BODY=8BITMIME"] if envelope.is_international else []
    server.command_encoding = "utf-8" if envelope.is_international else "ascii"
    sender = " ".join([f"MAIL FROM:<{envelope.sender}>", *options])
    recipient = f"RCPT TO:<{envelope.recipient}>"
    is_ahead = server.has_extn("pipelining")
    server.send(f"{sender}\r\n{recipient}\r\n" if is_ahead else f"{sender}\r\n")  # in addresses is no line's end
    first()
    about_sender = server.getreply()
    about_recipient = server.getreply() if is_ahead else None
    reply = _meaning(*about_sender, SmtpStage.SENDER)
    if reply.kind is not ReplyKind.ACCEPTED:
        return reply
    return _meaning(*(about_recipient or server.docmd(recipient)), SmtpStage.RECIPIENT)


def _transmit(server: smtplib.SMTP, envelope: Envelope, meanwhile: Meanwhile) -> Reply:
    """Send the letter itself; where no reply comes, nobody knows whether it was accepted."""
    code, words = server.docmd("DATA")
    if code != GO_AHEAD:
        reply = _meaning(code, words, SmtpStage.CONTENT)
        return reply if code >= 400 else Reply(ReplyKind.LOST, reply.text)  # noqa: PLR2004 - no content was sent
    try:
        server.send(envelope.content.replace(b"\r\n.", b"\r\n..") + b".\r\n")  # RFC 5321, 4.5.2: a dot alone is the end
        meanwhile()
        return _meaning(*_patient_reply(server), SmtpStage.CONTENT)
    except OSError as error:
        return Reply(ReplyKind.UNCERTAIN, f"the connection ended before the reply: {error}")


def _patient_reply(server: smtplib.SMTP) -> tuple[int, bytes]:
    """The reply to a letter, which a server may take long to look at: to give up on it would send a second copy."""
    if server.sock is not None:
        server.sock.settimeout(settings().smtp_content_timeout_seconds)
    try:
        return server.getreply()
    finally:
        if server.sock is not None:
            server.sock.settimeout(settings().smtp_timeout_seconds)


def _meaning(code: int, words: bytes | str, stage: SmtpStage) -> Reply:
    told = words.decode(errors="replace") if isinstance(words, bytes) else words
    text = " ".join(CONTROL.sub(" ", told).split())
    if len(text) > REPLY_CHARACTERS:  # at the end of a word: half an address is not seen to be one
        text = text[:REPLY_CHARACTERS].rpartition(" ")[0]
    return Reply(kind_of_reply(code, text, stage), f"{code} {text}")


def connect(config: Settings) -> smtplib.SMTP:
    """A connection that is ready for letters: encrypted and logged in as the settings say.

    Raises:
        ServiceDownError: the server does not answer, or not now.
        ServiceSetupError: encryption or login does not work.
    """
    server: smtplib.SMTP | None = None
    try:
        server = _open(config)
        if config.smtp_security == "starttls":
            server.starttls(context=_trust(config.smtp_ca_file))
        server.ehlo_or_helo_if_needed()
        if config.smtp_user:
            server.login(config.smtp_user, _password(config))
    except BaseException as error:
        if server is not None:
            server.close()
        raise _fault(error) from error
    return server


def _open(config: Settings) -> smtplib.SMTP:
    where, timeout = (config.smtp_host, config.smtp_port), config.smtp_timeout_seconds
    if config.smtp_security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=timeout, context=_trust(config.smtp_ca_file))
    return smtplib.SMTP(*where, timeout=timeout)


def _password(config: Settings) -> str:
    """The password from the Prefect Secret block, where one is named and there, else from ``CADRE_SMTP_PASSWORD``."""
    if not config.smtp_password_block:
        return config.smtp_password.get_secret_value()
    return secret_token(config.smtp_password_block, config.smtp_password)


@lru_cache(maxsize=2)
def _trust(ca_file: str) -> ssl.SSLContext:
    """Whose certificates are believed; reading them takes longer than a letter."""
    return ssl.create_default_context(cafile=ca_file or None)


def _fault(error: BaseException) -> BaseException:
    """What a failed connection means: the server is down, or we are set up wrong; anything else is what it was."""
    if isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500:  # noqa: PLR2004 - 4yz
        return ServiceDownError(f"{NAME} does not answer: {error}")
    is_broken = isinstance(error, smtplib.SMTPServerDisconnected | ssl.SSLEOFError)
    if isinstance(error, smtplib.SMTPException | ssl.SSLError) and not is_broken:
        return ServiceSetupError(f"{NAME} cannot be used as it is set up (CADRE_SMTP_*): {error}")
    return ServiceDownError(f"{NAME} does not answer: {error}") if isinstance(error, OSError) else error
