from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.seats.allocation import (
    allocate,
    release_unfilled,
    share_in_order,
    unfilled_seats,
    useful_minimum,
    waitlist_order,
)
from schemas.records import Component, Holder, SeatDecision, SeatRequest
from schemas.statuses import Outcome
from tests.factories.season import policy
from tests.factories.seats import seat_request

NOBODY: frozenset[Holder] = frozenset()


def seats_left(**numbers: int) -> Mapping[Component, int]:
    return {Component(name): number for name, number in numbers.items()}


def given_seats(decisions: tuple[SeatDecision, ...]) -> list[tuple[int, int]]:
    return [(item.seats_confirmed, item.seats_waitlisted) for item in decisions]


def test_seats_go_in_the_order_of_submission() -> None:
    decisions = allocate([seat_request(30, 2), seat_request(40, 1)], seats_left(certification=50), NOBODY, policy())
    assert [item.request.placed_at.minute for item in decisions] == [1, 2]
    assert given_seats(decisions) == [(40, 0), (0, 30)]


def test_equal_times_are_ordered_by_response_id() -> None:
    early, late = seat_request(20, 1), seat_request(20, 1, lea_id="0900003")
    assert sorted([late, early], key=waitlist_order) == [early, late]


def test_a_partial_offer_leaves_the_rest_on_the_waitlist_with_its_position() -> None:
    (decision,) = allocate([seat_request(40, 1)], seats_left(certification=25), NOBODY, policy())
    assert (decision.seats_confirmed, decision.seats_waitlisted, decision.waitlist_position) == (25, 15, 1)
    assert "The other 15 wait at position 1" in decision.ruling.reason


def test_too_few_seats_are_not_given_and_go_to_the_next_who_can_use_them() -> None:
    decisions = allocate([seat_request(40, 1), seat_request(8, 2)], seats_left(certification=12), NOBODY, policy())
    assert given_seats(decisions) == [(0, 40), (8, 0)]
    assert "too few to be of use" in decisions[0].ruling.reason


def test_any_seat_is_of_use_to_a_district_that_holds_some() -> None:
    more = seat_request(10, 1, lea_id="0900002", request_number=2)
    holders = frozenset({Holder("0900002", Component.CERTIFICATION)})
    assert useful_minimum(more, True, policy()) == 1
    assert given_seats(allocate([more], seats_left(certification=3), holders, policy())) == [(3, 7)]


def test_components_do_not_share_seats() -> None:
    requests = [seat_request(30, 1), seat_request(30, 2, component=Component.ACADEMY)]
    assert given_seats(allocate(requests, seats_left(certification=30), NOBODY, policy())) == [(30, 0), (0, 30)]


def test_no_seats_left_says_so() -> None:
    (decision,) = allocate([seat_request(30, 1)], {}, NOBODY, policy())
    assert "no seats are left" in decision.ruling.reason


def test_release_gives_back_what_is_not_filled_and_never_less_than_nothing() -> None:
    assert (unfilled_seats(20, 17), unfilled_seats(20, 20), unfilled_seats(3, 5)) == (3, 0, 0)


def test_a_release_says_how_many_seats_and_there_is_none_where_all_are_filled() -> None:
    found = [release_unfilled(number, date(2022, 7, 22)) for number in (0, 1, 2)]
    assert [ruling and ruling.outcome for ruling in found] == [None, Outcome.RELEASED, Outcome.RELEASED]
    assert [ruling.reason for ruling in found if ruling] == [
        "1 seat had no signed participant by 2022-07-22 and goes to the waitlist.",
        "2 seats had no signed participant by 2022-07-22 and go to the waitlist.",
    ]


@pytest.mark.parametrize(("seats", "taken"), [(0, (0, 0, 0)), (4, (4, 0, 0)), (5, (5, 0, 0)), (9, (5, 0, 4))])
def test_the_newest_request_gives_its_seats_back_first(seats: int, taken: tuple[int, ...]) -> None:
    assert share_in_order([5, 0, 30], seats) == taken


@pytest.mark.parametrize(
    ("seats", "left", "reason"),
    [
        (1, 9, "1 seat in {} is confirmed."),
        (2, 9, "All 2 seats in {} are confirmed."),
        (2, 1, "1 seat in {} is confirmed, the last one left. The other one waits at position 1 on the waitlist."),
        (4, 2, "2 seats in {} are confirmed, the last ones left. The other 2 wait at position 1 on the waitlist."),
        (1, 0, "1 seat in {} waits at position 1 on the waitlist, because no seats are left."),
    ],
)
def test_a_confirmation_reads_well_for_one_seat_and_for_many(seats: int, left: int, reason: str) -> None:
    holders = frozenset({Holder("0900002", Component.CERTIFICATION)})
    (decision,) = allocate([seat_request(seats, 1, "0900002")], seats_left(certification=left), holders, policy())
    assert decision.ruling.reason == reason.format("ISTE Certification for Educators")


@pytest.mark.parametrize(("left", "why"), [(1, "only 1 seat is left"), (2, "only 2 seats are left")])
def test_seats_that_are_too_few_are_counted(left: int, why: str) -> None:
    (decision,) = allocate([seat_request(40, 1)], seats_left(certification=left), NOBODY, policy())
    assert f"because {why}, too few to be of use" in decision.ruling.reason


asked = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40)), max_size=25)


def requests_from(numbers: list[tuple[int, int]]) -> list[SeatRequest]:
    return [seat_request(seats, minute, lea_id=f"09{i:05d}") for i, (seats, minute) in enumerate(numbers)]


@given(asked, st.integers(0, 400))
def test_every_seat_requested_is_confirmed_or_waits_and_no_seat_is_sold_twice(
    numbers: list[tuple[int, int]], left: int
) -> None:
    decisions = allocate(requests_from(numbers), seats_left(certification=left), NOBODY, policy())
    assert len(decisions) == len(numbers)
    assert all(d.seats_confirmed + d.seats_waitlisted == d.request.seats_open for d in decisions)
    assert sum(d.seats_confirmed for d in decisions) <= left


@given(asked, st.integers(0, 400))
def test_nobody_later_gets_a_seat_that_an_earlier_request_could_have_used(
    numbers: list[tuple[int, int]], left: int
) -> None:
    decisions = allocate(requests_from(numbers), seats_left(certification=left), NOBODY, policy())
    for i, earlier in enumerate(decisions):
        later = sum(d.seats_confirmed for d in decisions[i + 1 :])
        rest = left - sum(d.seats_confirmed for d in decisions)
        if earlier.seats_waitlisted and earlier.seats_confirmed:
            assert later + rest == 0
        elif earlier.seats_waitlisted:
            assert later + rest < useful_minimum(earlier.request, False, policy())


@given(asked, st.integers(0, 400))
def test_the_model_of_one_seat_at_a_time_agrees(numbers: list[tuple[int, int]], left: int) -> None:
    requests = requests_from(numbers)
    expected = {}
    for item in sorted(requests, key=waitlist_order):
        enough = left >= min(20, item.seats_requested)
        expected[item.key] = min(left, item.seats_requested) if enough else 0
        left -= expected[item.key]
    start = sum(expected.values()) + left
    decisions = allocate(requests, seats_left(certification=start), NOBODY, policy())
    assert {d.request.key: d.seats_confirmed for d in decisions} == expected
