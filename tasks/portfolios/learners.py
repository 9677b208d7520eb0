"""Everybody who makes portfolios, in a cohort or without one, with the time for them."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.portfolios import librarian_window, portfolio_window, tracks_of
from schemas.records import Component, Term, Track
from schemas.statuses import EnrollmentStatus
from schemas.tables import Educator, Enrollment
from tasks.cohorts.members import learners
from tasks.ledger.persons import same_person
from tasks.ledger.unit_of_work import Work
from tasks.portfolios.librarians import librarians_without_cohort, seat_complete


class PortfolioLearner(NamedTuple):
    """Somebody who makes portfolios, with the time for them, and which."""

    person: Educator
    window: Term
    tracks: tuple[Track, ...]


def portfolio_learners(work: Work) -> list[PortfolioLearner]:
    """Everybody in a cohort, and the librarians who need none, in the order of their addresses."""
    portfolio, librarians = work.policy.portfolio, _librarians(work.db, work.season)
    records_of = same_person(work.db)
    in_cohorts = [
        PortfolioLearner(
            item.person,
            portfolio_window(Term(item.cohort.starts_on, item.cohort.ends_on), portfolio),
            tracks_of(is_librarian=not librarians.isdisjoint(records_of(item.person.email))),
        )
        for item in learners(work.db, work.season)
    ]
    return sorted((*in_cohorts, *lone_librarians(work)), key=lambda item: item.person.email)


def lone_librarians(work: Work) -> list[PortfolioLearner]:
    """The librarians who are certified as educators already, each with a time of their own."""
    return [
        PortfolioLearner(
            person, librarian_window(seat_complete(seat, work.policy), work.policy.portfolio), (Track.LIBRARIAN,)
        )
        for person, seat in work.db.execute(librarians_without_cohort(work.season)).tuples()
    ]


def _librarians(db: Session, season: str) -> set[str]:
    query = select(Enrollment.email).where(Enrollment.season == season, Enrollment.component == Component.LIBRARIAN)
    return set(db.scalars(query.where(Enrollment.status == EnrollmentStatus.ENROLLED)))
