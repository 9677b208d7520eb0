"""The section of phase 2, the portfolios."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.policy.parts import SLOT, Part, Positive, require_order


class Portfolio(Part):
    """Phase 2: the time to submit, and the artifacts by role."""

    months: Positive
    program_months: Positive
    reminder_days_before: tuple[Positive, ...]
    office_hours_every_weeks: Positive
    office_hours_slots: Annotated[tuple[Annotated[str, Field(pattern=SLOT)], ...], Field(min_length=1)]
    office_hours_minutes: Positive
    extension_maximum_days: Positive
    resubmission_days: Positive
    resubmission_reminder_days_before: tuple[Positive, ...]
    maximum_rounds: Positive | None = None
    artifacts: dict[Literal["educator", "librarian"], tuple[str, ...]]

    @model_validator(mode="after")
    def _months_agree(self) -> Self:
        require_order(self.months, self.program_months, "months", "program_months")
        earliest = max(self.resubmission_reminder_days_before, default=0)
        require_order(earliest, self.resubmission_days, "resubmission_reminder_days_before", "resubmission_days")
        return self
