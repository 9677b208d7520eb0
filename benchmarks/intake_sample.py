"""A survey export of any size, and the list of its districts: what the intake benchmark and the kill tests read."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

DISTRICTS = 17_800
OPENED = datetime(2022, 4, 18, 13, 0, tzinfo=UTC)
AS_OF = datetime(2022, 6, 10, 22, 0, tzinfo=UTC)
HEADER = [
    "response_id", "submitted_at", "finished", "lea_id", "district_name", "request", "option", "certification_seats",
    "academy_seats", "librarian_seats", "exfrl_seats", "slots", "superintendent_name", "lead_name", "lead_email",
]  # fmt: skip
SLOTS = ("MON-15:30; TUE-16:30", "WED-15:30", "THU-16:30; FRI-15:30; SAT-09:00")


def generate(folder: Path, rows: int, seed: int = 1) -> Path:
    """The survey export, and beside it the list of districts."""
    draw = random.Random(seed)  # noqa: S311 - sample data
    with (folder / "districts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["lea_id", "name", "town", "region", "enrollment", "instructional_staff"])
        writer.writerows(
            [lea_id(n), f"Township {n} School District", f"Township {n}", "Sample", 900, 80] for n in range(DISTRICTS)
        )
    with (folder / "survey.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        opened = datetime(2022, 4, 18, 8, 0)  # noqa: DTZ001 - local time, as survey tools write it
        for number in range(rows):
            sent = opened + timedelta(seconds=int(number * 53 * 86_400 / rows))
            writer.writerow(_response(draw, sent))
    return folder / "survey.csv"


def open_season(districts: Path) -> None:
    """Open the season of the sample, of which nothing but the list of districts is there."""
    from schemas.tables import District  # noqa: PLC0415 - the environment comes first
    from tasks.core.database import insert_new  # noqa: PLC0415 - see above
    from tasks.core.migrations import migrate  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import unit_of_work  # noqa: PLC0415 - see above
    from tasks.season.lists import SeasonFiles, read_lists  # noqa: PLC0415 - see above
    from tasks.season.opening import open_books  # noqa: PLC0415 - see above

    migrate()
    with unit_of_work("2022", OPENED, begin=open_books) as work:
        insert_new(work.db, District, read_lists(SeasonFiles(districts, None, None)).districts)


def lea_id(number: int) -> str:
    """The NCES id of one of the districts."""
    return f"{100_000 + number * 17:07d}"


def _response(draw: random.Random, sent: datetime) -> list[object]:
    number = draw.randrange(DISTRICTS)
    row: list[object] = [
        f"R_{draw.getrandbits(80):020x}", sent.isoformat(sep=" "), "True", lea_id(number),
        f"Township {number} School District",
        "Apply", draw.randint(1, 3), draw.randrange(80), draw.randrange(400), draw.randrange(6), draw.randrange(5),
        draw.choice(SLOTS), "Pat Lee", "Ada Holmann", f"lead@lea{number}.example",
    ]  # fmt: skip
    if draw.random() < 0.01:  # noqa: PLR2004 - one in a hundred
        index, value = draw.choice(
            (
                (7, "twenty"),
                (3, "9999999"),
                (14, "ask the office"),
                (6, ""),
                (1, "2022-05-45 10:00:00"),
                (8, "about 50"),
            )
        )
        row[index] = value
    return row
