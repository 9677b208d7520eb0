from typing import Any

import pytest

from rules.rule_ids import RuleId
from rules.seats.rounds import apply_line, too_many_seats
from schemas.records import Component, Ruling, SeatDecision
from schemas.statuses import Outcome
from tests.factories.seats import seat_request

APPROVED = Ruling(RuleId.FIRST_COME_FIRST_SERVED, Outcome.PARTLY_CONFIRMED, "As the agency saw it.")


def line(confirmed: int = 20, waiting: int = 10, **changes: Any) -> SeatDecision:
    asked = seat_request(confirmed + waiting, 1, "0900002", **changes)
    return SeatDecision(asked, confirmed, waiting, 3 if waiting else None, APPROVED)


@pytest.mark.parametrize("seats_open", [30, 45])
def test_a_request_that_is_as_it_was_or_has_grown_gets_what_was_approved(seats_open: int) -> None:
    assert apply_line(line(), seats_open) == line()


@pytest.mark.parametrize(
    ("approved", "seats_open", "numbers", "outcome", "reason"),
    [
        (line(), 25, (20, 5, 3), Outcome.PARTLY_CONFIRMED,
         "was reduced to 25 before the approval. 20 seats are confirmed, and 5 seats wait at position 3"),
        (line(), 20, (20, 0, None), Outcome.CONFIRMED, "was reduced to 20 before the approval. 20 seats are confirmed."),
        (line(), 1, (1, 0, None), Outcome.CONFIRMED, "was reduced to 1 before the approval. 1 seat is confirmed."),
        (line(0), 1, (0, 1, 3), Outcome.WAITLISTED, "was reduced to 1 before the approval. 1 seat waits at position 3"),
        (line(), 0, (0, 0, None), Outcome.WITHDRAWN, "The request for 30 seats in"),
    ],
)  # fmt: skip
def test_a_request_that_was_reduced_gets_what_it_still_asks_for_and_is_told_so(
    approved: SeatDecision, seats_open: int, numbers: tuple[int, int, int | None], outcome: Outcome, reason: str
) -> None:
    found = apply_line(approved, seats_open)
    assert (found.seats_confirmed, found.seats_waitlisted, found.waitlist_position) == numbers
    assert (found.ruling.rule, found.ruling.outcome) == (RuleId.APPROVED_ROUND, outcome)
    assert reason in found.ruling.reason


def test_lines_for_which_there_is_no_room_any_more_are_named() -> None:
    lines = [line(), line(5, 0, component=Component.ACADEMY), line(0)]
    assert too_many_seats(lines, {Component.CERTIFICATION: 20, Component.ACADEMY: 5}) == ""
    reason = too_many_seats(lines, {Component.CERTIFICATION: 19})
    assert "20 seats in" in reason
    assert "for 0900002/certification/1, but 19 are left; 5 seats in" in reason
