"""District interest surveys: importing them, and a district's lead."""

from datetime import datetime
from pathlib import Path

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import Lead, SeasonPart, Tally
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import keep_upload
from tasks.intake.validation_report import publish_validation
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.leads import replace_lead
from tasks.surveys.survey_source import fetch_responses


@flow(name="import-surveys")
@acts_in(SeasonPart.SURVEY)
def import_surveys(
    season: str, as_of: datetime | None = None, files: list[Path] | None = None, upload: str = ""
) -> list[Tally]:
    """Import district interest surveys: check each row, quarantine what is wrong, and give each district its place.

    Exports come from the watched folder, from the survey tool's own interface if the policy names one, as named files, or as
    the text of an export that is pasted into ``upload``.

    Owner: program staff
    Impact: a response that is not imported is a district without seats.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows of the file; each names its field and remedy.
    """
    moment = moment_of_run(as_of)
    other_ways = [keep_upload(InputKind.SURVEY, upload), fetch_responses(season, moment)]
    import_responses(season, moment, files, other_ways)
    publish_validation(season, moment, InputKind.SURVEY)
    return check_control_totals(season, "survey", "seats")


@flow(name="change-lead")
@acts_in(SeasonPart.WHOLE)
def change_lead(
    season: str, lea_id: str, lead_name: str, lead_email: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Change the lead of a district (manual action): letters go to the new one from now on, and both are told.

    Owner: program staff
    Impact: letters about the district reach the wrong person.
    Rerun: safe; the same lead is named once.
    First triage step: check the 7-digit id and the address.
    """
    moment = moment_of_run(as_of)
    replace_lead(season, lea_id, Lead(lead_name, lead_email), requested_by, moment)
    return check_control_totals(season, "letters")
