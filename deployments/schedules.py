"""Every scheduled run of all seasons, computed from their policies, and written into ``prefect.yaml``.

The file is changed as text, so that comments and order stay; a test fails where it is not what the policies say.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from deployments.catalog import DEPLOYMENTS, FLOWS, deployment_name
from rules.schedules import Schedule, schedules_of
from schemas.policy import Policy
from tasks.core.durable_files import write_durably
from tasks.core.policies import closed_days, policy_of
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.guard import part_of

NAME, SCHEDULES = "  - name: ", "    schedules:"


def season_schedules(season: str) -> list[Schedule]:
    """Every schedule of a season, in the order of its policy.

    Raises:
        PolicyError: there is no policy file for the season, or it does not validate.
        OperatorError: the policy names a flow that there is not.
    """
    policy = policy_of(season)
    unknown = sorted({planned.flow for planned in policy.schedules} - FLOWS.keys())
    if unknown:
        raise OperatorError(f"{season}.toml: schedules name no flow of ours: {', '.join(unknown)}; check the spelling.")
    closed = closed_days(policy)
    return [
        schedule
        for planned in policy.schedules
        for schedule in schedules_of(planned, part_of(FLOWS[planned.flow].fn), policy, closed)
    ]


def scheduled_file(seasons: Iterable[str], path: Path = DEPLOYMENTS) -> str:
    """The text of ``prefect.yaml`` with the schedules of these seasons, and no others."""
    by_deployment: dict[str, list[str]] = {}
    for season in seasons:
        for schedule in season_schedules(season):
            by_deployment.setdefault(deployment_name(schedule.flow), []).append(_line(schedule, policy_of(season)))
    return "\n".join(_rewritten(path.read_text(encoding="utf-8").splitlines(), by_deployment)) + "\n"


def stale_schedules(seasons: Sequence[str], path: Path = DEPLOYMENTS) -> bool:
    """Whether ``prefect.yaml`` has other schedules than these seasons' policies say."""
    return scheduled_file(seasons, path) != path.read_text(encoding="utf-8")


def write_schedules(seasons: Sequence[str], path: Path = DEPLOYMENTS) -> bool:
    """Write the schedules of these seasons into ``prefect.yaml``; whether anything in it has changed."""
    text = scheduled_file(seasons, path)
    if text == path.read_text(encoding="utf-8"):
        return False
    write_durably(path, text.encode())
    return True


def _line(schedule: Schedule, policy: Policy) -> str:
    rrule = schedule.text.replace("\n", "\\n")
    return (
        f'      - {{rrule: "{rrule}", timezone: {policy.time_zone}, slug: {schedule.slug}, '
        f'parameters: {{season: "{schedule.season}"}}, active: true}}'
    )


def _rewritten(lines: Iterable[str], by_deployment: dict[str, list[str]]) -> Iterator[str]:
    """The lines of the file, those below ``schedules:`` of each deployment replaced."""
    name, is_replaced = "", False
    for line in lines:
        if line.startswith(NAME):
            name = line.removeprefix(NAME)
        if line.startswith(SCHEDULES):
            own = by_deployment.get(name, [])
            yield SCHEDULES if own else f"{SCHEDULES} []"
            yield from own
            is_replaced = True
        elif not (is_replaced and line.startswith("      ")):
            is_replaced = False
            yield line
