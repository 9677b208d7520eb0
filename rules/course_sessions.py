"""The sessions of Exploring Future Ready Librarianship: which of them somebody can still begin, and when one is over.

Source: FAQ IV, a summer and a fall session; ruling, enrollment into a session that has begun offers the next one.
"""

from collections.abc import Mapping
from datetime import date

from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component, Ruling
from schemas.statuses import Outcome

RULE = RuleId.SESSION_OF_THE_COURSE
COURSE = COMPONENT_NAMES[Component.EXFRL]


def has_begun(session: str, day: date, policy: Policy) -> bool:
    """Whether a session has begun by a day: on its first day it has."""
    known = policy.exfrl.sessions.get(session)
    return known is not None and day >= known.opens_on


def offer_session(wanted: str, day: date, seats_left: Mapping[str, int], policy: Policy) -> Ruling:
    """What somebody is offered whose session has begun: a seat in the next one that has seats, or the reason why there is none.

    ``seats_left`` is by session. Source: ruling, enrollment offers the next session.
    """
    sessions = policy.exfrl.sessions
    begun = f"The {wanted} session of {COURSE} began on {sessions[wanted].opens_on}"
    following = next_session(wanted, day, seats_left, policy)
    if not following:
        return Ruling(RULE, Outcome.REJECTED, f"{begun}, and no later session has a seat; ask program staff.")
    offered = f"a seat in the {following} session is held instead, which begins on {sessions[following].opens_on}"
    return Ruling(RULE, Outcome.PROPOSED, f"{begun}; {offered}.")


def next_session(wanted: str, day: date, seats_left: Mapping[str, int], policy: Policy) -> str:
    """The first session after the one wanted that has not begun by the day and has seats; empty where there is none."""
    sessions = policy.exfrl.sessions
    later = sorted(
        (item.opens_on, name) for name, item in sessions.items() if item.opens_on > sessions[wanted].opens_on
    )
    return next((name for opens_on, name in later if opens_on > day and seats_left.get(name, 0) > 0), "")


def end_session(session: str, day: date, policy: Policy) -> Ruling | None:
    """That a session is over, from the day after its last one on; nothing before. Source: FAQ IV, completion."""
    known = policy.exfrl.sessions.get(session)
    if known is None or day <= known.closes_on:
        return None
    return Ruling(RULE, Outcome.COMPLETED, f"The {session} session of {COURSE} ended on {known.closes_on}.")
