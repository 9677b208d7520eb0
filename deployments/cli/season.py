"""``cadre season``: a whole sample season, and its digest."""

import os
from datetime import date
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say
from schemas.settings import settings

season_app = App(name="season", help="A whole season.")
DEFAULT_SEASON = settings().season


@season_app.command(name="run")
def season_run(
    *,
    season: Season = DEFAULT_SEASON,
    districts: Annotated[int | None, Parameter(help="How many of the sample districts; all by default.")] = None,
    seed: int = 2022,
    scale: Annotated[int, Parameter(help="How many copies of each district.")] = 1,
    until: Annotated[date | None, Parameter(help="Stop after this day, as 2022-06-14.")] = None,
    faults: Annotated[
        Literal["none", "sample", "storm", "chaos"], Parameter(help="What the credit provider does.")
    ] = "sample",
    as_json: AsJson = False,
) -> int:
    """Run a sample season of real districts and generated people, day by decisive day."""
    # The bars say what goes on; the server keeps every log.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "ERROR")
    from deployments.showcase import show_season  # noqa: PLC0415 - Prefect takes seconds to import

    result = show_season(season, districts=districts, seed=seed, scale=scale, until=until, faults=faults, quiet=as_json)
    if as_json:
        say(result.as_dict(), as_json=True, text="")
    return 0 if result.holds else 1


@season_app.command(name="digest")
def season_digest_command(*, season: Season = DEFAULT_SEASON, tables: bool = False, as_json: AsJson = False) -> int:
    """Print a hash over the season's facts, free of run ids and of the wall clock."""
    from tasks.season.digest import season_digest, table_digests  # noqa: PLC0415 - see above

    found = table_digests(season) if tables else {"digest": season_digest(season)}
    text = "\n".join(f"{name:<18} {value}" for name, value in found.items()) if tables else found["digest"]
    say({"season": season, **found}, as_json=as_json, text=text)
    return 0
