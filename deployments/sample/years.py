"""Several sample seasons in one database, each with a policy of its own and a tenth of the people of the one before."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from deployments.sample.world import World
from schemas.policy import read_policy
from schemas.settings import ROOT
from tasks.season.next_policy import draft_policy, write_draft

FIRST = ROOT / "deployments" / "seasons" / "2022.toml"


def write_policies(folder: Path, years: int) -> Sequence[str]:
    """The policy of 2022, and of each year after it the draft by analogy; the seasons."""
    folder.mkdir(parents=True, exist_ok=True)
    first = read_policy(FIRST)
    seasons = [str(int(first.season) + number) for number in range(years)]
    for season in seasons:
        path = folder / f"{season}.toml"
        if path.exists():
            continue
        if season == first.season:
            shutil.copyfile(FIRST, path)
        else:
            write_draft(draft_policy(season, folder / f"{int(season) - 1}.toml"), path)
    return seasons


def worlds_of(folder: Path, policies: Path, seasons: Sequence[str], districts: int | None) -> list[World]:
    """The sample of each season, whose people's files lie under ``folder``; its year is its seed."""
    worlds: list[World] = []
    for season in seasons:
        policy = read_policy(policies / f"{season}.toml")
        worlds.append(World(policy, int(season), folder, districts, 1, worlds[-1] if worlds else None))
    return worlds
