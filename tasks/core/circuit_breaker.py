"""A circuit breaker for each service: what is set up wrong is tried once a minute, and not once for each waiting item.

Its state is a row that all processes share, and that is there only while the circuit is open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, update

from schemas.settings import settings
from schemas.tables import ServiceCircuit
from tasks.core.clock import machine_time
from tasks.core.database import insert_new, reading, transaction
from tasks.core.step import ItemSetupError, ServiceSetupError


@contextmanager
def circuit(name: str) -> Iterator[bool]:
    """Talk to a service unless it is known to be set up wrong; true where this is the one try of the minute.

    A ``ServiceSetupError`` inside opens the circuit, a trial that succeeds closes it. Enter it with no transaction open.

    Raises:
        ServiceSetupError: the circuit is open: why, since when, and when the next try is.
    """
    is_trial = _enter(name)
    try:
        yield is_trial
    except ItemSetupError:  # the service answers as documented
        _close(name, is_trial)
        raise
    except ServiceSetupError as error:
        _open(name, str(error))
        raise
    _close(name, is_trial)


def _enter(name: str) -> bool:
    """Whether this is the one try of the minute; the healthy path only reads."""
    if _state(name) is None:
        return False
    if _claim_trial(name):
        return True
    found = _state(name)
    if found is None:  # closed in between
        return False
    raise ServiceSetupError(
        f"{found.reason} So it has been since {_shown(found.opened_at)}; {name} is tried again every "
        f"{settings().circuit_seconds:.0f} seconds, and next at {_shown(found.next_try_at)}: "
        "when the cause is gone, run this again after that."
    )


def _state(name: str) -> ServiceCircuit | None:
    with reading() as db:
        return db.get(ServiceCircuit, name)


def _claim_trial(name: str) -> bool:
    """Whether the next try is ours: of several workers that come at once, one gets it."""
    moment = machine_time()
    query = update(ServiceCircuit).where(ServiceCircuit.name == name, ServiceCircuit.next_try_at <= moment)
    with transaction() as db:
        done = cast("CursorResult[Any]", db.execute(query.values(next_try_at=_next_try(moment))))
        return done.rowcount == 1


def _open(name: str, reason: str) -> None:
    moment = machine_time()
    state = {"reason": reason, "next_try_at": _next_try(moment)}
    with transaction() as db:
        insert_new(db, ServiceCircuit, [{"name": name, "opened_at": moment, **state}])
        db.execute(update(ServiceCircuit).where(ServiceCircuit.name == name).values(state))


def _close(name: str, is_trial: bool) -> None:
    if is_trial:
        with transaction() as db:
            db.execute(delete(ServiceCircuit).where(ServiceCircuit.name == name))


def _next_try(moment: datetime) -> datetime:
    return moment + timedelta(seconds=settings().circuit_seconds)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
