from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.membership import (
    CohortCalendar,
    CohortFacts,
    merge_cohorts,
    merge_proposal,
    move_learner,
    reschedule,
)
from schemas.records import Term
from schemas.statuses import Outcome
from tests.factories.season import policy

COHORTS = policy().cohorts
ONE = CohortFacts("C1", "North", "MON-15:30", 20, 0, is_over=False)
TWO = CohortFacts("C2", "North", "TUE-15:30", 34, 2, is_over=False)
CALENDAR = CohortCalendar(
    {1: date(2022, 9, 12), 2: date(2022, 9, 26), 3: date(2022, 10, 12)},
    frozenset({date(2022, 10, 10)}),
    Term(date(2022, 9, 12), date(2022, 12, 18)),
)


def test_a_participant_moves_while_there_is_room_until_two_sessions_have_been_held() -> None:
    assert move_learner(ONE, TWO, COHORTS).outcome == Outcome.MOVED


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (ONE, "is in C1 already"),
        (replace(TWO, size=35), "full with 35 participants"),
        (replace(TWO, is_over=True), "has had its last session"),
        (replace(TWO, sessions_held=3), "until 2 sessions have"),
    ],
)
def test_a_move_that_cannot_be_is_rejected_with_the_reason(target: CohortFacts, why: str) -> None:
    ruling = move_learner(ONE, target, COHORTS)
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


@pytest.mark.parametrize(("size", "outcome"), [(21, Outcome.MERGED), (22, Outcome.REJECTED)])
def test_a_cohort_joins_another_that_has_room_for_its_last_participant(size: int, outcome: Outcome) -> None:
    ruling = merge_cohorts(replace(ONE, size=14), replace(TWO, size=size), 14, COHORTS)
    assert ruling.outcome == outcome


def test_a_merge_says_how_many_move() -> None:
    reasons = [merge_cohorts(ONE, replace(TWO, size=20), people, COHORTS).reason for people in (1, 2)]
    assert reasons[0] == "Cohort C1 joins C2, TUE-15:30: 1 participant moves."
    assert reasons[1].endswith("2 participants move.")


def test_a_cohort_of_fifteen_goes_on_and_one_of_fourteen_is_proposed_to_merge() -> None:
    assert merge_proposal(replace(ONE, size=15), [TWO], COHORTS) is None
    assert merge_proposal(replace(ONE, size=14, is_over=True), [TWO], COHORTS) is None
    found = merge_proposal(replace(ONE, size=14), [ONE, replace(TWO, size=21)], COHORTS)
    assert found
    assert (found[0], found[1].outcome) == ("C2", Outcome.PROPOSED)
    assert "fewer than 15" in found[1].reason


@pytest.mark.parametrize(
    "other",
    [
        replace(TWO, size=22),
        replace(TWO, size=15, region="South"),
        replace(TWO, size=15, sessions_held=3),
        replace(TWO, size=15, is_over=True),
    ],
)
def test_where_no_cohort_has_room_the_operators_are_told_so(other: CohortFacts) -> None:
    found = merge_proposal(replace(ONE, size=14), [other], COHORTS)
    assert found
    assert found[0] == ""
    assert "no cohort of North has room" in found[1].reason


def test_the_same_slot_is_best_then_as_many_sessions_held_then_the_fewest_people() -> None:
    small = replace(ONE, size=10)
    same = replace(TWO, cohort_id="C5", slot=ONE.slot, size=24, sessions_held=2)
    near = replace(TWO, cohort_id="C4", size=20, sessions_held=0)
    few = replace(TWO, cohort_id="C3", size=16, sessions_held=0)
    assert [merge_proposal(small, found, COHORTS)[0] for found in ([few, near, same], [near, few])] == ["C5", "C3"]  # type: ignore[index]


cohort = st.builds(
    CohortFacts, st.sampled_from("ABCD"), st.sampled_from(("North", "South")), st.sampled_from(("MON-15:30", "TUE-15:30")),
    st.integers(1, 35), st.integers(0, 5), st.booleans(),
)  # fmt: skip


@given(cohort, st.lists(cohort, max_size=6))
def test_a_proposal_never_makes_a_cohort_too_large_or_leaves_the_region(
    small: CohortFacts, others: list[CohortFacts]
) -> None:
    found = merge_proposal(small, others, COHORTS)
    if found and found[0]:
        targets = [o for o in others if o.cohort_id == found[0]]
        assert any(o.size + small.size <= COHORTS.maximum_participants and o.region == small.region for o in targets)
        assert found[0] != small.cohort_id


def test_a_session_moves_between_its_neighbors_on_a_school_day_ahead() -> None:
    ruling = reschedule(2, date(2022, 9, 28), CALENDAR, date(2022, 9, 20))
    assert ruling.outcome == Outcome.MOVED
    assert "held on 2022-09-28 instead of 2022-09-26" in ruling.reason


@pytest.mark.parametrize(
    ("number", "wanted", "today", "why"),
    [
        (4, "2022-10-20", "2022-09-20", "no session 4"),
        (1, "2022-09-23", "2022-09-20", "has been held"),
        (2, "2022-09-20", "2022-09-20", "lie ahead"),
        (2, "2022-10-10", "2022-09-20", "not a school day"),
        (3, "2022-12-19", "2022-09-20", "Phase 1 of this cohort runs"),
        (3, "2022-09-26", "2022-09-20", "Session 2 is on 2022-09-26"),
        (2, "2022-10-12", "2022-09-20", "Session 3 is on 2022-10-12"),
    ],
)
def test_a_session_stays_where_the_new_day_does_not_fit(number: int, wanted: str, today: str, why: str) -> None:
    ruling = reschedule(number, date.fromisoformat(wanted), CALENDAR, date.fromisoformat(today))
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason
