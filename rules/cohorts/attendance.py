"""How far a participant of phase 1 has come, and when the leads hear of it.

Source: FAQ III (five two-hour sessions, about 40 hours) and FAQ I (periodic check-ins with the district lead).
"""

from datetime import date, timedelta

from rules.rule_ids import RuleId
from schemas.policy import Cohorts
from schemas.records import Ruling, Term

RULE = RuleId.PHASE_ONE_ATTENDANCE


def learning_standing(sessions_held: int, sessions_attended: int, independent_hours: int, cohorts: Cohorts) -> Ruling:
    """Where a participant stands after a session: on track, warned, at risk; after the last one completed or not."""
    hours = sessions_attended * cohorts.session_hours + independent_hours
    missed = sessions_held - sessions_attended
    may_miss = cohorts.sessions - cohorts.attendance_minimum_sessions
    told = f"{sessions_attended} of {sessions_held} sessions attended, {hours} of about {cohorts.learning_hours} hours"
    if sessions_held >= cohorts.sessions and missed <= may_miss:
        return Ruling(RULE, "completed", f"Phase 1 is complete: {told}.")
    if missed > may_miss:
        reason = (
            f"{told}: at least {cohorts.attendance_minimum_sessions} sessions are needed; speak with the facilitator."
        )
        return Ruling(RULE, "at_risk", reason)
    if missed and missed == may_miss:
        return Ruling(RULE, "warned", f"{told}: no other session may be missed.")
    return Ruling(RULE, "on_track", f"{told}.")


def check_in_due_on(phase_one: Term, today: date, cohorts: Cohorts) -> date | None:
    """The newest day on which a check-in with the lead was due, or none yet; the last one comes with the end of phase 1."""
    weeks = (min(today, phase_one.ends_on) - phase_one.starts_on).days // 7
    number = weeks // cohorts.check_in_weeks
    if today >= phase_one.ends_on:
        return phase_one.ends_on
    return phase_one.starts_on + timedelta(weeks=number * cohorts.check_in_weeks) if number > 0 else None
