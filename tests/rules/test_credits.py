from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.credits import (
    academy_credits,
    certification_credits,
    confirm_refund,
    end_request,
    endorsement_note,
    opt_in_again,
    reconcile,
    reject_stranger,
    request_again,
    settle_reconciliation,
    settle_refusal,
    settle_withdrawal,
    status_after_answer,
)
from schemas.records import Component, TranscriptRecord
from schemas.statuses import CreditStatus, DifferenceKind, Outcome, TranscriptStatus
from tests.factories.season import changed_policy, policy

CREDITS = policy().credits
NOON = datetime(2023, 6, 1, 12, 0, tzinfo=UTC)


def test_four_credits_cost_260_dollars_and_a_fifth_is_rejected() -> None:
    four, five = (certification_credits(n, True, CREDITS) for n in (4, 5))
    assert (four.fee_cents, four.ruling.outcome) == (26000, Outcome.REQUESTED)
    assert (five.fee_cents, five.ruling.outcome) == (0, Outcome.REJECTED)


def test_no_credits_before_the_certificate() -> None:
    assert certification_credits(1, False, CREDITS).ruling.outcome == Outcome.REJECTED


@pytest.mark.parametrize(
    ("wanted", "hours", "outcome"),
    [
        (1, 12, Outcome.REJECTED),
        (1, 13, Outcome.REQUESTED),
        (2, 25, Outcome.REJECTED),
        (2, 26, Outcome.REQUESTED),
        (3, 60, Outcome.REJECTED),
        (0, 26, Outcome.REJECTED),
    ],
)
def test_academy_credits_follow_the_completed_hours(wanted: int, hours: int, outcome: Outcome) -> None:
    hours_per_credit = policy().academy.hours_per_credit
    assert academy_credits(wanted, hours, hours_per_credit, CREDITS).ruling.outcome == outcome


@given(st.integers(-5, 50))
def test_a_granted_request_costs_65_dollars_a_credit_and_a_rejected_one_nothing(wanted: int) -> None:
    fee = certification_credits(wanted, True, CREDITS)
    assert fee.fee_cents == (wanted * 6500 if fee.ruling.outcome == Outcome.REQUESTED else 0)


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        (
            1,
            "Toward endorsement #110, this credit counts as 1 of 30 required credits. Whether it also counts toward the 12",
        ),
        (
            2,
            "Toward endorsement #110, these credits count as 2 of 30 required credits. Whether they also count toward the 12",
        ),
        (4, "these credits count as 4 of 30 required credits"),
    ],
)
def test_the_endorsement_tells_how_many_of_30_were_requested_and_what_is_undetermined(asked: int, note: str) -> None:
    found = endorsement_note(Component.CERTIFICATION, asked, CREDITS)
    assert note in found
    assert found.endswith("required in computer science is undetermined.")
    assert endorsement_note(Component.ACADEMY, asked, CREDITS) == ""


@given(st.integers(1, 4))
def test_nobody_is_told_of_more_credits_than_were_requested(asked: int) -> None:
    assert f"count{'s' if asked == 1 else ''} as {asked} of 30 " in endorsement_note(
        Component.CERTIFICATION, asked, CREDITS
    )


@pytest.mark.parametrize(
    ("ruled", "asked", "told"),
    [
        ("yes", 2, "They also count toward the 12"),
        ("yes", 1, "It also counts toward the 12"),
        ("no", 2, "They do not count toward the 12"),
        ("no", 1, "It does not count toward the 12"),
    ],
)
def test_the_endorsement_says_what_is_determined(ruled: str, asked: int, told: str) -> None:
    changed = changed_policy(credits__endorsement__counts_toward_computer_science=ruled)
    assert told in endorsement_note(Component.CERTIFICATION, asked, changed.credits)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (CreditStatus.PENDING, Outcome.VOID),
        (CreditStatus.REQUESTED, Outcome.REFUNDED),
        (CreditStatus.SENDING, Outcome.REFUNDED),
        (CreditStatus.CANCELING, Outcome.REFUNDED),
        (CreditStatus.SENT, Outcome.REJECTED),
        (CreditStatus.REFUSED, Outcome.REJECTED),
        (CreditStatus.VOID, Outcome.REJECTED),
        (CreditStatus.REFUNDED, Outcome.REJECTED),
    ],
)
def test_a_request_is_void_before_the_provider_has_it_and_refunded_until_it_is_sent(
    status: CreditStatus, outcome: Outcome
) -> None:
    assert end_request(status, 26000, "another plan").outcome == outcome


def test_taking_a_request_back_needs_a_reason_and_names_what_is_refunded() -> None:
    assert end_request(CreditStatus.REQUESTED, 26000, " ").outcome == Outcome.REJECTED
    assert "refunds $260.00" in end_request(CreditStatus.REQUESTED, 26000, "another plan").reason


SENT = TranscriptRecord(TranscriptStatus.SENT, 4, 26000)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ({"a": SENT}, {}, DifferenceKind.MISSING),
        ({}, {"a": SENT}, DifferenceKind.UNKNOWN),
        ({"a": SENT}, {"a": TranscriptRecord(TranscriptStatus.SENT, 3, 19500)}, DifferenceKind.AMOUNT),
        ({"a": SENT}, {"a": TranscriptRecord(TranscriptStatus.REFUSED, 4, 26000)}, DifferenceKind.STATE),
    ],
)
def test_each_way_to_differ_is_told(
    ours: dict[str, TranscriptRecord], theirs: dict[str, TranscriptRecord], kind: DifferenceKind
) -> None:
    (difference,) = reconcile(ours, theirs)
    assert (difference.key, difference.kind) == ("a", kind)


def test_a_difference_of_amount_names_both() -> None:
    (difference,) = reconcile({"a": SENT}, {"a": TranscriptRecord(TranscriptStatus.SENT, 1, 6500)})
    assert difference.reason == "We have 4 credits for $260.00, and the provider has 1 credit for $65.00."


def test_a_canceled_request_is_spelled_as_we_spell_it() -> None:
    (difference,) = reconcile({"a": TranscriptRecord(TranscriptStatus.CANCELED, 4, 26000)}, {"a": SENT})
    assert difference.reason == "For us it is canceled, and for the provider it is sent."


def test_a_reconciliation_counts_what_was_compared() -> None:
    differences = reconcile({"a": SENT}, {})
    found = [settle_reconciliation(requests, differences) for requests in (1, 2)]
    assert [ruling.outcome for ruling in found] == [Outcome.DIFFERS, Outcome.DIFFERS]
    assert "1 difference with the provider's list, for 1 request of ours." in found[0].reason
    agrees = settle_reconciliation(2, ())
    assert (agrees.outcome, "agrees with 2 requests of ours" in agrees.reason) == (Outcome.AGREES, True)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (TranscriptStatus.REQUESTED, CreditStatus.REQUESTED),
        (TranscriptStatus.SENT, CreditStatus.SENT),
        (TranscriptStatus.REFUSED, CreditStatus.REFUSED),
        (TranscriptStatus.CANCELED, None),
    ],
)
def test_a_request_follows_the_providers_answer(answer: TranscriptStatus, status: CreditStatus | None) -> None:
    assert status_after_answer(answer) == status


def test_a_request_ends_only_where_the_provider_cancels_it() -> None:
    ending = end_request(CreditStatus.REQUESTED, 6500, "another plan")
    assert confirm_refund(TranscriptStatus.CANCELED, "", ending) == ending
    kept = confirm_refund(TranscriptStatus.SENT, "Sent on Monday.", ending)
    assert (kept.outcome, kept.reason.endswith("it is sent. Sent on Monday.")) == (Outcome.REJECTED, True)


def test_a_withdrawn_request_is_void_where_the_provider_never_had_it() -> None:
    assert settle_withdrawal(None, "", 6500, "another plan").outcome == Outcome.VOID
    assert settle_withdrawal(TranscriptStatus.CANCELED, "", 6500, "another plan").outcome == Outcome.REFUNDED
    assert settle_withdrawal(TranscriptStatus.SENT, "", 6500, "another plan").outcome == Outcome.REJECTED


@pytest.mark.parametrize("status", CreditStatus)
def test_credits_are_requested_again_only_after_the_last_request_has_ended(status: CreditStatus) -> None:
    has_ended = status in {CreditStatus.REFUSED, CreditStatus.VOID, CreditStatus.REFUNDED}
    outcome = Outcome.REQUESTED if has_ended else Outcome.REJECTED
    assert request_again(status, "the record was mended").outcome == outcome
    assert opt_in_again(status, NOON, NOON + timedelta(seconds=1)).outcome == outcome
    assert request_again(status, " ").outcome == Outcome.REJECTED


@pytest.mark.parametrize(("ended", "opted_in"), [(None, NOON), (NOON, None), (NOON, NOON)])
def test_the_same_opt_in_that_comes_again_is_not_charged_again(
    ended: datetime | None, opted_in: datetime | None
) -> None:
    assert opt_in_again(CreditStatus.REFUSED, ended, opted_in).outcome == Outcome.REJECTED


def test_a_refusal_is_the_providers_and_a_stranger_is_rejected_by_us() -> None:
    refusal = settle_refusal("no student record.")
    assert (refusal.outcome, refusal.reason.endswith("the request: no student record.")) == (Outcome.REFUSED, True)
    assert reject_stranger().outcome == Outcome.REJECTED


def test_one_credit_is_told_as_one() -> None:
    assert "1 credit is requested; the participant pays $65.00" in certification_credits(1, True, CREDITS).ruling.reason
    two = academy_credits(2, 13, 13, CREDITS).ruling.reason
    assert "You requested 2 credits; you can request up to 1." in two
    five = certification_credits(5, True, CREDITS).ruling.reason
    assert "you can request up to 4." in five


records = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(TranscriptRecord, st.sampled_from(TranscriptStatus), st.integers(1, 4), st.just(6500)),
)


@given(records, records)
def test_books_agree_exactly_when_they_are_the_same(
    ours: dict[str, TranscriptRecord], theirs: dict[str, TranscriptRecord]
) -> None:
    assert (reconcile(ours, theirs) == ()) is (ours == theirs)
    assert [item.key for item in reconcile(ours, ours)] == []


@given(st.integers(-2, 8), st.integers(0, 40))
def test_credits_never_pass_their_caps_and_cost_65_dollars_each(wanted: int, hours: int) -> None:
    certification = certification_credits(wanted, True, CREDITS)
    academy = academy_credits(wanted, hours, 13, CREDITS)
    assert (certification.ruling.outcome == Outcome.REQUESTED) is (1 <= wanted <= 4)
    assert (academy.ruling.outcome == Outcome.REQUESTED) is (1 <= wanted <= min(hours // 13, 2))
    for fee in (certification, academy):
        assert fee.fee_cents == (wanted * 6500 if fee.ruling.outcome == Outcome.REQUESTED else 0)
