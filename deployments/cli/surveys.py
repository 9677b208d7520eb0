"""``cadre survey``: the district interest survey, and responses that were rejected."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, Season, say
from schemas.settings import settings

survey_app = App(name="survey", help="The district interest survey.")
quarantine_app = App(name="quarantine", help="Survey responses that were rejected.")
survey_app.command(quarantine_app)
DEFAULT_SEASON = settings().season


@survey_app.command(name="import")
def survey_import(files: list[Path], *, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Import survey exports; exit code 1 where a row was quarantined or a file could not be read."""
    from deployments.cli.survey_files import import_surveys_here  # noqa: PLC0415 - see above

    return tell_reports(import_surveys_here(season, files), as_json=as_json)


@survey_app.command(name="lead")
def survey_lead(
    file: Path,
    *,
    by: Annotated[str, Parameter(help="Who asks for it.")],
    season: Season = DEFAULT_SEASON,
    as_json: AsJson = False,
) -> int:
    """Name other leads by a file (lea_id, lead_name, lead_email, named_on); exit code 1 where a row was rejected."""
    from deployments.cli.survey_files import name_leads_here  # noqa: PLC0415 - see above

    return tell_reports(name_leads_here(season, file, by), as_json=as_json)


def tell_reports(reports: list[dict[str, Any]], *, as_json: bool) -> int:
    """Say what became of each file and of its rows; 1 where a row was rejected."""
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
    """Write the rejected responses to a CSV file to correct, each with what is wrong with it."""
    from tasks.surveys.corrections import export_quarantine  # noqa: PLC0415 - see above

    count = export_quarantine(season, file)
    text = f"{count} rejected responses are in {file}; correct the cells and import it: cadre survey quarantine import {file}"
    say({"file": str(file), "rows": count}, as_json=as_json, text=text)
    return 0


@quarantine_app.command(name="import")
def quarantine_import(file: Path, *, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Import a corrected file; exit code 1 where a row is still rejected."""
    return survey_import([file], season=season, as_json=as_json)


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
