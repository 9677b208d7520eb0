from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.membership import CohortFacts, Mover
from rules.cohorts.merging import MergeProposal, merge_proposals
from schemas.statuses import CohortKind, Outcome
from tests.factories.season import policy

COHORTS = policy().cohorts
OURS = Mover("0900002", ("MON-15:30", "TUE-15:30"))
OWN = frozenset({OURS.lea_id})
ONE = CohortFacts("C1", "MON-15:30", 20, 0, is_over=False, lea_ids=OWN)
TWO = CohortFacts("C2", "TUE-15:30", 34, 2, is_over=False, days=(date(2022, 10, 11),))
PRIVATE = replace(TWO, kind=CohortKind.PRIVATE, lea_ids=frozenset({"0900120"}))


def proposed(*found: CohortFacts) -> list[MergeProposal]:
    return merge_proposals(found, {OURS.lea_id: OURS}, COHORTS)


def about(small: CohortFacts, *others: CohortFacts) -> MergeProposal:
    return next(item for item in proposed(small, *others) if item.small is small)


def test_a_cohort_of_fifteen_goes_on_and_one_of_fourteen_is_proposed_to_merge() -> None:
    assert proposed(replace(ONE, size=15), TWO) == []
    assert proposed(replace(ONE, size=14, is_over=True), TWO) == []
    (found,) = proposed(replace(ONE, size=14), replace(TWO, size=21))
    assert (found.into, found.ruling.outcome) == ("C2", Outcome.PROPOSED)
    assert found.ruling.reason == (
        "C1 has 14 participants, fewer than 15; C2 (TUE-15:30, 21 participants) has room for them."
    )


def test_two_proposals_of_one_day_share_the_room_and_the_second_says_what_would_help() -> None:
    other = replace(ONE, cohort_id="C5", size=14)
    (only,) = proposed(replace(ONE, size=14), other, replace(TWO, size=21))
    assert only.into == "C5", "two small ones are one of 28"
    first, second = proposed(
        replace(ONE, size=14, slot="FRI-15:30"), replace(other, slot="SAT-09:00"), replace(TWO, size=19)
    )
    assert (first.small.cohort_id, first.into) == ("C1", "C2")
    assert second.ruling.outcome == Outcome.NONE
    assert second.ruling.reason == (
        "C5 has 14 participants, fewer than 15; no cohort that suits all of their districts has room for them. "
        "C2 (TUE-15:30, 19 participants) has room for them if C1 does not join it. "
        "1 more participant would be enough: move people to it who wait for a cohort, or are in a larger one."
    )


def test_a_small_cohort_that_another_one_is_to_join_later_on_the_list_is_not_said_to_be_without_help() -> None:
    smaller = replace(ONE, size=10, slot="SAT-09:00")
    larger = replace(smaller, cohort_id="C5", size=12, lea_ids=frozenset({"0900120"}))
    movers = {OURS.lea_id: replace(OURS, slots=()), "0900120": Mover("0900120", ("SAT-09:00",))}
    (only,) = merge_proposals([smaller, larger], movers, COHORTS)
    assert (only.small.cohort_id, only.into) == ("C5", "C1")


@pytest.mark.parametrize(
    "other",
    [
        replace(TWO, size=22),
        replace(TWO, size=15, slot="FRI-15:30"),
        replace(PRIVATE, size=15),
        replace(TWO, size=15, sessions_held=3),
        replace(TWO, size=15, is_over=True),
    ],
)
def test_where_no_cohort_has_room_the_operators_are_told_so(other: CohortFacts) -> None:
    found = about(replace(ONE, size=14), other)
    assert found.into == ""
    assert "no cohort that suits all of their districts has room" in found.ruling.reason


def test_where_only_an_exception_would_help_it_is_named_with_what_speaks_against_it() -> None:
    found = about(
        replace(ONE, size=12), replace(TWO, size=20, slot="FRI-15:30"), replace(PRIVATE, size=15, cohort_id="C3")
    )
    assert (
        "As an exception they can join C2 (FRI-15:30, 20 participants): District 0900002 did not mark FRI-15:30 as a time that "
        "suits it. 3 more participants would be enough: move people"
    ) in found.ruling.reason


def test_once_nobody_can_change_cohorts_operators_are_told_that_it_goes_on_as_it_is() -> None:
    found = about(replace(ONE, size=14, sessions_held=3), replace(TWO, size=15))
    assert found.is_final
    assert found.ruling.reason == (
        "C1 has 14 participants, fewer than 15. Participants can change cohorts until 2 sessions have been held, so it goes on "
        "as it is until its last session."
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (CohortKind.PRIVATE, "Both are private cohorts of district {district}, so everybody stays among colleagues."),
        (CohortKind.COMBINED, "C1 is a private cohort of district {district}, and C2 is a combined one."),
    ],
)
def test_a_proposal_to_merge_a_private_cohort_says_with_whom(kind: CohortKind, words: str) -> None:
    small = replace(ONE, size=14, kind=CohortKind.PRIVATE)
    found = about(small, replace(TWO, size=15, kind=kind, lea_ids=OWN))
    assert words.format(district=OURS.lea_id) in found.ruling.reason


def test_the_same_slot_is_best_then_as_many_sessions_held_then_the_fewest_people() -> None:
    small = replace(ONE, size=10)
    same = replace(TWO, cohort_id="C5", slot=ONE.slot, size=24, sessions_held=2)
    near = replace(TWO, cohort_id="C4", size=20, sessions_held=0)
    few = replace(TWO, cohort_id="C3", size=16, sessions_held=0)
    assert [about(small, *found).into for found in ((few, near, same), (near, few))] == ["C5", "C3"]


cohort = st.builds(
    CohortFacts, st.just(""), st.sampled_from(("MON-15:30", "TUE-15:30", "FRI-15:30")),
    st.integers(1, 35), st.integers(0, 5), st.booleans(), st.sampled_from(CohortKind),
    st.sampled_from((OWN, frozenset({"0900120"}))),
)  # fmt: skip


@given(st.lists(cohort, max_size=7).map(lambda items: [replace(c, cohort_id=f"C{n}") for n, c in enumerate(items)]))
def test_all_proposals_of_a_day_can_be_done_together_and_no_small_cohort_is_forgotten(
    found: Sequence[CohortFacts],
) -> None:
    by_id = {item.cohort_id: item for item in found}
    proposals = merge_proposals(
        found, {lea_id: replace(OURS, lea_id=lea_id) for lea_id in ("0900002", "0900120")}, COHORTS
    )
    sizes = Counter({item.cohort_id: item.size for item in found})
    for item in proposals:
        if item.into:
            target = by_id[item.into]
            sizes[item.into] += item.small.size
            assert item.into not in {other.small.cohort_id for other in proposals}, "it stays where others are to go"
            assert target.slot in OURS.slots
            assert target.kind is CohortKind.COMBINED or target.lea_ids == item.small.lea_ids
    assert all(sizes[item.into] <= COHORTS.maximum_participants for item in proposals)
    small = {item.cohort_id for item in found if not item.is_over and item.size < COHORTS.minimum_participants}
    assert small == {item.small.cohort_id for item in proposals} | (small & {item.into for item in proposals})
