"""Import one file after the other, each time killed at the next effect and then begun again: prints where it was killed.

``python -m tests.tasks.intake.killed_imports FOLDER``: the files of FOLDER are dropped into the inbox one by one. Each attempt
is a process of its own, forked from one that has imported everything and opened nothing.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.effects import Point, Watch
from schemas.kinds import InputKind
from tasks.core.storage import storage
from tasks.intake import expectations
from tasks.intake.pipeline import stage_files
from tasks.letters import smtp

AS_OF = datetime(2022, 6, 20, 13, 0, tzinfo=UTC)


def in_a_process(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def drop(path: Path) -> None:
    with path.open("rb") as file:
        storage().put(file, f"inbox/commitment/{path.name}")


def stage() -> None:
    stage_files.fn("2022", InputKind.COMMITMENT, AS_OF)


def killed_at(number: int, note: Path) -> bool:
    """Import until the effect of this number; whether there is one."""
    note.unlink(missing_ok=True)
    seen: list[Point] = []

    def is_fatal(point: Point) -> bool:
        seen.append(point)
        return len(seen) == number

    def write_note(point: Point) -> None:
        note.write_text(f"{point.kind} {point.moment}", encoding="utf-8")

    def act() -> None:
        Watch(is_fatal, write_note).install()
        stage()

    code = in_a_process(act)
    assert code in {0, -9}, code
    return code == -9


def main() -> None:
    assert smtp
    assert expectations
    folder, found = Path(sys.argv[1]), list[str]()
    note = folder.with_suffix(".note")
    for number, path in enumerate(sorted(folder.iterdir()), start=1):
        assert in_a_process(partial(drop, path)) == 0
        if killed_at(number, note):
            found.append(note.read_text(encoding="utf-8"))
            assert in_a_process(stage) == 0
    print(json.dumps(found))


if __name__ == "__main__":
    main()
