"""The seasons of an installation: those that have a policy file, and those on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import inspect, select

from rules.season import NAMES, may_act
from schemas.records import SeasonPart
from schemas.settings import settings
from schemas.statuses import Outcome
from schemas.tables import Season
from tasks.core import clock
from tasks.core.database import reading
from tasks.core.policies import policy_of


@dataclass(frozen=True, slots=True)
class KnownSeason:
    """A season with a policy: the local day on which it was opened, if it was, and what of it is open today."""

    season: str
    policy_version: str
    opened_on: date | None
    open_parts: Sequence[str]


def seasons_with_policy() -> list[str]:
    """The seasons that have a policy file, the oldest first."""
    return sorted(path.stem for path in settings().policy_folder.glob("[0-9][0-9][0-9][0-9].toml"))


def known_seasons() -> list[KnownSeason]:
    """Every season that has a policy file, the oldest first.

    Raises:
        PolicyError: a policy file does not validate.
    """
    with reading() as db:
        is_made = inspect(db.connection()).has_table(Season.__tablename__)
        opened = dict(db.execute(select(Season.season, Season.opened_at)).tuples().all()) if is_made else {}
    found = []
    for season in seasons_with_policy():
        policy, at = policy_of(season), opened.get(season)
        today = policy.local_day(clock.now())
        parts = (part for part in SeasonPart if part not in {SeasonPart.OPENING, SeasonPart.WHOLE})
        is_open = (
            NAMES[part] for part in parts if may_act(part, today, at is not None, policy).outcome == Outcome.OPEN
        )
        found.append(KnownSeason(season, policy.version, policy.local_day(at) if at else None, tuple(is_open)))
    return found
