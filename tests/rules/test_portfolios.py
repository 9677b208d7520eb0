from datetime import UTC, date, datetime

import pytest

from rules.portfolios import admit_submission, missing_artifacts, portfolio_window
from schemas.records import Term, Track
from tests.builders import policy

PHASE_ONE = Term(date(2022, 9, 12), date(2022, 12, 18))


def test_the_window_is_six_months_and_never_beyond_nine_from_the_start() -> None:
    assert portfolio_window(PHASE_ONE, policy().portfolio) == Term(date(2022, 12, 18), date(2023, 6, 12))
    short = Term(date(2022, 11, 1), date(2022, 12, 18))
    assert portfolio_window(short, policy().portfolio).ends_on == date(2023, 6, 18)


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        (datetime(2022, 12, 18, 4, 59, tzinfo=UTC), "refused"),
        (datetime(2022, 12, 18, 5, 0, tzinfo=UTC), "accepted"),
        (datetime(2023, 6, 13, 3, 59, tzinfo=UTC), "accepted"),
        (datetime(2023, 6, 13, 4, 0, tzinfo=UTC), "refused"),
    ],
)
def test_the_window_opens_and_closes_at_local_midnight(moment: datetime, outcome: str) -> None:
    assert admit_submission(moment, PHASE_ONE, False, policy()).outcome == outcome


def test_without_a_cohort_only_a_certified_librarian_may_hand_in() -> None:
    moment = datetime(2023, 1, 1, tzinfo=UTC)
    assert admit_submission(moment, None, False, policy()).outcome == "refused"
    assert admit_submission(moment, None, True, policy()).outcome == "accepted"


def test_missing_artifacts_are_named_by_role() -> None:
    have = policy().portfolio.artifacts["educator"][1:]
    assert missing_artifacts(Track.EDUCATOR, have, policy().portfolio) == ("learner-profile",)
    assert len(missing_artifacts(Track.LIBRARIAN, have, policy().portfolio)) == 3
