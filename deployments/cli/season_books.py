"""``cadre season open``, ``close``, and ``list``: which seasons this installation runs."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deployments.cli.output import AsJson, say, say_error
from rules.wording import count


def season_open(
    season: Annotated[str, Parameter(help="The season, as 2027; its policy file must be there.")],
    *,
    districts: Annotated[Path, Parameter(help="The list of districts.")],
    facilitators: Annotated[Path, Parameter(help="The provider's list of facilitators.")],
    evaluators: Annotated[Path, Parameter(help="The list of the independent panel.")],
    as_json: AsJson = False,
) -> int:
    """Open a season, or bring its lists and its grant to the newest; exit code 1 with all that is wrong with a list, else."""
    from tasks.core import clock  # noqa: PLC0415 - keeps the other commands quick
    from tasks.season.opening import open_with_lists  # noqa: PLC0415 - see above

    files = (districts.absolute(), facilitators.absolute(), evaluators.absolute())
    opened = open_with_lists.fn(season, *files, clock.now())
    version, added, lost = opened.policy_version, opened.districts_added, len(opened.lost_slots)
    lines = [f"Season {season} is open, policy {version}; {count(added, 'district')} of the list were not known yet."]
    if lost:
        lines.append(
            f"{count(lost, 'cohort')} with sessions ahead lost the slot of their facilitator: run 'Replan cohorts'."
        )
    value = {"season": season, "policy_version": version, "districts_added": added, "lost_slots": lost}
    say(value, as_json=as_json, text="\n".join(lines))
    return 0


def season_close(
    season: Annotated[str, Parameter(help="The season, as 2022.")],
    *,
    by: Annotated[str, Parameter(help="Who closes it.")] = "program staff",
    as_json: AsJson = False,
) -> int:
    """Close a season of which nothing is left open; exit code 1 with all that is, else."""
    from tasks.core import clock  # noqa: PLC0415 - keeps the other commands quick
    from tasks.ledger.unit_of_work import OperatorError, SeasonClosedError, SeasonNotOpenError  # noqa: PLC0415 - see above
    from tasks.season.closing import close_books  # noqa: PLC0415 - see above

    try:
        told = close_books.fn(season, by, clock.now())
    except (OperatorError, SeasonClosedError, SeasonNotOpenError) as error:
        return say_error(error, as_json=as_json)
    say({"season": season, "closed": True, "told": told}, as_json=as_json, text=told)
    return 0


def season_list(*, as_json: AsJson = False) -> int:
    """Say of each season whether it has been opened, and which of its parts are open today."""
    from tasks.season.seasons import known_seasons  # noqa: PLC0415 - see above

    found = known_seasons()
    rows = [
        {
            "season": s.season,
            "opened_on": s.opened_on,
            "closed_on": s.closed_on,
            "policy": s.policy_version,
            "open_parts": s.open_parts,
        }
        for s in found
    ]
    lines = [
        f"{s.season}  {f'opened on {s.opened_on}' if s.opened_on else 'not opened'}"
        + (f", closed on {s.closed_on}; " if s.closed_on else "; ")
        + (f"open today: {', '.join(s.open_parts)}" if s.open_parts else "nothing of it is open today")
        for s in found
    ]
    say(rows, as_json=as_json, text="\n".join(lines) or "No season has a policy file.")
    return 0
