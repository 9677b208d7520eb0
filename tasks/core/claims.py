"""Who works on a row that was claimed: while that process is alive and the time is not over, nobody else does."""

import os
import platform
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from schemas.tables import CreditRequest, Outbox

UNCLAIMED: Mapping[str, Any] = {"claimed_by": "", "claimed_until": None}
PROCESS = secrets.token_hex(4)  # tells this process from an earlier one that had the same number


@lru_cache(maxsize=1)
def host() -> str:
    """Where process numbers mean the same: containers may share the name of their host, and number their processes anew."""
    numbers = ""
    with suppress(OSError):  # where there is no /proc, there are no containers of this kind
        numbers = Path("/proc/self/ns/pid").readlink().name
    return f"{platform.node()}:{numbers}"


def claimant() -> str:
    """A name for the one who claims now: host, number and name of the process, and a name of its own."""
    return f"{host()}/{os.getpid()}/{PROCESS}/{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether who claimed was a process of this host that is no more, so that its time need not be waited for."""
    where, number, process, _ = (name.rsplit("/", 3) + [""] * 4)[:4]
    if where != host() or not number.isdecimal():
        return False
    if int(number) == os.getpid():
        return process != PROCESS
    try:
        os.kill(int(number), 0)  # asks only whether it is there
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and not ours
        pass
    return False


def is_left(
    db: Session, table: type[Outbox | CreditRequest], moment: datetime, *which: ColumnElement[bool]
) -> ColumnElement[bool]:
    """That a claimed row is nobody's any more: its time is over at the moment, or its claimant is gone.

    ``which``: the rows among whose claimants those who are gone are looked for.
    """
    names = select(table.claimed_by).where(table.claimed_by != "", *which).distinct()
    gone = [name for name in db.scalars(names) if is_gone(name)]
    return or_(table.claimed_until <= moment, table.claimed_by.in_(gone))
