"""From portfolio submissions to review rounds, each with its own SLA clock."""

import base64
import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.portfolios import admit_submission, missing_artifacts
from rules.reviews.results import sla_clock
from rules.rule_ids import RuleId
from schemas.records import Ruling, Term, Track
from schemas.tables import (
    Cohort,
    CohortMember,
    Educator,
    Enrollment,
    Extension,
    IntakeRow,
    Portfolio,
    ReviewRound,
    Submission,
)
from tasks.core.step import step
from tasks.intake.cell_values import moment, parts
from tasks.intake.pipeline import accept, quarantine, staged_rows, supersede
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter

OPEN = frozenset({"waiting", "assigned"})


def portfolio_id_of(season: str, email: str, track: str) -> str:
    """The short id by which people speak of a portfolio; made from its natural key, so that it is always the same."""
    digest = hashlib.sha256(f"{season}/{email}/{track}".encode()).digest()
    return f"P{season[2:]}-{base64.b32encode(digest)[:8].decode()}"


@step
def settle_portfolios(season: str, as_of: datetime) -> int:
    """Open a review round for every complete submission, and tell the others what is missing; the rounds opened."""
    with unit_of_work(season, as_of) as work:
        return sum(_settle(work, row) for row in staged_rows(work.db, season, "portfolio", as_of))


def _settle(work: Work, row: IntakeRow) -> bool:
    email, track = row.content["email"], Track(row.content["track"])
    portfolio_id = portfolio_id_of(work.season, email, track)
    person = work.db.get(Educator, (work.season, email))
    try:
        submitted_at = moment(row.content["submitted_at"], work.policy)
    except ValueError as error:
        quarantine(work.db, row, "PF-006", f"submitted_at: {error}; correct the date")
        return False
    if work.db.get(Submission, (portfolio_id, submitted_at)):
        supersede(row, "This submission was imported before.")
        return False
    ruling = _admit(work, email, track, submitted_at)
    if ruling.outcome == "rejected" or person is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        work.decide("portfolio", portfolio_id, ruling, email=email)
        return False
    missing = missing_artifacts(track, parts(row.content["artifacts"]), work.policy.portfolio)
    _store(work, person, track, submitted_at, parts(row.content["artifacts"]), missing)
    accept(row, "The submission is incomplete." if missing else ruling.reason)
    return not missing


def _admit(work: Work, email: str, track: Track, submitted_at: datetime) -> Ruling:
    newest = _newest_round(work.db, portfolio_id_of(work.season, email, track))
    if newest and newest.status in OPEN:
        return Ruling(RuleId.ONE_ROUND_AT_A_TIME, "rejected", "The portfolio is being reviewed; wait for its result.")
    if newest and newest.status == "certified":
        return Ruling(RuleId.ONE_ROUND_AT_A_TIME, "rejected", "The portfolio has been certified already.")
    component = "librarian" if track is Track.LIBRARIAN else "certification"
    seat = work.db.get(Enrollment, (work.season, email, component))
    if seat is None or seat.status != "enrolled":
        return Ruling(RuleId.COMMITMENT_FORM_FIRST, "rejected", "No signed enrollment for this track is on record.")
    person = work.db.get_one(Educator, (work.season, email))
    is_certified_librarian = track is Track.LIBRARIAN and person.is_already_certified
    more = work.db.get(Extension, (work.season, email, track.value))
    term = phase_one_of(work.db, work.season, email)
    return admit_submission(submitted_at, term, is_certified_librarian, work.policy, more.until if more else None)


def _newest_round(db: Session, portfolio_id: str) -> ReviewRound | None:
    query = select(ReviewRound).where(ReviewRound.portfolio_id == portfolio_id)
    return db.scalar(query.order_by(ReviewRound.round_number.desc()).limit(1))


def phase_one_of(db: Session, season: str, email: str) -> Term | None:
    """The time of a participant's cohort; none where they are in none."""
    member = db.get(CohortMember, (season, email))
    if member is None:
        return None
    cohort = db.get_one(Cohort, (season, member.cohort_id))
    return Term(cohort.starts_on, cohort.ends_on)


def _store(work: Work, person: Educator, track: Track, submitted_at: datetime, *lists: tuple[str, ...]) -> None:
    artifacts, missing = lists
    portfolio_id = portfolio_id_of(work.season, person.email, track)
    if not work.db.get(Portfolio, portfolio_id):
        portfolio = Portfolio(portfolio_id=portfolio_id, season=work.season, email=person.email, track=track.value)
        portfolio.lea_id, portfolio.grade_band = person.lea_id, person.grade_band
        work.db.add(portfolio)
        work.db.flush()
    submission = Submission(portfolio_id=portfolio_id, submitted_at=submitted_at)
    submission.artifacts, submission.missing = list(artifacts), list(missing)
    work.db.add(submission)
    if missing:
        reason = f"The portfolio lacks: {', '.join(missing)}. Add them and send it again; no review has begun."
        work.decide("portfolio", portfolio_id, Ruling(RuleId.COMPLETE_PORTFOLIO, "incomplete", reason))
        key = f"portfolio/{portfolio_id}/{submitted_at.isoformat()}"
        write_letter(work, key, "portfolio_incomplete", person.email, person=person, missing=missing, track=track.value)
        return
    newest = _newest_round(work.db, portfolio_id)
    kind = "resubmission" if newest else "first"
    open_round(work, portfolio_id, kind, submitted_at, "submitted by the participant")


def open_round(work: Work, portfolio_id: str, kind: str, started_at: datetime, reason: str) -> ReviewRound:
    """Open the next round of a portfolio; its clock starts at ``started_at``, and the participant gets a letter."""
    newest = _newest_round(work.db, portfolio_id)
    clock = sla_clock(started_at, work.policy)
    row = ReviewRound(portfolio_id=portfolio_id, round_number=(newest.round_number if newest else 0) + 1)
    row.season, row.kind, row.reason, row.status = work.season, kind, reason, "waiting"
    row.opened_at, row.started_at = work.as_of, started_at
    row.due_at, row.breach_at = clock.due_at, clock.breach_at
    row.reviews_wanted = work.policy.review.reviews_per_portfolio
    work.db.add(row)
    work.db.flush()
    due_on = work.policy.local_day(clock.due_at)
    ruling = Ruling(RuleId.SLA_CLOCK, kind, f"Round {row.round_number} has begun; its result is due by {due_on}.")
    work.decide(
        "portfolio", portfolio_id, ruling, due_at=clock.due_at.isoformat(), breach_at=clock.breach_at.isoformat()
    )
    portfolio = work.db.get_one(Portfolio, portfolio_id)
    person = work.db.get_one(Educator, (work.season, portfolio.email))
    letter = {"person": person, "portfolio": portfolio, "round": row, "due_on": due_on}
    write_letter(work, f"round/{portfolio_id}/{row.round_number}", "round_opened", person.email, **letter)
    return row
