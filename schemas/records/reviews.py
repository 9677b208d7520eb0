"""Records of reviews: what waits for reviewers, who can review, who is given what, and the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from schemas.records.common import Ruling
from schemas.records.portfolios import Track
from schemas.statuses import RoundStatus


@dataclass(frozen=True, slots=True)
class ReviewNeed:
    """One portfolio round that waits for reviewers; who was ``asked`` in this round is not asked again."""

    portfolio_id: str
    round_number: int
    lea_id: str
    track: Track
    grade_band: str
    submitted_at: datetime
    seen_by: frozenset[str]
    reviews: int
    asked: frozenset[str] = frozenset()


class OpenReview(NamedTuple):
    """A review that an evaluator has yet to write."""

    portfolio_id: str
    evaluator_id: str


@dataclass(frozen=True, slots=True)
class EvaluatorOffer:
    """A member of the independent panel, with the reviews open on the desk."""

    evaluator_id: str
    lea_id: str | None
    tracks: tuple[str, ...]
    grade_bands: tuple[str, ...]
    conflicts: frozenset[str]
    open_reviews: int
    maximum_open_reviews: int


@dataclass(frozen=True, slots=True)
class RoutedReview:
    """One portfolio given to one evaluator, with the fit (0 to 1) that spoke for it."""

    need: ReviewNeed
    evaluator_id: str
    fit: Decimal
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Who reviews what, who could not be given a reviewer and why, the total fit, and what is proven to be its bound."""

    routed: tuple[RoutedReview, ...]
    unrouted: Mapping[str, Ruling]
    total_fit_millionths: int
    bound_millionths: int

    def status_of(self, portfolio_id: str) -> RoundStatus:
        """A round for which somebody is missing waits; every other one is with the panel."""
        return RoundStatus.WAITING if portfolio_id in self.unrouted else RoundStatus.ASSIGNED


@dataclass(frozen=True, slots=True)
class SlaClock:
    """When a round's result is due (target) and when it is late (breach), both UTC."""

    due_at: datetime
    breach_at: datetime
