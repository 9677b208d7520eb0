"""The connection to the mail server: encrypted and logged in as the settings say, and no letter's fault where it is not."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings import Settings
from schemas.statuses import OutboxStatus, SmtpStage
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.letters.smtp import ReplyKind, kind_of_reply
from tests.tasks.letters.mailboxes import Serve, letter, rows, send, serve, use, write

__all__ = ["serve"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_letters_go_over_tls_to_a_server_that_wants_a_login(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    box = serve(security=security, login="cadre:right")
    certificate = str(box.folder / "certificate.pem")
    use(monkeypatch, smtp_security=security, smtp_ca_file=certificate)
    use(monkeypatch, smtp_user="cadre", smtp_password="right", smtp_password_block="")
    write(letter("a"), letter("b"))
    assert send() == 2
    assert box.copies_of("a", "b") == [1, 1]


WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a wrong password": (
        {"security": "tls", "login": "cadre:right"},
        {"smtp_security": "tls", "smtp_user": "cadre", "smtp_password": "wrong"},
    ),
    "no login where one is wanted": ({"security": "tls", "login": "cadre:right"}, {"smtp_security": "tls"}),
    "a login where none is offered": (
        {"security": "tls"},
        {"smtp_security": "tls", "smtp_user": "cadre", "smtp_password": "right"},
    ),
    "a certificate that nobody has signed": ({"security": "tls"}, {"smtp_security": "tls", "smtp_ca_file": ""}),
    "no STARTTLS": ({}, {"smtp_security": "starttls"}),
    "no TLS": ({}, {"smtp_security": "tls"}),
    "plain text where STARTTLS is wanted": ({"security": "starttls"}, {}),
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", WRONG)
def test_a_server_that_cannot_be_used_as_we_are_set_up_touches_no_letter(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, database: str, what: str
) -> None:
    assert database
    server, own = WRONG[what]
    box = serve(**server)
    trusted = {"smtp_ca_file": str(box.folder / "certificate.pem")} if server.get("security") else {}
    use(monkeypatch, smtp_password_block="", **{**trusted, **own})
    write(letter("a"))
    with pytest.raises(ServiceSetupError):
        send()
    waiting = rows()["a"]
    assert (waiting.status, waiting.attempts, waiting.answer) == (OutboxStatus.PENDING, 0, "")
    assert box.copies_of("a") == [0]


@pytest.mark.usefixtures("database")
def test_an_absent_server_touches_no_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, smtp_port=9)
    write(letter("a"))
    with pytest.raises(ServiceDownError, match="mail server"):
        send()
    assert (rows()["a"].status, rows()["a"].attempts) == (OutboxStatus.PENDING, 0)


@pytest.mark.parametrize(
    ("code", "text", "stage", "kind"),
    [
        (250, "OK", SmtpStage.CONTENT, ReplyKind.ACCEPTED),
        (421, "4.3.2 shutting down", SmtpStage.SENDER, ReplyKind.LOST),
        (450, "4.2.0 greylisted", SmtpStage.RECIPIENT, ReplyKind.LATER),
        (451, "4.3.0 not now", SmtpStage.SENDER, ReplyKind.LATER),
        (550, "5.1.1 no such mailbox", SmtpStage.RECIPIENT, ReplyKind.REFUSED),
        (552, "5.3.4 too large", SmtpStage.SENDER, ReplyKind.REFUSED),
        (550, "5.7.1 not from you", SmtpStage.RECIPIENT, ReplyKind.SUSPECT),
        (554, "5.7.1 relay access denied", SmtpStage.RECIPIENT, ReplyKind.SUSPECT),
        (550, "No such user here", SmtpStage.RECIPIENT, ReplyKind.REFUSED),
        (550, "ada@lea.example: mailbox unavailable", SmtpStage.RECIPIENT, ReplyKind.REFUSED),
        (552, "message too big", SmtpStage.CONTENT, ReplyKind.REFUSED),
        (550, "relay not permitted", SmtpStage.RECIPIENT, ReplyKind.SUSPECT),
        (
            553,
            "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
            SmtpStage.RECIPIENT,
            ReplyKind.SUSPECT,
        ),
        (550, "Access denied - Invalid HELO name", SmtpStage.RECIPIENT, ReplyKind.SUSPECT),
        (554, "rejected: listed at a block list", SmtpStage.CONTENT, ReplyKind.SUSPECT),
        (503, "5.5.1 bad sequence", SmtpStage.RECIPIENT, ReplyKind.SUSPECT),
        (599, "what", SmtpStage.CONTENT, ReplyKind.SUSPECT),
        (
            550,
            "Verification failed for <us@x.example> No Such User Here Sender verify failed",
            SmtpStage.RECIPIENT,
            ReplyKind.SUSPECT,
        ),
        (550, "<us@x.example>: Sender address rejected: Domain not found", SmtpStage.RECIPIENT, ReplyKind.SUSPECT),
        (550, "Your account has been temporarily suspended", SmtpStage.CONTENT, ReplyKind.SUSPECT),
        (554, "5.2.0 STOREDRV.Submission.Exception:SendAsDenied", SmtpStage.CONTENT, ReplyKind.SUSPECT),
    ],
)
def test_a_reply_means_one_thing(code: int, text: str, stage: SmtpStage, kind: ReplyKind) -> None:
    assert kind_of_reply(code, text, stage) is kind


@pytest.mark.parametrize(
    ("code", "stage", "words"),
    [
        (530, SmtpStage.RECIPIENT, "5.7.0 <ada@lea.example> not you"),
        (535, SmtpStage.CONTENT, "5.7.0 <ada@lea.example> not you"),
        (553, SmtpStage.SENDER, "5.7.0 <ada@lea.example> not you"),
        (552, SmtpStage.SENDER, "<ada@lea.example> Message quota of this sender exceeded"),
        (550, SmtpStage.SENDER, "<ada@lea.example> mailbox unavailable"),
    ],
)
def test_a_reply_about_our_login_or_our_sender_is_about_no_letter_and_names_nobody(
    code: int, stage: SmtpStage, words: str
) -> None:
    with pytest.raises(ServiceSetupError, match="CADRE_SMTP") as found:
        kind_of_reply(code, words, stage)
    assert "ada" not in str(found.value)


@pytest.mark.parametrize(
    "values", [{"environment": "production"}, {"smtp_user": "cadre", "smtp_password": "opens-the-door"}]
)
def test_a_mail_server_without_tls_is_rejected_with_a_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="CADRE_SMTP_SECURITY") as found:
        Settings(**values)
    assert "opens-the-door" not in str(found.value)
    assert Settings(**values, smtp_security="starttls").smtp_security == "starttls"
