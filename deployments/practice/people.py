"""What the people of the simulator send on a day of the practice: their files, dropped into the inbox as anybody's would be.

Districts, participants, evaluators, and the provider act; what operators and the agency do is left to the person who practices.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from deployments.sample.jobs import Job
from deployments.sample.timeline import timeline
from deployments.sample.world import World
from schemas.kinds import InputKind
from tasks.intake.inbox import inbox, inbox_root

SENT: Mapping[str, Mapping[str, InputKind]] = {  # by flow and parameter
    "import-surveys": {"files": InputKind.SURVEY},
    "change-lead": {"files": InputKind.LEAD},
    "change-addresses": {"files": InputKind.ADDRESS},
    "import-answers": {"files": InputKind.ANSWER},
    "import-seat-requests": {"files": InputKind.SEAT_REQUEST},
    "record-proof": {"files": InputKind.PROOF},
    "enroll-educators": {"rosters": InputKind.ROSTER, "forms": InputKind.COMMITMENT},
    "agree-starts": {"files": InputKind.START},
    "import-selections": {"files": InputKind.SELECTION},
    "watch-cohorts": {"files": InputKind.ATTENDANCE},
    "import-portfolios": {"files": InputKind.PORTFOLIO},
    "record-results": {"files": InputKind.SCORE},
    "request-transcripts": {"files": InputKind.CREDIT},
    "renew-certificates": {"activities": InputKind.ACTIVITY, "payments": InputKind.RENEWAL},
}


def people_of(world: World) -> Callable[[date], list[Path]]:
    """Let the people of a world act on a day; the files that they sent. A day that comes again finds the same files."""
    jobs = {world.policy.local_day(day.moment): day.jobs for day in timeline(world)}

    def act(day: date) -> list[Path]:
        sent = [found for job in jobs.get(day, ()) for found in _sent(job)]
        return [_drop(world, day, path, kind) for kind, path in sent]

    return act


def _sent(job: Job) -> Iterator[tuple[InputKind, Path]]:
    """What came for a flow, if people send it anything; what an operator would choose to do is not even asked."""
    kinds = SENT.get(job.flow_name)
    given = job.parameters() if kinds else {}
    for name, kind in (kinds or {}).items():
        yield from ((kind, Path(path)) for path in _paths(given.get(name)))


def _paths(found: object) -> Sequence[str]:
    return found if isinstance(found, list) else []


def _drop(world: World, day: date, path: Path, kind: InputKind) -> Path:
    """Put it into the watched folder, whole, and dated on the day: nobody takes it for one that is still being written."""
    dropped, target = inbox_root() / path, inbox(kind) / f"{day}-{path.name}"
    target.parent.mkdir(parents=True, exist_ok=True)
    sent_at = datetime.combine(day, time(), world.policy.zone).timestamp()
    os.utime(dropped, (sent_at, sent_at))
    return dropped.replace(target)
