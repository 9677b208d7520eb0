"""``cadre season schedule`` and ``cadre season calendar``: when the flows of a season run, and what is due when."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from deployments.cli.output import AsJson, Season, say
from rules.wording import count
from schemas.settings import ROOT, settings

if TYPE_CHECKING:
    from deployments.season_calendar import SeasonCalendar

DEFAULT_SEASON = settings().season


def season_schedule(
    *,
    file: Annotated[Path, Parameter(help="The file of deployments.")] = ROOT / "prefect.yaml",
    check: Annotated[bool, Parameter(negative=(), help="Write nothing; exit code 1 where the file is stale.")] = False,
    as_json: AsJson = False,
) -> int:
    """Write the schedules of every season with a policy file into prefect.yaml; `make up` deploys them at its next start."""
    from deployments.schedules import (  # noqa: PLC0415 - Prefect takes seconds to import
        season_schedules,
        stale_schedules,
        write_schedules,
    )
    from tasks.season.seasons import seasons_with_policy  # noqa: PLC0415 - see above

    seasons = seasons_with_policy()
    found = [item for season in seasons for item in season_schedules(season)]
    is_changed = stale_schedules(seasons, file) if check else write_schedules(seasons, file)
    done = ("is stale; run `cadre season schedule`" if check else "is written") if is_changed else "is as it was"
    rows = [
        {"flow": i.flow, "season": i.season, "slug": i.slug, "first_at": i.first_at, "when": i.words} for i in found
    ]
    lines = [f"{i.first_at:%Y-%m-%d %H:%M}  {i.flow:<22} {i.slug}: {i.words}" for i in found]
    text = "\n".join([*lines, "", f"{count(len(found), 'schedule')} of {', '.join(seasons)}; {file.name} {done}."])
    say({"file": str(file), "is_changed": is_changed, "schedules": rows}, as_json=as_json, text=text)
    return 1 if check and is_changed else 0


def season_calendar_command(
    *,
    season: Season = DEFAULT_SEASON,
    since: Annotated[
        date | None, Parameter(name="--from", help="The first day shown; by default the survey's first.")
    ] = None,
    days: Annotated[int, Parameter(help="How many days are shown.")] = 400,
    every_run: Annotated[bool, Parameter(negative=(), help="List every run of every flow.")] = False,
    ics: Annotated[Path | None, Parameter(help="Write an iCalendar file here.")] = None,
    page: Annotated[Path | None, Parameter(help="Write a page here.")] = None,
    as_json: AsJson = False,
) -> int:
    """Show every run and every deadline of a season: as a table, an iCalendar feed, and a page."""
    from deployments.season_calendar import as_feed, as_page, season_calendar  # noqa: PLC0415 - see above
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.core.durable_files import write_durably  # noqa: PLC0415 - see above

    found = season_calendar(season, since, days)
    if ics:
        write_durably(ics, as_feed(found, now()))
    if page:
        write_durably(page, as_page(found).encode())
    told = [{"on": day.on, "what": day.what, "key": day.key} for day in found.days]
    runs = [
        {
            "flow": item.schedule.flow,
            "slug": item.schedule.slug,
            "when": item.schedule.words,
            "first_at": item.local(item.runs[0]),
            "last_at": item.local(item.runs[-1]),
            "count": len(item.runs),
            **({"runs": [item.local(run) for run in item.runs]} if every_run else {}),
        }
        for item in found.scheduled
    ]
    value = {"season": season, "from": found.first_on, "to": found.last_on, "days": told, "schedules": runs}
    say(value, as_json=as_json, text="\n".join(_lines(found, every_run=every_run)))
    return 0


def _lines(calendar: "SeasonCalendar", *, every_run: bool) -> Iterator[str]:
    """The calendar as people read it."""
    yield from (f"{day.on:%a %Y-%m-%d}        {day.what}" for day in calendar.days)
    yield from ("", f"Runs from {calendar.first_on} to {calendar.last_on}, {calendar.policy.time_zone}:")
    for item in calendar.scheduled:
        first, last = item.local(item.runs[0]), item.local(item.runs[-1])
        runs = f"{count(len(item.runs), 'run')}, the last on {last:%Y-%m-%d}"
        yield f"{first:%a %Y-%m-%d %H:%M}  {item.name}: {item.schedule.words} ({runs})"
    if every_run:
        yield ""
        every = sorted((item.local(run), item.name) for item in calendar.scheduled for run in item.runs)
        yield from (f"{run:%a %Y-%m-%d %H:%M}  {name}" for run, name in every)
