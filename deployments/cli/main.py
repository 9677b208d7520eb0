"""The command line of Cadre. Exit code 0 means that what was asked has been done; ``--json`` prints for machines.

Prefect is imported only by the commands that need it, after the environment is set, so that the others answer at once.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deployments.cli.audit import audit_app
from deployments.cli.certificates import certificate_app
from deployments.cli.cohorts import cohort_app
from deployments.cli.credits import credit_app
from deployments.cli.database import database_app
from deployments.cli.doctor import doctor_app
from deployments.cli.output import AsJson, Season, out, say, say_error
from deployments.cli.persons import person_app
from deployments.cli.practice import practice_app
from deployments.cli.reviews import review_app
from deployments.cli.sandbox import sandbox_app
from deployments.cli.season import season_app
from deployments.cli.seats import seats_app
from deployments.cli.surveys import survey_app
from deployments.environment import enter
from schemas.settings import ROOT, settings

app = App(name="cadre", help="Runs a state's professional-learning program for educators, from survey to certificate.")
policy_app = App(name="policy", help="Season policy files.")
PARTS = (
    audit_app,
    season_app,
    survey_app,
    seats_app,
    review_app,
    certificate_app,
    credit_app,
    cohort_app,
    person_app,
    policy_app,
    database_app,
    doctor_app,
    sandbox_app,
    practice_app,
)
for part in PARTS:
    app.command(part)

DEFAULT_SEASON = settings().season


@app.command
def status(*, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Show every phase's rows with its control totals; exit code 1 where one does not hold."""
    from deployments.showcase import phase_table  # noqa: PLC0415 - see above
    from tasks.season.control_totals import all_tallies  # noqa: PLC0415 - see above

    tallies = all_tallies(season)
    if as_json:
        say([{**asdict(item), "holds": item.holds} for item in tallies], as_json=True, text="")
    else:
        out.print(phase_table(season, tallies))
    return 0 if all(item.holds for item in tallies) else 1


@app.command
def explain(
    kind: Literal["district", "educator", "portfolio", "cohort", "certificate", "evaluator"],
    key: str,
    *,
    rules: Annotated[bool, Parameter(negative=(), help="Show which rule and policy version decided.")] = False,
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Print where one thing stands, what comes next, and its whole history: asked, decided and why, done, and written."""
    from deployments.cli.explained import explained  # noqa: PLC0415 - see above
    from tasks.season.history import NothingKnownError, history_of  # noqa: PLC0415 - see above

    try:
        history = history_of(season, kind, key)
    except NothingKnownError as error:
        return say_error(error, as_json=as_json)
    say(asdict(history), as_json=as_json, text=explained(history, season, with_rules=rules))
    return 0


@policy_app.command(name="check")
def policy_check(file: Path, *, as_json: AsJson = False) -> int:
    """Say whether a policy file can be used; one line for each key at fault."""
    from schemas.policy import PolicyError, read_policy  # noqa: PLC0415 - keeps the other commands quick

    try:
        policy = read_policy(file)
    except PolicyError as error:
        say({"ok": False, "problems": error.problems}, as_json=as_json, text="\n".join(error.problems))
        return 1
    text = f"{file.name} can be used; its version is {policy.version}."
    say({"ok": True, "version": policy.version}, as_json=as_json, text=text)
    return 0


@app.command
def up(
    *,
    season: Season = DEFAULT_SEASON,
    port: int = 4200,
    deployments: Annotated[Path, Parameter(help="Another file of deployments and schedules.")] = ROOT / "prefect.yaml",
) -> int:
    """Start server, work pool, deployments, worker and sandbox on loopback, and look after them; Ctrl-C stops them all."""
    from deployments.up import Installation, run_until_stopped  # noqa: PLC0415 - see above

    return run_until_stopped(Installation(season, port, deployments))


def main() -> None:
    """Set the environment, then do what the command says."""
    try:
        enter(settings())
        result = app(result_action="return_value")
    except tuple(_known_errors()) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    except Exception as error:
        if not (told := _of_database(error)):
            raise
        sys.stderr.write(f"{told}\n")
        raise SystemExit(1) from None
    raise SystemExit(result if isinstance(result, int) else 0)


def _of_database(error: Exception) -> str:
    """What is said where the installation's database could not even be asked; empty of any other error."""
    library = sys.modules.get("sqlalchemy.exc")
    if library is None or not isinstance(error, library.OperationalError) or error.statement is not None:
        return ""
    from tasks.core.connections import unanswered  # noqa: PLC0415 - see above
    from tasks.core.database import engine_for  # noqa: PLC0415 - see above

    return unanswered(engine_for(settings().database), error)


def _known_errors() -> list[type[BaseException]]:
    """Errors that say to an operator what is wrong and what to do; of those modules that were imported at all."""
    names = (
        ("schemas.policy", "PolicyError"),
        ("deployments.environment", "AuthFileError"),
        ("deployments.environment", "DataDirectoryError"),
        ("deployments.data_directory", "SeasonBusyError"),
        ("deployments.services", "ServiceFailedError"),
        ("deployments.conductor", "RunFailedError"),
        ("deployments.practice.installation", "PracticeError"),
        ("tasks.core.practice_clock", "PracticeClockError"),
        ("tasks.ledger.unit_of_work", "OperatorError"),
        ("tasks.ledger.unit_of_work", "SeasonNotOpenError"),
        ("tasks.ledger.unit_of_work", "SeasonClosedError"),
        ("tasks.season.export.second_process", "SecondProcessError"),
        ("tasks.season.control_totals", "ControlTotalsError"),
        ("tasks.season.lists", "ListError"),
        ("schemas.database_urls", "DatabaseUrlError"),
        ("tasks.core.backups", "BackupError"),
        ("tasks.core.connections", "DatabaseDownError"),
        ("tasks.core.empty_databases", "NotEmptyError"),
        ("tasks.core.postgres_tools", "ToolError"),
        ("tasks.core.sqlite_files", "DamagedFileError"),
        ("tasks.core.step", "ServiceDownError"),
        ("tasks.core.step", "ServiceSetupError"),
    )
    return [getattr(sys.modules[module], name) for module, name in names if module in sys.modules]


if __name__ == "__main__":
    main()
