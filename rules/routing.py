"""Who reviews which portfolio: the best total fit within the evaluators' loads, by minimum-cost flow.

Never someone of the participant's own district or with a declared conflict; someone who has seen the portfolio only
where nobody else is left. Source: FAQ III, independent panel; ruling on who reviews.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ortools.graph.python import min_cost_flow

from schemas.records import EvaluatorOffer, ReviewNeed, RoutedReview, RoutingPlan, Ruling

MILLION = 1_000_000
SEEN_PENALTY = 100 * MILLION
UNROUTED_PENALTY = 10_000 * MILLION
RULE = "independent-panel"


def is_allowed(need: ReviewNeed, evaluator: EvaluatorOffer) -> bool:
    """Whether the evaluator is independent of the participant's district, and was not asked in this round already."""
    is_independent = need.lea_id != evaluator.lea_id and need.lea_id not in evaluator.conflicts
    return is_independent and evaluator.evaluator_id not in need.asked


def fit_millionths(need: ReviewNeed, evaluator: EvaluatorOffer) -> int:
    """How well they go together: half the role, three tenths the grade band, two tenths a free desk."""
    role = 500_000 if need.track in evaluator.tracks else 0
    band = 300_000 if need.grade_band in evaluator.grade_bands else 0
    free = 200_000 * (evaluator.maximum_open_reviews - evaluator.open_reviews) // max(evaluator.maximum_open_reviews, 1)
    return role + band + max(free, 0)


def route(needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer]) -> RoutingPlan:
    """The assignment with the greatest total fit; a portfolio that gets too few reviewers keeps a reason and waits."""
    needs = sorted(needs, key=lambda need: (need.submitted_at, need.portfolio_id))
    evaluators = sorted(evaluators, key=lambda evaluator: evaluator.evaluator_id)
    pairs = _solve(needs, evaluators)
    routed = tuple(_routed(needs[p], evaluators[e]) for p, e in pairs)
    unrouted = _unrouted(needs, evaluators, pairs)
    return RoutingPlan(routed, unrouted, sum(int(review.fit * MILLION) for review in routed))


def _solve(needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer]) -> list[tuple[int, int]]:
    flow = min_cost_flow.SimpleMinCostFlow()
    source, sink, first = 0, 1, 2 + len(needs)
    pair_of_arc: dict[int, tuple[int, int]] = {}
    for p, need in enumerate(needs):
        flow.add_arc_with_capacity_and_unit_cost(source, 2 + p, need.reviews, 0)
        flow.add_arc_with_capacity_and_unit_cost(2 + p, sink, need.reviews, UNROUTED_PENALTY)
        for e, evaluator in enumerate(evaluators):
            if is_allowed(need, evaluator):
                arc = flow.add_arc_with_capacity_and_unit_cost(2 + p, first + e, 1, _cost(need, evaluator))
                pair_of_arc[arc] = (p, e)
    for e, evaluator in enumerate(evaluators):
        room = max(evaluator.maximum_open_reviews - evaluator.open_reviews, 0)
        flow.add_arc_with_capacity_and_unit_cost(first + e, sink, room, 0)
    total = sum(need.reviews for need in needs)
    flow.set_nodes_supplies([source, sink], [total, -total])
    if flow.solve() != flow.OPTIMAL:
        raise ArithmeticError("the routing model has no optimal flow; its arcs are inconsistent")
    return sorted(pair for arc, pair in pair_of_arc.items() if flow.flow(arc) > 0)


def _cost(need: ReviewNeed, evaluator: EvaluatorOffer) -> int:
    seen = SEEN_PENALTY if evaluator.evaluator_id in need.seen_by else 0
    return seen + MILLION - fit_millionths(need, evaluator)


def _routed(need: ReviewNeed, evaluator: EvaluatorOffer) -> RoutedReview:
    fit = Decimal(fit_millionths(need, evaluator)) / MILLION
    seen = " who has seen it before, as nobody else is free" if evaluator.evaluator_id in need.seen_by else ""
    reason = f"Given to an evaluator of the independent panel{seen}; fit {fit:.2f} of 1."
    return RoutedReview(need, evaluator.evaluator_id, fit, Ruling(RULE, "routed", reason))


def _unrouted(
    needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], pairs: Sequence[tuple[int, int]]
) -> Mapping[str, Ruling]:
    given = [0] * len(needs)
    for p, _ in pairs:
        given[p] += 1
    return {
        need.portfolio_id: Ruling(RULE, "waiting", _why_waiting(need, evaluators))
        for need, count in zip(needs, given, strict=True)
        if count < need.reviews
    }


def _why_waiting(need: ReviewNeed, evaluators: Sequence[EvaluatorOffer]) -> str:
    independent = sum(is_allowed(need, evaluator) for evaluator in evaluators)
    if independent < need.reviews:
        return f"Only {independent} evaluators are independent of the district and not yet asked; {need.reviews} are needed, add one."
    return "Every independent evaluator has a full desk; the portfolio is routed as soon as one is free."
