"""What the simulator knows: the season's policy, the districts, the seed, and the folder where people's files appear.

A file that people sent exists once: it is written whole or not at all, and never again, so that a season that was
interrupted goes on with the same files. That nothing was sent on a day is kept as well.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path

from schemas.policy import Policy

HERE = Path(__file__).parent
LAST_BEFORE_CONNECTICUT = (
    18  # of the copies, which have other states' numbers from 91 on; the districts themselves have 09
)
Rows = Iterable[Mapping[str, object]]


@dataclass(frozen=True)
class SampleDistrict:
    """One district of the sample."""

    lea_id: str
    name: str
    town: str
    region: str
    state_code: str
    enrollment: int
    instructional_staff: int


@dataclass(frozen=True)
class World:
    """One sample season; a tenth of the people of the ``earlier`` one, if there was any, come back."""

    policy: Policy
    seed: int
    folder: Path
    limit: int | None
    scale: int
    earlier: "World | None" = None

    @cached_property
    def districts(self) -> tuple[SampleDistrict, ...]:
        """The districts that take part: ``limit`` of them spread over the list, ``scale`` copies of each."""
        with (HERE / "districts_ct.csv").open(encoding="utf-8", newline="") as file:
            rows = [_district(row) for row in csv.DictReader(file)]
        count = min(self.limit or len(rows), len(rows))
        chosen = [rows[i * len(rows) // count] for i in range(count)]
        return tuple(_copy(district, number) for number in range(self.scale) for district in chosen)

    @property
    def first(self) -> "World":
        """The first season of all: the provider's facilitators and the panel are those of its year."""
        return self.earlier.first if self.earlier else self

    @property
    def years_before(self) -> int:
        """How many seasons there were before this one."""
        return self.earlier.years_before + 1 if self.earlier else 0

    def at(self, day: date, hour: int = 9, minute: int = 0) -> datetime:
        """A moment of the program's day, in UTC."""
        return datetime.combine(day, time(hour, minute), self.policy.zone).astimezone(UTC)

    def incoming(self, day: date, name: str, rows: Callable[[], Rows]) -> list[Path]:
        """The CSV file that was sent on a day, as a list; an empty list where there was nothing to send."""
        return self.sent(self.kept(day, name, lambda path: write_csv(path, list(rows()))))

    def sent(self, files: Sequence[Path]) -> list[Path]:
        """The files, dropped into the inbox: their paths from there on.

        Whoever goes on with an interrupted season sends them again, as people do; what was imported is known by its bytes.
        """
        from tasks.core.storage import storage  # noqa: PLC0415 - the tests of the rules use this world without a framework

        found = [path.relative_to(self.folder) for path in files]
        for path, sent in zip(files, found, strict=True):
            with path.open("rb") as file:
                storage().put(file, f"inbox/{sent.as_posix()}")
        return found

    def kept(self, day: date, name: str, write: Callable[[Path], bool]) -> list[Path]:
        """A file that ``write`` makes once, on its people's side; it says whether there was anything to write."""
        path = self.folder / "sample" / self.policy.season / day.isoformat() / name
        nothing = path.with_name(f"{name}.nothing")
        if nothing.exists():
            return []
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{name}.{os.getpid()}.draft")
            if not write(draft):
                nothing.touch()
                return []
            draft.replace(path)
        return [path]

    def act(self, day: date, name: str, choose: Callable[[], Mapping[str, object]]) -> Mapping[str, object]:
        """Manual actions on a day: chosen once, and the same however often the season is run."""
        (path,) = self.kept(
            day, f"{name}.json", lambda draft: bool(draft.write_text(json.dumps(choose()), encoding="utf-8"))
        )
        found: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return found


def _district(row: Mapping[str, str]) -> SampleDistrict:
    numbers = int(row["enrollment"]), int(row["instructional_staff"])
    return SampleDistrict(row["lea_id"], row["name"], row["town"], row["region"], row["state_code"], *numbers)


def _copy(district: SampleDistrict, number: int) -> SampleDistrict:
    if number == 0:
        return district
    state = (90 + number + (number > LAST_BEFORE_CONNECTICUT)) % 100
    return SampleDistrict(
        lea_id=f"{state:02d}{district.lea_id[2:]}",
        name=f"{district.name} ({number + 1})",
        town=district.town,
        region=f"{district.region} ({number + 1})",
        state_code="",
        enrollment=district.enrollment,
        instructional_staff=district.instructional_staff,
    )


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> bool:
    """Write rows as CSV; whether there were any."""
    if not rows:
        return False
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return True
