"""A history as people read it: where it stands, and then a line for each thing that happened, with local days and times."""

from collections.abc import Mapping

from schemas.policy import Policy
from tasks.core.policies import policy_of
from tasks.letters.wording import long_date, long_moment, plain_reason
from tasks.season.history import History
from tasks.season.history_events import Event

LABELS: Mapping[str, str] = {
    "requested": "Asked",
    "decided": "Decided",
    "done": "Done",
    "written": "Letter waits",
    "sent": "Letter",
    "failed": "Letter failed",
}
INDENT = " " * 4


def explained(history: History, season: str, *, with_rules: bool = False) -> str:
    """The history as text in the program's time zone; ``with_rules`` adds for operators which rule and policy decided."""
    policy = policy_of(season)
    lines = [plain_reason(history.title), "", "Where it stands:"]
    lines += [f"- {plain_reason(sentence)}" for sentence in history.standing or ("Nothing is open.",)]
    lines += ["", "What has happened:"]
    for event in history.events:
        lines.append(f"- {_when(event, policy)}. {LABELS[event.what]}: {plain_reason(event.text)}")
        if event.rule and with_rules:
            lines.append(f"{INDENT}[{event.outcome} by rule {event.rule}, policy {event.policy_version}]")
    return "\n".join(lines)


def _when(event: Event, policy: Policy) -> str:
    return long_date(event.at, policy) if event.is_day else long_moment(event.at, policy)
