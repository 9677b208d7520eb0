from collections import Counter
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.reviews.routing import fit_millionths, is_allowed, route, route_again, time_left
from schemas.policy import Fit
from schemas.records import EvaluatorOffer, OpenReview, ReviewNeed, RoutingPlan, Track
from schemas.statuses import RoundStatus
from tests.factories.season import changed_policy, policy
from tests.factories.surveys import FIRST_SUBMITTED

REVIEW = policy().review


def plan_of(needs: list[ReviewNeed], panel: list[EvaluatorOffer]) -> RoutingPlan:
    return route(needs, panel, REVIEW)


def need(number: int, lea_id: str = "0900002", reviews: int = 1, seen: frozenset[str] = frozenset()) -> ReviewNeed:
    return ReviewNeed(f"P{number}", 1, lea_id, Track.EDUCATOR, "middle", FIRST_SUBMITTED, seen, reviews, 5)


def evaluator(number: int, lea_id: str | None = None, room: int = 5, **more: object) -> EvaluatorOffer:
    bands = more.get("bands", ("middle",))
    tracks = more.get("tracks", ("educator",))
    conflicts = more.get("conflicts", frozenset())
    return EvaluatorOffer(f"E{number}", lea_id, tracks, bands, conflicts, (), room, (10,) * 8)  # type: ignore[arg-type]


def test_never_the_own_district_nor_a_declared_conflict() -> None:
    panel = [evaluator(1, "0900002"), evaluator(2, conflicts=frozenset({"0900002"})), evaluator(3)]
    plan = plan_of([need(1, reviews=2)], panel)
    assert [item.evaluator_id for item in plan.routed] == ["E3"]
    assert "1 evaluator is independent of the district" in plan.unrouted["P1"].reason


def test_who_has_seen_it_reviews_again_only_where_nobody_else_is_left() -> None:
    again = need(1, reviews=2, seen=frozenset({"E1"}))
    assert {r.evaluator_id for r in plan_of([again], [evaluator(1), evaluator(2), evaluator(3)]).routed} == {"E2", "E3"}
    plan = plan_of([again], [evaluator(1), evaluator(2)])
    assert {r.evaluator_id for r in plan.routed} == {"E1", "E2"}
    assert any("has seen it before" in r.ruling.reason for r in plan.routed)


def test_who_was_asked_in_the_same_round_is_never_asked_again() -> None:
    once_more = replace(need(1, seen=frozenset({"E1"})), asked=frozenset({"E1"}))
    assert [r.evaluator_id for r in plan_of([once_more], [evaluator(1), evaluator(2)]).routed] == ["E2"]
    assert "no evaluators are independent" in plan_of([once_more], [evaluator(1)]).unrouted["P1"].reason


def test_groups_and_pairs_of_the_policy_are_kept() -> None:
    senior = {"evaluators": ["E3"], "track": "educator", "at_least": 1, "at_most": 1}
    review = changed_policy(review__groups={"seniors": senior}, review__never_together=[["E1", "E3"]]).review
    panel = [evaluator(1), evaluator(2, bands=()), evaluator(3, bands=(), tracks=())]
    assert {r.evaluator_id for r in plan_of([need(1, reviews=2)], panel).routed} == {"E1", "E2"}
    plan = route([need(1, reviews=2)], panel, review)
    assert {r.evaluator_id for r in plan.routed} == {"E2", "E3"}
    assert plan.total_fit_millionths == plan.bound_millionths
    librarian = replace(need(2, reviews=2), track=Track.LIBRARIAN)
    assert len(route([librarian], panel, review).routed) == 2


def test_the_plan_is_proven_to_be_the_best() -> None:
    plan = plan_of([need(n, reviews=2) for n in range(6)], [evaluator(n, room=3) for n in range(5)])
    assert plan.total_fit_millionths == plan.bound_millionths
    assert len(plan.routed) == 12
    assert plan.status_of("P1") is RoundStatus.ASSIGNED


@pytest.mark.parametrize(
    ("tracks", "bands", "room", "millionths"),
    [
        (("educator",), ("middle",), 5, 1_000_000),
        ((), ("middle",), 5, 500_000),
        (("educator",), (), 5, 700_000),
        (("educator",), ("middle",), 0, 800_000),
    ],
)
def test_the_fit_is_half_the_role_three_tenths_the_band_and_two_tenths_a_free_desk(
    tracks: tuple[str, ...], bands: tuple[str, ...], room: int, millionths: int
) -> None:
    assert fit_millionths(need(1), evaluator(1, room=room, tracks=tracks, bands=bands), REVIEW.fit) == millionths


def test_the_free_desk_counts_by_how_much_of_it_is_free_and_never_less_than_nothing() -> None:
    busy = [replace(evaluator(1, tracks=(), bands=()), owed_weeks=(5,) * number) for number in (1, 5, 6)]
    assert [fit_millionths(need(1), offer, REVIEW.fit) for offer in busy] == [160_000, 0, 0]


def test_the_weights_of_the_fit_come_from_the_policy() -> None:
    weights = Fit(role_percent=10, grade_band_percent=90, free_desk_percent=0)
    assert fit_millionths(need(1), evaluator(1, bands=()), weights) == 100_000


def test_no_portfolio_and_no_evaluator_are_no_plan_and_no_fault() -> None:
    assert plan_of([], [evaluator(1)]).routed == ()
    waiting = plan_of([need(1)], [])
    assert waiting.unrouted["P1"].reason.startswith("1 review is missing, and no evaluators are independent")
    assert waiting.status_of("P1") is RoundStatus.WAITING


def test_a_full_desk_makes_the_portfolio_wait_with_a_reason() -> None:
    plan = plan_of([need(1), need(2)], [evaluator(1, room=1)])
    assert (len(plan.routed), len(plan.unrouted)) == (1, 1)
    assert "full desk" in next(iter(plan.unrouted.values())).reason


def test_no_evaluator_at_all_leaves_everything_waiting() -> None:
    assert set(plan_of([need(1), need(2)], []).unrouted) == {"P1", "P2"}


def test_nothing_to_route_is_an_empty_plan() -> None:
    assert plan_of([], [evaluator(1)]).routed == ()


def best_by_enumeration(needs: list[ReviewNeed], panel: list[EvaluatorOffer]) -> tuple[int, int]:
    """The most reviews, the most even loads, and with them the greatest fit, by trying everything."""
    best: tuple[int, list[int], int] = (-1, [], -1)
    choices = [
        [c for size in range(n.reviews + 1) for c in combinations([e for e in panel if is_allowed(n, e)], size)]
        for n in needs
    ]
    for plan in product(*choices):
        load = [sum(e in chosen for chosen in plan) for e in panel]
        if all(number <= e.maximum_open_reviews for number, e in zip(load, panel, strict=True)):
            fit = sum(fit_millionths(n, e, REVIEW.fit) for n, chosen in zip(needs, plan, strict=True) for e in chosen)
            best = max(best, (sum(load), sorted(-number for number in load), fit))
    return best[0], best[2]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_plan_is_as_good_as_the_best_found_by_trying_everything(data: st.DataObject) -> None:
    districts = ["0900002", "0900003"]
    needs = [
        need(i, data.draw(st.sampled_from(districts)), data.draw(st.integers(1, 2)))
        for i in range(data.draw(st.integers(0, 3)))
    ]
    panel = [
        evaluator(
            i,
            data.draw(st.sampled_from([None, *districts])),
            data.draw(st.integers(0, 3)),
            bands=data.draw(st.sampled_from([("middle",), ("high",)])),
        )
        for i in range(data.draw(st.integers(0, 4)))
    ]
    plan = plan_of(needs, panel)
    assert (len(plan.routed), plan.total_fit_millionths) == best_by_enumeration(needs, panel)


def test_nobody_gets_more_than_the_weeks_until_the_target_allow_while_somebody_else_has_time() -> None:
    best = replace(evaluator(1, room=60), rooms=(2,) * 8)
    others = [replace(evaluator(n, room=60, bands=(), tracks=()), rooms=(2,) * 8) for n in (2, 3)]
    soon = [replace(need(n), target_week=0) for n in range(6)]
    plan = plan_of(soon, [best, *others])
    assert Counter(item.evaluator_id for item in plan.routed) == {"E1": 2, "E2": 2, "E3": 2}
    assert (plan.late, plan.is_proven) == (0, True)
    assert plan_of([*soon, replace(need(9), target_week=0)], [best, *others]).late == 1


def test_what_is_overdue_is_given_although_it_is_late_and_to_who_has_least() -> None:
    late = replace(need(1), target_week=-2)
    busy = replace(evaluator(1), owed_weeks=(3, 3))
    plan = plan_of([late], [busy, evaluator(2, bands=())])
    assert [item.evaluator_id for item in plan.routed] == ["E2"]
    assert (plan.late, plan.peak_percent) == (1, 2)


def test_who_is_absent_until_the_target_reviews_only_where_nobody_else_is_left() -> None:
    absent = replace(evaluator(1), rooms=(0,) * 8)
    there = evaluator(2, room=1, bands=(), tracks=())
    plan = plan_of([need(1)], [absent, there])
    assert [item.evaluator_id for item in plan.routed] == ["E2"]
    plan = plan_of([need(1), need(2)], [absent, there])
    assert (len(plan.routed), plan.late, plan.peak_percent) == (2, 1, None)


@pytest.mark.parametrize(
    ("owed", "weeks", "left"),
    [
        ((), (-1, 0, 2), [0, 2, 6]),
        ((0, 0), (0, 1), [0, 2]),
        ((-3,), (-1, 0), [0, 1]),
        ((2, 2, 2, 2, 2), (0, 1, 2), [1, 1, 1]),
        ((0, 0, 0), (0, 1), [0, 1]),
    ],
)
def test_what_is_owed_leaves_less_time_for_what_is_due_no_later(
    owed: tuple[int, ...], weeks: tuple[int, ...], left: list[int]
) -> None:
    assert time_left(replace(evaluator(1), rooms=(2,) * 8, owed_weeks=owed), weeks) == left


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_lists_does_not_change_the_plan(order: int) -> None:
    needs, panel = [need(i) for i in range(6)], [evaluator(i, room=2) for i in range(4)]
    assert plan_of(needs[::order], panel[::order]) == plan_of(needs, panel)


def test_a_need_that_cannot_be_is_a_fault_and_no_plan() -> None:
    with pytest.raises(ArithmeticError, match="no optimal flow"):
        plan_of([need(1, reviews=-1)], [evaluator(1)])


def test_after_a_drop_out_nothing_changes_hands_but_what_must() -> None:
    needs = [need(1, "0900002", reviews=2), need(2, "0900003")]
    before = {OpenReview("P1", "E1"), OpenReview("P1", "E2"), OpenReview("P2", "E3")}
    plan, given_up = route_again(needs, [evaluator(2), evaluator(3), evaluator(4)], before, REVIEW)
    (routed,) = plan.routed
    assert routed.need.portfolio_id == "P1"
    assert routed.evaluator_id in {"E3", "E4"}
    assert given_up == (("P1", "E1"),)
    assert plan.total_fit_millionths == plan.bound_millionths


def test_a_review_changes_hands_where_only_so_another_one_finds_an_evaluator() -> None:
    needs = [need(1, "0900002"), need(2, "0900003")]
    panel = [evaluator(2, room=1), evaluator(3, room=1, conflicts=frozenset({"0900002"}))]
    plan, given_up = route_again(needs, panel, {OpenReview("P1", "E1"), OpenReview("P2", "E2")}, REVIEW)
    assert {(r.need.portfolio_id, r.evaluator_id) for r in plan.routed} == {("P1", "E2"), ("P2", "E3")}
    assert given_up == (("P1", "E1"), ("P2", "E2"))
    assert not plan.unrouted
