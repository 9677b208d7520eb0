"""A history as people read it: a line for each thing that happened, and below a decision its rule and policy version."""

from tasks.core.policies import policy_of
from tasks.season.history import History


def explained(history: History, season: str) -> str:
    """The history as text, in the program's time zone."""
    zone = policy_of(season).zone
    lines = [history.title]
    for event in history.events:
        lines.append(f"{event.at.astimezone(zone):%Y-%m-%d %H:%M}  {event.what:<8} {event.text}")
        if event.rule:
            lines.append(f"{'':<27}{event.outcome} by rule {event.rule}, policy {event.policy_version}")
    return "\n".join(lines)
