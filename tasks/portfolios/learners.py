"""Everybody in a cohort, with the time for their portfolio."""

from typing import NamedTuple

from rules.portfolios import portfolio_window
from schemas.records import Term
from schemas.tables import Educator
from tasks.cohorts.members import learners
from tasks.ledger.unit_of_work import Work


class PortfolioLearner(NamedTuple):
    """Somebody in a cohort, with the time for their portfolio."""

    person: Educator
    window: Term


def portfolio_learners(work: Work) -> list[PortfolioLearner]:
    """Everybody in a cohort, with the time for their portfolio."""
    portfolio = work.policy.portfolio
    return [
        PortfolioLearner(item.person, portfolio_window(Term(item.cohort.starts_on, item.cohort.ends_on), portfolio))
        for item in learners(work.db, work.season)
    ]
