"""Where a season begins in a test: its policy, its database, its opening, and the files and rows that any subject takes."""

import io
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deployments.sample.panel import district_list, evaluator_list, facilitator_list
from deployments.sample.world import World, write_csv
from schemas.kinds import InputKind
from schemas.policy import Policy, parse_policy, read_policy
from schemas.settings import ROOT, settings
from tasks.core.policies import policy_of

if TYPE_CHECKING:
    from schemas.columns import Base
    from tasks.cohorts.facilitators import LostSlot

POLICY_FILE = Path(os.environ.get("CADRE_TEST_POLICY_FILE", ROOT / "deployments" / "seasons" / "2022.toml"))
SEED = 5
OPENED = datetime(2022, 4, 18, 13, 0, tzinfo=UTC)
LEA_IDS = ("0900002", "0900005", "0900007", "0900009")

# A row of each list that a season opens with.
LIST_ROWS: Mapping[str, Mapping[str, object]] = {
    "districts": {
        "lea_id": LEA_IDS[0],
        "name": "Ashford",
        "town": "Ashford",
        "region": "East",
        "enrollment": 400,
        "instructional_staff": 40,
    },
    "facilitators": {
        "facilitator_id": "F1",
        "name": "Ada Ley",
        "email": "ada@provider.example",
        "slots": "MON-15:30",
        "maximum_cohorts": 2,
    },
    "evaluators": {
        "evaluator_id": "E1",
        "name": "Bo Ley",
        "email": "bo@panel.example",
        "lea_id": "",
        "tracks": "educator",
        "grade_bands": "middle",
        "conflicts": "",
    },
}


@cache
def policy() -> Policy:
    return read_policy(POLICY_FILE)


def changed_policy(**changes: Any) -> Policy:
    """The season's policy with some keys changed: ``changed_policy(seats__addon_maximum_seats=3)``."""
    content = policy().model_dump()
    for path, value in changes.items():
        *parents, last = path.split("__")
        part = content
        for parent in parents:
            part = part[parent]
        part[last] = value
    return parse_policy(content, "changed")


def write_policy(
    folder: Path, season: str, begins_on: date, catch_up_days: int = 14, releases_until: date | None = None
) -> None:
    """The policy of 2022 with another name and other years: cohorts begin on the day, all other dates move with it.

    Seats are released ``releases_until`` a day, where one is given.
    """
    by = begins_on - policy().cohorts.earliest_start_on
    text = re.sub(
        r"\b2022-\d\d-\d\d",
        lambda found: (date.fromisoformat(found[0]) + by).isoformat(),
        POLICY_FILE.read_text(encoding="utf-8"),
    )
    text = text.replace('season = "2022"', f'season = "{season}"')
    text = text.replace("catch_up_days = 14", f"catch_up_days = {catch_up_days}")
    if releases_until:
        text = re.sub(r"(?m)^last_release_on = .*$", f"last_release_on = {releases_until}", text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{season}.toml").write_text(text, encoding="utf-8")


def use_database(monkeypatch: pytest.MonkeyPatch, home: Path, url: str = "") -> None:
    """Let the program work on its own data directory and database from here on, in seasons whose clock is ``as_of``."""
    from tasks.core.migrations import migrate

    monkeypatch.setenv("CADRE_HOME", str(home))
    monkeypatch.setenv("CADRE_DATABASE_URL", url)
    monkeypatch.setenv("CADRE_CLOCK", "simulated")
    settings.cache_clear()
    migrate()


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the clock be a real one from here on, on which it is this moment."""
    from tasks.core import clock

    monkeypatch.setenv("CADRE_CLOCK", "real")
    settings.cache_clear()
    monkeypatch.setattr(clock, "now", lambda: moment)


def sample_world(districts: int | None = 12, season: str = "2022", folder: Path | None = None) -> World:
    """The sample season of so many districts, or of all."""
    return World(policy_of(season), SEED, folder or settings().folder, districts, 1)


def open_season(season: str = "2022", as_of: datetime = OPENED) -> None:
    """The season of all sample districts with the sample panel, opened by the steps of the flow, called as functions."""
    from tasks.season.opening import open_with_lists

    everybody = sample_world(None, season)
    lists = (district_list(everybody), facilitator_list(everybody), evaluator_list(everybody))
    open_with_lists.fn(season, *lists, as_of)


def load_panel(season: str, facilitators: Path, evaluators: Path, as_of: datetime) -> "Sequence[LostSlot]":
    """Newer lists of a season whose grant a test has changed: what the season's opening does with them, and nothing else."""
    from tasks.ledger.unit_of_work import unit_of_work
    from tasks.season.lists import SeasonFiles, read_lists
    from tasks.season.opening import take_over_panel

    with unit_of_work(season, as_of) as work:
        return take_over_panel(work, read_lists(SeasonFiles(None, facilitators, evaluators)))


def store_rows(table: "type[Base]", *rows: Mapping[str, object]) -> None:
    """New rows of one table, in a transaction of their own."""
    from tasks.core.database import insert_new, transaction

    with transaction() as db:
        assert insert_new(db, table, rows) == len(rows)


def csv_file(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """The rows as a file with a header row; its path."""
    assert write_csv(path, list(rows))
    return path


def zip_archive(files: Mapping[str, bytes]) -> bytes:
    """What an archive of these files holds, by the name of each in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def stage_rows(folder: Path, kind: InputKind, as_of: datetime, *rows: Mapping[str, object]) -> Path:
    """The rows as a new file of the folder, read into the database but not yet settled; the file."""
    from tasks.intake.pipeline import stage_files

    path = csv_file(folder / f"{kind}-{len(list(folder.iterdir()))}.csv", rows)
    stage_files.fn("2022", kind, as_of, [path])
    return path
