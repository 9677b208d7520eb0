"""``cadre season``: a whole sample season, the draft of the next policy, a season's digest, and its export."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say
from deployments.cli.season_books import season_close, season_list, season_open
from deployments.cli.season_calendar import season_calendar_command, season_schedule
from rules.wording import count
from schemas.settings import settings

season_app = App(name="season", help="A whole season.")
season_app.command(season_open, name="open")
season_app.command(season_close, name="close")
season_app.command(season_list, name="list")
season_app.command(season_schedule, name="schedule")
season_app.command(season_calendar_command, name="calendar")
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


@season_app.command(name="new")
def season_new(
    season: Annotated[str, Parameter(help="The year of the new season, as 2027.")],
    *,
    earlier: Annotated[str, Parameter(name="--from", help="The season whose policy it is drafted from.")],
    out_file: Annotated[
        Path | None, Parameter(name="--out", help="The new file; beside the earlier one by default.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Draft the policy of another year: every date moved to the same kind of day, and what a person must decide."""
    from tasks.season.next_policy import draft_policy, write_draft  # noqa: PLC0415 - keeps the other commands quick

    folder = settings().policy_folder
    path = out_file or folder / f"{season}.toml"
    draft = draft_policy(season, folder / f"{earlier}.toml")
    write_draft(draft, path)
    moved = [{"key": day.key, "before": day.before, "after": day.after, "reason": day.reason} for day in draft.moved]
    decide = [{"key": key, "decide": what} for key, what in draft.to_decide]
    lines = [
        f"{day.key:<34} {day.before:%a %Y-%m-%d}  ->  {day.after:%a %Y-%m-%d}  {day.reason}".rstrip()
        for day in draft.moved
    ]
    lines += ["", f"To decide for {season}:", *(f"- {key}: {what}" for key, what in draft.to_decide)]
    text = "\n".join([f"{path} is drafted from {earlier}. Every date is for the agency to confirm.", "", *lines])
    say({"file": str(path), "moved": moved, "to_decide": decide}, as_json=as_json, text=text)
    return 0


@season_app.command(name="digest")
def season_digest_command(*, season: Season = DEFAULT_SEASON, tables: bool = False, as_json: AsJson = False) -> int:
    """Print a hash over the season's facts, free of run ids and of the wall clock."""
    from tasks.season.digest import season_digest, table_digests  # noqa: PLC0415 - see above

    found = table_digests(season) if tables else {"digest": season_digest(season)}
    text = "\n".join(f"{name:<18} {value}" for name, value in found.items()) if tables else found["digest"]
    say({"season": season, **found}, as_json=as_json, text=text)
    return 0


@season_app.command(name="export")
def season_export(
    folder: Annotated[Path, Parameter(help="A new or empty folder, or one with an earlier export, which is replaced.")],
    *,
    season: Season = DEFAULT_SEASON,
    every_season: Annotated[bool, Parameter(name="--all", negative=(), help="All seasons on record.")] = False,
    file_format: Annotated[Literal["csv", "parquet"], Parameter(name="--format", help="What the files are.")] = "csv",
    without_personal_data: Annotated[
        bool, Parameter(negative=(), help="Leave names, addresses, and what operators wrote empty.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Write a season as tables for agencies, auditors, and BI tools: a Frictionless Data Package, as docs/export.md says."""
    from tasks.season.export.write import export_seasons  # noqa: PLC0415 - see above

    chosen = None if every_season else season
    files = export_seasons(folder, chosen, file_format=file_format, with_personal_data=not without_personal_data)
    told = [{"table": file.table.name, "path": str(folder / file.name), "rows": file.rows} for file in files]
    rows = sum(file.rows for file in files)
    text = f"{count(len(files), 'table')} with {count(rows, 'row')} and datapackage.json are in {folder}."
    say({"folder": str(folder), "rows": rows, "files": told}, as_json=as_json, text=text)
    return 0
