"""docs/states.md, made from the code: each state machine as a diagram that also reads as text.

``python -m deployments.statebook`` writes it (``make docs``).
"""

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from rules.transitions import MACHINES, REQUESTED_SEATS, StateMachine
from schemas.settings import ROOT

PAGE = ROOT / "docs" / "states.md"
INTRODUCTION = """# The states

Made from `rules/transitions.py` by `make docs`; a test fails where it is out of date.

A status changes along these arrows only. The program checks each change when it is made, each UPDATE names the status that was
read and is an error where the row has another one by now, and the database rejects whatever is left
([decision 13](decisions/0013-statuses-change-along-listed-transitions.md)). The text beside an arrow says who makes the change.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(line for machine in (*MACHINES, REQUESTED_SEATS) for line in _section(machine))])


def _section(machine: StateMachine) -> Iterator[str]:
    is_counted = machine is REQUESTED_SEATS
    where = f"`{machine.table}.{machine.column}{'...`, which count seats' if is_counted else '`'}"
    yield from (f"## {machine.title}", "", f"{(machine.states.__doc__ or '').strip()} Kept in {where}.", "")
    yield from ("```mermaid", "stateDiagram-v2")
    yield from (f"    [*] --> {_name(state)}" for state in machine.starts)
    yield from (f"    {_name(item.source)} --> {_name(item.target)}: {item.by}" for item in machine.transitions)
    yield from (f"    {_name(state)} --> [*]" for state in machine.states if not machine.after(state))
    yield from ("```", "")


def _name(state: StrEnum) -> str:
    """A status as it is stored; one that is an empty text by its name."""
    return state or state.name.lower()


def main(path: Path = PAGE) -> int:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(MACHINES) + 1} state machines are in {path.name}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
