"""An evaluator who takes part in the program: nobody judges a portfolio of their own, however late it turns out whose it is."""

from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.tables import Assignment, Evaluator, Portfolio
from tasks.core.database import reading
from tasks.enrollment.merges import merge_in_words, merge_records
from tasks.ledger.persons import ids_of_addresses
from tasks.ledger.unit_of_work import OperatorError
from tasks.reviews.conflicts import put_conflict_on_record
from tasks.reviews.routing import route_waiting_rounds
from tests.factories.enrollment import store_person
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import submit_portfolio

pytestmark = pytest.mark.usefixtures("database")


def merge(portfolio: Portfolio, evaluator: Evaluator) -> str:
    with reading() as db:
        ids = ids_of_addresses(db, [portfolio.email, evaluator.email])
    kept, other = ids[portfolio.email], ids[evaluator.email]
    told = merge_records.fn("2022", kept, other, reason="the lead says so", requested_by="operator", as_of=SUBMITTED)
    return str(told)


def submit(folder: Path) -> None:
    """A portfolio of a person on record, who may be one of the evaluators."""
    submit_portfolio(folder)
    with reading() as db:
        people = [*db.scalars(select(Portfolio.email)), *db.scalars(select(Evaluator.email))]
        unknown = [email for email in people if email not in ids_of_addresses(db, people)]
    for number, email in enumerate(unknown, start=2):
        store_person(f"P-{str(number) * 8}", email, f"Somebody {number}")


def one_review() -> tuple[Assignment, Portfolio, Evaluator]:
    with reading() as db:
        review = db.scalars(select(Assignment).order_by(Assignment.evaluator_id)).first()
        assert review is not None
        return review, db.get_one(Portfolio, review.portfolio_id), db.get_one(Evaluator, review.evaluator_id)


def test_whoever_judges_a_portfolio_is_made_its_author_only_after_the_review_was_given_to_somebody_else(
    tmp_path: Path,
) -> None:
    submit(tmp_path)
    route_waiting_rounds.fn("2022", SUBMITTED)
    review, portfolio, evaluator = one_review()
    remedy = f"declare a conflict of {review.evaluator_id} with district {portfolio.lea_id} first"
    with pytest.raises(OperatorError, match=f"{review.evaluator_id} judges {portfolio.portfolio_id}.*{remedy}"):
        merge(portfolio, evaluator)
    put_conflict_on_record.fn("2022", review.evaluator_id, portfolio.lea_id, "the author", SUBMITTED)
    assert "the same person" in merge(portfolio, evaluator)


def test_nobody_is_given_the_own_portfolio_to_judge(tmp_path: Path) -> None:
    submit(tmp_path)
    with reading() as db:
        portfolio = db.scalars(select(Portfolio)).one()
        first = db.scalars(select(Evaluator).order_by(Evaluator.evaluator_id)).first()
    assert first is not None
    assert "is the same person" in merge(portfolio, first)
    route_waiting_rounds.fn("2022", SUBMITTED)
    with reading() as db:
        given = set(db.scalars(select(Assignment.evaluator_id)))
    assert len(given) == 2
    assert first.evaluator_id not in given


def test_a_merge_shows_results_that_the_author_has_judged(tmp_path: Path) -> None:
    submit(tmp_path)
    route_waiting_rounds.fn("2022", SUBMITTED)
    review, portfolio, evaluator = one_review()
    with reading() as db:
        ids = ids_of_addresses(db, [portfolio.email, evaluator.email])
    told = merge_in_words(ids[portfolio.email], ids[evaluator.email])
    assert f"{review.evaluator_id} judges {portfolio.portfolio_id}, which would be their own" in told
