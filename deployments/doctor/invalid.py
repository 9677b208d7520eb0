"""Settings that do not validate: they stop every command, and are told before anything else is imported."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.settings import Settings

NOT_SETTINGS = frozenset(
    {"CADRE_ROOT", "CADRE_PYTHON", "CADRE_REFUSED_CONNECTIONS"}
)  # set by `make up` and `make practice`


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value, and what to do about it; ``name`` is the variable, file, or key at fault."""

    name: str
    what: str
    remedy: str


def stopping_settings() -> list[Problem]:
    """The variables that stop the program, all at once; what they hold is not told."""
    try:
        Settings()
    except ValidationError as error:
        return [_of_setting(dict(item)) for item in error.errors(include_input=False)]
    return []


def unknown_settings(environment: Mapping[str, str]) -> list[Problem]:
    """Variables that look like ours and do nothing."""
    known = {f"CADRE_{name}".upper() for name in Settings.model_fields} | NOT_SETTINGS
    strange = sorted(name for name in environment if name.startswith("CADRE_") and name not in known)
    return [
        Problem(name, "there is no such setting", "check its spelling: .env.example has them all") for name in strange
    ]


def _of_setting(error: Mapping[str, object]) -> Problem:
    places = error["loc"]
    name = f"CADRE_{'_'.join(map(str, places))}".upper() if isinstance(places, tuple) and places else "CADRE_*"
    return Problem(name, str(error["msg"]).removeprefix("Value error, "), "correct the variable, as .env.example says")
