"""The section of the independent panel."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.policy.parts import Count, Part, Positive, require_order

WHOLE_PERCENT = 100


class ReviewGroup(Part):
    """Evaluators of whom each portfolio of a track wants at least and at most so many."""

    evaluators: tuple[str, ...]
    track: Literal["educator", "librarian"]
    at_least: Count
    at_most: Positive


class Fit(Part):
    """What makes an evaluator and a portfolio fit, in percent of the best fit: the role, the grade band, a free desk."""

    role_percent: Count = 50
    grade_band_percent: Count = 30
    free_desk_percent: Count = 20

    @model_validator(mode="after")
    def _makes_a_whole(self) -> Self:
        total = self.role_percent + self.grade_band_percent + self.free_desk_percent
        if total != WHOLE_PERCENT:
            raise ValueError(f"the three percents of fit add up to {total}; they must add up to {WHOLE_PERCENT}")
        return self


class Review(Part):
    """The independent panel: how many scores, what passes, and the time that a result may take."""

    reviews_per_portfolio: Positive
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    spread_points: Annotated[int, Field(ge=1, le=100)]
    target_weeks: Positive
    breach_weeks: Positive
    warning_days_before: tuple[Positive, Positive]
    late_notice_days_before: Positive
    evaluator_reminder_days: tuple[Positive, ...]
    evaluator_silence_days: Positive
    evaluator_maximum_open_reviews: Positive
    evaluator_weekly_reviews: Positive
    fit: Fit = Field(default_factory=Fit)
    absent_weeks: dict[str, tuple[date, ...]] = Field(default_factory=dict)
    groups: dict[str, ReviewGroup] = Field(default_factory=dict)
    never_together: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _weeks_agree(self) -> Self:
        require_order(self.target_weeks, self.breach_weeks, "target_weeks", "breach_weeks")
        early, late = self.warning_days_before
        if early <= late:
            raise ValueError(f"warning_days_before ({early}, {late}) must be two numbers of days, the greater first")
        for name, group in self.groups.items():
            require_order(group.at_least, group.at_most, f"groups.{name}.at_least", f"groups.{name}.at_most")
        last = max(self.evaluator_reminder_days, default=1)
        require_order(last, self.evaluator_silence_days, "evaluator_reminder_days", "evaluator_silence_days")
        return self
