"""What participants and evaluators do: courses, portfolios good and poor, resubmissions, scores early and late."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from deployments.sample.chance import chance, happens
from deployments.sample.world import World
from schemas.records import Component, Track
from schemas.statuses import EnrollmentStatus, RoundStatus
from schemas.tables import (
    Assignment,
    Cohort,
    CohortMember,
    Enrollment,
    Extension,
    Portfolio,
    ReviewRound,
    Selection,
    Submission,
)
from tasks.core.database import reading
from tasks.ledger.persons import current_addresses
from tasks.portfolios.librarians import librarians_without_cohort, seat_complete
from tasks.portfolios.submissions import portfolio_id_of

Row = Mapping[str, object]
LIBRARIANS_LEAST_DAYS = 60  # nobody makes a portfolio over the summer


def selections(world: World, day: date) -> list[Path]:
    """The courses that academy participants choose once they are enrolled."""
    return world.incoming(day, "selections.csv", lambda: _selection_rows(world, day))


def _selection_rows(world: World, day: date) -> Iterable[Row]:
    with reading() as db:
        chosen = set(db.scalars(select(Selection.email).where(Selection.season == world.policy.season)))
        query = select(Enrollment.email).where(
            Enrollment.season == world.policy.season,
            Enrollment.component == Component.ACADEMY,
            Enrollment.status == EnrollmentStatus.ENROLLED,
        )
        new = sorted(set(db.scalars(query)) - chosen)
    catalog = sorted(world.policy.academy.courses)
    for email in new:
        draw = chance(world.seed, "courses", email)
        if draw.random() < 0.04:
            continue
        count = draw.choices((1, 2, 3, 4, 5), (8, 22, 34, 34, 2))[0]
        selected_on = min(day, max(world.policy.academy.opens_on, day - timedelta(days=draw.randint(0, 9))))
        for course in draw.sample(catalog, count):
            yield {"email": email, "course": course, "selected_on": selected_on, "completed_on": ""}


def completions(world: World, day: date) -> list[Path]:
    """The courses completed; a few only after the academy has closed."""
    return world.incoming(day, "completions.csv", lambda: _completion_rows(world))


def _completion_rows(world: World) -> Iterable[Row]:
    closes_on = world.policy.academy.closes_on
    with reading() as db:
        query = select(Selection).where(Selection.season == world.policy.season, Selection.completed_on.is_(None))
        for item in db.scalars(query.order_by(Selection.email, Selection.course)):
            draw = chance(world.seed, "completes", item.email, item.course)
            if draw.random() < 0.18:
                continue
            left = (closes_on - item.selected_on).days
            last = left + 2 if draw.random() < 0.05 else left
            completed_on = item.selected_on + timedelta(days=draw.randint(7, max(8, last)))
            yield {
                "email": item.email,
                "course": item.course,
                "selected_on": item.selected_on,
                "completed_on": completed_on,
            }


def portfolios(world: World, day: date, since: date) -> list[Path]:
    """The portfolios submitted between two days: first ones, completed ones, and improved ones."""
    return world.incoming(day, "portfolios.csv", lambda: _portfolio_rows(world, day, since))


def _portfolio_rows(world: World, day: date, since: date) -> Iterable[Row]:
    until = world.at(day, 6)
    after = world.at(since, 6) if since > date.min else datetime.min.replace(tzinfo=UTC)
    with reading() as db:
        past = _Past(db, world.policy.season)
        candidates = list(_candidates(db, world))
        addresses = current_addresses(db, (candidate.email for candidate in candidates))
        for candidate in candidates:
            email, track = candidate.email, candidate.track
            moment = _next_submission(past, world, candidate)
            if moment is not None and after < moment <= until:
                artifacts = _artifacts(world, email, track, moment)
                yield {
                    "email": addresses.get(email, email),
                    "track": track,
                    "submitted_at": moment.isoformat(),
                    "artifacts": artifacts,
                }


class _Candidate(NamedTuple):
    """Somebody who may submit a portfolio, with the first day of the time for it, and the days that it takes at least."""

    email: str
    track: str
    opens_on: date
    least_days: int = 1


def _candidates(db: Session, world: World) -> Iterable[_Candidate]:
    """Everybody who may submit a portfolio."""
    season = world.policy.season
    members = select(CohortMember.email, Cohort.ends_on).join(
        Cohort, (Cohort.season == CohortMember.season) & (Cohort.cohort_id == CohortMember.cohort_id)
    )
    ends_on = dict(db.execute(members.where(CohortMember.season == season)).tuples().all())
    librarians = select(Enrollment.email).where(
        Enrollment.season == season,
        Enrollment.component == Component.LIBRARIAN,
        Enrollment.status == EnrollmentStatus.ENROLLED,
    )
    without_cohort = {
        person.email: seat_complete(seat, world.policy)
        for person, seat in db.execute(librarians_without_cohort(season)).tuples()
    }
    for email in sorted(ends_on):
        yield _Candidate(email, Track.EDUCATOR, ends_on[email])
    for email in sorted(db.scalars(librarians)):
        if email in ends_on:
            yield _Candidate(email, Track.LIBRARIAN, ends_on[email])
        elif email in without_cohort:
            yield _Candidate(email, Track.LIBRARIAN, without_cohort[email], LIBRARIANS_LEAST_DAYS)


class _Past:
    """Every portfolio's newest submission and newest round, read once."""

    def __init__(self, db: Session, season: str) -> None:
        submissions = (
            select(Submission)
            .join(Portfolio, Portfolio.portfolio_id == Submission.portfolio_id)
            .where(Portfolio.season == season)
            .order_by(Submission.submitted_at)
        )
        rounds = select(ReviewRound).where(ReviewRound.season == season).order_by(ReviewRound.round_number)
        more = db.scalars(select(Extension).where(Extension.season == season))
        self.extensions = {(item.email, item.track): item.until for item in more}
        self.submission = {item.portfolio_id: item for item in db.scalars(submissions)}
        self.round = {item.portfolio_id: item for item in db.scalars(rounds)}


def _next_submission(past: _Past, world: World, candidate: _Candidate) -> datetime | None:
    """When the person submits next, as far as can be told from what has happened so far."""
    email, track, opens_on, least_days = candidate
    draw = chance(world.seed, "submits", email, track)
    if draw.random() < 0.1 and (email, track) not in past.extensions:
        return None
    first = world.at(opens_on + timedelta(days=_first_days(draw, least_days)), draw.randint(6, 22), draw.randint(0, 59))
    portfolio_id = portfolio_id_of(world.policy.season, email, track)
    newest = past.submission.get(portfolio_id)
    if newest is None:
        more = past.extensions.get((email, track))
        return world.at(more - timedelta(days=2)) if more else first
    if newest.missing:
        return newest.submitted_at + timedelta(days=draw.randint(8, 15), minutes=7)
    last = past.round[portfolio_id]
    if last.status != RoundStatus.NOT_YET or last.decided_at is None or last.round_number > 2:
        return None
    goes_on = happens(0.75, world.seed, "improves", email, track, last.round_number)
    return last.decided_at + timedelta(days=_next_days(draw), minutes=11) if goes_on else None


def _first_days(draw: Random, least_days: int) -> int:
    """So many days after the time has begun somebody submits; a few only when the six months are over."""
    return draw.randint(least_days, 165) if draw.random() < 0.96 else draw.randint(190, 210)


def _next_days(draw: Random) -> int:
    """So many days after the result somebody submits again: soon, just in time, or after the last day."""
    return draw.choices((draw.randint(10, 45), draw.randint(75, 89), draw.randint(92, 110)), (80, 12, 8))[0]


def _artifacts(world: World, email: str, track: str, moment: datetime) -> str:
    wanted = list(world.policy.portfolio.artifacts[Track(track).value])
    if happens(0.06, world.seed, "forgets", email, track, moment):
        wanted.pop(chance(world.seed, "which", email, track).randrange(len(wanted)))
    return "; ".join(wanted)


def scores(world: World, day: date) -> list[Path]:
    """The scores that evaluators send by a day; some are late, some are typed wrong and come again."""
    return world.incoming(day, "scores.csv", lambda: _score_rows(world, day))


def _score_rows(world: World, day: date) -> Iterable[Row]:
    until = world.at(day, 6)
    with reading() as db:
        query = (
            select(Assignment)
            .join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
            .where(Portfolio.season == world.policy.season, Assignment.score_hundredths.is_(None))
            .where(Assignment.withdrawn_at.is_(None))
            .order_by(Assignment.portfolio_id, Assignment.round_number, Assignment.evaluator_id)
        )
        for item in db.scalars(query):
            key = (item.portfolio_id, item.round_number, item.evaluator_id)
            draw = chance(world.seed, "delay", *key)
            scored_at = item.assigned_at + timedelta(
                days=draw.choices((9, 20, 27, 38, 70), (44, 40, 10, 3, 3))[0], hours=5
            )
            if scored_at > until:
                continue
            score = _score(world, item)
            typo = happens(0.008, world.seed, "typo", *key, day)
            yield {
                "portfolio_id": item.portfolio_id,
                "round_number": item.round_number,
                "evaluator_id": item.evaluator_id,
                "score_percent": "eighty" if typo else f"{score / 100:.2f}",
                "feedback": _feedback(score),
                "scored_at": scored_at.isoformat(),
            }


def _score(world: World, item: Assignment) -> int:
    quality = chance(world.seed, "quality", item.portfolio_id).gauss(85.5, 6.5) + 6 * (item.round_number - 1)
    own_view = chance(world.seed, "view", item.portfolio_id, item.round_number, item.evaluator_id).gauss(0, 2.5)
    if happens(0.02, world.seed, "other view", item.portfolio_id, item.round_number, item.evaluator_id):
        own_view -= 20
    return round(min(max(quality + own_view, 0), 100) * 100)


def _feedback(score: int) -> str:
    if score >= 9000:
        return "Strong evidence of purposeful use of technology across the artifacts."
    if score >= 8000:
        return "Good work; the equity plan would gain from evidence of what learners did."
    return "The artifacts describe activities; show what learners achieved, and name the standard that each one serves."
