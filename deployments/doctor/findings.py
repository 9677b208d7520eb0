"""Every check of an installation: each comes out well, or says what is wrong and what to do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deployments.doctor.invalid import Problem, unknown_settings
from deployments.doctor.machine import machine_checks
from deployments.doctor.others import checks_of_others
from deployments.doctor.values import missing_for_production
from schemas.settings import Settings, settings

Check = Callable[[Settings], Sequence[Problem]]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check came out; without problems all is well."""

    check: str
    problems: Sequence[Problem] = ()


def diagnose(environment: Mapping[str, str], *, with_letter: bool = False) -> Iterator[Finding]:
    """Look at everything, one check after the other; ``with_letter`` sends a test letter to the operators.

    A check that fails by itself is a problem of its own.
    """
    yield Finding("settings", unknown_settings(environment))
    config = settings()
    if config.environment == "production":
        yield Finding("production values", missing_for_production(config))
    for name, check in {**machine_checks(), **checks_of_others(with_letter=with_letter)}.items():
        yield Finding(name, _outcome(check, config))


def _outcome(check: Check, config: Settings) -> Sequence[Problem]:
    try:
        return check(config)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on, and it is told
        return [
            Problem("check", f"could not be made: {type(error).__name__}: {error}", "read the message; ask for help")
        ]
