"""As many portfolios as a nation has wait for reviewers: more than one query could name."""

import pytest
from sqlalchemy import func, select

from schemas.records import Track
from schemas.statuses import RoundKind, RoundStatus
from schemas.tables import Assignment, Educator, Portfolio, ReviewRound
from tasks.core.database import insert, reading, transaction
from tasks.reviews.routing import open_rounds
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import replace_panel
from tests.factories.season import LEA_IDS, policy
from tests.factories.seats import open_season_with_seats

MANY = 70_000


@pytest.mark.usefixtures("database")
def test_seventy_thousand_rounds_are_read_at_once() -> None:
    open_season_with_seats()
    replace_panel("E1")
    ids = [f"P{number:05d}" for number in range(MANY)]
    who = {"season": "2022", "lea_id": LEA_IDS[0], "grade_band": "middle"}
    person = {**who, "first_name": "Ada", "last_name": "Ley", "role": "teacher", "is_already_certified": False}
    clock = dict.fromkeys(("opened_at", "started_at", "due_at", "breach_at"), SUBMITTED)
    round_ = {"season": "2022", "round_number": 1, "kind": RoundKind.FIRST, "reason": "", "reviews_wanted": 2, **clock}
    given = {"round_number": 1, "evaluator_id": "E1", "assigned_at": SUBMITTED, "fit_millionths": 1}
    with transaction() as db:
        insert(db, Educator, [{**person, "email": f"{name}@lea.example"} for name in ids])
        rows = [{**who, "portfolio_id": i, "email": f"{i}@lea.example", "track": Track.EDUCATOR.value} for i in ids]
        insert(db, Portfolio, rows)
        insert(db, ReviewRound, [{**round_, "portfolio_id": i, "status": RoundStatus.WAITING} for i in ids])
        insert(db, Assignment, [{**given, "portfolio_id": name} for name in ids[::10]])
    with reading() as db:
        needs = open_rounds(db, policy(), SUBMITTED)
        assert len(needs) == db.scalar(select(func.count()).select_from(ReviewRound)) == MANY
    assert sum(need.reviews for need in needs) == 2 * MANY - MANY // 10
