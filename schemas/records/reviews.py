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
    """One portfolio round that waits for reviewers; who was ``asked`` in this round is not asked again.

    Nor is whoever wrote it. ``target_week`` is the week from now in which its result is due: 0 is this one, past is below.
    """

    portfolio_id: str
    round_number: int
    lea_id: str
    track: Track
    grade_band: str
    submitted_at: datetime
    seen_by: frozenset[str]
    reviews: int
    target_week: int
    asked: frozenset[str] = frozenset()


class OpenReview(NamedTuple):
    """A review that an evaluator has yet to write."""

    portfolio_id: str
    evaluator_id: str


@dataclass(frozen=True, slots=True)
class EvaluatorOffer:
    """A member of the independent panel, with the weeks in which the reviews open on the desk are due, and each week's room.

    Both count weeks from now, as ``target_week`` does.
    """

    evaluator_id: str
    lea_id: str | None
    tracks: tuple[str, ...]
    grade_bands: tuple[str, ...]
    conflicts: frozenset[str]
    owed_weeks: tuple[int, ...]
    maximum_open_reviews: int
    rooms: tuple[int, ...]

    @property
    def open_reviews(self) -> int:
        """How many reviews are open on the desk."""
        return len(self.owed_weeks)

    def time_until(self, week: int) -> int:
        """How many reviews can be written by the end of a week."""
        return sum(self.rooms[: max(week + 1, 0)])


@dataclass(frozen=True, slots=True)
class RoutedReview:
    """One portfolio given to one evaluator, with the fit (0 to 1) that spoke for it."""

    need: ReviewNeed
    evaluator_id: str
    fit: Decimal
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Who reviews what, who could not be given a reviewer and why, and the total fit with what is proven to be its bound.

    ``late`` reviews are beyond what the evaluators can write by their targets; ``peak_percent`` is the greatest load, of what
    an evaluator can write in the policy's weeks (none where somebody without time has one). ``is_proven`` says whether no plan
    is better on any level.
    """

    routed: tuple[RoutedReview, ...]
    unrouted: Mapping[str, Ruling]
    total_fit_millionths: int
    bound_millionths: int
    late: int
    peak_percent: int | None
    is_proven: bool

    def status_of(self, portfolio_id: str) -> RoundStatus:
        """A round for which somebody is missing waits; every other one is with the panel."""
        return RoundStatus.WAITING if portfolio_id in self.unrouted else RoundStatus.ASSIGNED


@dataclass(frozen=True, slots=True)
class SlaClock:
    """When a round's result is due (target) and when it is late (breach), both UTC."""

    due_at: datetime
    breach_at: datetime
