"""The season's policy in force, read from its file, and the days on which the state is closed."""

from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import holidays

from schemas.policy import Policy, read_policy
from schemas.settings import settings

STATE = "CT"


def policy_of(season: str) -> Policy:
    """The policy file of a season.

    Raises:
        PolicyError: the file is missing or does not validate.
    """
    path = settings().policy_folder / f"{season}.toml"
    return _read_once(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=8)
def _read_once(path: Path, _changed_at: int) -> Policy:
    return read_policy(path)


def closed_days(policy: Policy) -> frozenset[date]:
    """The state's public holidays from the year of the survey to the one after the start of phase 1."""
    return state_holidays(policy.survey.opens_on.year, policy.cohorts.earliest_start_on.year + 1)


@cache
def state_holidays(first_year: int, last_year: int) -> frozenset[date]:
    """The state's public holidays of these years and of those between."""
    return frozenset(holidays.country_holidays("US", subdiv=STATE, years=range(first_year, last_year + 1)))
