"""The season that covers today: `make up` opens it with the lists that lie in its inbox, once."""

from collections.abc import Callable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from deployments.sample.panel import district_list, evaluator_list, facilitator_list
from deployments.sample.world import World
from rules.season import part_term
from schemas.policy import PolicyError
from schemas.records import SeasonPart, Term
from schemas.settings import Settings
from tasks.core import clock
from tasks.core.policies import policy_of
from tasks.core.storage import open_storage
from tasks.core.stored_files import Storage
from tasks.intake.inbox import INBOX, shown_root
from tasks.season.lists import ListError, SeasonFiles, read_lists
from tasks.season.opening import open_with_lists
from tasks.season.seasons import known_seasons

LISTS = ("districts", "facilitators", "evaluators")
FOLDER = "season"
SAMPLE_SEED = 2022


def season_of(today: date, terms: Mapping[str, Term]) -> str:
    """The newest season whose days hold today; empty where none does."""
    return max((season for season, term in terms.items() if term.starts_on <= today <= term.ends_on), default="")


def open_todays_season(config: Settings, announce: Callable[[str], None]) -> None:
    """Open the season that covers today, if it is not on record and its three lists are right; else say what they lack.

    It says so at every start until the season is opened.
    An installation with sample values takes the sample's facilitators and evaluators, so that there is something to look at.
    """
    moment = clock.now()
    try:
        known = known_seasons()
    except PolicyError as error:
        announce(f"No season is opened: {error}")
        return
    terms = {item.season: part_term(SeasonPart.WHOLE, policy_of(item.season)) for item in known}
    today = max((policy_of(season).local_day(moment) for season in terms), default=moment.date())
    season = season_of(today, terms)
    opened = {item.season for item in known if item.opened_on}
    if not season or season in opened:
        return
    store, folder = open_storage(config), f"{'' if season == config.season else f'{season}/'}{FOLDER}"
    if config.environment == "sample":
        _put_sample_lists(config, season, store, folder)
    lists = {name: _newest(store, folder, name) for name in LISTS}
    where = f"{shown_root(config)}/{folder}"
    there = {name: path for name, path in lists.items() if path}
    missing = [f"{name}.csv" for name in LISTS if name not in there]
    obstacles = [f"put {', '.join(missing)} into {where}"] if missing else []
    try:
        if missing:
            read_lists(SeasonFiles(**lists))
        else:
            open_with_lists.fn(season, **there, as_of=moment)
    except ListError as error:
        obstacles += [f"correct the lists in {where}", *str(error).splitlines()]
    if obstacles:
        what = "\n- ".join((f"Season {season} covers today and is not open.", *obstacles))
        announce(f"{what}\nThen start again, or run 'Open season'.")
    else:
        announce(f"Season {season}, which covers today, was opened with the lists in {where}.")


def _newest(store: Storage, folder: str, name: str) -> Path | None:
    """The newest list of a kind, from the inbox on: its file's name begins with it."""
    found = [
        file for file in store.files(f"{INBOX}/{folder}") if fnmatchcase(file.name, f"{name}*.csv") and not file.oddity
    ]
    newest = max(found, key=lambda file: file.changed_at, default=None)
    return Path(folder) / newest.name if newest else None


def _put_sample_lists(config: Settings, season: str, store: Storage, folder: str) -> None:
    world = World(policy_of(season), SAMPLE_SEED, config.folder, None, 1)
    for name, write in zip(LISTS, (district_list, facilitator_list, evaluator_list), strict=True):
        if _newest(store, folder, name) is None:
            with write(world).open("rb") as file:
                store.put(file, f"{INBOX}/{folder}/{name}_sample.csv")
