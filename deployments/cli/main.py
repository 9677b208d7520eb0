"""The command line of Cadre. Exit code 0 means that what was asked has been done; ``--json`` prints for machines.

Prefect is imported only by the commands that need it, after the environment is set, so that the others answer at once.
"""

import os
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from deployments.cli.certificates import certificate_app
from deployments.cli.cohorts import cohort_app
from deployments.cli.output import AsJson, Season, out, say
from deployments.cli.reviews import review_forecast
from deployments.environment import enter
from schemas.settings import ROOT, settings

app = App(name="cadre", help="Runs a state's professional-learning program for educators, from survey to certificate.")
season_app = App(name="season", help="A whole season.")
survey_app = App(name="survey", help="The district interest survey.")
quarantine_app = App(name="quarantine", help="Survey responses that were refused.")
survey_app.command(quarantine_app)
seats_app = App(name="seats", help="Seats and their confirmation.")
review_app = App(name="review", help="Portfolio reviews.")
review_app.command(review_forecast, name="forecast")
policy_app = App(name="policy", help="Season policy files.")
sandbox_app = App(name="sandbox", help="Servers to try the program against.")
for part in (season_app, survey_app, seats_app, review_app, certificate_app, cohort_app, policy_app, sandbox_app):
    app.command(part)

NO_SERVER = "No server is running on this data directory; start it with `make up`."
DEFAULT_SEASON = settings().season


@season_app.command(name="run")
def season_run(
    *,
    season: Season = DEFAULT_SEASON,
    districts: Annotated[int | None, Parameter(help="How many of the sample districts; all by default.")] = None,
    seed: int = 2022,
    scale: Annotated[int, Parameter(help="How many copies of each district.")] = 1,
    until: Annotated[date | None, Parameter(help="Stop after this day, as 2022-06-14.")] = None,
    faults: Annotated[Literal["none", "sample", "storm"], Parameter(help="What the credit provider does.")] = "sample",
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


@app.command
def status(*, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Show every phase's rows with its conservation equation; exit code 1 where one does not hold."""
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
    kind: Literal["district", "educator", "portfolio", "cohort", "certificate"],
    key: str,
    *,
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Print the whole history of one thing: what was asked, decided, why, by which policy version, and what was sent."""
    from deployments.cli.explained import explained  # noqa: PLC0415 - see above
    from tasks.season.history import NothingKnownError, history_of  # noqa: PLC0415 - see above

    try:
        history = history_of(season, kind, key)
    except NothingKnownError as error:
        say({"error": str(error)}, as_json=as_json, text=str(error))
        return 1
    say(asdict(history), as_json=as_json, text=explained(history, season))
    return 0


@survey_app.command(name="take-in")
def survey_take_in(files: list[Path], *, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Take survey exports in; exit code 1 where a row was quarantined or a file could not be read."""
    from deployments.cli.survey_files import take_in_surveys_here  # noqa: PLC0415 - see above

    reports = take_in_surveys_here(season, files)
    lines = []
    for report in reports:
        lines.append(
            f"{report['name']}: {report['rows']} rows, {report['quarantined']} quarantined. {report['message']}"
        )
        lines += [
            f"  row {i['row']}, {i['field']} '{i['value']}': {i['problem']}; {i['remedy']}" for i in report["faults"]
        ]
    say(reports, as_json=as_json, text="\n".join(lines))
    return 0 if all(report["quarantined"] == 0 and report["rows"] for report in reports) else 1


@quarantine_app.command(name="export")
def quarantine_export(file: Path, *, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Write the refused responses to a CSV file to correct, each with what is wrong with it."""
    from tasks.surveys.corrections import export_quarantine  # noqa: PLC0415 - see above

    count = export_quarantine(season, file)
    text = f"{count} refused responses are in {file}; correct the cells and hand it in: cadre survey quarantine take-in {file}"
    say({"file": str(file), "rows": count}, as_json=as_json, text=text)
    return 0


@quarantine_app.command(name="take-in")
def quarantine_take_in(file: Path, *, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Take a corrected file in again; exit code 1 where a row is still refused."""
    return survey_take_in([file], season=season, as_json=as_json)


@survey_app.command(name="inspect")
def survey_inspect(
    file: Path,
    *,
    mapping: Annotated[bool, Parameter(name="--map", negative=(), help="Show which column fills which field.")] = False,
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Say what a survey export holds; exit code 1 where no response could be found in it."""
    from deployments.cli.survey_files import inspect_survey  # noqa: PLC0415 - see above

    found = inspect_survey(season, file, with_mapping=mapping)
    say(found, as_json=as_json, text="\n".join(f"{name}: {value}" for name, value in found.items()))
    return 0 if found["responses"] else 1


@seats_app.command(name="approve")
def seats_approve(
    *,
    by: Annotated[str, Parameter(help="Who answers for the agency.")],
    note: str = "",
    reject: Annotated[bool, Parameter(negative=(), help="Reject instead.")] = False,
    as_json: AsJson = False,
) -> int:
    """Answer the seat confirmations that wait for the agency; exit code 1 where none waits."""
    from deployments.conductor import answer, client, waiting_for_approval  # noqa: PLC0415 - see above

    if "PREFECT_API_URL" not in os.environ:
        say({"error": NO_SERVER}, as_json=as_json, text=NO_SERVER)
        return 1
    with client() as api:
        runs = waiting_for_approval(api)
    for run in runs:
        answer(run, "reject" if reject else "approve", by, note)
    names = [run.name for run in runs]
    say({"answered": names}, as_json=as_json, text=f"Answered: {', '.join(names) or 'no run waits for the agency'}")
    return 0 if runs else 1


@review_app.command(name="again")
def review_again_command(
    portfolio: str,
    *,
    reason: Annotated[str, Parameter(help="Why; it stays on record.")],
    by: Annotated[str, Parameter(help="Who asks.")] = "operator",
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Start a re-review of a portfolio; the earlier result stays on record."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above
    from tasks.reviews.results import open_re_review  # noqa: PLC0415 - see above

    try:
        number = open_re_review.fn(season, portfolio, reason, by, datetime.now(UTC))
    except OperatorError as error:
        say({"error": str(error)}, as_json=as_json, text=str(error))
        return 1
    say({"portfolio": portfolio, "round": number}, as_json=as_json, text=f"Round {number} of {portfolio} is open.")
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


@sandbox_app.command(name="credit-provider")
def sandbox_credit_provider(
    *, port: int = 8091, faults: Literal["none", "sample", "storm"] = "none", seed: int = 1
) -> None:
    """Serve a credit provider on loopback; its interface is at /docs."""
    import uvicorn  # noqa: PLC0415 - see above

    from deployments.sandbox.credit_provider import build_app  # noqa: PLC0415 - see above

    book = settings().folder / "sandbox" / "credit-provider.db"
    token = settings().provider_token.get_secret_value()
    server = build_app(book, token=token, faults=faults, seed=seed)
    uvicorn.run(server, host="127.0.0.1", port=port, log_level="warning")


@sandbox_app.command(name="survey-tool")
def sandbox_survey_tool(*, port: int = 8092) -> None:
    """Serve a survey tool on loopback; its responses are sandbox/survey-tool.json in the data directory."""
    import uvicorn  # noqa: PLC0415 - see above

    from deployments.sandbox.survey_tool import build_app  # noqa: PLC0415 - see above

    book, token = settings().folder / "sandbox" / "survey-tool.json", settings().survey_token.get_secret_value()
    uvicorn.run(build_app(book, token=token), host="127.0.0.1", port=port, log_level="warning")


@sandbox_app.command(name="mail")
def sandbox_mail(*, port: int = 8025) -> None:
    """Serve a mail server on loopback that keeps each letter as a file in the data directory."""
    from deployments.sandbox.mail import serve  # noqa: PLC0415 - see above

    serve(settings().folder / "mail", port)


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
    raise SystemExit(result if isinstance(result, int) else 0)


def _known_errors() -> list[type[BaseException]]:
    """Errors that say to an operator what is wrong and what to do; of those modules that were imported at all."""
    names = (
        ("schemas.policy", "PolicyError"),
        ("deployments.season_run", "SeasonBusyError"),
        ("deployments.services", "ServiceFailedError"),
        ("deployments.conductor", "RunFailedError"),
        ("tasks.ledger.unit_of_work", "OperatorError"),
        ("tasks.ledger.unit_of_work", "SeasonNotOpenError"),
        ("tasks.season.control_totals", "ConservationError"),
        ("tasks.surveys.survey_source", "SurveySourceError"),
    )
    return [getattr(sys.modules[module], name) for module, name in names if module in sys.modules]


if __name__ == "__main__":
    main()
