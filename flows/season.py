"""The season as a whole: its report, its audit, and its opening."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.cohorts.facilitators import publish_lost_slots
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.season.audit_report import audit_promises, require_kept_promises
from tasks.season.closing import close_books
from tasks.season.control_totals import PHASES, check_control_totals
from tasks.season.guard import acts_in
from tasks.season.opening import open_with_lists
from tasks.season.report import write_report


@flow(name="report-season")
@acts_in(SeasonPart.WHOLE)
def report_season(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Report the season: every phase's rows with its control totals, as a page and as Prefect artifacts.

    Owner: program staff
    Impact: none; it only reads.
    Rerun: safe; the page is written anew.
    First triage step: run `cadre status`; it shows the counts that does not hold.
    """
    write_report(season, moment_of_run(as_of))
    return check_control_totals(season, *PHASES)


@flow(name="audit-season")
@acts_in(SeasonPart.WHOLE)
def audit_season(season: str, as_of: datetime | None = None) -> str:
    """Audit the season: every promise to districts and participants, looked up in the data by SQL of its own.

    Owner: program staff
    Impact: none on the season; a promise that is not kept fails the run and is written to the operators.
    Rerun: safe; operators are written to once a day about the same promises.
    First triage step: run `cadre audit`; it shows the clause of each promise and the first cases, people by their ids.
    """
    return require_kept_promises(audit_promises(season, moment_of_run(as_of)))


@flow(name="open-season")
@acts_in(SeasonPart.OPENING)
def open_season(
    season: str, districts: InboxPath, facilitators: InboxPath, evaluators: InboxPath, as_of: datetime | None = None
) -> list[Tally]:
    """Open a season: its policy and the agency's grant, the districts, the facilitators and the independent panel.

    Owner: program staff
    Impact: without it no other flow of the season can run.
    Rerun: safe; the newest lists and the grant of the policy file count from then on; nobody is taken off a list,
        and a conflict once declared stays. With a fault in any list nothing is opened, and nothing changed.
    First triage step: correct what the message names in the lists; else run `cadre policy check` on the season's file.
    """
    moment = moment_of_run(as_of)
    opening = open_with_lists(season, districts, facilitators, evaluators, moment)
    publish_lost_slots(season, opening.lost_slots)
    return check_control_totals(season, "survey", "seats")


@flow(name="close-season")
@acts_in(SeasonPart.WHOLE)
def close_season(season: str, closed_by: str, as_of: datetime | None = None) -> str:
    """Close a season of which nothing is left open (manual action): nothing acts on it from then on.

    Owner: program staff
    Impact: it cannot be opened again; its records stay, and can be explained, audited, and exported.
    Rerun: safe; a closed season stays closed.
    First triage step: the message has everything that is left open.
    """
    return close_books(season, closed_by, moment_of_run(as_of))
