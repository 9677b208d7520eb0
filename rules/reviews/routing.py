"""Who reviews which portfolio: in time, by fresh eyes, with even loads, and then with the best total fit, with its proof.

Never someone of the participant's own district or with a declared conflict; someone who has seen the portfolio only
where nobody else is left. Source: FAQ III, independent panel; ruling on who reviews.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from math import isfinite

import numpy as np

from rules.reviews.balanced_matching import BalancedMatching, Workload, balanced_matching
from rules.reviews.grouped_routing import Group, grouped_matching
from rules.reviews.matching import Matching, Panel
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
    """The assignment with the most reviews, most of them in time, fewest by people who saw them, even loads, and the best fit.

    Nobody gets more than can be written by the targets while somebody else independent has time. A portfolio that gets too few
    reviewers keeps a reason and waits. Each level is proven over every pair, within those before it. Groups and pairs of
    evaluators that ``review`` names are kept; members of groups who are missing come right after missing reviews.

    Source: ruling on fair load; ruling on who reviews.
    """
    needs = sorted(needs, key=lambda need: (need.submitted_at, need.portfolio_id))
    evaluators = sorted(evaluators, key=lambda evaluator: evaluator.evaluator_id)
    found = _matched(needs, evaluators, frozenset(), review)
    pairs = _pairs(found.matching)
    routed = tuple(_routed(needs[p], evaluators[e], review.fit) for p, e in pairs)
    return _plan(found, routed, _unrouted(needs, evaluators, pairs))


def route_again(
    needs: Sequence[ReviewNeed],
    evaluators: Sequence[EvaluatorOffer],
    before: Collection[OpenReview],
    review: Review,
) -> tuple[RoutingPlan, tuple[OpenReview, ...]]:
    """The plan after somebody dropped out, in which as few reviews as possible change hands; and which ones are given up.

    ``before`` are the open reviews; ``needs`` ask for all that are without a score, and the evaluators'
    desks are counted without them. What stays as it was is not among the routed ones.

    Source: ruling on who reviews; ruling: nobody loses a review without need.
    """
    needs = sorted(needs, key=lambda need: (need.submitted_at, need.portfolio_id))
    evaluators = sorted(evaluators, key=lambda evaluator: evaluator.evaluator_id)
    found = _matched(needs, evaluators, frozenset(before), review)
    pairs = _pairs(found.matching)
    stays = {OpenReview(needs[p].portfolio_id, evaluators[e].evaluator_id) for p, e in pairs} & set(before)
    routed = tuple(_routed(needs[p], evaluators[e], review.fit) for p, e in pairs)
    new = tuple(item for item in routed if (item.need.portfolio_id, item.evaluator_id) not in stays)
    return _plan(found, new, _unrouted(needs, evaluators, pairs)), tuple(sorted(set(before) - stays))


def _plan(found: BalancedMatching, routed: tuple[RoutedReview, ...], unrouted: Mapping[str, Ruling]) -> RoutingPlan:
    peak = round(100 * found.peak) if isfinite(found.peak) else None
    matching = found.matching
    return RoutingPlan(routed, unrouted, matching.total_fit, matching.bound, found.late, peak, found.is_certified)


def _matched(
    needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], before: Collection[OpenReview], review: Review
) -> BalancedMatching:
    """The best matching, under the rules on groups where there are any."""
    panel, work = _panel(needs, evaluators, review.fit), _workload(needs, evaluators, before, review)
    if not (review.groups or review.never_together):
        return balanced_matching(panel, work)
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
    return grouped_matching(panel, groups, pairs, work).balanced(work)


def _panel(needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], fit: Fit) -> Panel:
    """The panel as the matching takes it."""
    kinds = {(need.track, need.grade_band): need for need in needs}  # what is alike is looked at once
    sources = {(need.lea_id, need.asked): need for need in needs}
    fits = {kind: [fit_millionths(need, e, fit) for e in evaluators] for kind, need in kinds.items()}
    allowed = {source: [is_allowed(need, e) for e in evaluators] for source, need in sources.items()}
    shape = (len(needs), len(evaluators))
    return Panel(
        np.array([fits[n.track, n.grade_band] for n in needs], dtype=np.int64).reshape(shape).T,
        np.array([allowed[n.lea_id, n.asked] for n in needs], dtype=bool).reshape(shape).T,
        np.array([need.reviews for need in needs], dtype=np.int64),
        np.array([max(e.maximum_open_reviews - e.open_reviews, 0) for e in evaluators], dtype=np.int64),
        np.zeros(len(evaluators), dtype=np.int64),
        np.ones(len(needs), dtype=np.int64),
    )


def _workload(
    needs: Sequence[ReviewNeed], evaluators: Sequence[EvaluatorOffer], before: Collection[OpenReview], review: Review
) -> Workload:
    """Everybody's time by each target, beside what the desk owes by then, and against the policy's weeks for a result."""
    number = {evaluator.evaluator_id: row for row, evaluator in enumerate(evaluators)}
    weeks = sorted({need.target_week for need in needs})
    seen = np.zeros((len(evaluators), len(needs)), dtype=bool)
    kept = seen.copy()
    for column, need in enumerate(needs):
        seen[[number[who] for who in need.seen_by if who in number], column] = True
    columns = {need.portfolio_id: column for column, need in enumerate(needs)}
    for portfolio_id, who in before:
        if who in number and portfolio_id in columns:
            kept[number[who], columns[portfolio_id]] = True
    return Workload(
        np.array([weeks.index(need.target_week) for need in needs], dtype=np.int64),
        np.array([time_left(e, weeks) for e in evaluators], dtype=np.int64).reshape(len(evaluators), len(weeks)),
        np.array([e.open_reviews for e in evaluators], dtype=np.int64),
        np.array([e.time_until(review.target_weeks - 1) for e in evaluators], dtype=np.int64),
        seen,
        kept,
    )


def time_left(evaluator: EvaluatorOffer, weeks: Sequence[int]) -> list[int]:
    """How many further reviews an evaluator can write by the end of each of the weeks (ascending), so that no owed one is late.

    What is owed by a later week leaves the less time, the less that week has room.
    """
    owed = sorted(evaluator.owed_weeks)
    marks = sorted({*weeks, *owed})
    spare = {week: evaluator.time_until(week) - bisect_right(owed, week) for week in marks}
    return [max(min(left for at, left in spare.items() if at >= week), 0) for week in weeks]


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
