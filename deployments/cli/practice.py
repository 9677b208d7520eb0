"""``cadre practice``: a training installation with a clock of its own."""

import os
from typing import Annotated

from cyclopts import App, Parameter

practice_app = App(name="practice", help="Practice on a season that cannot hurt anybody.")


@practice_app.default
def practice(
    *,
    port: Annotated[int, Parameter(help="The port of Prefect's pages, if it is free.")] = 4200,
    letters_port: Annotated[int, Parameter(help="The port of the letters' pages, if it is free.")] = 4201,
    districts: Annotated[int | None, Parameter(help="How many of the sample districts; all by default.")] = None,
    reset: Annotated[bool, Parameter(negative=(), help="Start over: everything practiced so far is removed.")] = False,
) -> int:
    """Start the practice, or go on where it was stopped: the day before seats are confirmed, in var/practice.

    You are the operator and the agency; the simulator plays everybody else. Ctrl-C stops it. How to go on: docs/practice.md.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # the server keeps every log
    from deployments.practice.installation import Wanted, run_until_stopped  # noqa: PLC0415 - Prefect takes seconds

    return run_until_stopped(Wanted(port, letters_port, districts, is_reset=reset))
