"""Opening a season in a test's database without a server: the same steps as the flow, called as plain functions."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from deployments.sample.panel import district_list, evaluator_list, facilitator_list
from deployments.sample.world import World
from schemas.settings import settings
from tasks.season.opening import load_districts, load_panel, open_season_books
from tests.builders import policy

OPENED = datetime(2022, 4, 18, 13, 0, tzinfo=UTC)
LEA_IDS = ("0900002", "0900005", "0900007", "0900009")
SURVEY_HEADER = (
    "response_id",
    "submitted_at",
    "finished",
    "lea_id",
    "district_name",
    "request",
    "option",
    "certification_seats",
    "academy_seats",
    "librarian_seats",
    "exfrl_seats",
    "slots",
    "superintendent_name",
    "lead_name",
    "lead_email",
)


def world(districts: int = 12, seed: int = 5) -> World:
    return World(policy(), seed, settings().folder, districts, 1)


def open_books() -> None:
    """The season of all sample districts, opened."""
    everybody = World(policy(), 5, settings().folder, None, 1)
    open_season_books.fn("2022", OPENED)
    load_districts.fn(district_list(everybody))
    load_panel.fn("2022", facilitator_list(everybody), evaluator_list(everybody), OPENED)


def survey_row(number: int, lea_id: str = LEA_IDS[0], **changes: str) -> dict[str, str]:
    row = dict.fromkeys(SURVEY_HEADER, "")
    row |= {
        "response_id": f"R_{number:04d}",
        "submitted_at": f"2022-05-0{1 + number % 8} 10:{number % 60:02d}:00",
        "finished": "yes",
        "lea_id": lea_id,
        "request": "Apply",
        "option": "1",
        "certification_seats": "25",
        "lead_name": "Ada Holmann",
        "lead_email": "lead@lea.example",
    }
    return row | changes


def write_rows(path: Path, rows: Iterable[Mapping[str, object]], header: Sequence[str] | None = None) -> Path:
    found = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header or list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return path
