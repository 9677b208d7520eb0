"""The district's lead: named in the survey, changed by a newer response or by an operator, and told of either."""

from datetime import datetime

from rules.rule_ids import RuleId
from rules.surveys.application import change_lead
from schemas.kinds import SubjectKind
from schemas.records import Lead, Ruling
from schemas.statuses import Outcome
from schemas.tables import Application, District
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter


@step
def replace_lead(season: str, lea_id: str, lead: Lead, requested_by: str, as_of: datetime) -> str:
    """Make somebody the lead of a district; the reason as it is recorded.

    Raises:
        OperatorError: the district has not applied, or the name or address cannot be used.
    """
    after = Lead(lead.name.strip(), lead.email.strip().lower())
    with unit_of_work(season, as_of) as work:
        application = work.db.get(Application, (season, lea_id))
        if application is None:
            raise OperatorError(f"No application of district {lea_id} is on record; check the 7-digit id.")
        before = Lead(application.lead_name, application.lead_email)
        if before == after or work.was_decided(SubjectKind.DISTRICT, lea_id, RuleId.DISTRICT_LEAD):  # a repeated run
            return f"{after.name} was named."
        ruling = change_lead(before, after)
        if ruling.outcome == Outcome.REJECTED:
            raise OperatorError(ruling.reason)
        application.lead_name, application.lead_email = after.name, after.email
        district = work.db.get_one(District, lea_id).name
        tell_lead_change(work, lea_id, district, before, after, requested_by=requested_by)
    return ruling.reason


def tell_lead_change(
    work: Work,
    lea_id: str,
    district: str,
    before: Lead,
    after: Lead,
    *,
    requested_by: str = "the newest response",
) -> Ruling:
    """Record that a district has another lead, and write to both."""
    ruling = change_lead(before, after)
    work.decide(SubjectKind.DISTRICT, lea_id, ruling, requested_by=requested_by)
    for lead in (before, after):
        key = f"lead/{lea_id}/{work.as_of.isoformat()}/{lead.email}"
        write_letter(work, key, "lead_changed", lead.email, lead=lead, before=before, after=after, district=district)
    return ruling
