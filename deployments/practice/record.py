"""What a practice was begun with, kept in its data directory: it goes on with the same districts and the same people."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Self

from deployments.sample.world import World
from schemas.policy import Policy
from tasks.core.durable_files import write_durably
from tasks.core.policies import policy_of
from tasks.core.practice_clock import standing_at

NOTE = "practice.json"
NOON = time(12)


@dataclass(frozen=True, slots=True)
class PracticeRecord:
    """The season, how many of the sample districts (none: all), the simulator's seed, and whether the spring is over."""

    season: str
    districts: int | None
    seed: int
    is_ready: bool = False

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """That of a data directory; none where no practice was begun there."""
        path = folder / NOTE
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def write(self, folder: Path) -> None:
        """Keep it."""
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / NOTE, json.dumps(asdict(self)).encode())

    def ready(self) -> Self:
        """The same, with the spring over."""
        return replace(self, is_ready=True)

    def world(self, folder: Path) -> World:
        """The simulator's season."""
        return World(policy_of(self.season), self.seed, folder, self.districts, 1)


def first_day(policy: Policy) -> date:
    """The day on which a practice begins: the one before seats are confirmed."""
    return policy.seats.confirmed_on - timedelta(days=1)


def noon(policy: Policy, day: date) -> datetime:
    """Noon of a local day: when a person of the practice sits down to work."""
    return datetime.combine(day, NOON, policy.zone)


def told_moment(policy: Policy) -> str:
    """Where the clock of the practice stands, as people say it."""
    local = standing_at().astimezone(policy.zone)
    return f"{local:%A, %B} {local.day}, {local:%Y, %H:%M}"
