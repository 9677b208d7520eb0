"""A whole sample season, day by decisive day, through the real flows on a real Prefect server.

The season may be killed at any moment and run again: the days are gone through from the first, what is done is found done, and
people's files are never made twice.
"""

import fcntl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deployments import conductor
from deployments.sample import afterwards, care, enrolment, learning, offers, panel, phase_one, survey
from deployments.sample.world import World
from schemas.policy import Policy

Parameters = Mapping[str, Any]
REVIEW_STEP_DAYS = 21
REVIEW_STEPS = 17
APPEAL_STEPS = (6, 10)
RENEWAL_STEP_DAYS = 45
SAMPLE_AGENCY = "sample agency"

PHASES: Mapping[str, str] = {
    "open-season": "Open the season",
    "take-in-surveys": "Survey intake",
    "confirm-seats": "Seat confirmation",
    "change-lead": "Change of lead",
    "take-in-answers": "Seat answers",
    "enrol-educators": "Enrolment",
    "release-seats": "Seat release",
    "change-session": "Change of session",
    "take-in-selections": "Summer academy",
    "invite-to-webinars": "Webinars",
    "change-webinar": "Webinar changes",
    "recommend-courses": "Recommendations",
    "form-cohorts": "Cohorts",
    "withdraw-participant": "Leavers",
    "move-participant": "Moves",
    "reschedule-session": "Sessions moved",
    "watch-cohorts": "Attendance",
    "merge-cohorts": "Merged cohorts",
    "watch-portfolios": "Portfolio care",
    "change-office-hour": "Office hours",
    "extend-portfolio": "Extensions",
    "take-in-portfolios": "Portfolio intake",
    "route-reviews": "Review routing",
    "record-results": "Results",
    "watch-review-sla": "SLA watch",
    "hold-review": "Reviews held",
    "resume-review": "Reviews resumed",
    "review-again": "Re-reviews",
    "request-transcripts": "Transcripts",
    "renew-certificates": "Renewal",
    "deliver-letters": "Letters",
    "report-season": "Report",
}


class SeasonBusyError(RuntimeError):
    """Another process runs a season on the same data directory."""


@dataclass(frozen=True, slots=True)
class Job:
    """One flow on one day; ``parameters`` is asked when the day has come, since it looks at what has happened by then."""

    flow_name: str
    parameters: Callable[[], Parameters] = field(default=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """A decisive day and its flows, in order."""

    moment: datetime
    jobs: tuple[Job, ...]


def _add(days: dict[date, list[Job]], day: date, *jobs: Job) -> None:
    days.setdefault(day, []).extend(jobs)


def _files(name: str, paths: Callable[[], list[Path]]) -> Callable[[], Parameters]:
    return lambda: {name: [str(path) for path in paths()]}


def timeline(world: World) -> list[Day]:
    """The decisive days of the season, from its opening to the last certificate's end."""
    days: dict[date, list[Job]] = {}
    for plan in (_spring, _summer, _webinars, _phase_one, _care, _reviews, _credits, _renewals):
        plan(days, world)
    last = max(days)
    _add(days, last, Job("report-season"))
    for jobs in days.values():
        _letters_last(jobs)
    return [Day(world.at(day), tuple(days[day])) for day in sorted(days)]


def _letters_last(jobs: list[Job]) -> None:
    """Letters go out when the day's decisions are made, and the report comes last of all."""
    at = len(jobs) - (1 if jobs[-1].flow_name == "report-season" else 0)
    jobs.insert(at, Job("deliver-letters"))


def _spring(days: dict[date, list[Job]], world: World) -> None:
    policy = world.policy
    _add(days, policy.survey.opens_on, Job("open-season", partial(_lists, world)))
    weeks = (policy.survey.closes_on - policy.survey.opens_on).days // 7 + 1
    for number in range(1, weeks + 1):
        day = min(policy.survey.opens_on + timedelta(weeks=number), policy.survey.closes_on + timedelta(days=1))
        _add(days, day, Job("take-in-surveys", _files("files", partial(survey.export, world, day, number))))
    _add(days, policy.seats.confirmed_on, Job("confirm-seats"))


def _lists(world: World) -> Parameters:
    return {
        "districts": str(panel.district_list(world)),
        "facilitators": str(panel.facilitator_list(world)),
        "evaluators": str(panel.evaluator_list(world)),
    }


def _summer(days: dict[date, list[Job]], world: World) -> None:
    policy = world.policy
    opens, deadline = policy.enrolment.opens_on, policy.enrolment.deadline_on
    prompt = [opens + timedelta(days=n) for n in (6, 12, 18, 24)]
    reminders = [deadline - timedelta(days=n) for n in policy.enrolment.reminder_days_before]
    release = deadline + timedelta(days=1)
    second = release + timedelta(days=policy.enrolment.waitlist_deadline_days + 1)
    late = [release + timedelta(days=n) for n in (4, 8, policy.enrolment.waitlist_deadline_days)]
    for number, day in enumerate(sorted({*prompt, *reminders, *late})):
        _add(days, day, Job("enrol-educators", partial(_enrolment_files, world, day, number)))
    for day in (release, second):
        _add(days, day, Job("release-seats"))
    answers = [opens + timedelta(days=n) for n in (3, 10, policy.seats.answer_days)]
    for day in (*answers, release + timedelta(days=3)):
        _add(days, day, Job("take-in-answers", _files("files", partial(offers.answers, world, day))))
    _add(days, answers[0], Job("change-lead", partial(offers.new_lead, world)))
    _add(days, answers[-1], Job("change-session", partial(enrolment.session_wish, world)))
    for day in (second, policy.academy.closes_on - timedelta(days=30)):
        _add(days, day, Job("take-in-selections", _files("files", partial(learning.selections, world, day))))
    done = policy.academy.closes_on + timedelta(days=1)
    _add(days, done, Job("take-in-selections", _files("files", partial(learning.completions, world, done))))
    for day in policy.cohorts.formed_on:
        _add(days, day, Job("form-cohorts"))


def _webinars(days: dict[date, list[Job]], world: World) -> None:
    first, second, third, fourth = [item.starts_at.date() for _, item in sorted(world.policy.academy.webinars.items())]
    for day in (first - timedelta(days=4), second - timedelta(days=1), fourth - timedelta(days=1)):
        _add(days, day, Job("invite-to-webinars"))
    for day, number, what in (
        (second - timedelta(days=1), 1, "moved"),
        (third - timedelta(days=2), 2, "cancelled"),
        (fourth + timedelta(days=1), 3, "recorded"),
    ):
        _add(days, day, Job("change-webinar", partial(phase_one.changed_webinar, world, number, what)))
    _add(days, second, Job("recommend-courses", partial(phase_one.recommendation, world)))


def _phase_one(days: dict[date, list[Job]], world: World) -> None:
    """People move and leave before the second session; then attendance is taken in every two weeks."""
    start = world.policy.cohorts.earliest_start_on
    _add(days, start - timedelta(days=2), Job("move-participant", partial(phase_one.mover, world, start)))
    for number in range(phase_one.MOST_LEAVERS):
        day = start + timedelta(days=number)
        _add(days, day, Job("withdraw-participant", partial(phase_one.leaver, world, day)))
    for week in range(1, world.policy.cohorts.weeks + 1, 2):
        day = start + timedelta(days=7 * week)
        _add(days, day, Job("watch-cohorts", _files("files", partial(phase_one.attendance, world, day))))
    merged_on = start + timedelta(days=8)
    _add(days, merged_on, Job("merge-cohorts", partial(phase_one.merge, world, merged_on)))
    _add(days, merged_on, Job("reschedule-session", partial(phase_one.moved_session, world, merged_on)))


def _enrolment_files(world: World, day: date, number: int) -> Parameters:
    return {
        "rosters": [str(path) for path in enrolment.rosters(world, day, number)],
        "forms": [str(path) for path in enrolment.forms(world, day)],
    }


def review_days(policy: Policy) -> list[date]:
    """Every third week from the end of the first cohorts on, until the last result can be there."""
    first = policy.cohorts.earliest_start_on + timedelta(weeks=policy.cohorts.weeks)
    return [first + timedelta(days=REVIEW_STEP_DAYS * n) for n in range(1, REVIEW_STEPS + 1)]


def _reviews(days: dict[date, list[Job]], world: World) -> None:
    steps = review_days(world.policy)
    for number, (since, day) in enumerate(zip([date.min, *steps], steps, strict=False)):
        _add(days, day, Job("record-results", _files("files", partial(learning.scores, world, day))))
        for nth in range(2 if number in APPEAL_STEPS else 0):
            _add(days, day, Job("review-again", partial(_appeal, world, day, nth)))
        handed_in = _files("files", partial(learning.portfolios, world, day, since))
        _add(days, day, Job("take-in-portfolios", handed_in), Job("route-reviews"), Job("watch-review-sla"))


def _care(days: dict[date, list[Job]], world: World) -> None:
    """Portfolio care on every review day while portfolios are open, with what operators do by hand in between."""
    steps = review_days(world.policy)
    for day in (steps[0] - timedelta(days=14), *steps[:10]):
        _add(days, day, Job("watch-portfolios"))
    for number in range(2):
        _add(days, steps[1], Job("change-office-hour", partial(care.office_hour, world, steps[1], number)))
        _add(days, steps[6], Job("extend-portfolio", partial(care.extension, world, steps[6], number)))
    _add(days, steps[3] + timedelta(days=1), Job("hold-review", partial(care.held_review, world, steps[3])))
    _add(days, steps[3] + timedelta(days=8), Job("resume-review", partial(care.resumed_review, world, steps[3])))


def _appeal(world: World, day: date, nth: int) -> Parameters:
    found = afterwards.appeals(world, day, 2)
    if nth >= len(found):
        return {"skip": True}
    return {
        "portfolio_id": found[nth],
        "reason": "just below the limit; asks for a second look",
        "requested_by": "operator",
    }


def _credits(days: dict[date, list[Job]], world: World) -> None:
    steps = review_days(world.policy)
    first = world.policy.academy.closes_on + timedelta(days=14)
    for day in (first, first + timedelta(days=14), *steps[4::3], steps[-1] + timedelta(days=14)):
        _add(days, day, Job("request-transcripts", _files("files", partial(afterwards.opt_ins, world, day))))


def _renewals(days: dict[date, list[Job]], world: World) -> None:
    start, end = review_days(world.policy)[0], review_days(world.policy)[-1]
    years = world.policy.certificates.valid_years
    first = start + timedelta(days=365 * years - 90)
    count = (end - start).days // RENEWAL_STEP_DAYS + 4
    stops = [start + timedelta(days=365 * year) for year in range(1, years)]
    stops += [first + timedelta(days=RENEWAL_STEP_DAYS * n) for n in range(count)]
    for day, since in zip(stops, [start, *stops], strict=False):
        _add(days, day, Job("renew-certificates", partial(_renewal_files, world, day, since)))


def _renewal_files(world: World, day: date, since: date) -> Parameters:
    return {
        "activities": [str(path) for path in afterwards.activities(world, day, since)],
        "payments": [str(path) for path in afterwards.payments(world, day)],
    }


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data directory for this process.

    Raises:
        SeasonBusyError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "season.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another `make run` or `make up` works on {folder}; stop it, or use another CADRE_HOME"
            raise SeasonBusyError(message) from error
        yield


def run_season(world: World, api: SyncPrefectClient, progress: Progress, until: date | None = None) -> None:
    """Go through the decisive days up to ``until``; each phase has its bar.

    Raises:
        RunFailedError: a flow run failed; the season can be run again once the cause is mended.
    """
    days = [day for day in timeline(world) if until is None or world.policy.local_day(day.moment) <= until]
    totals = Counter(job.flow_name for day in days for job in day.jobs)
    bars = {name: progress.add_task(title, total=totals[name]) for name, title in PHASES.items() if totals[name]}
    conductor.free_provider_limit(api)
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # a sync run would wait a second for its thread
        for day in days:
            _run_day(world, api, day, lambda name: progress.advance(bars[name]))


def _run_day(world: World, api: SyncPrefectClient, day: Day, advance: Callable[[str], None]) -> None:
    """First everything that people hand in on the day, then the flows: a day that is run again finds the same files."""
    handed_in = [(job, job.parameters()) for job in day.jobs]
    for job, parameters in handed_in:
        if not parameters.get("skip"):
            given = {"season": world.policy.season, "as_of": day.moment.isoformat(), **parameters}
            name = f"{world.policy.local_day(day.moment)} {PHASES[job.flow_name]}"
            if job.flow_name == "confirm-seats":
                _confirm(api, given, name)
            else:
                conductor.run_here(job.flow_name, given, name)
        advance(job.flow_name)


def _confirm(api: SyncPrefectClient, parameters: Parameters, run_name: str) -> None:
    """Run the confirmation until it waits for the agency, answer for the agency, and let it go on."""
    run = conductor.start_deployed(api, "confirm-seats", parameters, run_name)
    if run.state and run.state.is_paused():
        conductor.answer(run, "approve", SAMPLE_AGENCY, "approved by the sample season")
        conductor.conduct(api, run.id, "confirm-seats")


def progress_bars(console: Console) -> Progress:
    """One bar for each phase."""
    columns = (TextColumn("{task.description:<18}"), BarColumn(bar_width=36), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
