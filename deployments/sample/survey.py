"""What districts answer in the interest survey, and the exports that the survey tool writes of it."""

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl

from deployments.sample import starts
from deployments.sample.chance import chance, happens, name_of, pick
from deployments.sample.world import SampleDistrict, World

ANSWERS = (
    ("Q1", "QID1", "NCES district id (7 digits)", "lea_id"),
    ("Q2", "QID2", "District name", "district_name"),
    ("Q3", "QID3", "Would you like to apply, or to receive more information?", "request"),
    ("Q4", "QID4", "Which package does your district choose?", "option"),
    ("Q5", "QID5", "Seats in ISTE Certification for Educators", "certification_seats"),
    ("Q6", "QID6", "Seats in the Summer Learning Academy", "academy_seats"),
    ("Q7", "QID7", "Add-on: seats in ISTE Certification for Librarians", "librarian_seats"),
    ("Q8", "QID8", "Add-on: seats in Exploring Future Ready Librarianship", "exfrl_seats"),
    ("Q9", "QID9", "Possible days and times for the sessions, best first", "slots"),
    ("Q10", "QID10", "Superintendent", "superintendent_name"),
    ("Q11", "QID11", "District lead", "lead_name"),
    ("Q12", "QID12", "E-mail of the district lead", "lead_email"),
    ("Q13", "QID13", "How many of these librarians are ISTE certified educators already?", "certified_librarians"),
    ("Q14", "QID14", "Earliest date on which a cohort can start", "start_from"),
    ("Q15", "QID15", "Latest date on which a cohort can start", "start_until"),
)
TOOL = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
)
OPTIONS = {1: "Option 1: Certification", 2: "Option 2: Summer Learning Academy", 3: "Option 3: Comprehensive Bundle"}
BREAKS: Sequence[tuple[str, str]] = (
    ("certification_seats", "twenty"),
    ("lea_id", "9999999"),
    ("lead_email", "ask the office"),
    ("option", ""),
    ("academy_seats", "about 50"),
)


@dataclass(frozen=True)
class Response:
    """One response as the tool holds it."""

    response_id: str
    submitted_at: datetime
    is_finished: bool
    answers: Mapping[str, str]


def responses(world: World) -> list[Response]:
    """Everything that districts ever send in, in the order of its time."""
    found = [response for district in world.districts for response in _of_district(world, district)]
    return sorted(found, key=lambda response: (response.submitted_at, response.response_id))


def _of_district(world: World, district: SampleDistrict) -> Iterable[Response]:
    seed, lea_id = world.seed, district.lea_id
    if not happens(0.86, seed, "responds", lea_id):
        return
    window = world.policy.survey
    days = (window.closes_on - window.opens_on).days
    draw = chance(seed, "survey day", lea_id)
    day = window.opens_on + timedelta(days=int(days * draw.random() ** 0.8 * 0.8))
    moment = world.at(day, draw.randint(8, 16), draw.randint(0, 59)) + timedelta(seconds=draw.randint(0, 59))
    first = _answers(world, district)
    broken = happens(0.05, seed, "broken", lea_id)
    if happens(0.03, seed, "unfinished", lea_id):
        yield Response(_response_id(seed, lea_id, 0), moment - timedelta(hours=3), False, first)
    yield Response(_response_id(seed, lea_id, 1), moment, True, _break(first, seed, lea_id) if broken else first)
    if broken:
        moment += timedelta(days=draw.randint(3, 7))
        yield Response(_response_id(seed, lea_id, 2), moment, True, first)
    if happens(0.12, seed, "again", lea_id):
        changed = _changed(first, seed, lea_id)
        yield Response(_response_id(seed, lea_id, 3), moment + timedelta(days=draw.randint(1, 4)), True, changed)


def _response_id(seed: int, lea_id: str, number: int) -> str:
    return f"R_{hashlib.sha256(f'{seed}/{lea_id}/{number}'.encode()).hexdigest()[:15]}"


def _answers(world: World, district: SampleDistrict) -> dict[str, str]:
    seed, lea_id, staff = world.seed, district.lea_id, district.instructional_staff
    draw = chance(seed, "asks", lea_id)
    option = draw.choices((1, 2, 3), (35, 20, 45))[0]
    wants_add_ons = draw.random() < (0.5 if option != 2 else 0.08)
    seats = {
        "certification_seats": min(max(3, round(staff * draw.uniform(0.03, 0.1))), 80) if option != 2 else 0,
        "academy_seats": min(max(5, round(staff * draw.uniform(0.1, 0.35))), 400) if option != 1 else 0,
        "librarian_seats": draw.choices((1, 2, 3, 5, 7), (40, 30, 15, 10, 5))[0] if wants_add_ons else 0,
        "exfrl_seats": draw.choices((0, 1, 2, 4), (40, 30, 20, 10))[0] if wants_add_ons else 0,
    }
    lead = " ".join(name_of(seed, "lead", lea_id))
    return {
        "lea_id": lea_id.lstrip("0") if draw.random() < 0.2 else lea_id,
        "district_name": district.name,
        "request": "More information" if happens(0.05, seed, "information", lea_id) else "Apply",
        "option": OPTIONS[option],
        **{name: str(number) if number else "" for name, number in seats.items()},
        "slots": "; ".join(_slots(world, district)),
        "superintendent_name": " ".join(name_of(seed, "superintendent", lea_id)),
        "lead_name": lead,
        "lead_email": f"lead@lea{lea_id}.example",
        "certified_librarians": str(_certified_librarians(world, lea_id, seats["librarian_seats"])),
        **starts.preferred_window(world, lea_id),
    }


def _certified_librarians(world: World, lea_id: str, seats: int) -> int:
    return sum(is_certified_before(world, lea_id, f"l{number}") for number in range(seats))


def is_certified_before(world: World, lea_id: str, code: str) -> bool:
    """Whether a librarian of a district, by number, is a certified educator already."""
    return happens(0.2, world.seed, "certified before", lea_id, code)


def _slots(world: World, district: SampleDistrict) -> list[str]:
    """When a district can meet; a few only when no facilitator can."""
    draw = chance(world.seed, "slots", district.lea_id)
    if happens(0.02, world.seed, "hard to meet", district.lea_id):
        return [world.policy.cohorts.slots[-1]]
    return draw.sample(world.policy.cohorts.slots, draw.randint(3, 6))


def _break(answers: Mapping[str, str], seed: int, lea_id: str) -> dict[str, str]:
    name, value = pick(BREAKS, seed, "break", lea_id)
    return {**answers, name: value, "request": "Apply"}


def _changed(answers: Mapping[str, str], seed: int, lea_id: str) -> dict[str, str]:
    factor = pick((0.7, 1.3, 1.5), seed, "change", lea_id)
    names = ("certification_seats", "academy_seats")
    return {**answers, **{name: str(round(int(answers[name]) * factor)) for name in names if answers[name]}}


def export(world: World, day: date, number: int) -> list[Path]:
    """The tool's export on a day: every response so far, in the format that the agency happened to choose."""
    moment = world.at(day)
    so_far = [response for response in responses(world) if response.submitted_at <= moment]
    if not so_far:
        return []
    return world.sent(_export(world, day, number, so_far))


def _export(world: World, day: date, number: int, so_far: Sequence[Response]) -> list[Path]:
    if number == 3:
        return world.kept(day, "survey.xlsx", lambda path: _write_xlsx(path, world, so_far))
    if number == 5:
        return world.kept(day, "survey.json", lambda path: _write_json(path, world, so_far))
    return world.kept(day, "survey.csv", lambda path: _write_qualtrics(path, world, so_far, has_stray_byte=number == 2))


def _local(world: World, moment: datetime) -> str:
    return moment.astimezone(world.policy.zone).strftime("%Y-%m-%d %H:%M:%S")


def _write_qualtrics(path: Path, world: World, so_far: Sequence[Response], *, has_stray_byte: bool) -> bool:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(tag for tag, _, _ in TOOL), *(tag for tag, _, _, _ in ANSWERS)])
        writer.writerow([*(text for _, text, _ in TOOL), *(text for _, _, text, _ in ANSWERS)])
        writer.writerow(
            [*(_import_id(name, world) for _, _, name in TOOL), *(_import_id(q, world) for _, q, _, _ in ANSWERS)]
        )
        for response in so_far:
            writer.writerow([*_tool_cells(world, response), *(response.answers[name] for _, _, _, name in ANSWERS)])
    if has_stray_byte:
        head, channel, tail = path.read_bytes().rpartition(b"anonymous")  # what the tool says, and no answer
        path.write_bytes(head + channel + b" caf\xe9" + tail)
    return True


def _import_id(name: str, world: World) -> str:
    zone = {"timeZone": world.policy.time_zone} if name.endswith("Date") else {}
    return json.dumps({"ImportId": name, **zone}, separators=(",", ":"))


def _tool_cells(world: World, response: Response) -> list[str]:
    ended = _local(world, response.submitted_at)
    started = _local(world, response.submitted_at - timedelta(minutes=11))
    done = ("100", "660", "True") if response.is_finished else ("60", "660", "False")
    return [started, ended, "IP Address", *done, ended, response.response_id, "anonymous", "EN"]


def _plain(world: World, response: Response) -> dict[str, str]:
    submitted_at = _local(world, response.submitted_at)
    finished = "yes" if response.is_finished else "no"
    return {"response_id": response.response_id, "submitted_at": submitted_at, "finished": finished, **response.answers}


def _write_json(path: Path, world: World, so_far: Sequence[Response]) -> bool:
    path.write_text(json.dumps({"responses": [_plain(world, r) for r in so_far]}, indent=1), encoding="utf-8")
    return True


def _write_xlsx(path: Path, world: World, so_far: Sequence[Response]) -> bool:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Responses"
    rows = [_plain(world, response) for response in so_far]
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(
            [int(value) if name.endswith("_seats") and value.isdigit() else value for name, value in row.items()]
        )
    book.save(path)
    _fix_times(path)
    return True


def _fix_times(path: Path) -> None:
    """Take the time of writing out of a workbook, so that the same responses make the same bytes."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2022-01-01T00:00:00Z", parts[core])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name), content)
