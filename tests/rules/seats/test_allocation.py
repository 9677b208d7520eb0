from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.seats.allocation import (
    SeatsOnHand,
    allocate,
    at_position,
    librarian_room,
    reconsider_librarians,
    release_unfilled,
    seats_of_offer,
    share_in_order,
    take_back,
    take_up_again,
    unfilled_seats,
    waitlist_order,
)
from schemas.records import Component, SeatDecision, SeatRequest
from schemas.statuses import Outcome
from tests.factories.seats import seat_request


def seats_left(**numbers: int) -> Mapping[Component, int]:
    return {Component(name): number for name, number in numbers.items()}


def given_seats(decisions: tuple[SeatDecision, ...]) -> list[tuple[int, int]]:
    return [(item.seats_confirmed, item.seats_waitlisted) for item in decisions]


def test_seats_go_in_the_order_of_submission() -> None:
    decisions = allocate([seat_request(30, 2), seat_request(40, 1)], seats_left(certification=50), {})
    assert [item.request.placed_at.minute for item in decisions] == [1, 2]
    assert given_seats(decisions) == [(40, 0), (10, 20)]


def test_equal_times_are_ordered_by_response_id() -> None:
    early, late = seat_request(20, 1), seat_request(20, 1, lea_id="0900003")
    assert sorted([late, early], key=waitlist_order) == [early, late]


def test_a_partial_offer_leaves_the_rest_on_the_waitlist_with_its_position() -> None:
    (decision,) = allocate([seat_request(40, 1)], seats_left(certification=25), {})
    assert (decision.seats_confirmed, decision.seats_waitlisted, decision.waitlist_position) == (25, 15, 1)
    assert "The other 15 wait at position 1" in decision.ruling.reason


def test_a_request_larger_than_what_is_left_is_offered_what_is_left_and_nobody_behind_it_is_served() -> None:
    decisions = allocate([seat_request(40, 1), seat_request(8, 2)], seats_left(certification=12), {})
    assert given_seats(decisions) == [(12, 28), (0, 8)]
    assert [decision.waitlist_position for decision in decisions] == [1, 2]


def test_components_do_not_share_seats() -> None:
    requests = [seat_request(30, 1), seat_request(30, 2, component=Component.ACADEMY)]
    assert given_seats(allocate(requests, seats_left(certification=30), {})) == [(30, 0), (0, 30)]


def test_no_seats_left_says_so() -> None:
    (decision,) = allocate([seat_request(30, 1)], {}, {})
    assert "no seats are left" in decision.ruling.reason


def test_release_gives_back_what_is_not_filled_and_never_less_than_nothing() -> None:
    assert (unfilled_seats(20, 17), unfilled_seats(20, 20), unfilled_seats(3, 5)) == (3, 0, 0)


def test_a_release_says_how_many_seats_and_there_is_none_where_all_are_filled() -> None:
    found = [release_unfilled(number, date(2022, 7, 22)) for number in (0, 1, 2)]
    assert [ruling and ruling.outcome for ruling in found] == [None, Outcome.RELEASED, Outcome.RELEASED]
    assert [ruling.reason for ruling in found if ruling] == [
        "1 seat had no signed participant by 2022-07-22 and is released.",
        "2 seats had no signed participant by 2022-07-22 and are released.",
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
    (decision,) = allocate([seat_request(seats, 1, "0900002")], seats_left(certification=left), {})
    assert decision.ruling.reason == reason.format("ISTE Certification for Educators")


def test_librarian_seats_are_confirmed_up_to_the_certification_seats_and_the_librarians_who_are_certified() -> None:
    asked = [seat_request(2, 1, "0900002"), seat_request(5, 1, "0900002", Component.LIBRARIAN)]
    found = allocate(asked, seats_left(certification=9, librarian=9), {"0900002": 1})
    assert [(d.seats_confirmed, d.seats_waitlisted, d.seats_declined) for d in found] == [(2, 0, 0), (3, 0, 2)]
    assert found[1].excess is not None
    assert "2 seats in ISTE Certification for Librarians cannot be given" in found[1].excess.reason
    assert "Request seats in ISTE Certification for Educators for them" in found[1].excess.reason


def test_librarians_whose_district_waits_for_certification_seats_are_not_told_to_request_what_was_requested() -> None:
    asked = [seat_request(13, 1, "0900002"), seat_request(2, 1, "0900002", Component.LIBRARIAN)]
    _, found = allocate(asked, seats_left(librarian=9), {})
    assert found.seats_declined == 2
    assert found.ruling.reason == (
        "2 seats in ISTE Certification for Librarians cannot be given yet, because each librarian also needs a seat in ISTE "
        "Certification for Educators, or has to be certified already, and the seats that you requested there wait. You do not "
        "need to do anything: with those seats we offer you librarian seats, as far as there are any."
    )


def librarians(seats: int, minute: int, lea_id: str, declined: int = 0) -> SeatRequest:
    return seat_request(seats, minute, lea_id, Component.LIBRARIAN, seats_declined=declined)


def test_declined_librarian_seats_are_taken_up_in_order_as_far_as_there_are_seats_and_certification_for_them() -> None:
    first, second = librarians(4, 1, "0900002", declined=4), librarians(2, 2, "0900007", declined=2)
    blocked, room = {first.key: 4, second.key: 2}, {"0900002": 3, "0900007": 5}
    assert reconsider_librarians([second, first], blocked, 9, room) == {first.key: 3, second.key: 2}
    assert reconsider_librarians([second, first], blocked, 4, room) == {first.key: 3, second.key: 1}
    assert reconsider_librarians([second, first], blocked, 0, room) == {}
    assert take_up_again(2).outcome == Outcome.WAITLISTED


def test_declined_librarian_seats_overtake_nobody_who_waits() -> None:
    waits, late = librarians(3, 1, "0900002"), librarians(2, 2, "0900007", declined=2)
    assert reconsider_librarians([waits, late], {late.key: 2}, 4, {"0900002": 3, "0900007": 5}) == {late.key: 1}
    assert reconsider_librarians([waits, late], {late.key: 2}, 3, {"0900002": 3, "0900007": 5}) == {}


def test_librarian_seats_that_nobody_can_sit_in_go_to_the_next_district() -> None:
    asked = [seat_request(3, n, f"090000{n}", Component.LIBRARIAN) for n in (1, 2)]
    first, second = allocate(asked, seats_left(librarian=3), {"0900001": -1, "0900002": 2})
    assert (first.seats_declined, first.ruling.outcome, first.excess) == (3, Outcome.DECLINED, None)
    assert (second.seats_confirmed, second.seats_declined) == (2, 1)


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(-2, 4)), max_size=8), st.integers(0, 12))
def test_no_district_gets_or_waits_for_more_librarian_seats_than_it_has_people_for(
    numbers: list[tuple[int, int]], left: int
) -> None:
    asked = [seat_request(seats, i, f"09{i:05d}", Component.LIBRARIAN) for i, (seats, _) in enumerate(numbers)]
    room = {f"09{i:05d}": possible for i, (_, possible) in enumerate(numbers)}
    for decision in allocate(asked, seats_left(librarian=left), room):
        used = decision.seats_confirmed + decision.seats_waitlisted
        assert used == min(decision.request.seats_open, max(room[decision.request.lea_id], 0))
        assert used + decision.seats_declined == decision.request.seats_open


def test_room_for_librarians_is_what_the_certification_allows_beyond_the_librarian_seats() -> None:
    assert [librarian_room(4, 1, 3), librarian_room(0, 0, 2)] == [2, -2]


def test_a_position_that_has_moved_since_the_proposal_is_told_as_it_is_now() -> None:
    _, waiting = allocate([seat_request(10, 1), seat_request(4, 2)], seats_left(certification=3), {})
    moved = at_position(waiting, 1)
    assert (moved.waitlist_position, "at position 1 on the waitlist" in moved.ruling.reason) == (1, True)
    assert at_position(waiting, 2) is waiting
    assert at_position(waiting, None) is waiting


asked = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40)), max_size=25)


def requests_from(numbers: list[tuple[int, int]]) -> list[SeatRequest]:
    return [seat_request(seats, minute, lea_id=f"09{i:05d}") for i, (seats, minute) in enumerate(numbers)]


@given(asked, st.integers(0, 400))
def test_every_seat_requested_is_confirmed_or_waits_and_no_seat_is_sold_twice(
    numbers: list[tuple[int, int]], left: int
) -> None:
    decisions = allocate(requests_from(numbers), seats_left(certification=left), {})
    assert len(decisions) == len(numbers)
    assert all(d.seats_confirmed + d.seats_waitlisted == d.request.seats_open for d in decisions)
    assert sum(d.seats_confirmed for d in decisions) <= left


@given(asked, st.integers(0, 400))
def test_nobody_later_gets_a_seat_while_an_earlier_request_waits(numbers: list[tuple[int, int]], left: int) -> None:
    decisions = allocate(requests_from(numbers), seats_left(certification=left), {})
    waiting = [bool(decision.seats_waitlisted) for decision in decisions]
    assert waiting == sorted(waiting)
    assert all(not later.seats_confirmed for is_behind, later in zip(waiting, decisions[1:], strict=False) if is_behind)
    if any(waiting):
        assert sum(decision.seats_confirmed for decision in decisions) == left


def test_an_offer_holds_seats_of_the_requests_that_it_gave_them_to_in_order() -> None:
    offered, given = (9, 3, 8), (9, 5, 6)
    assert [seats_of_offer(offered, given, index, offered[index]) for index in range(3)] == [
        (9, 0, 0), (0, 3, 0), (0, 2, 6)
    ]  # fmt: skip


def test_what_is_left_of_an_offer_is_of_its_oldest_requests() -> None:
    assert [seats_of_offer((9, 3, 8), (9, 5, 6), 2, held) for held in (3, 1, 0)] == [(0, 2, 1), (0, 1, 0), (0, 0, 0)]


@pytest.mark.parametrize(
    ("requests", "seats", "by_offer", "lost"),
    [
        ([(9, False), (3, True)], 1, (9, 0), (1, 0)),  # an answer to the first request's offer
        ([(9, False), (3, True)], 2, (0, 3), (0, 2)),
        ([(9, False), (3, True)], 4, (0, 3), (1, 3)),  # more than the offer's own requests have
        ([(9, False), (7, False)], 5, (2, 3), (2, 3)),  # the four of the newer one that another offer gave stay
        ([(9, False), (3, True)], 4, (), (4, 0)),  # unfilled: who waits for nothing first
        ([(9, False), (3, True)], 11, (), (9, 2)),
        ([(9, False), (4, False), (0, True)], 5, (), (1, 4, 0)),  # the newest first; the last was never given a seat
    ],
)
def test_seats_go_back_from_the_requests_of_the_offer_then_from_those_that_wait_for_nothing(
    requests: list[tuple[int, bool]], seats: int, by_offer: tuple[int, ...], lost: tuple[int, ...]
) -> None:
    assert take_back([SeatsOnHand(*request) for request in requests], seats, by_offer) == lost


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=6), st.data())
def test_as_many_seats_go_back_as_were_asked_for_and_none_from_a_request_that_has_none(
    requests: list[tuple[int, bool]], data: st.DataObject
) -> None:
    on_hand = [SeatsOnHand(*request) for request in requests]
    seats = data.draw(st.integers(0, sum(request.seats for request in on_hand)))
    by_offer = [data.draw(st.integers(0, request.seats + 2)) for request in on_hand]
    lost = take_back(on_hand, seats, data.draw(st.sampled_from(([], by_offer))))
    assert sum(lost) == seats
    assert all(0 <= number <= request.seats for number, request in zip(lost, on_hand, strict=True))
