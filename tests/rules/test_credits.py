import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.credits import academy_credits, certification_credits, end_request, endorsement_note, reconcile
from schemas.records import TranscriptRecord
from tests.builders import changed_policy, policy

CREDITS = policy().credits


def test_four_credits_cost_260_dollars_and_a_fifth_is_refused() -> None:
    four, five = (certification_credits(n, True, CREDITS) for n in (4, 5))
    assert (four.fee_cents, four.ruling.outcome) == (26000, "requested")
    assert (five.fee_cents, five.ruling.outcome) == (0, "refused")


def test_no_credits_before_the_certificate() -> None:
    assert certification_credits(1, False, CREDITS).ruling.outcome == "refused"


@pytest.mark.parametrize(
    ("wanted", "hours", "outcome"),
    [
        (1, 12, "refused"),
        (1, 13, "requested"),
        (2, 25, "refused"),
        (2, 26, "requested"),
        (3, 60, "refused"),
        (0, 26, "refused"),
    ],
)
def test_academy_credits_follow_the_completed_hours(wanted: int, hours: int, outcome: str) -> None:
    hours_per_credit = policy().academy.hours_per_credit
    assert academy_credits(wanted, hours, hours_per_credit, CREDITS).ruling.outcome == outcome


@given(st.integers(-5, 50))
def test_a_granted_request_costs_65_dollars_a_credit_and_a_refused_one_nothing(wanted: int) -> None:
    fee = certification_credits(wanted, True, CREDITS)
    assert fee.fee_cents == (wanted * 6500 if fee.ruling.outcome == "requested" else 0)


def test_the_endorsement_shows_4_of_30_and_what_is_undetermined() -> None:
    note = endorsement_note(CREDITS)
    assert "4 of the 30" in note
    assert "12 in computer science is undetermined" in note
    ruled = changed_policy(credits__endorsement__counts_toward_computer_science="yes").credits
    assert "is so determined" in endorsement_note(ruled)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("pending", "void"), ("requested", "refunded"), ("sent", "refused"), ("refused", "refused"), ("void", "refused")],
)
def test_a_request_is_void_before_the_provider_has_it_and_refunded_until_it_is_sent(status: str, outcome: str) -> None:
    assert end_request(status, 26000, "another plan").outcome == outcome


def test_taking_a_request_back_needs_a_reason_and_names_what_is_refunded() -> None:
    assert end_request("requested", 26000, " ").outcome == "refused"
    assert "refunds $260.00" in end_request("requested", 26000, "another plan").reason


SENT = TranscriptRecord("sent", 4, 26000)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ({"a": SENT}, {}, "missing"),
        ({}, {"a": SENT}, "unknown"),
        ({"a": SENT}, {"a": TranscriptRecord("sent", 3, 19500)}, "amount"),
        ({"a": SENT}, {"a": TranscriptRecord("refused", 4, 26000)}, "state"),
    ],
)
def test_each_way_to_differ_is_told(
    ours: dict[str, TranscriptRecord], theirs: dict[str, TranscriptRecord], kind: str
) -> None:
    (difference,) = reconcile(ours, theirs)
    assert (difference.key, difference.kind) == ("a", kind)


records = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(TranscriptRecord, st.sampled_from(("sent", "requested", "refused")), st.integers(1, 4), st.just(6500)),
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
    assert (certification.ruling.outcome == "requested") is (1 <= wanted <= 4)
    assert (academy.ruling.outcome == "requested") is (1 <= wanted <= min(hours // 13, 2))
    for fee in (certification, academy):
        assert fee.fee_cents == (wanted * 6500 if fee.ruling.outcome == "requested" else 0)
