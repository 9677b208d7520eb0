"""What an answer of somebody else's server means: the three kinds of "no", told apart in one place for HTTP and for SMTP.

*Refused* is a value, and only where the service's documented answer says so about this one item. *Temporary* means: try again.
*Set up wrong* is everything else, also what nobody has documented: a person must look, and no item is touched.
"""

from collections.abc import Container
from dataclasses import dataclass

import httpx

from schemas.statuses import AnswerKind, SmtpStage
from tasks.core.step import ServiceSetupError

TEMPORARY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
TOKEN_STATUS = frozenset({401, 403})
JSON_TYPES = ("application/json", "+json")

# RFC 5321, 4.3.2: what accepts a sender, a recipient, and a letter. Another 2yz or 3yz is the reply to something else.
ACCEPTED_REPLIES = {
    SmtpStage.GREETING: frozenset({220}),
    SmtpStage.LOGIN: frozenset({235}),
    SmtpStage.SENDER: frozenset({250}),
    SmtpStage.RECIPIENT: frozenset({250, 251, 252}),
    SmtpStage.CONTENT: frozenset({250}),
}
# RFC 5321, 4.2: what a permanent reply says of one letter only, by where in the conversation it comes.
REFUSED_REPLIES = {
    SmtpStage.SENDER: frozenset({552}),  # this letter is too big
    SmtpStage.RECIPIENT: frozenset({550, 551, 552, 553, 556}),
    SmtpStage.CONTENT: frozenset({550, 552, 553, 554}),
}


@dataclass(frozen=True, slots=True)
class HttpService:
    """Somebody else's server, and where its settings are, for the sentences that say what to do."""

    name: str
    address_setting: str
    token_setting: str


def kind_of_http(response: httpx.Response, documented: Container[int]) -> AnswerKind:
    """What an HTTP answer means by its status and content type; ``documented`` are the codes that come with a documented body.

    *Done* says only that the body may be read: whether it has its documented form, and whether it refuses, the body says.
    """
    if response.status_code in TEMPORARY_STATUS:
        return AnswerKind.TEMPORARY
    if response.status_code in documented and is_json(response):
        return AnswerKind.DONE
    return AnswerKind.SET_UP_WRONG


def is_json(response: httpx.Response) -> bool:
    """Whether an answer says that its body is JSON."""
    media_type: str = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type.endswith(JSON_TYPES)


def set_up_wrong(service: HttpService, asked: str, response: httpx.Response, why: str = "") -> ServiceSetupError:
    """The fault of an answer that says that we are set up wrong, or that nobody has documented.

    ``asked`` and ``why`` are our own words: neither the address asked nor the body is told, for people may stand in both.
    """
    told = f"answered {response.status_code}{why} to {asked}"
    remedy = (
        f"Check the address ({service.address_setting}); if it is right, the service has changed: call an engineer."
    )
    if response.status_code in TOKEN_STATUS:
        remedy = f"Check the token ({service.token_setting})."
    return ServiceSetupError(f"{service.name.capitalize()} {told}. {remedy}")


def kind_of_smtp(code: int, stage: SmtpStage) -> AnswerKind:
    """What an SMTP reply means: 4yz is temporary, and 5yz refuses one letter only where it can be about nothing else."""
    if code in ACCEPTED_REPLIES.get(stage, ()):
        return AnswerKind.DONE
    if 400 <= code < 500:  # noqa: PLR2004 - RFC 5321: 4yz
        return AnswerKind.TEMPORARY
    return AnswerKind.REFUSED if code in REFUSED_REPLIES.get(stage, ()) else AnswerKind.SET_UP_WRONG
