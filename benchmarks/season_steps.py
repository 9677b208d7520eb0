"""The steps of a sample season, each in a process of its own that may be killed: forked from one that has imported everything.

A step is one flow run, or (first on each day) what people send on that day. A forked process needs a fraction of a second
where a fresh one needs ten.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.effects import Point, Watch
from deployments.services import python_module
from schemas.settings import ROOT, settings

LONGEST_STEP_SECONDS = 300
WHOLE_SEASON = "9"
KILLED = -signal.SIGKILL
QUIET = {
    "CADRE_CIRCUIT_SECONDS": "2",
    "CADRE_RETRY_BASE_SECONDS": "0.02",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Which sample season is run."""

    districts: int
    season: str = "2022"
    seed: int = 2022


@dataclass(frozen=True, slots=True)
class Step:
    """One flow of a day, or what people send on it where ``job`` is empty."""

    day: int
    job: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How the process of a step ended; one that was killed says nothing."""

    exit_code: int
    points: Sequence[Point] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[Step] = ()
    fault: str = ""

    @property
    def was_killed(self) -> bool:
        """Whether it came to the point where it was to be killed."""
        return self.exit_code == KILLED


class Steps:
    """Starts steps, one after the other."""

    def __init__(self, process: "subprocess.Popen[str]", answers: Path) -> None:
        """``process`` forks one process for each line that it is given."""
        self._process, self._answers = process, answers
        self.running: int | None = None  # the process of the step that runs now

    def ask(self, **order: Any) -> Ending:
        """Run one order in a process of its own, and wait for its end.

        Raises:
            RuntimeError: the process that forks the others is gone.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._answers.unlink(missing_ok=True)
        self._process.stdin.write(json.dumps({**order, "answers": str(self._answers)}) + "\n")
        self._process.stdin.flush()
        self.running = int(self._process.stdout.readline() or 0)
        line = self._process.stdout.readline()
        self.running = None
        if not line:
            raise RuntimeError("the process that starts the steps has ended")
        found = json.loads(self._answers.read_text(encoding="utf-8")) if self._answers.exists() else {}
        points = [Point(**item) for item in found.pop("points", ())]
        steps = [Step(**item) for item in found.pop("steps", ())]
        return Ending(int(line), points, steps=steps, **found)

    def open(self, sample: Sample) -> list[Step]:
        """Bring the database to its schema; every step of the season, in order."""
        found = self.ask(sample=asdict(sample))
        if found.exit_code:
            raise RuntimeError(found.fault)
        return list(found.steps)

    def run(self, sample: Sample, step: Step, kill_at: Point | None = None) -> Ending:
        """Run one step, and kill it at a point of it."""
        return self.ask(sample=asdict(sample), step=asdict(step), kill_at=asdict(kill_at) if kill_at else None)


def steps_until(steps: Iterable[Step], day: str) -> list[Step]:
    """The steps up to a day, as 2022-06-14."""
    return [step for step in steps if step.name[: len(day)] <= day]


@contextmanager
def open_steps(answers: Path, environment: Mapping[str, str]) -> Iterator[Steps]:
    """The process that forks the steps, with everything imported, until the block ends."""
    command, own = python_module("benchmarks.season_steps"), {**os.environ, **QUIET, **environment}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=own
    ) as process:
        try:
            yield Steps(process, answers)
        finally:
            process.kill()


def _world(sample: Sample) -> Any:
    from deployments.sample.world import World  # noqa: PLC0415 - Prefect reads the environment when it is imported
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above

    return World(policy_of(sample.season), sample.seed, settings().folder, sample.districts, 1)


def _take(sample: Sample, step: Step) -> None:
    """Do the step as the sample season does it."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415 - see above

    from deployments import conductor, season_run  # noqa: PLC0415 - see above
    from deployments.sample.timeline import timeline  # noqa: PLC0415 - see above

    world = _world(sample)
    day = timeline(world)[step.day]
    if step.job is None:
        for job in day.jobs:
            job.parameters()
        return
    no_heartbeat = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with season_run.simulated_clock(), no_heartbeat, conductor.client() as api:
        conductor.free_provider_limit(api)
        job = day.jobs[step.job]
        season_run.run_job(world, api, day.moment, job, job.parameters())


def _open(sample: Sample) -> Mapping[str, Any]:
    """Bring the database to its schema, and make the key that signs credentials; the steps of the season."""
    from deployments import season_run  # noqa: PLC0415 - see above
    from deployments.sample.timeline import timeline  # noqa: PLC0415 - see above
    from tasks.core.database import migrate  # noqa: PLC0415 - see above

    migrate()
    season_run.set_up_key()
    found: list[Step] = []
    for number, day in enumerate(timeline(_world(sample))):
        found.append(Step(number, None, f"{day.moment:%Y-%m-%d} what people send"))
        found += [Step(number, n, f"{day.moment:%Y-%m-%d} {job.flow_name}") for n, job in enumerate(day.jobs)]
    return {"steps": [asdict(step) for step in found]}


def _obey(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """What one forked process does; what it answers."""
    from tasks.season.digest import table_digests  # noqa: PLC0415 - see above

    sample = Sample(**order["sample"])
    if "step" not in order:
        return _open(sample)
    watch = Watch(Point(**order["kill_at"]) if order["kill_at"] else None)
    watch.install()
    _take(sample, Step(**order["step"]))
    return {"points": [asdict(point) for point in watch.points], "tables": table_digests(sample.season)}


def _child(order: Mapping[str, Any]) -> int:
    signal.alarm(LONGEST_STEP_SECONDS)
    try:
        answer, code = _obey(order), 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is reported as the fault of this step
        answer, code = {"fault": traceback.format_exc()[-2000:]}, 1
    Path(order["answers"]).write_text(json.dumps(answer), encoding="utf-8")
    return code


def main() -> None:
    """Fork a process for each order on standard input; print its id, and its exit code when it has ended."""
    import fastapi  # noqa: F401, PLC0415 - this and what follows is imported once here instead of in every fork
    import great_expectations  # noqa: F401, PLC0415 - see above

    import deployments.season_run  # noqa: F401, PLC0415 - see above
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above

    policy_of(settings().season)  # read once

    answers, console = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(console, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_child(json.loads(line)))
        os.write(answers, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
