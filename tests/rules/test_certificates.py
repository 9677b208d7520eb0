from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import next_term, renewal_fee, renewal_step, revoke, valid_term
from schemas.records import Term
from tests.builders import policy

CERTIFICATES = policy().certificates


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2023, 3, 1), date(2026, 2, 28)),
        (date(2024, 2, 29), date(2027, 2, 27)),
        (date(2025, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_certificate_is_valid_for_three_years_to_the_day(starts_on: date, ends_on: date) -> None:
    assert valid_term(starts_on, CERTIFICATES) == Term(starts_on, ends_on)


def test_a_renewal_goes_on_from_the_day_after() -> None:
    assert next_term(date(2026, 2, 28), CERTIFICATES) == Term(date(2026, 3, 1), date(2029, 2, 28))


def test_the_fee_slides_from_250_dollars_at_no_points_to_99_at_full_points() -> None:
    assert [renewal_fee(points, CERTIFICATES).fee_cents for points in (0, 150, 300, 999)] == [25000, 17450, 9900, 9900]


@given(st.integers(0, 400))
def test_more_points_never_cost_more_and_the_fee_stays_within_its_limits(points: int) -> None:
    fee, next_fee = (renewal_fee(p, CERTIFICATES).fee_cents for p in (points, points + 1))
    assert 9900 <= next_fee <= fee <= 25000


def test_negative_points_are_a_fault() -> None:
    with pytest.raises(ValueError, match="negative"):
        renewal_fee(-1, CERTIFICATES)


@pytest.mark.parametrize(
    ("day", "has_paid", "outcome"),
    [
        (date(2025, 11, 29), False, None),
        (date(2025, 11, 30), False, "reminded"),
        (date(2026, 2, 28), False, "reminded"),
        (date(2026, 3, 1), False, "expired"),
        (date(2025, 6, 1), True, "renewed"),
    ],
)
def test_reminded_before_renewed_when_paid_expired_after_the_last_day(
    day: date, has_paid: bool, outcome: str | None
) -> None:
    ruling = renewal_step(date(2026, 2, 28), "valid", has_paid, day, CERTIFICATES)
    assert (ruling.outcome if ruling else None) == outcome


def test_an_expired_certificate_is_left_alone() -> None:
    assert renewal_step(date(2026, 2, 28), "expired", True, date(2026, 3, 5), CERTIFICATES) is None


def test_a_certificate_is_revoked_once_and_with_a_reason() -> None:
    found = [revoke("valid", "copied"), revoke("expired", "copied"), revoke("valid", " "), revoke("revoked", "copied")]
    assert [ruling.outcome for ruling in found] == ["revoked", "revoked", "rejected", "rejected"]


def test_there_are_dozens_of_activities_to_choose_from() -> None:
    assert len(policy().certificates.activities) >= 24
