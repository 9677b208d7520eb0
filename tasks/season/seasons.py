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
    """A season with a policy: the local days on which it was opened and closed, if it was, and what of it is open today."""

    season: str
    policy_version: str
    opened_on: date | None
    closed_on: date | None
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
        on_record = {row.season: row for row in db.scalars(select(Season))} if is_made else {}
    return [_known(season, on_record.get(season)) for season in seasons_with_policy()]


def _known(season: str, row: Season | None) -> KnownSeason:
    policy = policy_of(season)
    today = policy.local_day(clock.now())
    is_closed = row is not None and row.closed_at is not None
    open_parts = tuple(
        NAMES[part]
        for part in SeasonPart
        if part not in {SeasonPart.OPENING, SeasonPart.WHOLE}
        and may_act(part, today, row is not None, policy, is_closed=is_closed).outcome == Outcome.OPEN
    )
    opened_on = policy.local_day(row.opened_at) if row else None
    closed_on = policy.local_day(row.closed_at) if row and row.closed_at else None
    return KnownSeason(season, policy.version, opened_on, closed_on, open_parts)
