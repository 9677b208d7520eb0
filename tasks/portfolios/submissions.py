"""From portfolio submissions to review rounds, each with its own SLA clock."""

import base64
import hashlib
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.portfolios import (
    SubmissionFacts,
    admit_submission,
    check_artifacts,
    kind_of_round,
    last_day,
    missing_artifacts,
    window_of,
)
from rules.reviews.rounds import PastRound
from rules.reviews.sla import round_opened, sla_clock
from schemas.kinds import InputKind, SubjectKind
from schemas.policy import Policy
from schemas.records import Component, Ruling, Term, Track
from schemas.statuses import EnrollmentStatus, Outcome, RoundKind, RoundStatus
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
from tasks.intake.cell_values import listed, moment
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter
from tasks.portfolios.ended_reviews import end_later_re_review
from tasks.portfolios.librarians import own_start

SEAT_OF = {Track.EDUCATOR: Component.CERTIFICATION, Track.LIBRARIAN: Component.LIBRARIAN}


def portfolio_id_of(season: str, email: str, track: str) -> str:
    """The short id by which people speak of a portfolio; made from its natural key, so that it is always the same."""
    digest = hashlib.sha256(f"{season}/{email}/{track}".encode()).digest()
    return f"P{season[2:]}-{base64.b32encode(digest)[:8].decode()}"


@step
def settle_portfolios(season: str, as_of: datetime) -> int:
    """Open a review round for every complete submission, and tell the others what is missing; the rounds opened.

    Each is judged by its own moment, and what is refused stays on record with what was sent.
    """
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.PORTFOLIO, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle, work)))


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
    facts = _facts(work, email, track)
    artifacts = listed(row.content["artifacts"])
    ruling = admit_submission(submitted_at, facts, work.policy)
    if ruling.outcome == Outcome.REJECTED or person is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        _refuse(work, portfolio_id, submitted_at, ruling, email=email, track=track.value, artifacts=artifacts)
        return False
    missing = missing_artifacts(track, artifacts, work.policy.portfolio)
    completeness = check_artifacts(missing)
    _store(work, person, track, submitted_at, artifacts, missing)
    if completeness.outcome == Outcome.INCOMPLETE:
        key = f"portfolio/{portfolio_id}/{submitted_at.isoformat()}"
        work.decide(SubjectKind.PORTFOLIO, portfolio_id, completeness)
        last = last_day(facts, work.policy)
        letter: dict[str, Any] = {"person": person, "missing": missing, "track": track.value, "last_day": last}
        letter["is_over"] = last is not None and last < work.today
        write_letter(work, key, "portfolio_incomplete", email, **letter)
        accept(row, "The submission is incomplete.")
        return False
    ended = end_later_re_review(work, portfolio_id, submitted_at, facts.rounds)
    kind = kind_of_round(facts.newest_result)
    open_round(work, portfolio_id, kind, submitted_at, "submitted by the participant", ended=ended)
    accept(row, ruling.reason)
    return True


def _refuse(work: Work, portfolio_id: str, submitted_at: datetime, ruling: Ruling, **sent: Any) -> None:
    """Keep on record what was sent, and tell whoever has sent it why it does not count."""
    sent |= {"submitted_at": submitted_at.isoformat(), "artifacts": list(sent["artifacts"])}
    work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, **sent)
    key = f"portfolio-refused/{portfolio_id}/{submitted_at.isoformat()}/{work.cause}"
    letter = {"person": work.db.get(Educator, (work.season, sent["email"])), "track": sent["track"]}
    letter |= {"submitted_at": submitted_at, "ruling": ruling}
    write_letter(work, key, "portfolio_refused", sent["email"], **letter)


def _facts(work: Work, email: str, track: Track) -> SubmissionFacts:
    portfolio_id = portfolio_id_of(work.season, email, track)
    portfolio = work.db.get(Portfolio, portfolio_id)
    more = work.db.get(Extension, (work.season, email, track.value))
    return SubmissionFacts(
        rounds=_rounds(work.db, portfolio_id),
        is_enrolled=is_enrolled(work, email, track),
        phase_one=phase_one_of(work.db, work.season, email),
        seat_complete_on=own_start(work.db, work.policy, email) if track is Track.LIBRARIAN else None,
        extended_until=more.until if more else None,
        resubmit_by=portfolio.resubmit_by if portfolio else None,
    )


def _rounds(db: Session, portfolio_id: str) -> list[PastRound]:
    """The rounds of a portfolio, in their order."""
    query = select(ReviewRound).where(ReviewRound.portfolio_id == portfolio_id).order_by(ReviewRound.round_number)
    return [
        PastRound(
            item.round_number, RoundKind(item.kind), RoundStatus(item.status), item.started_at, ended_at=item.decided_at
        )
        for item in db.scalars(query)
    ]


def is_enrolled(work: Work, email: str, track: Track) -> bool:
    """Whether a person has a seat for portfolios of a track, with a signed form."""
    seat = work.db.get(Enrollment, (work.season, email, SEAT_OF[track].value))
    return seat is not None and seat.status == EnrollmentStatus.ENROLLED


def newest_round(db: Session, portfolio_id: str) -> ReviewRound | None:
    """The newest round of a portfolio, decided or not."""
    query = select(ReviewRound).where(ReviewRound.portfolio_id == portfolio_id)
    return db.scalar(query.order_by(ReviewRound.round_number.desc()).limit(1))


def phase_one_of(db: Session, season: str, email: str) -> Term | None:
    """The time of a participant's cohort; none where they are in none."""
    member = db.get(CohortMember, (season, email))
    if member is None:
        return None
    cohort = db.get_one(Cohort, (season, member.cohort_id))
    return Term(cohort.starts_on, cohort.ends_on)


def time_for(db: Session, policy: Policy, email: str, track: str) -> Term | None:
    """The time for a person's portfolio, without what an operator has added; none where they need a cohort and are in none."""
    phase_one = phase_one_of(db, policy.season, email)
    complete_on = own_start(db, policy, email) if track == Track.LIBRARIAN else None
    return window_of(phase_one, complete_on, policy.portfolio)


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


def open_round(
    work: Work,
    portfolio_id: str,
    kind: RoundKind,
    started_at: datetime,
    reason: str,
    *,
    ended: ReviewRound | None = None,
) -> ReviewRound:
    """Open the next round of a portfolio; its clock starts at ``started_at``, and the participant gets a letter.

    ``ended`` is the re-review that the new round takes the place of, if there is one.
    """
    newest = newest_round(work.db, portfolio_id)
    clock = sla_clock(started_at, work.policy)
    row = ReviewRound(portfolio_id=portfolio_id, round_number=(newest.round_number if newest else 0) + 1)
    row.season, row.kind, row.reason, row.status = work.season, kind, reason, RoundStatus.WAITING
    row.opened_at, row.started_at = work.as_of, started_at
    row.due_at, row.breach_at = clock.due_at, clock.breach_at
    row.reviews_wanted = work.policy.review.reviews_per_portfolio
    work.db.add(row)
    work.db.flush()
    due_on = work.policy.local_day(clock.due_at)
    ruling = round_opened(kind, row.round_number, due_on)
    work.decide(
        SubjectKind.PORTFOLIO,
        portfolio_id,
        ruling,
        due_at=clock.due_at.isoformat(),
        breach_at=clock.breach_at.isoformat(),
    )
    portfolio = work.db.get_one(Portfolio, portfolio_id)
    person = work.db.get_one(Educator, (work.season, portfolio.email))
    letter = {"person": person, "portfolio": portfolio, "round": row, "due_on": due_on, "ended": ended}
    write_letter(work, f"round/{portfolio_id}/{row.round_number}", "round_opened", person.email, **letter)
    return row
