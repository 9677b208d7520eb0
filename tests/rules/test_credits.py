import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.credits import academy_credits, certification_credits, endorsement_note
from tests.builders import changed_policy, policy

CREDITS = policy().credits


def test_four_credits_cost_260_dollars_and_a_fifth_is_refused() -> None:
    four, five = (certification_credits(n, True, CREDITS) for n in (4, 5))
    assert (four.fee_cents, four.ruling.outcome) == (26000, "requested")
    assert (five.fee_cents, five.ruling.outcome) == (0, "refused")


def test_no_credits_before_the_certificate() -> None:
    assert certification_credits(1, False, CREDITS).ruling.outcome == "refused"


@pytest.mark.parametrize(
    ("asked", "hours", "outcome"),
    [
        (1, 12, "refused"),
        (1, 13, "requested"),
        (2, 25, "refused"),
        (2, 26, "requested"),
        (3, 60, "refused"),
        (0, 26, "refused"),
    ],
)
def test_academy_credits_follow_the_completed_hours(asked: int, hours: int, outcome: str) -> None:
    hours_per_credit = policy().academy.hours_per_credit
    assert academy_credits(asked, hours, hours_per_credit, CREDITS).ruling.outcome == outcome


@given(st.integers(-5, 50))
def test_a_granted_request_costs_65_dollars_a_credit_and_a_refused_one_nothing(asked: int) -> None:
    fee = certification_credits(asked, True, CREDITS)
    assert fee.fee_cents == (asked * 6500 if fee.ruling.outcome == "requested" else 0)


def test_the_endorsement_shows_4_of_30_and_what_is_undetermined() -> None:
    note = endorsement_note(CREDITS)
    assert "4 of the 30" in note
    assert "12 in computer science is undetermined" in note
    ruled = changed_policy(credits__endorsement__counts_toward_computer_science="yes").credits
    assert "is so determined" in endorsement_note(ruled)
