from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.seats.offers import OfferFacts, settle_answer, settle_silence

LAST_DAY = date(2022, 7, 6)


def offer(**changes: Any) -> OfferFacts:
    facts: dict[str, Any] = {"name": "the academy", "seats_offered": 20, "seats_filled": 0, "is_closed": False}
    return OfferFacts(**{**facts, "answer": "", "answer_by": LAST_DAY, **changes})


@pytest.mark.parametrize(("wanted", "outcome"), [(20, "accepted"), (12, "partly_accepted"), (0, "declined")])
def test_an_answer_takes_all_some_or_none_of_the_seats(wanted: int, outcome: str) -> None:
    assert settle_answer(offer(), wanted, LAST_DAY).outcome == outcome


def test_what_is_not_wanted_goes_to_the_line_in_so_many_words() -> None:
    assert "takes 12 of 20 seats in the academy; 8 go to the waitlist" in settle_answer(offer(), 12, LAST_DAY).reason


@pytest.mark.parametrize(
    ("facts", "wanted", "why"),
    [
        ({"seats_offered": 0}, 0, "holds no seats"),
        ({"is_closed": True}, 20, "settled already"),
        ({}, 21, "21 seats are more than the 20 offered"),
        ({"seats_filled": 6}, 5, "6 seats have a name"),
    ],
)
def test_an_answer_that_cannot_be_is_rejected_with_what_to_do(facts: dict[str, Any], wanted: int, why: str) -> None:
    ruling = settle_answer(offer(**facts), wanted, LAST_DAY)
    assert ruling.outcome == "rejected"
    assert why in ruling.reason


def test_the_last_day_to_answer_is_the_policys_day_itself() -> None:
    assert settle_answer(offer(), 20, LAST_DAY).outcome == "accepted"
    late = settle_answer(offer(), 20, LAST_DAY + timedelta(days=1))
    assert "due by 2022-07-06" in late.reason
    changed_mind = settle_answer(offer(answer="accepted"), 10, LAST_DAY + timedelta(days=1))
    assert changed_mind.outcome == "partly_accepted"


def test_silence_lapses_an_offer_after_its_last_day_unless_there_is_a_roster() -> None:
    after = LAST_DAY + timedelta(days=1)
    assert settle_silence(offer(), LAST_DAY) is None
    lapsed, spoken_for = settle_silence(offer(), after), settle_silence(offer(seats_filled=1), after)
    assert lapsed
    assert lapsed.outcome == "lapsed"
    assert spoken_for
    assert spoken_for.outcome == "accepted"


@pytest.mark.parametrize("facts", [{"is_closed": True}, {"answer": "accepted"}, {"answer_by": None}])
def test_an_offer_that_is_settled_does_not_lapse(facts: dict[str, Any]) -> None:
    assert settle_silence(offer(**facts), LAST_DAY + timedelta(days=30)) is None


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 80))
def test_no_answer_ever_takes_more_than_was_offered_or_a_seat_from_under_a_name(
    offered: int, filled: int, wanted: int
) -> None:
    filled = min(filled, offered)
    ruling = settle_answer(offer(seats_offered=offered, seats_filled=filled), wanted, LAST_DAY)
    assert (ruling.outcome != "rejected") == (bool(offered) and filled <= wanted <= offered)
