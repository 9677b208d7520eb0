"""What the program can meet with, area by area, and how often a season has met with it.

A scenario is told by a decision (rule and outcome), by a letter, or by a row. A sample season in which one never occurs shows
less than the program does: the simulator is then at fault.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from schemas.kinds import InputKind
from schemas.records import Component, Track
from schemas.statuses import ClockState, Disposition, OutboxKind, OutboxStatus, Outcome, RoundKind, SeatRoundStatus
from schemas.tables import (
    Activity,
    Application,
    Certificate,
    CertificateTerm,
    CohortMember,
    CohortSession,
    Decision,
    Educator,
    Enrollment,
    IntakeRow,
    Outbox,
    PersonAddress,
    Portfolio,
    SeatRound,
)
from tasks.core.database import reading


def told(what: str, outcome: str) -> str:
    """How a scenario is counted: by a rule and its outcome, or by what else there is and its status."""
    return f"{what}/{outcome}"


SCENARIOS: Mapping[str, Mapping[str, str]] = {
    "application": {
        "option 1": "option/1",
        "option 2": "option/2",
        "option 3": "option/3",
        "request for information": "letter/information",
        "add-on above its maximum": told(RuleId.ADD_ON_MAXIMUM, Outcome.DECLINED),
        "add-on without its option": told(RuleId.LINE_BELONGS_TO_OPTION, Outcome.DECLINED),
        "academy recommendation": told(RuleId.ACADEMY_RECOMMENDATION, Outcome.WARNING),
        "under 20 joins the combined pool": told(RuleId.PRIVATE_COHORT_MINIMUM, Outcome.COMBINED),
        "start outside the season": told(RuleId.START_WINDOW, Outcome.WARNING),
        "resubmission": told(InputKind.SURVEY, Disposition.SUPERSEDED),
        "lead change": told(RuleId.DISTRICT_LEAD, Outcome.CHANGED),
    },
    "seats": {
        "confirmed": told(RuleId.FIRST_COME_FIRST_SERVED, Outcome.CONFIRMED),
        "partly confirmed": told(RuleId.FIRST_COME_FIRST_SERVED, Outcome.PARTLY_CONFIRMED),
        "waitlisted": told(RuleId.FIRST_COME_FIRST_SERVED, Outcome.WAITLISTED),
        "accepted": told(RuleId.OFFER_ANSWERED, Outcome.ACCEPTED),
        "accepted in part": told(RuleId.OFFER_ANSWERED, Outcome.PARTLY_ACCEPTED),
        "declined": told(RuleId.OFFER_ANSWERED, Outcome.DECLINED),
        "lapsed offer": told(RuleId.OFFER_ANSWERED, Outcome.LAPSED),
        "released": told(RuleId.RELEASE_UNFILLED_SEATS, Outcome.RELEASED),
        "took less and left the waitlist": told(RuleId.TAKES_LESS_THAN_OFFERED, Outcome.DECLINED),
        "more seats requested": told(RuleId.MORE_SEATS_REQUESTED, Outcome.REQUESTED),
        "more seats rejected": told(RuleId.MORE_SEATS_REQUESTED, Outcome.REJECTED),
        "librarian seats declined": told(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.DECLINED),
        "later round": "rounds/later",
        "waitlist closed": told(RuleId.WAITLIST_CLOSED, Outcome.CLOSED),
    },
    "enrollment": {
        "seat held": told(RuleId.ENROLLMENT_NEEDS_A_SEAT, Outcome.AWAITING_FORM),
        "seat rejected": told(RuleId.ENROLLMENT_NEEDS_A_SEAT, Outcome.REJECTED),
        "form signed": told(RuleId.COMMITMENT_FORM_FIRST, Outcome.ENROLLED),
        "form never signed": told(RuleId.COMMITMENT_FORM_FIRST, Outcome.LAPSED),
        "reminder": "letter/reminder",
        "address changed": told(RuleId.ADDRESS_CHANGED, Outcome.CHANGED),
        "sent from the new address": "rows/further address",
        "two people of one name": "names/repeated",
        "leaver replaced": told(RuleId.LEAVER_IS_REPLACED, Outcome.REPLACED),
        "librarian without the educator seat": told(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.REJECTED),
        "proof of certification": told(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.ACCEPTED),
    },
    "academy": {
        "course chosen": told(InputKind.SELECTION, Disposition.ACCEPTED),
        "hours outside 8 to 26": told(RuleId.ACADEMY_HOURS, Outcome.WARNING),
        "lead's recommendation": told(RuleId.COURSE_RECOMMENDATION, Outcome.RECOMMENDED),
        "webinar invitation": "letter/webinars",
        "webinar changed": told(RuleId.WEBINAR_CHANGED, Outcome.CHANGED),
        "webinar recorded": told(RuleId.WEBINAR_CHANGED, Outcome.RECORDED),
        "completed": told(RuleId.ACADEMY_COMPLETED, Outcome.COMPLETED),
    },
    "cohort phase": {
        "placed": told(RuleId.COHORT_PLAN, Outcome.PLACED),
        "start proposed": told(RuleId.START_PROPOSED, Outcome.PROPOSED),
        "start confirmed by the lead": told(RuleId.START_ANSWERED, Outcome.CONFIRMED),
        "start moved for the lead": told(RuleId.START_ANSWERED, Outcome.MOVED),
        "another start asked for": told(RuleId.START_ANSWERED, Outcome.REQUESTED),
        "start moved by an operator": told(RuleId.START_DECIDED, Outcome.MOVED),
        "start kept by an operator": told(RuleId.START_DECIDED, Outcome.CONFIRMED),
        "start confirmed by silence": told(RuleId.START_SILENCE, Outcome.CONFIRMED),
        "on track": told(RuleId.PHASE_ONE_ATTENDANCE, Outcome.ON_TRACK),
        "warned": told(RuleId.PHASE_ONE_ATTENDANCE, Outcome.WARNED),
        "at risk": told(RuleId.PHASE_ONE_ATTENDANCE, Outcome.AT_RISK),
        "completed": told(RuleId.PHASE_ONE_ATTENDANCE, Outcome.COMPLETED),
        "check-in with the lead": told(RuleId.LEAD_CHECK_IN, Outcome.WRITTEN),
        "leaver": told(RuleId.PARTICIPANT_LEAVES, Outcome.WITHDRAWN),
        "move": told(RuleId.COHORT_MOVE, Outcome.MOVED),
        "moved as an exception": "exceptions/all",
        "told the choices": told(RuleId.COHORT_CHOICES, Outcome.WRITTEN),
        "merge proposed": told(RuleId.COHORT_MERGE, Outcome.PROPOSED),
        "merged": told(RuleId.COHORT_MERGE, Outcome.MERGED),
        "session moved": told(RuleId.SESSION_MOVED, Outcome.MOVED),
        "session moved as an exception": "exceptions/sessions",
    },
    "portfolio phase": {
        "office hours": told(RuleId.OFFICE_HOURS, Outcome.PLANNED),
        "office hours moved": told(RuleId.OFFICE_HOURS, Outcome.MOVED),
        "office hours canceled": told(RuleId.OFFICE_HOURS, Outcome.CANCELED),
        "reminder": told(RuleId.PORTFOLIO_REMINDER, Outcome.REMINDED),
        "extension": told(RuleId.PORTFOLIO_EXTENSION, Outcome.EXTENDED),
    },
    "artifacts": {
        "educator portfolio": told("portfolio", Track.EDUCATOR),
        "librarian portfolio": told("portfolio", Track.LIBRARIAN),
        "incomplete": told(RuleId.COMPLETE_PORTFOLIO, Outcome.INCOMPLETE),
        "after the last day": told(RuleId.PORTFOLIO_WINDOW, Outcome.REJECTED),
    },
    "review": {
        "certified": told(RuleId.PORTFOLIO_PASSES, Outcome.CERTIFIED),
        "not yet": told(RuleId.PORTFOLIO_PASSES, Outcome.NOT_YET),
        "third evaluator": told(RuleId.THIRD_EVALUATOR, Outcome.REQUESTED),
        "resubmission": told(RuleId.SLA_CLOCK, RoundKind.RESUBMISSION),
        "re-review": told(RuleId.SLA_CLOCK, RoundKind.RE_REVIEW),
        "resubmission offered": told(RuleId.RESUBMISSION, Outcome.OPEN),
        "resubmission reminder": "letter/resubmission_reminder",
        "resubmission after its days": told(RuleId.RESUBMISSION, Outcome.REJECTED),
        "conflict declared late": told(RuleId.CONFLICT_DECLARED, Outcome.CHANGED),
        "review withdrawn for a conflict": told(RuleId.CONFLICT_DECLARED, Outcome.PASSED_ON),
        "evaluator left": told(RuleId.PANEL_LEAVE, Outcome.LEFT),
        "review passed on": told(RuleId.PANEL_LEAVE, Outcome.PASSED_ON),
    },
    "SLA": {
        "early warning": told(RuleId.SLA_WARNED, ClockState.WARNED_EARLY),
        "late warning": told(RuleId.SLA_WARNED, ClockState.WARNED_LATE),
        "overdue": told(RuleId.SLA_OVERDUE, ClockState.OVERDUE),
        "breached": told(RuleId.SLA_BREACHED, ClockState.BREACHED),
        "late result told": told(RuleId.LATE_RESULT_TOLD, Outcome.WRITTEN),
        "held": told(RuleId.SLA_HOLD, Outcome.HELD),
        "resumed": told(RuleId.SLA_HOLD, Outcome.RESUMED),
        "evaluator reminded": told(RuleId.EVALUATOR_SILENCE, Outcome.REMINDED),
        "reassigned": told(RuleId.EVALUATOR_SILENCE, Outcome.REASSIGNED),
    },
    "dual certification": {
        "both": told(RuleId.DUAL_CERTIFICATION, Outcome.BOTH),
        "one of two": told(RuleId.DUAL_CERTIFICATION, Outcome.ONE),
    },
    "certificate": {
        "issued": told(RuleId.CERTIFICATE_VALIDITY, Outcome.ISSUED),
        "activity": "activities/all",
        "reminder": "letter/renewal_reminder",
        "renewed": told(RuleId.CERTIFICATE_RENEWAL, Outcome.RENEWED),
        "fee": told(RuleId.RENEWAL_FEE, Outcome.FEE),
        "renewed early": "renewals/early",
        "refund after an early payment": told(RuleId.RENEWAL_REFUND, Outcome.REFUNDED),
        "payment rejected": told(RuleId.CERTIFICATE_RENEWAL, Outcome.REJECTED),
        "expired": told(RuleId.CERTIFICATE_RENEWAL, Outcome.EXPIRED),
        "revoked": told(RuleId.CERTIFICATE_REVOKED, Outcome.REVOKED),
        "signed credential": "credentials/sent",
    },
    "credits": {
        "requested": told(RuleId.CREDIT_REQUEST, Outcome.REQUESTED),
        "rejected": told(RuleId.CREDIT_REQUEST, Outcome.REJECTED),
        "transcript sent": "letter/transcript_sent",
        "withdrawn": told(RuleId.CREDIT_REQUEST_ENDED, Outcome.REFUNDED),
        "requested again": told(RuleId.CREDIT_REQUESTED_AGAIN, Outcome.REQUESTED),
        "reconciled": told(RuleId.RECONCILIATION, Outcome.AGREES),
    },
    "librarianship course": {
        "summer session": "exfrl/summer",
        "fall session": "exfrl/fall",
        "session changed": told(RuleId.SESSION_OF_THE_COURSE, Outcome.MOVED),
        "session had begun": told(RuleId.SESSION_OF_THE_COURSE, Outcome.PROPOSED),
        "welcome": "letter/course_welcome",
        "session over": told(RuleId.SESSION_OF_THE_COURSE, Outcome.COMPLETED),
    },
    "letters": {
        "sent": told("letters", OutboxStatus.SENT),
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
        Enrollment.season == season, Enrollment.component == Component.EXFRL
    )
    for session, number in db.execute(sessions.group_by(Enrollment.session)):
        yield f"exfrl/{session}", number
    mine = (
        select(func.count())
        .select_from(Activity)
        .join(Certificate, Certificate.certificate_id == Activity.certificate_id)
    )
    yield "activities/all", db.scalar(mine.where(Certificate.season == season)) or 0
    later = select(func.count()).select_from(SeatRound).where(SeatRound.season == season, SeatRound.round_number > 1)
    yield "rounds/later", db.scalar(later.where(SeatRound.status == SeatRoundStatus.APPLIED)) or 0
    excepted = select(func.count()).where(CohortMember.season == season, CohortMember.exception_reason != "")
    yield "exceptions/all", db.scalar(excepted) or 0
    sessions_excepted = select(func.count()).where(CohortSession.season == season, CohortSession.exception_reason != "")
    yield "exceptions/sessions", db.scalar(sessions_excepted) or 0
    yield "names/repeated", _repeated_names(db, season)
    yield "rows/further address", _rows_of_further_addresses(db, season)
    early = select(func.count()).select_from(CertificateTerm).join(Certificate)
    early = early.where(Certificate.season == season, CertificateTerm.paid_on < CertificateTerm.starts_on)
    yield "renewals/early", db.scalar(early) or 0
    yield from _letters(db, season)


def _repeated_names(db: Session, season: str) -> int:
    """How many names several people have."""
    name = Educator.first_name, Educator.last_name
    repeated = select(*name).where(Educator.season == season).group_by(*name).having(func.count() > 1).subquery()
    return db.scalar(select(func.count()).select_from(repeated)) or 0


def _rows_of_further_addresses(db: Session, season: str) -> int:
    """How many portfolios came from an address that is not the one of the roster."""
    further = set(db.scalars(select(PersonAddress.address).where(PersonAddress.address != PersonAddress.email)))
    sent = select(IntakeRow.natural_key).where(IntakeRow.season == season, IntakeRow.kind == InputKind.PORTFOLIO)
    keys = db.scalars(sent.where(IntakeRow.disposition == Disposition.ACCEPTED)) if further else ()
    return sum(key.partition("/")[0] in further for key in keys)


def _letters(db: Session, season: str) -> Iterator[tuple[str, int]]:
    query = select(Outbox.payload, Outbox.status).where(Outbox.season == season, Outbox.kind == OutboxKind.MAIL)
    for payload, status in db.execute(query):
        yield f"letter/{payload['template']}", 1
        yield f"letters/{status}", 1
        yield "credentials/sent", int("credential" in payload)
        for calendar in payload.get("calendars", ()):
            yield f"calendar/{calendar['method']}", 1
