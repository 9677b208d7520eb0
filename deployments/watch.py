"""What looks after the runs of an installation while it is up, and after its downtime."""

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import datetime
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from deployments import conductor
from deployments.backlog import (
    SILENCE,
    crash_orphans,
    crash_silent,
    give_up_forgotten,
    restart_crashed,
    skip_superseded,
)
from deployments.missed_runs import missed_runs, take_turns
from deployments.run_queries import label
from tasks.core.clock import machine_time
from tasks.core.page_rendering import write_page

EVERY_SECONDS = 10
ASLEEP_SECONDS = 60


class Watch:
    """Looks after the runs: once when the installation starts, then every ten seconds while it is up."""

    def __init__(
        self, api: SyncPrefectClient, folder: Path, announce: Callable[[str], None], stopped: threading.Event
    ) -> None:
        """``announce`` is given a sentence for everything that was done to a run."""
        self._api, self._announce, self._stopped = api, announce, stopped
        self._note = folder / "last-alive"
        self._looked_at = machine_time()
        self._trusted_from = self._looked_at  # silence tells nothing of the time in which nobody could be heard
        self._given_up: set[UUID] = set()

    def take_stock(self) -> list[FlowRun]:
        """End what the last stop left under way; the runs that were missed since, for ``catch_up``. No worker runs yet."""
        moment = machine_time()
        crash_orphans(self._api, self._announce, moment)
        since = self._last_alive()
        missed = missed_runs(self._api, since, moment) if since else []
        if missed:
            names = ", ".join(label(self._api, run) for run in missed)
            self._announce(f"{len(missed)} scheduled runs were missed; each starts once, one after the other: {names}.")
        self._seen(moment)
        return missed

    def _last_alive(self) -> datetime | None:
        """When this installation was last up; none where it never was."""
        if not self._note.exists():
            return None
        return datetime.fromisoformat(self._note.read_text(encoding="ascii").strip())

    def catch_up(self, missed: Sequence[FlowRun]) -> None:
        """Start the missed runs beside the others, in the order of the season."""
        if not missed:
            return
        own = copy_context()  # Prefect's settings are a context variable
        threading.Thread(target=own.run, args=(self._catch_up, missed), name="catch up", daemon=True).start()

    def _catch_up(self, missed: Sequence[FlowRun]) -> None:
        try:
            with conductor.client() as api:
                take_turns(api, missed, self._stopped, self._announce)
        except Exception as error:  # noqa: BLE001 - see ``look``; what was not reached is caught up at the next start
            self._announce(
                f"Catching up stopped ({type(error).__name__}: {error}); the rest follows at the next start."
            )

    def look(self) -> None:
        """Put right what needs it, if it is time; while the server does not answer, the next time."""
        moment = machine_time()
        gap = (moment - self._looked_at).total_seconds()
        if gap < EVERY_SECONDS:
            return
        if gap > ASLEEP_SECONDS:
            self._trusted_from = moment + SILENCE
        try:
            if gap > ASLEEP_SECONDS:
                self.catch_up(missed_runs(self._api, self._looked_at, moment))
            skip_superseded(self._api, moment)
            if moment >= self._trusted_from:
                crash_silent(self._api, self._announce, moment)
                give_up_forgotten(self._api, self._announce, moment)
            restart_crashed(self._api, self._announce, moment, self._given_up)
        except Exception as error:  # noqa: BLE001 - whatever it is, the installation goes on, and it is said
            self._trusted_from = moment + SILENCE
            self._announce(f"The runs could not be looked at ({type(error).__name__}: {error}); again in a moment.")
        self._seen(moment)

    def _seen(self, moment: datetime) -> None:
        self._looked_at = moment
        write_page(self._note, moment.isoformat())
