"""What a person sees of a sample season: progress while it runs, and the table of phases at its end."""

import os
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deployments import conductor
from deployments.data_directory import only_one
from deployments.sample.world import World
from deployments.season_run import days_until, progress_bars, run_season
from deployments.services import running
from schemas.records import Tally
from schemas.settings import settings
from tasks.core.migrations import migrate
from tasks.core.policies import policy_of
from tasks.season.audit import Finding, audit, not_kept, summary
from tasks.season.control_totals import all_tallies
from tasks.season.digest import season_digest
from tasks.season.report import report_path
from tasks.season.scenario_coverage import Scenario, scenarios


@dataclass(frozen=True, slots=True)
class SeasonResult:
    """How a season run ended."""

    season: str
    tallies: tuple[Tally, ...]
    digest: str
    digest_before: str
    report: str
    seconds: float
    scenarios: tuple[Scenario, ...]
    findings: tuple[Finding, ...]
    is_whole: bool

    @property
    def counts_reconcile(self) -> bool:
        """Whether all counts reconcile."""
        return all(item.holds for item in self.tallies)

    @property
    def unseen(self) -> tuple[str, ...]:
        """What a whole season should have met with, and did not; a part of one need not meet with everything."""
        return tuple(f"{s.area}: {s.name}" for s in self.scenarios if not s.count) if self.is_whole else ()

    @property
    def holds(self) -> bool:
        """Whether all counts reconcile, every promise is kept, and a whole season has met with all that can happen."""
        return self.counts_reconcile and not not_kept(self.findings) and not self.unseen

    @property
    def is_unchanged(self) -> bool:
        """Whether the run found everything done."""
        return self.digest == self.digest_before

    def as_dict(self) -> dict[str, Any]:
        """The result for machines."""
        tallies = [{**asdict(item), "holds": item.holds} for item in self.tallies]
        found = {name: value for name, value in asdict(self).items() if name != "findings"}
        return {
            **found,
            "tallies": tallies,
            "audit": {
                "summary": summary(self.findings),
                "not_kept": {item.check.name: item.violations for item in not_kept(self.findings)},
            },
            "holds": self.holds,
            "is_unchanged": self.is_unchanged,
        }


def show_season(
    season: str, *, districts: int | None, seed: int, scale: int, until: date | None, faults: str, quiet: bool
) -> SeasonResult:
    """Run the sample season with its servers and show it; nothing is left running."""
    console = Console(stderr=quiet)
    config = settings()
    world = World(policy_of(season), seed, config.folder, districts, scale)
    started = time.monotonic()
    with only_one(config.folder):
        migrate()
        before = season_digest(season)
        console.print(f"Season {season}, {len(world.districts)} districts. Starting the servers ...", highlight=False)
        with running(config, faults=faults, seed=seed) as services:
            os.environ.update({**services.environment(), "CADRE_RETRY_BASE_SECONDS": "0.05"})
            settings.cache_clear()
            own_server = conductor.talking_to(services.api_url, services.auth)
            with own_server, conductor.client() as api, progress_bars(console) as progress:
                try:
                    run_season(world, api, progress, until)
                finally:
                    conductor.drain()
    result = SeasonResult(
        season=season,
        tallies=tuple(all_tallies(season)),
        digest=season_digest(season),
        digest_before=before,
        report=str(report_path(season)),
        seconds=round(time.monotonic() - started, 1),
        scenarios=scenarios(season),
        findings=tuple(audit(season, days_until(world, until)[-1].moment)),
        is_whole=districts is None and until is None,
    )
    _show(console, result)
    return result


def _show(console: Console, result: SeasonResult) -> None:
    console.print(phase_table(result.season, result.tallies))
    console.print(scenario_table(result.scenarios))
    held = "All counts reconcile." if result.counts_reconcile else "[red]The counts do not reconcile.[/red]"
    if result.unseen:
        console.print(f"[red]Never seen in this season: {'; '.join(result.unseen)}.[/red]")
    console.print(f"{held} {result.seconds} s.", highlight=False)
    console.print(f"Audit: {audit_told(result.findings)}", highlight=False)
    if result.is_unchanged:
        console.print("Nothing changed: everything was done before, and nothing was sent twice.", highlight=False)
    report = result.report if Path(result.report).exists() else "written when the season has ended"
    lines = (
        f"Digest   {result.digest}",
        f"Report   {report}",
        f"Letters  {settings().folder / 'mail'}",
        "Runs     `make up` starts the server with its pages: http://127.0.0.1:4200",
    )
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def audit_told(found: tuple[Finding, ...]) -> str:
    """The audit's sums, and which promises are not kept."""
    broken = ", ".join(f"{item.check.name} {item.violations:,}" for item in not_kept(found))
    return f"{summary(found)} [red]Not kept: {broken}; `cadre audit` shows them.[/red]" if broken else summary(found)


def phase_table(season: str, tallies: tuple[Tally, ...] | list[Tally]) -> Table:
    """Every phase's rows and its counts."""
    table = Table(title=f"Season {season}", title_justify="left")
    table.add_column("Phase")
    for name in ("In", "Done", "Rejected", "Waiting"):
        table.add_column(name, justify="right")
    table.add_column("Control totals", overflow="fold")
    for item in tallies:
        numbers = [f"{number:,}" for number in (item.rows_in, item.done, item.rejected, item.waiting)]
        mark = "" if item.holds else " [red]BROKEN[/red]"
        table.add_row(item.phase, *numbers, item.counts + mark)
    return table


def scenario_table(found: tuple[Scenario, ...]) -> Table:
    """What the season has met with, area by area, and how often."""
    table = Table(title="What happened", title_justify="left")
    table.add_column("Area")
    table.add_column("How often", overflow="fold")
    for area in dict.fromkeys(scenario.area for scenario in found):
        mine = [scenario for scenario in found if scenario.area == area]
        table.add_row(area, ", ".join(f"{scenario.name} {scenario.count:,}" for scenario in mine))
    return table
