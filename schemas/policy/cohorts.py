"""The section of phase 1, the cohorts."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.policy.parts import SLOT, Count, Part, Positive, require_order


class Cohorts(Part):
    """Phase 1 of certification: who learns together, when, and for how long."""

    minimum_participants: Positive
    maximum_participants: Positive
    private_minimum_participants: Positive
    weeks: Positive
    sessions: Positive
    session_hours: Positive
    facilitator_break_minutes: Count
    session_gap_minimum_days: Positive
    session_gap_maximum_days: Positive
    learning_hours: Positive
    attendance_expected_sessions: Positive
    recordings_url: str
    check_in_weeks: Positive
    moves_until_session: Count
    earliest_start_on: date
    latest_start_on: date
    start_confirmation_days: Positive
    notice_days: Positive
    planned_on: tuple[date, ...]
    slots: tuple[Annotated[str, Field(pattern=SLOT)], ...]
    closed_on: dict[str, tuple[date, ...]] = Field(default_factory=dict)
    solver_seconds: Positive

    @model_validator(mode="after")
    def _numbers_agree(self) -> Self:
        require_order(
            self.minimum_participants, self.maximum_participants, "minimum_participants", "maximum_participants"
        )
        require_order(
            self.minimum_participants,
            self.private_minimum_participants,
            "minimum_participants",
            "private_minimum_participants",
        )
        require_order(
            self.session_gap_minimum_days,
            self.session_gap_maximum_days,
            "session_gap_minimum_days",
            "session_gap_maximum_days",
        )
        require_order(self.earliest_start_on, self.latest_start_on, "earliest_start_on", "latest_start_on")
        require_order(self.attendance_expected_sessions, self.sessions, "attendance_expected_sessions", "sessions")
        require_order(self.session_gap_minimum_days * (self.sessions - 1), self.weeks * 7, "the sessions", "weeks")
        return self
