"""The steps of a sample season, each in a process of its own that may be killed: forked from one that has imported everything.

A step is one flow run, or (first on each day) what people send on that day. A process takes one step or several, one after the
other. A forked process needs a fraction of a second where a fresh one needs ten.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    """Which sample season is run; with how many years in all, from the season of 2022 on, side by side with it."""

    districts: int
    season: str = "2022"
    seed: int = 2022
    years: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One flow of a day, or what people send on it where ``job`` is empty."""

    day: int
    job: int | None
    name: str
    season: str = "2022"


@dataclass(frozen=True, slots=True)
class Ending:
    """How the process of some steps ended; one that was killed says only where it was, and how many steps it had done."""

    exit_code: int
    killed_at: Point | None = None
    done: int = 0
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
        killed_at = Point(**found.pop("killed_at")) if "killed_at" in found else None
        return Ending(int(line), killed_at, points=points, steps=steps, **found)

    def open(self, sample: Sample) -> list[Step]:
        """Bring the database to its schema; every step of the season, in order."""
        found = self.ask(sample=asdict(sample))
        if found.exit_code:
            raise RuntimeError(found.fault)
        return list(found.steps)

    def run(self, sample: Sample, step: Step, kill_at: Point | None = None) -> Ending:
        """Run one step, and kill it at a point of it."""
        return self.ask(sample=asdict(sample), take=[asdict(step)], kill_at=asdict(kill_at) if kill_at else None)

    def go_on(self, sample: Sample, left: Iterable[Step], spared: Iterable[Point] | None, victim: str = "") -> Ending:
        """Run all steps that are left, and kill them at the first place that is not ``spared``; never if that is None.

        Where a ``victim`` is named only steps of that season are killed.
        """
        places = None if spared is None else [asdict(point.where) for point in spared]
        return self.ask(sample=asdict(sample), take=[asdict(step) for step in left], spared=places, victim=victim)


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


def _days(sample: Sample) -> Any:
    """The decisive days of the season, or of all of them, each with its world."""
    from deployments.sample.world import World  # noqa: PLC0415 - see above
    from deployments.sample.years import worlds_of, write_policies  # noqa: PLC0415 - Prefect reads the environment first
    from deployments.season_run import days_of  # noqa: PLC0415 - see above
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above

    folder = settings().folder
    if sample.years == 1:
        return days_of([World(policy_of(sample.season), sample.seed, folder, sample.districts, 1)])
    policies = settings().policy_folder
    return days_of(worlds_of(folder, policies, write_policies(policies, sample.years), sample.districts))


@contextmanager
def _conductor() -> Iterator[Any]:
    """A process that may run flows for days to come; the client of the Prefect server."""
    from deployments import conductor, season_run  # noqa: PLC0415 - see above

    with season_run.simulated_clock(), conductor.one_client(), conductor.client() as api:
        conductor.free_provider_limit(api)
        yield api


def _take(sample: Sample, steps: Iterable[Step], done: list[Step], begun: Callable[[Step], None]) -> None:
    """Do the steps as the sample season does them, and note each that is begun and done."""
    days = _days(sample)
    with _conductor() as api:
        for step in steps:
            begun(step)
            signal.alarm(LONGEST_STEP_SECONDS)
            world, day = days[step.day]
            _take_one(world, day, api, step)
            done.append(step)


def _take_one(world: Any, day: Any, api: Any, step: Step) -> None:
    from deployments.season_run import run_job  # noqa: PLC0415 - see above

    if step.job is None:
        for job in day.jobs:
            job.parameters()
        return
    job = day.jobs[step.job]
    run_job(world, api, day.moment, job, job.parameters())


def _open(sample: Sample) -> Mapping[str, Any]:
    """Bring the database to its schema, and make the key that signs credentials; the steps of the season."""
    from deployments import season_run  # noqa: PLC0415 - see above
    from tasks.core.migrations import migrate  # noqa: PLC0415 - see above

    migrate()
    season_run.set_up_key()
    found: list[Step] = []
    for number, (world, day) in enumerate(_days(sample)):
        season = world.policy.season
        found.append(Step(number, None, f"{day.moment:%Y-%m-%d} what people send", season))
        found += [Step(number, n, f"{day.moment:%Y-%m-%d} {job.flow_name}", season) for n, job in enumerate(day.jobs)]
    return {"steps": [asdict(step) for step in found]}


def _obey(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """What one forked process does; what it answers."""
    from tasks.season.digest import table_digests  # noqa: PLC0415 - see above

    sample, done = Sample(**order["sample"]), list[Step]()
    if "take" not in order:
        return _open(sample)

    def last_words(point: Point) -> None:
        _answer(order, {"killed_at": asdict(point), "done": len(done)})

    running = list[Step]()
    fatal = _fatal(order)
    victim = order.get("victim")
    watch = Watch(lambda point: (not victim or running[-1].season == victim) and fatal(point), last_words)
    watch.install()
    _take(sample, [Step(**item) for item in order["take"]], done, running.append)
    points = [asdict(point) for point in watch.points]
    return {"points": points, "done": len(done), "tables": table_digests(sample.season)}


def _fatal(order: Mapping[str, Any]) -> Callable[[Point], bool]:
    """Whether a process is killed at a point: at one alone, or at each whose place is not spared."""
    if order.get("spared") is not None:
        spared = {Point(**item) for item in order["spared"]}
        return lambda point: point.where not in spared
    only = Point(**order["kill_at"]) if order.get("kill_at") else None
    return lambda point: point == only


def _answer(order: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    Path(order["answers"]).write_text(json.dumps(answer), encoding="utf-8")


def _child(order: Mapping[str, Any]) -> int:
    try:
        answer, code = _obey(order), 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is reported as the fault of this step
        answer, code = {"fault": traceback.format_exc()[-2000:]}, 1
    _answer(order, answer)
    return code


@contextmanager
def _warm() -> Iterator[None]:
    """All that each fork would otherwise import, read, and build for itself: half of what a killed process costs."""
    import anyio._backends._asyncio  # noqa: F401, PLC0415 - Prefect imports this and the next one with the first flow run
    import fastapi  # noqa: F401, PLC0415 - see above
    import great_expectations  # noqa: F401, PLC0415 - see above
    import prefect.task_engine  # noqa: F401, PLC0415 - see above
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415 - see above
    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415 - see above

    import deployments.season_run  # noqa: F401, PLC0415 - see above
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above

    policy_of(settings().season)
    configure_mappers()
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # a sync run would wait a second for its thread
        gc.freeze()  # what is there now is nothing to collect: a fork would copy all of it only to look
        yield


def main() -> None:
    """Fork a process for each order on standard input; print its id, and its exit code when it has ended."""
    answers, console = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(console, 1)
    with _warm():
        for line in sys.stdin:
            child = os.fork()
            if child == 0:
                os._exit(_child(json.loads(line)))
            os.write(answers, f"{child}\n".encode())
            _, status = os.waitpid(child, 0)
            os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
