"""Talking to other people's servers over HTTP: what is tried again, how long is waited, and how tokens are kept.

Retried are transport errors and the temporary answers (``tasks.core.answers``) only; a 429 with its Retry-After.
"""

import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

import httpx
from prefect.blocks.system import Secret
from prefect.exceptions import ObjectNotFound
from pydantic import BaseModel, SecretStr, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from schemas.settings import settings
from schemas.statuses import AnswerKind
from tasks.core.answers import HttpService, kind_of_http, set_up_wrong
from tasks.core.circuit_breaker import circuit
from tasks.core.step import ItemSetupError, ServiceDownError, ServiceSetupError, UnansweredError

R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)
LONGEST_WAIT_SECONDS = 60.0
PHASES = 3  # of a question, each with a time limit of its own: connecting, sending, and waiting for the answer
NEVER_HELPS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)  # what we want to send is no HTTP
OTHER_FORM = " with a body that has not the documented form"
WAS_THERE = (httpx.ReadError, httpx.ReadTimeout, httpx.WriteError, httpx.WriteTimeout, httpx.RemoteProtocolError)
NO_MISTAKES: Mapping[int, type[BaseModel]] = {}


class TemporaryAnswerError(Exception):
    """The other side says to come back later."""

    def __init__(self, name: str, response: httpx.Response) -> None:
        """Keep how long it asks to wait."""
        super().__init__(f"{name} answered {response.status_code}")
        self.is_failure = response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
        wait = response.headers.get("Retry-After", "")
        self.wait_seconds = float(wait) if wait.isdecimal() else None


def secret_token(block_name: str, own: SecretStr) -> str:
    """The token from a Prefect Secret block, else from this installation's settings."""
    try:
        block: Secret[Any] = Secret.load(block_name)  # type: ignore[assignment]  # sync in a sync task
        return str(block.get())
    except (ValueError, ObjectNotFound):
        return own.get_secret_value()


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom every client trusts: made once, for that takes 10 ms and more."""
    return httpx.create_ssl_context()


def open_http_client(token: str, *, base_url: str = "", timeout_seconds: float) -> httpx.Client:
    """A client that bears a token and follows no redirect; the caller closes it."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=base_url, headers=headers, timeout=timeout_seconds, verify=_certificates())


def understood(
    service: HttpService,
    asked: str,
    response: httpx.Response,
    documented: Mapping[int, type[M]],
    mistakes: Mapping[int, type[BaseModel]] = NO_MISTAKES,
) -> M:
    """The documented answer: its body, by its status; ``asked`` says in our own words what was asked.

    ``mistakes`` are the documented answers that say that this one item cannot be taken as it is.

    Raises:
        TemporaryAnswerError: it says to come back later.
        ItemSetupError: it says that this one item is wrong.
        ServiceSetupError: everything else, also a body that has not the documented form.
    """
    kind = kind_of_http(response, {*documented, *mistakes})
    if kind is AnswerKind.TEMPORARY:
        raise TemporaryAnswerError(service.name, response)
    if kind is AnswerKind.SET_UP_WRONG:
        raise set_up_wrong(service, asked, response)
    if response.status_code in mistakes and _read(mistakes[response.status_code], response):
        raise ItemSetupError(f"{service.name.capitalize()} answered {response.status_code} to {asked}.")
    found = _read(documented[response.status_code], response) if response.status_code in documented else None
    if found is None:
        raise set_up_wrong(service, asked, response, OTHER_FORM)
    return found


def _read(form: type[M], response: httpx.Response) -> M | None:
    try:
        return form.model_validate_json(response.content)
    except ValidationError:  # whose text has values of the body, and stays out
        return None


def call_with_retry(service: HttpService, once: Callable[[bool], R]) -> R:
    """Try until an answer comes; each try but the first knows that an earlier one may have arrived.

    Enter it with no transaction open.

    Raises:
        UnansweredError: the other side was there, and failed, or said nothing, in all of the tries.
        ServiceDownError: it was not reached, or says to all of us to come later.
        ServiceSetupError: we are set up wrong, or the circuit is open.
    """
    with circuit(service.name) as is_trial:
        try:
            return _try(once, 1 if is_trial else settings().retry_attempts)
        except (*NEVER_HELPS, httpx.InvalidURL, httpx.DecodingError):
            pass  # its text may hold the token or the answer: neither is told, nor kept as the cause
        except (httpx.TransportError, TemporaryAnswerError) as error:
            told = type(error).__name__ if isinstance(error, httpx.ProtocolError) else error
            kind = UnansweredError if _was_there(error) else ServiceDownError
            raise kind(f"{service.name} cannot be reached: {told}") from error
        where = f"the address ({service.address_setting}) and the token ({service.token_setting})"
        raise ServiceSetupError(
            f"{service.name.capitalize()} cannot be asked, or its answer not be read. Check {where}."
        )


def longest_call(timeout_seconds: float) -> timedelta:
    """How long ``call_with_retry`` takes at most where each try but the first asks twice: with less left, nothing is sent.

    Each question waits for a connection, for sending, and for the answer, and between two tries is the longest wait.
    """
    attempts = settings().retry_attempts
    questions, waits = 2 * attempts - 1, attempts - 1
    return timedelta(seconds=PHASES * questions * timeout_seconds + waits * LONGEST_WAIT_SECONDS)


def _try(once: Callable[[bool], R], attempts: int) -> R:
    retrying = Retrying(
        retry=retry_if_exception(_may_help), stop=stop_after_attempt(attempts), wait=_wait_seconds, reraise=True
    )
    for attempt in retrying:
        with attempt:
            return once(attempt.retry_state.attempt_number > 1)
    raise AssertionError("unreachable: tenacity gives an answer or raises")


def _may_help(error: BaseException) -> bool:
    """Whether trying again may help."""
    is_transport = isinstance(error, httpx.TransportError) and not isinstance(error, NEVER_HELPS)
    return is_transport or isinstance(error, TemporaryAnswerError)


def _was_there(error: Exception) -> bool:
    """Whether the other side took what was asked and failed at it: what another item is asked may go well."""
    return error.is_failure if isinstance(error, TemporaryAnswerError) else isinstance(error, WAS_THERE)


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TemporaryAnswerError) and error.wait_seconds is not None:
        return min(error.wait_seconds, LONGEST_WAIT_SECONDS)
    base = settings().retry_base_seconds
    return wait_exponential_jitter(multiplier=base, max=LONGEST_WAIT_SECONDS, jitter=base)(state)
