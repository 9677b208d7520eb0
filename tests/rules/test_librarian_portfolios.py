"""The time for the portfolio of a librarian who needs no cohort: from the day the seat is complete to its last day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.portfolios import (
    SubmissionFacts,
    admit_submission,
    last_day,
    librarian_window,
    open_space,
    portfolio_window,
    seat_complete_on,
    window_of,
)
from rules.reviews.rounds import PastRound
from rules.rule_ids import RuleId
from schemas.records import Term
from schemas.statuses import Outcome, RoundKind, RoundStatus
from tests.factories.season import policy

PHASE_ONE = Term(date(2022, 9, 12), date(2022, 12, 18))
BEGUN = datetime(2022, 12, 1, tzinfo=UTC)
NOT_YET = (PastRound(1, RoundKind.FIRST, RoundStatus.NOT_YET, BEGUN, BEGUN + timedelta(days=35)),)
days = st.integers(0, 400).map(lambda n: date(2022, 9, 1) + timedelta(days=n))
LIBRARIAN = SubmissionFacts((), is_enrolled=True, phase_one=None, seat_complete_on=date(2022, 7, 8))


@pytest.mark.parametrize(
    ("moment", "outcome", "words"),
    [
        (datetime(2022, 7, 8, 3, 59, tzinfo=UTC), Outcome.REJECTED, "from 2022-07-08 on, when the librarian's seat is"),
        (datetime(2022, 7, 8, 4, 0, tzinfo=UTC), Outcome.ACCEPTED, "the last day is 2023-01-08"),
        (datetime(2023, 1, 9, 4, 59, tzinfo=UTC), Outcome.ACCEPTED, "the last day is 2023-01-08"),
        (datetime(2023, 1, 9, 5, 0, tzinfo=UTC), Outcome.REJECTED, "ended on 2023-01-08; ask program staff whether"),
    ],
)
def test_a_certified_librarians_time_is_six_months_from_the_day_on_which_the_seat_is_complete(
    moment: datetime, outcome: Outcome, words: str
) -> None:
    ruling = admit_submission(moment, LIBRARIAN, policy())
    assert (ruling.rule, ruling.outcome) == (RuleId.PORTFOLIO_WINDOW, outcome)
    assert words in ruling.reason


def test_a_certified_librarian_gets_more_time_and_may_submit_again_like_others() -> None:
    more = replace(LIBRARIAN, extended_until=date(2023, 2, 1))
    assert last_day(LIBRARIAN, policy()) == date(2023, 1, 8)
    assert last_day(more, policy()) == date(2023, 2, 1)
    assert admit_submission(datetime(2023, 2, 2, 4, 59, tzinfo=UTC), more, policy()).outcome == Outcome.ACCEPTED
    again = replace(LIBRARIAN, rounds=NOT_YET, resubmit_by=date(2023, 4, 4))
    assert last_day(again, policy()) == date(2023, 4, 4)
    assert admit_submission(datetime(2023, 4, 5, 3, 59, tzinfo=UTC), again, policy()).outcome == Outcome.ACCEPTED
    assert admit_submission(datetime(2023, 4, 5, 4, 0, tzinfo=UTC), again, policy()).outcome == Outcome.REJECTED


def test_a_seat_is_complete_when_it_is_taken_and_its_form_signed_whichever_came_later() -> None:
    late, early = datetime(2022, 7, 9, 3, 59, tzinfo=UTC), datetime(2022, 6, 20, 13, 0, tzinfo=UTC)
    assert seat_complete_on(early, late, policy()) == seat_complete_on(late, early, policy()) == date(2022, 7, 8)


def test_who_is_in_a_cohort_has_its_time_and_who_is_in_none_needs_a_librarians_seat() -> None:
    complete_on = date(2022, 7, 8)
    assert window_of(PHASE_ONE, complete_on, policy().portfolio) == portfolio_window(PHASE_ONE, policy().portfolio)
    assert window_of(None, complete_on, policy().portfolio) == librarian_window(complete_on, policy().portfolio)
    assert window_of(None, None, policy().portfolio) is None


def test_a_librarian_is_told_that_no_cohort_is_needed_and_until_when_the_time_is() -> None:
    ruling = open_space(Term(date(2022, 7, 8), date(2023, 1, 8)))
    assert ruling.outcome == Outcome.OPEN
    assert ruling.reason.endswith("needs no cohort; it can be submitted from 2022-07-08 through 2023-01-08.")


@given(days, days, st.one_of(st.none(), days))
def test_a_librarians_portfolio_is_taken_on_each_day_of_its_time_and_on_no_other(
    complete_on: date, day: date, until: date | None
) -> None:
    facts = replace(LIBRARIAN, seat_complete_on=complete_on, extended_until=until)
    noon = datetime(day.year, day.month, day.day, 17, 0, tzinfo=UTC)
    last = last_day(facts, policy())
    assert last is not None
    assert last >= librarian_window(complete_on, policy().portfolio).ends_on
    assert 181 <= (librarian_window(complete_on, policy().portfolio).ends_on - complete_on).days <= 184
    is_taken = admit_submission(noon, facts, policy()).outcome == Outcome.ACCEPTED
    assert is_taken is (complete_on <= day <= last)
