from collections import Counter
from enum import StrEnum
from itertools import product

import pytest

from rules.transitions import MACHINES, REQUESTED_SEATS, StateMachine, can_move, never_fewer
from schemas.statuses import CertificateStatus, ClockState, CreditStatus, OutboxStatus, RoundStatus, SeatState

ALL = (*MACHINES, REQUESTED_SEATS)
ENDS: dict[str, dict[str, set[str]]] = {
    "Seat round": {"approved": {"applied", "void"}, "rejected": set(), "applied": set(), "void": set()},
    "Credit request": {"sent": set(), "refused": set(), "void": set(), "refunded": set()},
    "Certificate": {"revoked": set(), "expired": {"revoked"}},
    "Review round": {"certified": set(), "not_yet": set()},
    "Message of the outbox": {"sent": set(), "failed": set(), "withdrawn": set()},
}


def machine(title: str) -> StateMachine:
    return next(item for item in ALL if item.title == title)


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.title)
def test_every_status_is_reached_from_a_start_and_every_line_stands_once(item: StateMachine) -> None:
    reached = set(item.starts)
    for _ in item.states:
        reached |= {target for state in reached for target in item.after(state)}
    assert reached == set(item.states)
    assert set(Counter((line.source, line.target) for line in item.transitions).values()) == {1}
    assert all(isinstance(state, item.states) for line in item.transitions for state in (line.source, line.target))
    assert all(line.by and line.source is not line.target for line in item.transitions)


@pytest.mark.parametrize(
    ("item", "source", "target"),
    [(item, *pair) for item in ALL for pair in product(item.states, repeat=2)],
    ids=lambda value: value.title if isinstance(value, StateMachine) else str(value) or "none",
)
def test_what_is_listed_is_allowed_what_stays_is_no_change_and_everything_else_is_not(
    item: StateMachine, source: StrEnum, target: StrEnum
) -> None:
    listed = (source, target) in {(line.source, line.target) for line in item.transitions}
    assert item.allows(source, target) is (listed or source is target)


@pytest.mark.parametrize(("title", "state"), [(title, state) for title, states in ENDS.items() for state in states])
def test_what_has_ended_stays_ended(title: str, state: str) -> None:
    item = machine(title)
    assert set(item.after(item.states(state))) == ENDS[title][state]


def test_a_result_needs_a_panel_a_refund_needs_a_request_and_a_sent_letter_cannot_wait_again() -> None:
    assert not machine("Review round").allows(RoundStatus.WAITING, RoundStatus.CERTIFIED)
    assert not machine("Credit request").allows(CreditStatus.PENDING, CreditStatus.REFUNDED)
    assert not machine("Credit request").allows(CreditStatus.VOID, CreditStatus.REQUESTED)
    assert not machine("Message of the outbox").allows(OutboxStatus.SENT, OutboxStatus.PENDING)
    assert machine("Certificate").allows(CertificateStatus.WITHDRAWN, CertificateStatus.VALID)


def test_the_review_clock_goes_on_in_its_order_and_never_back() -> None:
    order = list(ClockState)
    for first, second in product(order, repeat=2):
        assert machine("Review clock").allows(first, second) is (order.index(first) <= order.index(second))


def seats(**numbers: int) -> dict[StrEnum, int]:
    return {state: numbers.get(state, 0) for state in SeatState}


def test_the_seats_of_a_request_that_nothing_takes_away_again_are_known() -> None:
    kept = never_fewer(REQUESTED_SEATS)
    assert {frozenset({SeatState.DECLINED}), frozenset({SeatState.RELEASED})} <= set(kept)
    assert frozenset({SeatState.CONFIRMED, SeatState.RELEASED}) in kept
    assert frozenset({SeatState.CONFIRMED}) not in kept


@pytest.mark.parametrize(
    ("before", "after", "is_possible"),
    [
        (seats(undecided=30), seats(confirmed=20, waitlisted=10), True),
        (seats(confirmed=20, waitlisted=10), seats(confirmed=25, waitlisted=5), True),
        (seats(confirmed=20, waitlisted=10), seats(undecided=10, confirmed=18, released=2), True),
        (seats(confirmed=20), seats(undecided=20), False),
        (seats(confirmed=20), seats(waitlisted=20), False),
        (seats(released=5, waitlisted=5), seats(confirmed=10), False),
        (seats(undecided=5), seats(declined=5), True),
        (seats(waitlisted=5), seats(declined=5), True),
        (seats(confirmed=5), seats(declined=5), False),
        (seats(undecided=5), seats(confirmed=6), False),
        (seats(declined=5, undecided=5), seats(declined=4, undecided=6), False),
    ],
)
def test_seats_move_between_the_counts_of_a_request_only_along_the_transitions(
    before: dict[StrEnum, int], after: dict[StrEnum, int], is_possible: bool
) -> None:
    assert can_move(REQUESTED_SEATS, before, after) is is_possible
