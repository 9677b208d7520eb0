"""District interest surveys: importing them, and a district's lead."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import SeasonPart, Tally
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in
from tasks.surveys.import_surveys import import_responses
from tasks.surveys.leads import settle_leads
from tasks.surveys.survey_source import fetch_responses


@flow(name="import-surveys")
@acts_in(SeasonPart.SURVEY)
def import_surveys(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Import district interest surveys: check each row, quarantine what is wrong, and give each district its place.

    Exports come from the watched folder, from the survey tool's own interface if the policy names one, or as named files of
    the inbox.

    Owner: program staff
    Impact: a response that is not imported is a district without seats.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined rows of the file; each names its field and remedy.
    """
    moment = moment_of_run(as_of)
    import_responses(season, moment, files, [fetch_responses(season, moment)])
    publish_validation(season, moment, InputKind.SURVEY)
    return check_control_totals(season, "survey", "seats")


@flow(name="change-lead")
@acts_in(SeasonPart.WHOLE)
def change_lead(
    season: str, requested_by: str, as_of: datetime | None = None, files: list[InboxPath] | None = None
) -> list[Tally]:
    """Change the lead of a district (manual action): letters go to the new one from now on, and both are told.

    The new leads come from a file (lea_id, lead_name, lead_email, named_on) in the inbox folder ``lead``: names and addresses
    do not go into run forms.

    Owner: program staff
    Impact: letters about the district reach the wrong person.
    Rerun: safe; the same lead is named once.
    First triage step: look at the quarantined rows; check the 7-digit id and the address.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.LEAD, moment, files)
    settle_leads(season, requested_by, moment)
    publish_validation(season, moment, InputKind.LEAD)
    return check_control_totals(season, "lead", "letters")
