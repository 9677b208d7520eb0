"""What who has no cohort can choose: a time at which there really is room, the next start, or to withdraw."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cohorts.choices import (
    Choices,
    OpenSlot,
    choices_of,
    end_without_cohort,
    last_day_to_join,
    offer_choices,
)
from rules.cohorts.membership import CohortFacts, Mover, move_learner
from schemas.statuses import CohortKind, Outcome
from tests.factories.season import policy

COHORTS = policy().cohorts
TODAY = date(2022, 8, 15)
OURS = Mover("0900002", ("MON-15:30",), closed=(date(2022, 10, 10),))
TUESDAY = CohortFacts("C1", "TUE-15:30", 34, 0, is_over=False, days=(date(2022, 9, 13),))


@pytest.mark.parametrize(
    "facts",
    [
        replace(TUESDAY, size=35),
        replace(TUESDAY, is_over=True, days=()),
        replace(TUESDAY, sessions_held=3),
        replace(TUESDAY, days=(date(2022, 10, 10),)),
        replace(TUESDAY, kind=CohortKind.PRIVATE, lea_ids=frozenset({"0900120"})),
    ],
)
def test_no_time_is_offered_at_which_nobody_could_be_placed(facts: CohortFacts) -> None:
    assert choices_of(OURS, [facts], COHORTS, TODAY).open_slots == ()
    assert choices_of(OURS, [TUESDAY, facts], COHORTS, TODAY).open_slots == (
        OpenSlot("TUE-15:30", date(2022, 9, 13), is_marked=False),
    )


def test_a_time_counts_as_marked_only_where_the_district_marked_those_of_moved_sessions_too() -> None:
    monday = replace(TUESDAY, slot="MON-15:30", moved_to=("WED-18:00",))
    (found,) = choices_of(OURS, [monday], COHORTS, TODAY).open_slots
    assert (found.slot, found.is_marked) == ("MON-15:30", False)


def test_times_that_the_district_marked_come_first_and_then_the_earliest() -> None:
    found = [
        TUESDAY,
        replace(TUESDAY, slot="FRI-15:30", days=(date(2022, 9, 9),)),
        replace(TUESDAY, slot="MON-15:30", days=(date(2022, 9, 19),)),
        replace(TUESDAY, days=(date(2022, 9, 27),)),
    ]
    slots = choices_of(OURS, found, COHORTS, TODAY).open_slots
    assert [(item.slot, item.next_session_on.day, item.is_marked) for item in slots] == [
        ("MON-15:30", 19, True),
        ("FRI-15:30", 9, False),
        ("TUE-15:30", 13, False),
    ]


def test_the_next_start_is_the_next_day_on_which_cohorts_are_planned_if_there_is_one() -> None:
    last = max(COHORTS.planned_on)
    assert choices_of(OURS, [], COHORTS, date(2022, 8, 1)).next_plan_on == min(COHORTS.planned_on)
    assert choices_of(OURS, [], COHORTS, last).next_plan_on is None


def test_a_place_can_become_free_until_the_last_start_or_the_third_session_of_the_last_cohort() -> None:
    latest = COHORTS.latest_start_on
    days = tuple(latest + timedelta(weeks=2 * n) for n in range(5))
    begun = replace(TUESDAY, sessions_held=2, days=days[2:])
    assert last_day_to_join([], COHORTS) == latest
    assert last_day_to_join([replace(TUESDAY, days=days)], COHORTS) == last_day_to_join([begun], COHORTS) == days[2]
    assert last_day_to_join([replace(TUESDAY, days=days[:1])], COHORTS) == latest, "it has one session only"
    assert last_day_to_join([replace(TUESDAY, sessions_held=3, days=days[3:])], COHORTS) == latest
    assert choices_of(OURS, [begun], COHORTS, max(COHORTS.planned_on)).placed_until == days[2]


def test_a_seat_without_a_cohort_ends_after_that_day_and_not_while_cohorts_are_planned() -> None:
    last = date(2022, 10, 31)
    assert end_without_cohort(Choices((), date(2022, 11, 7)), date(2022, 11, 1)) is None
    assert end_without_cohort(Choices((), None, last), last) is None
    ruling = end_without_cohort(Choices((), None, last), date(2022, 11, 1))
    assert ruling
    assert ruling.reason == "No cohort of this season could be joined after 2022-10-31: the seat has ended without one."


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (
            Choices((OpenSlot("TUE-15:30", TODAY, False), OpenSlot("FRI-15:30", TODAY, False)), date(2022, 10, 3)),
            "there is room on TUE-15:30 or FRI-15:30; cohorts are planned again on 2022-10-03; the participant can also",
        ),
        (
            Choices((), None, date(2022, 10, 31)),
            "no cohort has room; a place can become free until 2022-10-31, and the seat ends after that day; the participant",
        ),
    ],
)
def test_the_choices_are_told_in_one_sentence(choices: Choices, reason: str) -> None:
    ruling = offer_choices(choices)
    assert ruling.outcome == Outcome.WRITTEN
    assert reason in ruling.reason


cohort = st.builds(
    CohortFacts,
    st.sampled_from("ABCD"),
    st.sampled_from(COHORTS.slots),
    st.integers(1, 35),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from(CohortKind),
    st.sampled_from((frozenset({"0900002"}), frozenset({"0900120"}))),
    st.lists(st.integers(0, 90).map(lambda n: date.fromordinal(TODAY.toordinal() + n)), max_size=5).map(tuple),
)


@given(st.lists(cohort, max_size=6))
def test_whoever_takes_an_offered_time_is_placed_if_the_district_marks_it(found: list[CohortFacts]) -> None:
    for item in choices_of(OURS, found, COHORTS, TODAY).open_slots:
        able = replace(OURS, slots=(item.slot,))
        at_that_time = [facts for facts in found if facts.slot == item.slot]
        assert any(move_learner(None, facts, able, COHORTS).outcome == Outcome.MOVED for facts in at_that_time)
