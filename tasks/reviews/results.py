"""Scores, results, and re-reviews."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from rules.reviews.resubmission import offer_resubmission
from rules.reviews.results import (
    AssignedReview,
    admit_score,
    counted_scores,
    decide_round,
    dual_result,
    mean_hundredths,
    review_again,
    seeks_both,
)
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Ruling, Track
from schemas.statuses import CertificateStatus, Outcome, RoundKind, RoundStatus
from schemas.tables import Assignment, Certificate, Educator, IntakeRow, Portfolio, ReviewRound
from tasks.certificates.register import keep_certificate
from tasks.core.step import step
from tasks.intake.cell_values import moment
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import send_with_credential
from tasks.portfolios.submissions import is_enrolled, open_round
from tasks.reviews.late_results import end_hold, lateness, mark_late_result, report_late


@step
def settle_scores(season: str, as_of: datetime) -> int:
    """Take the staged scores over, and decide every round whose last score came in; the rounds decided."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.SCORE, as_of)
        touched = settle_rows(work, rows, lambda: partial(_settle_score, work))
        work.db.flush()
        decided = [_decide(work, *key) for key in dict.fromkeys(key for key in touched if key)]
        closed = [round_ for round_ in decided if round_]
        report_late(work, "sla-results", [round_ for round_ in closed if mark_late_result(work, round_)])
        return len(closed)


def _of_round(portfolio_id: str, number: int) -> str:
    """A round whose last score came in, as the cause of what is decided: a person may have two portfolios."""
    return f"review/{portfolio_id}/{number}"


def _settle_score(work: Work, row: IntakeRow) -> tuple[str, int] | None:
    content = row.content
    key = content["portfolio_id"], int(content["round_number"])
    assignment = work.db.get(Assignment, (*key, content["evaluator_id"]))
    ruling = admit_score(_assigned(work, assignment))
    if ruling.outcome == Outcome.SUPERSEDED:
        supersede(row, ruling.reason)
        return None
    if ruling.outcome == Outcome.REJECTED or assignment is None:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return None
    try:
        assignment.scored_at = moment(content["scored_at"], work.policy)
    except ValueError as error:
        quarantine(work.db, row, "SC-008", f"scored_at: {error}; correct the date")
        return None
    assignment.score_hundredths, assignment.feedback = int(Decimal(content["score_percent"]) * 100), content["feedback"]
    accept(row, ruling.reason)
    return key


def _assigned(work: Work, assignment: Assignment | None) -> AssignedReview | None:
    if assignment is None:
        return None
    withdrawn_on = work.policy.local_day(assignment.withdrawn_at) if assignment.withdrawn_at else None
    return AssignedReview(withdrawn_on, is_scored=assignment.score_hundredths is not None)


def _decide(work: Work, portfolio_id: str, round_number: int) -> ReviewRound | None:
    """The round with its result, if this was the last score that it waited for."""
    round_ = work.db.get_one(ReviewRound, (portfolio_id, round_number))
    query = select(Assignment).where(Assignment.portfolio_id == portfolio_id, Assignment.round_number == round_number)
    query = query.where(Assignment.withdrawn_at.is_(None)).order_by(Assignment.evaluator_id)
    assignments = [item for item in work.db.scalars(query) if item.score_hundredths is not None]
    scores = [item.score_hundredths for item in assignments if item.score_hundredths is not None]
    ruling = decide_round(RoundStatus(round_.status), scores, round_.reviews_wanted, work.policy.review)
    if ruling is None:
        return None
    if ruling.outcome == Outcome.REQUESTED:
        round_.reviews_wanted, round_.status = len(scores) + 1, RoundStatus.WAITING
        work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, round_number=round_number, scores_hundredths=scores)
        return None
    counted = counted_scores(scores, work.policy.review)
    with work.because(_of_round(portfolio_id, round_number)):
        _close(work, round_, ruling, counted, [item.feedback for item in assignments])
    return round_


def _close(work: Work, round_: ReviewRound, ruling: Ruling, scores: Sequence[int], feedback: Sequence[str]) -> None:
    """Record the result of a round, bring the certificate consistent with it, and tell the participant."""
    round_.status, round_.score_hundredths = RoundStatus(ruling.outcome), mean_hundredths(scores)
    end_hold(round_, work.as_of, work.policy)
    round_.decided_at = work.as_of
    portfolio_id, number = round_.portfolio_id, round_.round_number
    work.decide(SubjectKind.PORTFOLIO, portfolio_id, ruling, round_number=number, scores_hundredths=list(scores))
    held = _valid_certificate(work, portfolio_id)
    certificate = keep_certificate(work, portfolio_id, ruling)
    portfolio = work.db.get_one(Portfolio, portfolio_id)
    again = _offer_again(work, portfolio, ruling)
    person = work.db.get_one(Educator, (work.season, portfolio.email))
    letter: dict[str, Any] = {"person": person, "portfolio": portfolio, "round": round_, "ruling": ruling}
    letter["feedback"] = feedback
    letter["dual"] = _dual(work, person)
    letter["certificate"] = certificate
    letter["lost"] = held if ruling.outcome == Outcome.NOT_YET else None
    letter |= {"again": again, **lateness(work, round_)}
    credential = certificate.certificate_id if certificate else ""
    key = f"result/{portfolio_id}/{number}"
    send_with_credential(work, key, "result", person.email, certificate_id=credential, **letter)


def _valid_certificate(work: Work, portfolio_id: str) -> Certificate | None:
    """The certificate of a portfolio that stands so far."""
    query = select(Certificate).where(Certificate.portfolio_id == portfolio_id)
    return work.db.scalar(query.where(Certificate.status == CertificateStatus.VALID))


def _offer_again(work: Work, portfolio: Portfolio, result: Ruling) -> Ruling | None:
    """Put on the portfolio until when it may be submitted again, if its result does not certify; what is told of it."""
    if result.outcome != Outcome.NOT_YET:
        portfolio.resubmit_by = None
        return None
    kinds = work.db.scalars(select(ReviewRound.kind).where(ReviewRound.portfolio_id == portfolio.portfolio_id))
    rounds = sum(kind != RoundKind.RE_REVIEW for kind in kinds)
    enrolled = is_enrolled(work, portfolio.email, Track(portfolio.track))
    offer = offer_resubmission(work.today, rounds, enrolled, work.policy.portfolio)
    portfolio.resubmit_by = offer.until
    work.decide(SubjectKind.PORTFOLIO, portfolio.portfolio_id, offer.ruling)
    return offer.ruling


def _dual(work: Work, person: Educator) -> Ruling | None:
    """Where somebody stands who goes for both certifications; none where there is only one."""
    work.db.flush()
    query = select(Portfolio.track).where(Portfolio.season == work.season, Portfolio.email == person.email)
    if not seeks_both({Track(track) for track in work.db.scalars(query)}, person.is_already_certified):
        return None
    held = select(Certificate.track).where(Certificate.season == work.season, Certificate.email == person.email)
    valid = set(work.db.scalars(held.where(Certificate.status == CertificateStatus.VALID)))
    ruling = dual_result(person.is_already_certified or Track.EDUCATOR in valid, Track.LIBRARIAN in valid)
    work.decide(SubjectKind.EDUCATOR, person.email, ruling)
    return ruling


@step
def open_re_review(season: str, portfolio_id: str, reason: str, requested_by: str, as_of: datetime) -> int:
    """Open a re-review of a decided portfolio; the round's number. The earlier result stays on record.

    Raises:
        OperatorError: there is no such portfolio, it has no result yet, or the reason is empty.
    """
    with unit_of_work(season, as_of) as work:
        portfolio = work.db.get(Portfolio, portfolio_id)
        query = select(ReviewRound).where(ReviewRound.portfolio_id == portfolio_id)
        rounds = list(work.db.scalars(query.order_by(ReviewRound.round_number)))
        if portfolio is None or portfolio.season != season or not rounds:
            raise OperatorError(f"There is no portfolio {portfolio_id} under review in season {season}; check the id.")
        known = next((item for item in rounds if item.kind == RoundKind.RE_REVIEW and item.started_at == as_of), None)
        if known:
            return known.round_number
        ruling = review_again(RoundStatus(rounds[-1].status), rounds[-1].round_number, reason)
        work.require_allowed(SubjectKind.PORTFOLIO, portfolio_id, ruling, requested_by=requested_by)
        told = f"{reason.strip()} (requested by {requested_by})"
        return open_round(work, portfolio_id, RoundKind.RE_REVIEW, as_of, told).round_number
