"""What may be said of a fault where Prefect keeps it (states, logs): never a value of a row, a name, or an address.

A driver's message holds values ("Key (email)=(...)"), and so may the text of any error of a library or of Python. Only errors
of our own classes keep their text, which we have written; of any other one it is said what it was and where.
"""

import re
import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from schemas.settings import ROOT

P = ParamSpec("P")
R = TypeVar("R")

OURS = frozenset({"schemas", "rules", "tasks", "flows", "deployments"})
ADDRESS = re.compile(r"[^\s@<>()\[\]{}'\",;:/=]+@[^\s@<>()\[\]{}'\",;:/=]+")
NO_ADDRESS = "(an address)"
PLACES = 4


class UnforeseenError(RuntimeError):
    """A fault that nobody foresaw, without its text; ``may_pass`` says whether trying again may help."""

    def __init__(self, text: str, *, may_pass: bool = False) -> None:
        """Say what is known of it."""
        super().__init__(text)
        self.may_pass = may_pass


def without_values(function: Callable[P, R], may_pass: Callable[[BaseException], bool]) -> Callable[P, R]:
    """The function, of whose faults nothing gets out but what may be said of them.

    Raises:
        UnforeseenError: in the place of any error that is not of our own classes.
    """

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text stays here
            told = _told(error, may_pass)
        raise told  # outside of the handler: nothing of the error goes with it

    return guarded


def _told(error: Exception, may_pass: Callable[[BaseException], bool]) -> Exception:
    if type(error).__module__.partition(".")[0] not in OURS:
        return UnforeseenError(_what_and_where(error), may_pass=may_pass(error))
    if ADDRESS.search(str(error)):
        error.args = (ADDRESS.sub(NO_ADDRESS, str(error)),)
    error.__cause__ = error.__context__ = None
    return error


def _what_and_where(error: Exception) -> str:
    places = ", ".join(list(_places(error))[-PLACES:])
    return f"{_name(error)} at {places or 'an unknown place'}; its text is left out, since it may name people"


def _name(error: Exception) -> str:
    """The kind of an error, and of a database's also the constraint that was broken."""
    cause = getattr(error, "orig", None) or error
    kind = type(error).__name__ if cause is error else f"{type(error).__name__} ({type(cause).__name__})"
    rule = getattr(getattr(cause, "diag", None), "constraint_name", None) or getattr(cause, "sqlite_errorname", None)
    return f"{kind}, {rule}," if rule else kind


def _places(error: Exception) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OURS:
            yield f"{path.relative_to(ROOT)}:{frame.lineno} ({frame.name})"
