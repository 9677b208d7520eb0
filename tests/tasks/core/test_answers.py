"""The three kinds of answer: what each HTTP status and each SMTP reply means."""

import httpx
import pytest

from schemas.statuses import AnswerKind, SmtpStage
from tasks.core.answers import HttpService, kind_of_http, kind_of_smtp, set_up_wrong

SERVICE = HttpService("the tool", "TOOL_URL", "TOOL_TOKEN")


def answer(status: int, content_type: str = "application/json") -> httpx.Response:
    return httpx.Response(status, headers={"Content-Type": content_type}, text="{}")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_try_again_is_said_by_these_statuses_whatever_their_body(status: int) -> None:
    assert kind_of_http(answer(status, "text/html"), {200, status}) == AnswerKind.TEMPORARY


@pytest.mark.parametrize("status", [204, 301, 302, 304, 401, 403, 404, 409, 410, 418, 422, 501, 520, 599])
def test_an_undocumented_status_is_never_a_refusal(status: int) -> None:
    assert kind_of_http(answer(status), {200, 202}) == AnswerKind.SET_UP_WRONG


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/json", AnswerKind.DONE),
        ("Application/JSON; charset=utf-8", AnswerKind.DONE),
        ("application/problem+json", AnswerKind.DONE),
        ("text/html", AnswerKind.SET_UP_WRONG),
        ("", AnswerKind.SET_UP_WRONG),
    ],
)
def test_a_documented_status_counts_only_with_json(content_type: str, kind: AnswerKind) -> None:
    assert kind_of_http(answer(200, content_type), {200}) == kind


@pytest.mark.parametrize(("status", "remedy"), [(401, "TOOL_TOKEN"), (403, "TOOL_TOKEN"), (302, "TOOL_URL")])
def test_the_remedy_names_the_setting(status: int, remedy: str) -> None:
    told = str(set_up_wrong(SERVICE, "a question", answer(status)))
    assert told.startswith(f"The tool answered {status} to a question. ")
    assert remedy in told


@pytest.mark.parametrize(
    ("code", "stage", "kind"),
    [
        (220, SmtpStage.GREETING, AnswerKind.DONE),
        (235, SmtpStage.LOGIN, AnswerKind.DONE),
        (250, SmtpStage.CONTENT, AnswerKind.DONE),
        (251, SmtpStage.RECIPIENT, AnswerKind.DONE),
        (354, SmtpStage.CONTENT, AnswerKind.SET_UP_WRONG),  # which is the reply to DATA, and accepts no letter
        (421, SmtpStage.CONTENT, AnswerKind.TEMPORARY),
        (450, SmtpStage.RECIPIENT, AnswerKind.TEMPORARY),
        (454, SmtpStage.LOGIN, AnswerKind.TEMPORARY),
        (550, SmtpStage.RECIPIENT, AnswerKind.REFUSED),
        (553, SmtpStage.RECIPIENT, AnswerKind.REFUSED),
        (554, SmtpStage.CONTENT, AnswerKind.REFUSED),
        (552, SmtpStage.SENDER, AnswerKind.REFUSED),
        (550, SmtpStage.SENDER, AnswerKind.SET_UP_WRONG),
        (554, SmtpStage.GREETING, AnswerKind.SET_UP_WRONG),
        (554, SmtpStage.RECIPIENT, AnswerKind.SET_UP_WRONG),  # how servers say "relay access denied"
        (530, SmtpStage.SENDER, AnswerKind.SET_UP_WRONG),
        (535, SmtpStage.LOGIN, AnswerKind.SET_UP_WRONG),
        (503, SmtpStage.RECIPIENT, AnswerKind.SET_UP_WRONG),
        (-1, SmtpStage.GREETING, AnswerKind.SET_UP_WRONG),
        (999, SmtpStage.CONTENT, AnswerKind.SET_UP_WRONG),
    ],
)
def test_an_smtp_reply_refuses_one_letter_only_where_it_can_be_about_nothing_else(
    code: int, stage: SmtpStage, kind: AnswerKind
) -> None:
    assert kind_of_smtp(code, stage) == kind
