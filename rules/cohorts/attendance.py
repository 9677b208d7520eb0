"""Whose attendance counts, how far a participant of phase 1 has come, and when the leads hear of it.

Source: FAQ III (five two-hour sessions, about 40 hours), FAQ I (periodic check-ins with the district lead), and ruling:
attendance is advisory.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from rules.rule_ids import RuleId
from rules.wording import count, listed
from schemas.policy import Cohorts
from schemas.records import Ruling, Term
from schemas.statuses import Outcome

RULE = RuleId.PHASE_ONE_ATTENDANCE
CONCERNS = frozenset({Outcome.WARNED, Outcome.AT_RISK})
TOLD = CONCERNS | {Outcome.COMPLETED}


def admit_attendance(is_held: bool, is_member: bool, is_known: bool) -> Ruling:
    """Whether an attendance counts: of a session that was held, of a member of that cohort, and the first one of it.

    Attendance that comes again is superseded.
    """
    rule = RuleId.ATTENDANCE_OF_A_SESSION
    if not is_held:
        reason = "No such session has been held; check the cohort and the number of the session."
        return Ruling(rule, Outcome.REJECTED, reason)
    if not is_member:
        return Ruling(rule, Outcome.REJECTED, "This person is not in the cohort; check the email address.")
    if is_known:
        return Ruling(rule, Outcome.SUPERSEDED, "The attendance of this session is on record already.")
    return Ruling(rule, Outcome.ACCEPTED, "The attendance is on record.")


def learning_standing(sessions_held: int, missed: Sequence[int], independent_hours: int, cohorts: Cohorts) -> Ruling:
    """Where a participant stands after a session: on track, has missed some, or is below the expected number; at the end, done.

    Attendance is advisory: whoever ``missed`` sessions (their numbers) is told what to catch up on; nothing is refused for it.
    """
    attended = sessions_held - len(missed)
    hours = attended * cohorts.session_hours + independent_hours
    may_miss = cohorts.sessions - cohorts.attendance_expected_sessions
    sessions = count(sessions_held, "session")
    learning = count(cohorts.learning_hours, "hour")
    told = f"Attendance so far: {attended} of {sessions}, and {hours} of about {learning} of learning."
    if missed:
        numbers = listed([str(number) for number in missed])
        told = f"{told} To catch up on: {'session' if len(missed) == 1 else 'sessions'} {numbers}."
    if len(missed) > may_miss:
        expected = count(cohorts.attendance_expected_sessions, "session")
        return Ruling(RULE, Outcome.AT_RISK, f"{told} Participants are expected in at least {expected}.")
    if sessions_held >= cohorts.sessions:
        return Ruling(RULE, Outcome.COMPLETED, f"Phase 1 is complete. {told}")
    return Ruling(RULE, Outcome.WARNED if missed else Outcome.ON_TRACK, told)


def check_in_due_on(phase_one: Term, today: date, cohorts: Cohorts) -> date | None:
    """The newest day on which a check-in with the lead was due, or none yet; the last one comes with the end of phase 1."""
    weeks = (min(today, phase_one.ends_on) - phase_one.starts_on).days // 7
    number = weeks // cohorts.check_in_weeks
    if today >= phase_one.ends_on:
        return phase_one.ends_on
    return phase_one.starts_on + timedelta(weeks=number * cohorts.check_in_weeks) if number > 0 else None


def check_in(participants: int, concerns: int) -> Ruling:
    """What a check-in with a lead is about: how many participants, and how many of them have missed sessions."""
    who = f"{concerns or 'none'} of whom {'have' if concerns > 1 else 'has'}"
    reason = f"A check-in about {count(participants, 'participant')}, {who} missed sessions."
    return Ruling(RuleId.LEAD_CHECK_IN, Outcome.WRITTEN, reason)
