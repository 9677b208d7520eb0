"""Who reviews which portfolio: the best total fit within the evaluators' loads, with its proof.

Never someone of the participant's own district or with a declared conflict; someone who has seen the portfolio only
where nobody else is left. Source: FAQ III, independent panel; ruling on who reviews.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import numpy as np

from rules.reviews.grouped_routing import Group, grouped_matching
from rules.reviews.matching import Matching, Panel, best_matching
from rules.reviews.rerouting import reroute
from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Fit, Review
from schemas.records import EvaluatorOffer, OpenReview, ReviewNeed, RoutedReview, RoutingPlan, Ruling
from schemas.statuses import Outcome

MILLION = 1_000_000
PERCENT = MILLION // 100
RULE = RuleId.INDEPENDENT_PANEL


def is_allowed(need: ReviewNeed, evaluator: EvaluatorOffer) -> bool:
    """Whether the evaluator is independent of the participant's district, and was not asked in this round already."""
    is_independent = need.lea_id != evaluator.lea_id and need.lea_id not in evaluator.conflicts
    return is_independent and evaluator.evaluator_id not in need.asked


def fit_millionths(need: ReviewNeed, evaluator: EvaluatorOffer, fit: Fit) -> int:
    """How well they go together, in millionths of the best fit: the role, the grade band, and how much of the desk is free."""
    role = fit.role_percent * PERCENT if need.track in evaluator.tracks else 0
    band = fit.grade_band_percent * PERCENT if need.grade_band in evaluator.grade_bands else 0
    most = evaluator.maximum_open_reviews
    free = fit.free_desk_percent * PERCENT * (most - evaluator.open_reviews) // max(most, 1)
    return role + band + max(free, 0)


def route(needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], review: Review) -> RoutingPlan:
    """The assignment with the most reviews, the fewest of them by people who saw the portfolio, and the greatest total fit.

    A portfolio that gets too few reviewers keeps a reason and waits. The bound is proven over every pair. Groups and pairs of
    evaluators that ``review`` names are kept; members of groups who are missing come right after missing reviews.
    """
    needs = sorted(needs, key=lambda need: (need.submitted_at, need.portfolio_id))
    evaluators = sorted(evaluators, key=lambda evaluator: evaluator.evaluator_id)
    matching = _matched(_panel(needs, evaluators, review.fit), needs, evaluators, review)
    pairs = _pairs(matching)
    routed = tuple(_routed(needs[p], evaluators[e], review.fit) for p, e in pairs)
    total = sum(int(item.fit * MILLION) for item in routed)
    bound = total + matching.bound - matching.total_fit
    return RoutingPlan(routed, _unrouted(needs, evaluators, pairs), total, bound)


def route_again(
    needs: Sequence[ReviewNeed],
    evaluators: Sequence[EvaluatorOffer],
    before: Collection[OpenReview],
    review: Review,
) -> tuple[RoutingPlan, tuple[OpenReview, ...]]:
    """The plan after somebody dropped out, in which as few reviews as possible change hands; and which ones are given up.

    ``before`` are the open reviews; ``needs`` ask for all that are without a score, and the evaluators'
    desks are counted without them. What stays as it was is not among the routed ones.
    """
    needs = sorted(needs, key=lambda need: (need.submitted_at, need.portfolio_id))
    evaluators = sorted(evaluators, key=lambda evaluator: evaluator.evaluator_id)
    shape = (len(evaluators), len(needs))
    had = [[(need.portfolio_id, e.evaluator_id) in before for need in needs] for e in evaluators]
    panel = _panel(needs, evaluators, review.fit)
    found = reroute(
        panel, np.array(had, dtype=np.int64).reshape(shape), lambda p: _matched(p, needs, evaluators, review)
    )
    pairs = _pairs(found.matching)
    routed = tuple(_routed(needs[p], evaluators[e], review.fit) for e, p in sorted(found.added))
    stays = {(needs[p].portfolio_id, evaluators[e].evaluator_id) for p, e in pairs}
    total, bound = found.matching.total_fit, found.matching.bound
    return RoutingPlan(routed, _unrouted(needs, evaluators, pairs), total, bound), tuple(sorted(set(before) - stays))


def _matched(
    panel: Panel, needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], review: Review
) -> Matching:
    """The best matching, under the rules on groups where there are any."""
    if not (review.groups or review.never_together):
        return best_matching(panel)
    number = {evaluator.evaluator_id: row for row, evaluator in enumerate(evaluators)}
    groups = [
        Group(
            frozenset(number[who] for who in group.evaluators if who in number),
            np.array([group.at_least * (need.track.value == group.track) for need in needs], dtype=np.int64),
            np.array(
                [group.at_most if need.track.value == group.track else need.reviews for need in needs], dtype=np.int64
            ),
        )
        for group in review.groups.values()
    ]
    pairs = [(number[a], number[b]) for a, b in review.never_together if a in number and b in number]
    return grouped_matching(panel, groups, pairs).matching


def _panel(needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], fit: Fit) -> Panel:
    """The panel as the matching takes it; to have seen a portfolio weighs more than any exchange of fits can."""
    seen = 2 * MILLION * (len(needs) + len(evaluators) + 2)
    shape = (len(evaluators), len(needs))
    fits = [[fit_millionths(n, e, fit) - seen * (e.evaluator_id in n.seen_by) for n in needs] for e in evaluators]
    allowed = [[is_allowed(n, e) for n in needs] for e in evaluators]
    return Panel(
        np.array(fits, dtype=np.int64).reshape(shape),
        np.array(allowed, dtype=bool).reshape(shape),
        np.array([need.reviews for need in needs], dtype=np.int64),
        np.array([max(e.maximum_open_reviews - e.open_reviews, 0) for e in evaluators], dtype=np.int64),
        np.zeros(len(evaluators), dtype=np.int64),
        np.ones(len(needs), dtype=np.int64),
    )


def _pairs(matching: Matching) -> list[tuple[int, int]]:
    """Each review that is given: the numbers of the portfolio and of the evaluator."""
    return [(int(p), int(e)) for p, e in np.argwhere(matching.given.T > 0)]


def _routed(need: ReviewNeed, evaluator: EvaluatorOffer, weights: Fit) -> RoutedReview:
    fit = Decimal(fit_millionths(need, evaluator, weights)) / MILLION
    seen = ", who has seen it before, since no one else is free" if evaluator.evaluator_id in need.seen_by else ""
    reason = f"Assigned to an evaluator of the independent panel{seen}; the fit is {fit:.2f} of 1."
    return RoutedReview(need, evaluator.evaluator_id, fit, Ruling(RULE, Outcome.ROUTED, reason))


def _unrouted(
    needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], pairs: Sequence[tuple[int, int]]
) -> Mapping[str, Ruling]:
    given = [0] * len(needs)
    for p, _ in pairs:
        given[p] += 1
    return {
        need.portfolio_id: Ruling(RULE, Outcome.WAITING, _why_waiting(need, evaluators))
        for need, number in zip(needs, given, strict=True)
        if number < need.reviews
    }


def _why_waiting(need: ReviewNeed, evaluators: Sequence[EvaluatorOffer]) -> str:
    independent = sum(is_allowed(need, evaluator) for evaluator in evaluators)
    if independent < need.reviews:
        who = count(independent, "evaluator is", "evaluators are")
        wanted = count(need.reviews, "review is", "reviews are")
        return (
            f"{wanted} missing, and {who} independent of the district and not asked yet; add evaluators to the panel."
        )
    return "Every independent evaluator has a full desk; the portfolio is assigned as soon as one of them is free."
