"""What looks after the runs of an installation while it is up, and after its downtime."""

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError

from deployments import conductor
from deployments.backlog import (
    crash_orphans,
    crash_silent,
    give_up_forgotten,
    label,
    missed_runs,
    restart_crashed,
    skip_superseded,
    take_turns,
)
from tasks.core.clock import now

EVERY_SECONDS = 10
FAULTS = (httpx.HTTPError, PrefectHTTPStatusError, RuntimeError)


class Watch:
    """Looks after the runs: once when the installation starts, then every ten seconds while it is up."""

    def __init__(
        self, api: SyncPrefectClient, folder: Path, tell: Callable[[str], None], stopped: threading.Event
    ) -> None:
        """``tell`` is given a sentence for everything that was done to a run."""
        self._api, self._tell, self._stopped = api, tell, stopped
        self._note = folder / "last-alive"
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._given_up: set[UUID] = set()

    def take_stock(self) -> list[FlowRun]:
        """End what the last stop left under way; the runs that were missed since, for ``catch_up``. No worker runs yet."""
        moment = now()
        crash_orphans(self._api, self._tell, moment)
        since = self._last_alive()
        missed = missed_runs(self._api, since, moment) if since else []
        if missed:
            names = ", ".join(label(self._api, run) for run in missed)
            self._tell(f"{len(missed)} scheduled runs were missed; each starts once, one after the other: {names}.")
        return missed

    def _last_alive(self) -> datetime | None:
        """When this installation was last up; none where it never was."""
        if not self._note.exists():
            return None
        return datetime.fromisoformat(self._note.read_text(encoding="ascii").strip())

    def catch_up(self, missed: Sequence[FlowRun]) -> None:
        """Start the missed runs beside the others, in the order of the season."""
        own = copy_context()  # Prefect's settings are a context variable
        threading.Thread(target=own.run, args=(self._catch_up, missed), name="catch up", daemon=True).start()

    def _catch_up(self, missed: Sequence[FlowRun]) -> None:
        with conductor.client() as api:
            take_turns(api, missed, self._stopped, self._tell)

    def look(self) -> None:
        """Put right what needs it, if it is time; while the server does not answer, the next time."""
        moment = now()
        if (moment - self._looked_at).total_seconds() < EVERY_SECONDS:
            return
        self._looked_at = moment
        try:
            skip_superseded(self._api, moment)
            crash_silent(self._api, self._tell, moment)
            give_up_forgotten(self._api, self._tell, moment)
            restart_crashed(self._api, self._tell, moment, self._given_up)
        except FAULTS as error:
            self._tell(
                f"The server does not answer ({type(error).__name__}); the runs are looked at again in a moment."
            )
        self._note.write_text(moment.isoformat(), encoding="ascii")
