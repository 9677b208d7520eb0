"""The panel: small ones as the solver takes them, and a portfolio that is with a stored one, with the scores that come in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from rules.reviews.matching import Panel
from schemas.kinds import InputKind
from tests.factories.cohorts import fill_cohort
from tests.factories.season import stage_rows, store_rows
from tests.factories.seats import open_season_with_seats

if TYPE_CHECKING:
    from schemas.tables import ReviewRound

DAY = timedelta(days=1)


@st.composite
def matching_panels(draw: st.DrawFn) -> Panel:
    """Small panels, among them ones where somebody is missing, nobody may review, or a load cannot be met."""
    evaluators, portfolios = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    top = draw(st.sampled_from((1, 3, 1_000_000)))
    maximum = numbers.integers(0, 4, evaluators)
    return Panel(
        numbers.integers(0, top + 1, (evaluators, portfolios)),
        numbers.random((evaluators, portfolios)) >= draw(st.sampled_from((0.0, 0.3, 1.1))),
        numbers.integers(0, 4, portfolios),
        maximum,
        np.minimum(numbers.integers(0, 3, evaluators), maximum) * draw(st.integers(0, 1)),
        np.ones(portfolios, dtype=np.int64),
    )


def replace_panel(*ids: str) -> None:
    """Just these evaluators, each independent of every district."""
    from sqlalchemy import select

    from schemas.tables import Evaluator
    from tasks.core.database import transaction

    with transaction() as db:
        for person in db.scalars(select(Evaluator)):
            db.delete(person)
    facts = {"lea_id": None, "tracks": ["educator"], "grade_bands": ["middle"], "conflicts": []}
    people = ({"evaluator_id": name, "name": name, "email": f"{name.lower()}@panel.example"} for name in ids)
    store_rows(Evaluator, *({**facts, **person} for person in people))


def submit_portfolio(folder: Path, evaluators: Sequence[str] = ("E1", "E2", "E3")) -> None:
    """A portfolio that is submitted, and waits for its evaluators."""
    from tasks.portfolios.submissions import settle_portfolios
    from tests.factories.portfolios import SUBMITTED, portfolio_row

    open_season_with_seats()
    email = fill_cohort("C1", 15)[0]
    replace_panel(*evaluators)
    stage_rows(folder, InputKind.PORTFOLIO, SUBMITTED, portfolio_row(email))
    assert settle_portfolios.fn("2022", SUBMITTED) == 1


def assign_portfolio(folder: Path, evaluators: Sequence[str] = ("E1", "E2", "E3")) -> str:
    """A portfolio that is submitted, and assigned to two of the evaluators; its id."""
    from sqlalchemy import select

    from schemas.tables import Portfolio
    from tasks.core.database import reading
    from tasks.reviews.routing import route_waiting_rounds
    from tests.factories.portfolios import SUBMITTED

    submit_portfolio(folder, evaluators)
    assert route_waiting_rounds.fn("2022", SUBMITTED) == 2
    with reading() as db:
        return db.scalars(select(Portfolio.portfolio_id)).one()


def assigned_evaluators(portfolio_id: str, number: int = 1) -> list[str]:
    """Who has a round of the portfolio to review, by id."""
    from sqlalchemy import select

    from schemas.tables import Assignment
    from tasks.core.database import reading

    with reading() as db:
        query = select(Assignment.evaluator_id).where(Assignment.portfolio_id == portfolio_id)
        query = query.where(Assignment.round_number == number)
        return sorted(db.scalars(query.where(Assignment.withdrawn_at.is_(None))))


def score_portfolio(
    folder: Path, portfolio_id: str, evaluator: str, percent: str, as_of: datetime, *, number: int = 1
) -> int:
    """An evaluator's score, sent and settled; how many results are final by it."""
    from tasks.reviews.results import settle_scores

    row = {"portfolio_id": portfolio_id, "round_number": number, "evaluator_id": evaluator, "score_percent": percent}
    stage_rows(
        folder, InputKind.SCORE, as_of, {**row, "feedback": f"From {evaluator}.", "scored_at": as_of.isoformat()}
    )
    return int(settle_scores.fn("2022", as_of))


def first_round(portfolio_id: str) -> "ReviewRound":
    """The first review round of a portfolio, as it is stored."""
    from schemas.tables import ReviewRound
    from tasks.core.database import reading

    with reading() as db:
        return db.get_one(ReviewRound, (portfolio_id, 1))


def fail_portfolio(folder: Path, as_of: datetime, evaluators: Sequence[str] = ("E1", "E2", "E3")) -> str:
    """A portfolio whose result of the moment does not certify; its id."""
    portfolio_id = assign_portfolio(folder, evaluators)
    for name in assigned_evaluators(portfolio_id):
        score_portfolio(folder, portfolio_id, name, "70", as_of)
    return portfolio_id


def submit_again(
    folder: Path, email: str, at: datetime, artifacts: str = "", *, imported_at: datetime | None = None
) -> int:
    """A portfolio that is submitted again, and imported at once or later; how many rounds it opens."""
    from tasks.portfolios.submissions import settle_portfolios
    from tests.factories.portfolios import portfolio_row

    as_of = imported_at or at
    stage_rows(folder, InputKind.PORTFOLIO, as_of, portfolio_row(email, at.isoformat(), artifacts))
    return int(settle_portfolios.fn("2022", as_of))


def rounds_of(portfolio_id: str) -> "list[ReviewRound]":
    """The rounds of a portfolio, in their order."""
    from sqlalchemy import select

    from schemas.tables import ReviewRound
    from tasks.core.database import reading

    with reading() as db:
        query = select(ReviewRound).where(ReviewRound.portfolio_id == portfolio_id)
        return list(db.scalars(query.order_by(ReviewRound.round_number)))
