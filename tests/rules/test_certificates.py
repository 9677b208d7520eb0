from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import (
    PaidTerm,
    PaymentFacts,
    count_activity,
    goes_with_result,
    next_term,
    refund_due,
    reminder_mark,
    renewal_fee,
    renewal_step,
    renewal_window,
    revoke,
    settle_payment,
    settle_refund,
    settle_result,
    valid_term,
)
from schemas.records import Term
from schemas.statuses import CertificateStatus, Outcome
from tests.factories.season import changed_policy, policy

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


def test_the_fee_is_told_with_its_points() -> None:
    assert [renewal_fee(points, CERTIFICATES).ruling.reason for points in (0, 150)] == [
        "With no points, the renewal fee is $250.00.",
        "With 150 points, the renewal fee is $174.50.",
    ]
    assert "With 1 point," in renewal_fee(1, CERTIFICATES).ruling.reason


LAST_DAY = date(2026, 2, 28)


def payment(**changes: Any) -> PaymentFacts:
    facts = {"status": CertificateStatus.VALID, "newest_term": 1, "term_paid": 2, "paid_cents": 25000}
    return PaymentFacts(**{"expires_on": LAST_DAY, "paid_on": LAST_DAY, "today": date(2026, 3, 2), **facts, **changes})


def test_a_payment_in_full_by_the_last_day_renews_a_certificate() -> None:
    ruling = settle_payment(payment(), renewal_fee(0, CERTIFICATES), CERTIFICATES)
    assert ruling.outcome == Outcome.RENEWED
    assert "valid through 2029-02-28" in ruling.reason


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"status": CertificateStatus.EXPIRED}, "is expired and cannot be renewed"),
        ({"term_paid": 3}, "The next term to pay is 2"),
        ({"term_paid": 1}, "the payment is for term 1"),
        ({"paid_on": LAST_DAY + timedelta(days=1)}, "after the last day, 2026-02-28, and is returned"),
        ({"paid_on": date(2025, 11, 29)}, "is returned. Pay from 2025-11-30 through 2026-02-28."),
        ({"paid_on": LAST_DAY, "today": date(2026, 2, 27)}, "dated 2026-02-28, which is still to come"),
        ({"paid_cents": 24999}, "$249.99 was paid, which is less than the fee. With no points"),
    ],
)
def test_a_payment_that_does_not_renew_says_why(facts: dict[str, Any], why: str) -> None:
    ruling = settle_payment(payment(**facts), renewal_fee(0, CERTIFICATES), CERTIFICATES)
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


@given(st.integers(-200, 200))
def test_a_payment_renews_exactly_on_the_days_of_the_window(days: int) -> None:
    paid_on = LAST_DAY + timedelta(days=days)
    ruling = settle_payment(
        payment(paid_on=paid_on, today=date(2027, 1, 1)), renewal_fee(0, CERTIFICATES), CERTIFICATES
    )
    assert (ruling.outcome == Outcome.RENEWED) == (-CERTIFICATES.renewal_window_days <= days <= 0)


def test_the_window_is_open_when_the_first_reminder_asks_for_the_payment() -> None:
    first = LAST_DAY - timedelta(days=max(CERTIFICATES.reminder_days_before))
    assert renewal_window(LAST_DAY, CERTIFICATES).starts_on <= first


@pytest.mark.parametrize(
    ("early_payment", "today", "cents"),
    [
        ("settle_at_term_end", LAST_DAY, 0),
        ("settle_at_term_end", LAST_DAY + timedelta(days=1), 7550),
        ("refund_difference", LAST_DAY - timedelta(days=60), 7550),
    ],
)
def test_points_after_an_early_payment_are_refunded_at_the_terms_end_or_at_once(
    early_payment: str, today: date, cents: int
) -> None:
    certificates = changed_policy(certificates__early_payment=early_payment).certificates
    assert refund_due(PaidTerm(LAST_DAY, 25000, 0), renewal_fee(150, certificates), today, certificates) == cents


def test_a_refund_says_what_was_paid_and_what_was_refunded_before() -> None:
    fee = renewal_fee(150, CERTIFICATES)
    first, second = (settle_refund(PaidTerm(LAST_DAY, 25000, before), fee, 7550 - before) for before in (0, 50))
    assert first.reason == "With 150 points, the renewal fee is $174.50. $250.00 was paid; $75.50 is refunded."
    assert "$250.00 was paid, and $0.50 of it was refunded before; $75.00 is refunded." in second.reason


@given(
    st.lists(st.integers(1, 90), max_size=6),
    st.integers(0, 6),
    st.sampled_from(["settle_at_term_end", "refund_difference"]),
)
def test_whoever_pays_early_pays_in_the_end_what_all_points_of_the_term_make(
    earned: list[int], paid_after: int, early_payment: str
) -> None:
    certificates = changed_policy(certificates__early_payment=early_payment).certificates
    paid_cents = renewal_fee(sum(earned[:paid_after]), certificates).fee_cents
    refunded = 0
    for number in range(paid_after, len(earned) + 1):
        fee = renewal_fee(sum(earned[:number]), certificates)
        refunded += refund_due(PaidTerm(LAST_DAY, paid_cents, refunded), fee, LAST_DAY, certificates)
    fee = renewal_fee(sum(earned), certificates)
    refunded += refund_due(PaidTerm(LAST_DAY, paid_cents, refunded), fee, LAST_DAY + timedelta(days=1), certificates)
    assert paid_cents - refunded == fee.fee_cents


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (date(2025, 11, 29), None),
        (date(2025, 11, 30), Outcome.REMINDED),
        (LAST_DAY, Outcome.REMINDED),
        (date(2026, 3, 1), Outcome.EXPIRED),
    ],
)
def test_a_certificate_is_reminded_of_before_its_last_day_and_expires_after_it(
    day: date, outcome: Outcome | None
) -> None:
    ruling = renewal_step(LAST_DAY, CertificateStatus.VALID, day, CERTIFICATES)
    assert (ruling.outcome if ruling else None) == outcome


def test_an_expired_certificate_is_left_alone() -> None:
    assert renewal_step(LAST_DAY, CertificateStatus.EXPIRED, date(2026, 3, 5), CERTIFICATES) is None


def test_the_newest_reminder_that_is_due_is_sent() -> None:
    marks = sorted(CERTIFICATES.reminder_days_before)
    for mark in marks:
        assert reminder_mark(LAST_DAY, LAST_DAY - timedelta(days=mark), CERTIFICATES) == mark
    assert reminder_mark(LAST_DAY, LAST_DAY, CERTIFICATES) == marks[0]
    assert reminder_mark(LAST_DAY, LAST_DAY - timedelta(days=marks[-1] + 1), CERTIFICATES) is None


@pytest.mark.parametrize(
    ("done_on", "outcome"),
    [
        (date(2023, 2, 28), Outcome.REJECTED),
        (date(2023, 3, 1), Outcome.ACCEPTED),
        (LAST_DAY, Outcome.ACCEPTED),
        (date(2026, 3, 1), Outcome.REJECTED),
    ],
)
def test_an_activity_counts_on_the_days_on_which_the_certificate_is_valid(done_on: date, outcome: Outcome) -> None:
    assert count_activity(done_on, date(2023, 3, 1), LAST_DAY, date(2026, 3, 9), 10).outcome == outcome


def test_an_activity_that_is_still_to_come_does_not_count_yet() -> None:
    found = [count_activity(LAST_DAY, date(2023, 3, 1), LAST_DAY, LAST_DAY - timedelta(days=n), 10) for n in (0, 1)]
    assert [ruling.outcome for ruling in found] == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert "is still to come" in found[1].reason


def test_points_are_counted_in_words() -> None:
    found = [count_activity(LAST_DAY, date(2023, 3, 1), LAST_DAY, LAST_DAY, points).reason for points in (1, 2)]
    assert found == ["1 point counts toward the renewal.", "2 points count toward the renewal."]


@pytest.mark.parametrize(
    ("status", "is_certified", "outcome"),
    [
        (None, True, Outcome.ISSUED),
        (None, False, None),
        (CertificateStatus.VALID, True, None),
        (CertificateStatus.VALID, False, Outcome.WITHDRAWN),
        (CertificateStatus.WITHDRAWN, True, Outcome.RESTORED),
        (CertificateStatus.WITHDRAWN, False, None),
        (CertificateStatus.EXPIRED, True, None),
        (CertificateStatus.EXPIRED, False, None),
        (CertificateStatus.REVOKED, True, None),
        (CertificateStatus.REVOKED, False, None),
    ],
)
def test_the_newest_result_stands_and_a_revoked_certificate_stays_revoked(
    status: CertificateStatus | None, is_certified: bool, outcome: Outcome | None
) -> None:
    ruling = settle_result(status, is_certified, "educator", Term(date(2023, 3, 1), LAST_DAY))
    assert (ruling.outcome if ruling else None) == outcome


def test_a_certificate_goes_with_a_result_that_certifies_unless_it_is_revoked() -> None:
    found = {status for status in (None, *CertificateStatus) if goes_with_result(status, True)}
    assert found == {CertificateStatus.VALID, CertificateStatus.WITHDRAWN, CertificateStatus.EXPIRED}
    assert not goes_with_result(CertificateStatus.VALID, False)


def test_a_certificate_is_revoked_once_and_with_a_reason() -> None:
    valid, expired, revoked = CertificateStatus.VALID, CertificateStatus.EXPIRED, CertificateStatus.REVOKED
    found = [revoke(valid, "copied"), revoke(expired, "copied"), revoke(valid, " "), revoke(revoked, "copied")]
    assert [ruling.outcome for ruling in found] == [
        Outcome.REVOKED,
        Outcome.REVOKED,
        Outcome.REJECTED,
        Outcome.REJECTED,
    ]


def test_there_are_dozens_of_activities_to_choose_from() -> None:
    assert len(policy().certificates.activities) >= 24
