"""Which runs of a flow that comes several times a day have anything to do.

A day of practice holds 200 moments and more; most are letters looked for every ten minutes. The first run of a day always takes
place; a later one where something has come since, which is as if all of them had.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.statuses import OutboxKind
from schemas.tables import ReviewRound
from tasks.core.database import reading
from tasks.intake.inbox import inbox
from tasks.letters.outbox import seconds_until_due


class Need:
    """Knows what has come since a flow's last run in this session."""

    def __init__(self, season: str) -> None:
        """Nothing has run yet."""
        self._season = season
        self._day_of: dict[str, object] = {}
        self._seen: dict[Path, int] = {}
        self.asked: Mapping[str, Callable[[datetime], bool]] = {
            "deliver-letters": self._letters_wait,
            "import-surveys": self._surveys_came,
            "watch-review-sla": self._reviews_are_open,
        }

    def is_there(self, flow: str, day: object, moment: datetime) -> bool:
        """Whether the flow's run of this moment takes place."""
        is_first = self._day_of.get(flow) != day
        self._day_of[flow] = day
        asked = self.asked.get(flow)
        has_work = asked is None or asked(moment)
        return is_first or has_work

    def _letters_wait(self, moment: datetime) -> bool:
        return seconds_until_due(self._season, OutboxKind.MAIL, moment) == 0

    def _surveys_came(self, _moment: datetime) -> bool:
        folders = inbox(InputKind.SURVEY), inbox(InputKind.SURVEY, self._season)
        found = {path: path.stat().st_mtime_ns for folder in folders for path in folder.glob("[!.]*")}
        has_come, self._seen = not found.items() <= self._seen.items(), found
        return has_come

    def _reviews_are_open(self, _moment: datetime) -> bool:
        query = select(ReviewRound.portfolio_id).where(
            ReviewRound.season == self._season, ReviewRound.decided_at.is_(None)
        )
        with reading() as db:
            return db.scalar(query.limit(1)) is not None
