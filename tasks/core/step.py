"""What every step of a flow is: a Prefect task that is never cached, keeps no result, and retries only transport faults.

The database is the truth (ARCHITECTURE rule 2), so a repeated step finds its own work done; a fault that would come again
however often it is tried fails at once.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import httpx
from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from sqlalchemy.exc import DBAPIError, OperationalError

from tasks.core.faults import UnforeseenError, without_values

P = ParamSpec("P")
R = TypeVar("R")

RETRY_DELAYS_SECONDS = [1, 5, 20]
PASSING_STATES = frozenset(
    {"08", "40", "53", "57"}
)  # connection, rollback of a deadlock, resources, shutdown (PostgreSQL)
LOCK_NOT_AVAILABLE = "55P03"


class ServiceDownError(Exception):
    """The other side could not be reached or did not answer; trying again later may help."""


class UnansweredError(ServiceDownError):
    """The other side was there, and did not answer this one item in any of the tries: it may be the item, or all of them."""


class ServiceSetupError(Exception):
    """We are set up wrong, or the other side has changed: a person must look, trying again does not help.

    Its message is a sentence with the remedy, shown on the run and kept while the circuit is open: no secret, nobody's address.
    """


class ItemSetupError(ServiceSetupError):
    """The other side cannot take this one item as it is, and answers the others as documented: a person must look at it."""


def is_transport_fault(error: BaseException) -> bool:
    """Whether an error says nothing about the work itself, so that the same step may be tried again."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, UnforeseenError):
        return error.may_pass
    if isinstance(error, OperationalError):
        return _may_pass(error)
    return isinstance(error, ServiceDownError | httpx.TransportError | ConnectionError)


def _may_pass(error: OperationalError) -> bool:
    """Whether the database may take the same statement later: it was busy, gone, or short of something."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in PASSING_STATES or state == LOCK_NOT_AVAILABLE
    return error.statement is None  # it could not even be asked


def require_done(*steps: State[Any]) -> None:
    """Fail as the first of some steps that failed, when those after it have been made all the same."""
    for done in steps:
        done.result()


def _may_retry(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    try:
        state.result()
    except Exception as error:  # noqa: BLE001 - the error is only classified here; Prefect goes on to report it
        return is_transport_fault(error)
    return False


def step(function: Callable[P, R]) -> Task[P, R]:
    """Make a function a step of a flow; of its faults Prefect is told nothing that may name people."""
    return task(
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(RETRY_DELAYS_SECONDS),
        retry_delay_seconds=list(RETRY_DELAYS_SECONDS),
        retry_jitter_factor=0.5,
        retry_condition_fn=_may_retry,
    )(without_values(function, is_transport_fault))
