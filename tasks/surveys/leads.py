"""The district's lead: named in the survey, changed by a newer response or by an operator, and told of either."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from rules.rule_ids import RuleId
from rules.surveys.application import change_lead
from schemas.kinds import InputKind, PersonRole, SubjectKind
from schemas.records import Lead, Ruling
from schemas.statuses import Disposition, Outcome
from schemas.tables import Application, District, IntakeRow
from tasks.core.step import step
from tasks.intake.persons_on_record import register_people
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.persons import Sighting
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter


@step
def settle_leads(season: str, requested_by: str, as_of: datetime) -> int:
    """Make the people named last in the staged rows the leads of their districts; how many districts have another lead."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.LEAD, as_of)
        by_day = sorted(rows, key=lambda row: row.content["named_on"])
        last = {row.content["lea_id"]: row for row in by_day}
        changed = sum(settle_rows(work, rows, lambda: partial(_settle, work, requested_by, last)))
        named = [row.content for row in last.values() if row.disposition == Disposition.ACCEPTED]
        register_people(work, "list of leads", [_sighting(content) for content in named])
    return changed


def _sighting(content: Mapping[str, str]) -> Sighting:
    return Sighting(content["lead_email"], PersonRole.LEAD, content["lead_name"], content["lea_id"])


def _settle(work: Work, requested_by: str, last: Mapping[str, IntakeRow], row: IntakeRow) -> bool:
    lea_id = row.content["lea_id"]
    if last[lea_id] is not row:
        supersede(row, "Somebody else was named for this district afterwards.")
        return False
    application = work.db.get(Application, (work.season, lea_id))
    if application is None:
        quarantine(work.db, row, RuleId.DISTRICT_LEAD, "No application of this district is on record; check the id.")
        return False
    before = Lead(application.lead_name, application.lead_email)
    after = Lead(row.content["lead_name"], row.content["lead_email"])
    if before == after:
        supersede(row, "This person is the lead already.")
        return False
    ruling = change_lead(before, after)
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    application.lead_name, application.lead_email = after.name, after.email
    tell_lead_change(work, lea_id, work.db.get_one(District, lea_id).name, before, after, requested_by=requested_by)
    accept(row, ruling.reason)
    return True


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
