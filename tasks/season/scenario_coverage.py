"""What the program can meet with, area by area, and how often a season has met with it.

A scenario is told by a decision (rule and outcome), by a letter, or by a row. A sample season in which one never occurs shows
less than the program does: the simulator is then at fault.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.tables import Activity, Application, Certificate, Decision, Enrollment, IntakeRow, Outbox, Portfolio
from tasks.core.database import reading

CONFIRMATION = "first-come-first-served"
SCENARIOS: Mapping[str, Mapping[str, str]] = {
    "application": {
        "option 1": "option/1",
        "option 2": "option/2",
        "option 3": "option/3",
        "request for information": "letter/information",
        "add-on above its maximum": "add-on-maximum/declined",
        "add-on without its option": "line-belongs-to-option/declined",
        "academy recommendation": "academy-recommendation/warning",
        "under 20 joins the combined pool": "private-cohort-minimum/combined",
        "resubmission": "survey/superseded",
        "lead change": "district-lead/changed",
    },
    "seats": {
        "confirmed": f"{CONFIRMATION}/confirmed",
        "partly confirmed": f"{CONFIRMATION}/partly_confirmed",
        "waitlisted": f"{CONFIRMATION}/waitlisted",
        "accepted": "offer-answered/accepted",
        "accepted in part": "offer-answered/partly_accepted",
        "declined": "offer-answered/declined",
        "lapsed offer": "offer-answered/lapsed",
        "released": "release-unfilled-seats/released",
    },
    "enrollment": {
        "seat held": "enrollment-needs-a-seat/awaiting_form",
        "seat rejected": "enrollment-needs-a-seat/rejected",
        "form signed": "commitment-form-first/enrolled",
        "form never signed": "commitment-form-first/lapsed",
        "reminder": "letter/reminder",
        "leaver replaced": "leaver-is-replaced/replaced",
    },
    "academy": {
        "course chosen": "selection/accepted",
        "hours outside 8 to 26": "academy-hours/warning",
        "lead's recommendation": "course-recommendation/recommended",
        "webinar invitation": "letter/webinars",
        "webinar changed": "webinar-changed/changed",
        "webinar recorded": "webinar-changed/recorded",
        "completed": "academy-completed/completed",
    },
    "cohort phase": {
        "placed": "cohort-plan/placed",
        "on track": "phase-one-attendance/on_track",
        "warned": "phase-one-attendance/warned",
        "at risk": "phase-one-attendance/at_risk",
        "completed": "phase-one-attendance/completed",
        "check-in with the lead": "lead-check-in/written",
        "leaver": "participant-leaves/withdrawn",
        "move": "cohort-move/moved",
        "merge proposed": "cohort-merge/proposed",
        "merged": "cohort-merge/merged",
        "session moved": "session-moved/moved",
    },
    "portfolio phase": {
        "office hours": "office-hours/planned",
        "office hours moved": "office-hours/moved",
        "office hours canceled": "office-hours/canceled",
        "reminder": "portfolio-reminder/reminded",
        "extension": "portfolio-extension/extended",
    },
    "artifacts": {
        "educator portfolio": "portfolio/educator",
        "librarian portfolio": "portfolio/librarian",
        "incomplete": "complete-portfolio/incomplete",
    },
    "review": {
        "certified": "portfolio-passes/certified",
        "not yet": "portfolio-passes/not_yet",
        "third evaluator": "third-evaluator/requested",
        "resubmission": "sla-clock/resubmission",
        "re-review": "sla-clock/re-review",
    },
    "SLA": {
        "early warning": "sla-warned/warned-14",
        "late warning": "sla-warned/warned-5",
        "overdue": "sla-overdue/overdue",
        "breached": "sla-breached/breached",
        "held": "sla-hold/held",
        "resumed": "sla-hold/resumed",
        "evaluator reminded": "evaluator-silence/reminded",
        "reassigned": "evaluator-silence/reassigned",
    },
    "dual certification": {"both": "dual-certification/both", "one of two": "dual-certification/one"},
    "certificate": {
        "issued": "certificate-validity/issued",
        "activity": "activities/all",
        "reminder": "letter/renewal_reminder",
        "renewed": "certificate-renewal/renewed",
        "fee": "renewal-fee/fee",
        "expired": "certificate-renewal/expired",
        "revoked": "certificate-revoked/revoked",
        "signed credential": "credentials/sent",
    },
    "credits": {
        "requested": "credit-request/requested",
        "rejected": "credit-request/rejected",
        "transcript sent": "letter/transcript_sent",
        "withdrawn": "credit-request-ended/refunded",
        "reconciled": "reconciliation/agrees",
    },
    "librarianship course": {
        "summer session": "exfrl/summer",
        "fall session": "exfrl/fall",
        "session changed": "session-of-the-course/moved",
    },
    "letters": {
        "sent": "letters/sent",
        "calendar invitation": "calendar/PUBLISH",
        "calendar cancellation": "calendar/CANCEL",
    },
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that the program can meet with, and how often it has."""

    area: str
    name: str
    count: int


def scenarios(season: str) -> tuple[Scenario, ...]:
    """How often each scenario has occurred."""
    counts: Counter[str] = Counter()
    with reading() as db:
        for key, number in _counts(db, season):
            counts[key] += number
    return tuple(Scenario(area, name, counts[key]) for area, found in SCENARIOS.items() for name, key in found.items())


def _counts(db: Session, season: str) -> Iterator[tuple[str, int]]:
    """Everything that is counted, as ``rule/outcome`` or a name of the same form."""
    decided = select(Decision.rule, Decision.outcome, func.count()).where(Decision.season == season)
    for rule, outcome, number in db.execute(decided.group_by(Decision.rule, Decision.outcome)):
        yield f"{rule}/{outcome}", number
    rows = select(IntakeRow.kind, IntakeRow.disposition, func.count()).where(IntakeRow.season == season)
    for kind, disposition, number in db.execute(rows.group_by(IntakeRow.kind, IntakeRow.disposition)):
        yield f"{kind}/{disposition}", number
    options = select(Application.option, func.count()).where(Application.season == season)
    for option, number in db.execute(options.group_by(Application.option)):
        yield f"option/{option}", number
    tracks = select(Portfolio.track, func.count()).where(Portfolio.season == season)
    for track, number in db.execute(tracks.group_by(Portfolio.track)):
        yield f"portfolio/{track}", number
    sessions = select(Enrollment.session, func.count()).where(
        Enrollment.season == season, Enrollment.component == "exfrl"
    )
    for session, number in db.execute(sessions.group_by(Enrollment.session)):
        yield f"exfrl/{session}", number
    mine = (
        select(func.count())
        .select_from(Activity)
        .join(Certificate, Certificate.certificate_id == Activity.certificate_id)
    )
    yield "activities/all", db.scalar(mine.where(Certificate.season == season)) or 0
    yield from _letters(db, season)


def _letters(db: Session, season: str) -> Iterator[tuple[str, int]]:
    query = select(Outbox.payload, Outbox.status).where(Outbox.season == season, Outbox.kind == "mail")
    for payload, status in db.execute(query):
        yield f"letter/{payload['template']}", 1
        yield f"letters/{status}", 1
        yield "credentials/sent", int("credential" in payload)
        for calendar in payload.get("calendars", ()):
            yield f"calendar/{calendar['method']}", 1
