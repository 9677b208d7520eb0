"""The flows of a decisive day, and with what they are run: files that were sent, and manual actions that operators choose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from deployments.sample.world import World
from tasks.core.database import reading
from tasks.ledger.persons import person_ids

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One flow on one day; ``parameters`` is asked when the day has come, since it looks at what has happened by then."""

    flow_name: str
    parameters: Callable[[], Parameters] = field(default=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """A decisive day and its flows, in order."""

    moment: datetime
    jobs: tuple[Job, ...]


def add(days: dict[date, list[Job]], day: date, *jobs: Job) -> None:
    """Let flows run on a day, after those that it has."""
    days.setdefault(day, []).extend(jobs)


def manual(world: World, day: date, flow_name: str, choose: Callable[[], Parameters], number: int = 0) -> Job:
    """A manual action on a day; whom it is about, the run is told by id."""
    return Job(flow_name, lambda: _by_id(world.act(day, f"{flow_name}-{number}", choose)))


def _by_id(chosen: Parameters) -> Parameters:
    if "email" not in chosen:
        return chosen
    with reading() as db:
        person = person_ids(db, [chosen["email"]])[chosen["email"]]
    return {name: value for name, value in chosen.items() if name != "email"} | {"person": person}


def files(name: str, paths: Callable[[], list[Path]]) -> Callable[[], Parameters]:
    """The parameter that names the files which have come by a day."""
    return lambda: {name: [str(path) for path in paths()]}
