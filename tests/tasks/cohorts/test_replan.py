"""A new plan of cohorts is made for a reason, and only where there is something to plan."""

from datetime import UTC, datetime

import pytest

from tasks.cohorts.replan import plan_cohorts_again
from tasks.ledger.unit_of_work import OperatorError
from tests.factories.seats import open_season_with_seats

NOW = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)


@pytest.mark.usefixtures("database")
def test_a_new_plan_without_a_reason_or_with_nothing_to_plan_is_rejected() -> None:
    open_season_with_seats()
    with pytest.raises(OperatorError, match="needs a reason"):
        plan_cohorts_again.fn("2022", [], " ", NOW)
    with pytest.raises(OperatorError, match="nothing to plan"):
        plan_cohorts_again.fn("2022", [], "to be sure", NOW)
