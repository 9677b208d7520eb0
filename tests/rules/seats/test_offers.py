from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.seats.offers import (
    OfferFacts,
    answer_by,
    answer_on_record,
    enroll_confirmed_seats_by,
    enroll_released_seats_by,
    find_offer,
    seats_given_back,
    settle_answer,
    settle_silence,
)
from schemas.records import Ruling
from schemas.statuses import OfferAnswer, Outcome
from tests.factories.season import policy
from tests.factories.seats import ANSWER_BY, OFFERED, offer_facts


@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [(20, Outcome.ACCEPTED), (12, Outcome.PARTLY_ACCEPTED), (0, Outcome.DECLINED)],
)
def test_an_answer_takes_all_some_or_none_of_the_seats(wanted: int, outcome: str) -> None:
    assert settle_answer(offer_facts(), wanted, ANSWER_BY).outcome == outcome


@pytest.mark.parametrize(
    ("offered", "wanted", "reason"),
    [
        (20, 20, "The district takes all 20 seats in the academy."),
        (1, 1, "The district takes the 1 seat in the academy."),
        (20, 12, "The district takes 12 of 20 seats in the academy; 8 are released."),
        (20, 19, "The district takes 19 of 20 seats in the academy; 1 is released."),
        (20, 0, "The district declines its 20 seats in the academy, which are released."),
        (1, 0, "The district declines its 1 seat in the academy, which is released."),
    ],
)
def test_an_answer_says_what_goes_to_the_waitlist(offered: int, wanted: int, reason: str) -> None:
    assert settle_answer(offer_facts(seats_held=offered), wanted, ANSWER_BY).reason == reason


def test_what_an_answer_or_silence_gives_back_and_leaves_on_record() -> None:
    after = ANSWER_BY + timedelta(days=1)
    answers = [(wanted, settle_answer(offer_facts(), wanted, ANSWER_BY)) for wanted in (20, 12, 0)]
    silences = [settle_silence(offer_facts(seats_filled=filled), after) for filled in (0, 1)]
    rulings = [*answers, *((0, ruling) for ruling in silences if ruling)]
    assert [seats_given_back(offer_facts(), ruling, wanted) for wanted, ruling in rulings] == [0, 8, 20, 20, 0]
    assert [answer_on_record(ruling) for _, ruling in rulings] == [
        OfferAnswer.ACCEPTED,
        OfferAnswer.ACCEPTED,
        OfferAnswer.DECLINED,
        OfferAnswer.LAPSED,
        OfferAnswer.ACCEPTED,
    ]


def test_an_offer_is_answered_within_the_policys_days_and_never_after_its_seats_must_be_filled() -> None:
    today, days = date(2022, 6, 15), timedelta(days=policy().seats.answer_days)
    assert answer_by(today, today + days + timedelta(days=1), policy()) == today + days
    assert answer_by(today, today + days - timedelta(days=1), policy()) == today + days - timedelta(days=1)


def test_however_late_the_agency_approves_districts_have_all_days_to_answer_and_to_enroll() -> None:
    rules, deadline = policy(), policy().enrollment.deadline_on
    days = timedelta(days=max(rules.seats.answer_days, rules.enrollment.waitlist_deadline_days))
    assert enroll_confirmed_seats_by(rules.seats.confirmed_on, rules) == deadline
    assert enroll_confirmed_seats_by(deadline - days, rules) == deadline
    late = deadline - timedelta(days=2)
    assert enroll_confirmed_seats_by(late, rules) == late + days
    assert answer_by(late, late + days, rules) == late + timedelta(days=rules.seats.answer_days)


def test_an_answer_is_about_the_offer_that_it_names() -> None:
    first, second = offer_facts(answer=OfferAnswer.ACCEPTED), offer_facts(offer_id="O-2022-0031")
    assert find_offer([first, second], "the academy", "O-2022-0017", ANSWER_BY) is first
    unknown = find_offer([first, second], "the academy", "O-2022-0040", ANSWER_BY)
    assert isinstance(unknown, Ruling)
    assert unknown.reason == (
        "The district has no offer O-2022-0040 in the academy; its offers are O-2022-0017, O-2022-0031."
    )
    nothing = find_offer([], "the academy", "O-2022-0040", ANSWER_BY)
    assert isinstance(nothing, Ruling)
    assert nothing.reason == "The district has no offer O-2022-0040 in the academy."


def test_an_answer_that_names_no_offer_is_about_the_one_that_waits_for_it() -> None:
    answered = offer_facts(answer=OfferAnswer.ACCEPTED)
    closed, waits = offer_facts(is_closed=True), offer_facts(offer_id="O-2022-0031")
    assert find_offer([answered, closed, waits], "the academy", "", OFFERED + timedelta(days=1)) is waits


@pytest.mark.parametrize(
    ("offers", "answered_on", "why"),
    [
        ([], ANSWER_BY, "holds no seats in the academy, and none are offered"),
        (
            [offer_facts(answer=OfferAnswer.DECLINED)],
            ANSWER_BY,
            "waits for an answer. Name the offer that is meant: O-2022-0017",
        ),
        (
            [offer_facts(), offer_facts(offer_id="O-2022-0031")],
            ANSWER_BY,
            "2 offers in the academy wait for an answer. Name the one",
        ),
        ([offer_facts()], OFFERED, "The answer of 2022-06-15 is not later than the offer O-2022-0017 of 2022-06-15."),
    ],
)
def test_an_answer_whose_offer_is_not_clear_is_rejected_with_the_remedy(
    offers: list[OfferFacts], answered_on: date, why: str
) -> None:
    found = find_offer(offers, "the academy", "", answered_on)
    assert isinstance(found, Ruling)
    assert found.outcome == Outcome.REJECTED
    assert why in found.reason


def test_released_seats_are_offered_through_the_last_release_and_filled_by_the_deadline_or_later() -> None:
    rules = policy().enrollment
    days = timedelta(days=rules.waitlist_deadline_days)
    early = rules.deadline_on - days - timedelta(days=1)
    assert enroll_released_seats_by(early, policy()) == rules.deadline_on
    assert enroll_released_seats_by(rules.last_release_on, policy()) == max(
        rules.last_release_on + days, rules.deadline_on
    )
    assert enroll_released_seats_by(rules.last_release_on + timedelta(days=1), policy()) is None


@pytest.mark.parametrize(
    ("facts", "wanted", "why"),
    [
        ({"seats_held": 0}, 0, "holds no seats by offer O-2022-0017 any more (released)"),
        ({"answer": OfferAnswer.LAPSED}, 20, "any more (lapsed)"),
        ({"answer": OfferAnswer.DECLINED}, 20, "any more (declined)"),
        ({"offered_on": ANSWER_BY + timedelta(days=1)}, 20, "is from before offer O-2022-0017 of 2022-07-07"),
        ({"answer": OfferAnswer.ACCEPTED, "answered_on": ANSWER_BY + timedelta(days=1)}, 20, "A newer answer"),
        ({"is_closed": True}, 20, "deadline for the seats in the academy has passed"),
        ({}, 21, "takes 21 seats, more than the 20 of offer O-2022-0017"),
        ({"seats_filled": 6}, 5, "fewer than the 6 already filled"),
    ],
)
def test_an_answer_that_cannot_be_is_rejected_with_what_to_do(facts: dict[str, Any], wanted: int, why: str) -> None:
    ruling = settle_answer(offer_facts(**facts), wanted, ANSWER_BY)
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


def test_the_last_day_to_answer_is_the_policys_day_itself() -> None:
    assert settle_answer(offer_facts(), 20, ANSWER_BY).outcome == Outcome.ACCEPTED
    late = settle_answer(offer_facts(), 20, ANSWER_BY + timedelta(days=1))
    assert "due by 2022-07-06" in late.reason
    changed_mind = settle_answer(offer_facts(answer=OfferAnswer.ACCEPTED), 10, ANSWER_BY + timedelta(days=1))
    assert changed_mind.outcome == Outcome.PARTLY_ACCEPTED


def test_silence_lapses_an_offer_after_its_last_day_unless_there_is_a_roster() -> None:
    after = ANSWER_BY + timedelta(days=1)
    assert settle_silence(offer_facts(), ANSWER_BY) is None
    lapsed, spoken_for = settle_silence(offer_facts(), after), settle_silence(offer_facts(seats_filled=1), after)
    assert lapsed
    assert lapsed.outcome == Outcome.LAPSED
    assert spoken_for
    assert spoken_for.outcome == Outcome.ACCEPTED


@pytest.mark.parametrize("facts", [{"is_closed": True}, {"answer": OfferAnswer.ACCEPTED}])
def test_an_offer_that_is_settled_does_not_lapse(facts: dict[str, Any]) -> None:
    assert settle_silence(offer_facts(**facts), ANSWER_BY + timedelta(days=30)) is None


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 80))
def test_no_answer_ever_takes_more_than_was_offered_or_a_seat_that_is_filled(
    offered: int, filled: int, wanted: int
) -> None:
    filled = min(filled, offered)
    ruling = settle_answer(offer_facts(seats_held=offered, seats_filled=filled), wanted, ANSWER_BY)
    assert (ruling.outcome != Outcome.REJECTED) == (bool(offered) and filled <= wanted <= offered)
