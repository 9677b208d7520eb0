"""Two hundred people with names that occur nowhere else: none of them is found in anything that Prefect or a log keeps."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from sqlalchemy import select

from deployments import conductor
from deployments.catalog import FLOWS
from deployments.sample.panel import GRADE_BANDS
from deployments.services import python_module
from schemas.settings import ROOT
from schemas.statuses import Disposition, OutboxStatus
from schemas.tables import Educator, Facilitator, IntakeRow, Outbox, Person
from tasks.core.database import insert, reading
from tasks.intake.inbox import inbox_root
from tasks.ledger.unit_of_work import Work
from tests.conftest import HOME
from tests.factories.season import csv_file, sample_world
from tests.factories.surveys import survey_row
from tests.prefect_contents import kept, people_found
from tests.signed_in import signed_in
from tests.tasks.intake.test_settle import fail_on

PLANTED = 200
NAMES = r"xavq|yobz"
SAMPLE_PEOPLE = rf"{NAMES}|new\.lead|@lea\w*\.example|@provider\.example|@panel\.example"
DISTRICTS, PEOPLE_A_DISTRICT = 12, 14
SETTLED_SECONDS = 3


class Crowd:
    """People nobody else is called like."""

    def __init__(self) -> None:
        self.count = 0

    def next(self, domain: str = "lea.example") -> tuple[str, str, str]:
        """The first name, the last name, and the address of one more."""
        self.count += 1
        first, last = f"Xavq{self.count:03d}", f"Yobz{self.count:03d}"
        return first, last, f"{first}.{last}@{domain}".lower()


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def logged(server: Any) -> Iterator[Any]:
    """The runs' logs go to the server too, as they do in an installation."""
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: True}):
        yield server


def run(name: str, as_of: str, **parameters: Any) -> Any:
    """A flow's run as the server knows it; its state at the end."""
    return FLOWS[name](season="2022", as_of=f"{as_of}T13:00:00-04:00", return_state=True, **parameters)


def dropped(kind: str, rows: Sequence[Mapping[str, object]]) -> list[str]:
    folder = inbox_root() / kind
    folder.mkdir(parents=True, exist_ok=True)
    path = csv_file(folder / f"{kind}-{len(list(folder.iterdir()))}.csv", rows)
    return [str(path.relative_to(inbox_root()))]


def lists(crowd: Crowd) -> dict[str, str]:
    names = ("lea_id", "name", "town", "region", "state_code", "enrollment", "instructional_staff")
    districts = [{name: getattr(item, name) for name in names} for item in sample_world(DISTRICTS).districts]
    facilitators, evaluators = [], []
    for number in range(1, 7):
        first, last, email = crowd.next()
        leads = {"name": f"{first} {last}", "email": email, "slots": "TUE-15:30", "maximum_cohorts": 2}
        facilitators.append({"facilitator_id": f"F{number:03d}", **leads})
        first, last, email = crowd.next()
        scores = {"lea_id": "", "tracks": "educator", "grade_bands": GRADE_BANDS[0], "conflicts": ""}
        evaluators.append({"evaluator_id": f"E{number:03d}", "name": f"{first} {last}", "email": email, **scores})
    found = {"districts": districts, "facilitators": facilitators, "evaluators": evaluators}
    return {name: dropped("season", rows)[0] for name, rows in found.items()}


def responses(crowd: Crowd) -> list[dict[str, str]]:
    """Every district's response; one is rejected, one is a fault of ours, and one lead's mailbox does not exist."""
    rows = []
    for number, district in enumerate(sample_world(DISTRICTS).districts):
        first, last, email = crowd.next("bounces.example" if number == 2 else "lea.example")
        boss = " ".join(crowd.next()[:2])
        seats = {"certification_seats": f"lots, says {first}" if number == 3 else "25", "exfrl_seats": "3"}
        who = {"lead_name": f"{first} {last}", "lead_email": email, "superintendent_name": boss}
        rows.append(survey_row(number, district.lea_id, **who, **seats))
    return rows


def rosters(crowd: Crowd) -> list[dict[str, object]]:
    """People of every district; the last one's role is not known, and one is for the librarians' course."""
    rows: list[dict[str, object]] = []
    for district in sample_world(DISTRICTS).districts:
        for number in range(PEOPLE_A_DISTRICT):
            first, last, email = crowd.next("bounces.example" if number == 5 else "lea.example")
            row = {"lea_id": district.lea_id, "email": email, "first_name": first, "last_name": last}
            row |= {"role": last if number == 0 else "teacher", "grade_band": "middle", "component": "certification"}
            rows.append({**row, "session": "", "replaces": ""})
    rows[1] |= {"role": "librarian", "component": "exfrl", "session": "summer"}
    return rows


def break_reminders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step of the enrollment writes a person a second time: the database's own message holds the values."""

    def remind(work: Work, _: object) -> int:
        somebody = work.db.scalars(select(Educator)).first()
        assert somebody
        insert(work.db, Educator, [{c.name: getattr(somebody, c.name) for c in Educator.__table__.columns}])
        return 0

    monkeypatch.setattr("tasks.enrollment.reminders._remind", remind)


def spring(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("open-season", "2022-04-18", **lists(crowd)).is_completed()
    rows = responses(crowd)
    with monkeypatch.context() as patch:
        fail_on(patch, "_judge", rows[4]["response_id"], error=ValueError(str(rows[4])))
        assert run("import-surveys", "2022-06-01", files=dropped("survey", rows)).is_completed()
    with conductor.client() as api:
        given = {"season": "2022", "as_of": "2022-06-15T13:00:00-04:00"}
        waiting = conductor.start_deployed(api, "confirm-seats", given, "confirm")
        conductor.answer(waiting, "approve", "agency staff", "as discussed")
        conductor.conduct(api, waiting.id, "confirm-seats")
    first, last, email = crowd.next()
    lead = {"lea_id": rows[0]["lea_id"], "lead_name": f"{first} {last}", "lead_email": email, "named_on": "2022-06-19"}
    broken = {**lead, "lead_email": f"{first} at home", "named_on": "2022-06-20"}
    files = dropped("lead", [lead, broken])
    assert run("change-lead", "2022-06-20", requested_by="superintendent", files=files).is_completed()


def summer(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rosters(crowd)
    files = dropped("roster", rows)
    forms = [{"email": row["email"], "signed_at": "2022-06-21 10:00:00", "signature": row["last_name"]} for row in rows]
    with monkeypatch.context() as patch:
        break_reminders(patch)
        broken = run("enroll-educators", "2022-06-22", rosters=files, forms=dropped("commitment", forms))
    assert "UnforeseenError" in broken.message
    assert run("enroll-educators", "2022-06-23").is_completed()
    assert run("deliver-letters", "2022-06-23").is_completed()
    with reading() as db:
        people = dict(db.execute(select(Person.email, Person.person_id)).tuples().all())
    assert len(people) > 100
    librarian, somebody = people[str(rows[1]["email"])], people[str(rows[2]["email"])]
    moved = {"person": librarian, "session": "fall", "requested_by": "lead"}
    assert run("change-session", "2022-06-24", **moved).is_completed()
    by_operator = {"reason": "another post"}
    for name, day, parameters in (
        ("change-session", "2022-06-24", {**moved, "person": somebody}),
        ("change-session", "2022-06-24", {**moved, "person": f"{somebody[:-1]}0"}),
        ("move-participant", "2022-08-20", {"person": somebody, "cohort_id": "C1", **by_operator}),
        (
            "extend-portfolio",
            "2023-01-10",
            {"person": somebody, "track": "educator", "until": "2023-07-01", **by_operator},
        ),
        ("withdraw-participant", "2023-01-10", {"person": somebody, "component": "academy", **by_operator}),
        (
            "end-credit-request",
            "2022-11-01",
            {"person": somebody, "component": "academy", "requested_by": "x", **by_operator},
        ),
    ):
        state = run(name, day, **parameters)
        assert state.is_failed(), (name, state.name, state.message)
        assert "OperatorError" in state.message, state.message
    assert run(
        "withdraw-participant", "2023-01-10", person=somebody, component="certification", **by_operator
    ).is_completed()
    assert run("report-season", "2023-01-11").is_completed()


@pytest.mark.usefixtures("database")
def test_none_of_two_hundred_people_is_found_in_prefect_in_a_log_or_in_a_files_name(
    logged: Any, crowd: Crowd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spring(crowd, monkeypatch)
    summer(crowd, monkeypatch)
    assert crowd.count >= PLANTED
    check_that_everything_happened()
    conductor.drain()
    time.sleep(SETTLED_SECONDS)  # the server writes its events a moment later
    assert people_found(NAMES, HOME, tmp_path) == set()
    logs = sum("Finished in state" in text for where, text in kept(HOME) if where == "log.message")
    assert logs > 10, "what was looked through holds the runs' logs"
    an_address_in_a_form_is_rejected(logged)


def check_that_everything_happened() -> None:
    with reading() as db:
        dispositions = set(db.scalars(select(IntakeRow.disposition)))
        letters = set(db.scalars(select(Outbox.status)))
        facilitators = len(list(db.scalars(select(Facilitator))))
    assert dispositions >= {Disposition.ACCEPTED, Disposition.QUARANTINED, Disposition.ERROR}
    assert letters >= {OutboxStatus.SENT, OutboxStatus.FAILED}
    assert facilitators == 6


def an_address_in_a_form_is_rejected(server: Any) -> None:
    """Who types an address where an id belongs is told so before the server has kept anything."""
    with conductor.client() as api:
        deployment = conductor.deploy_here(api, "withdraw-participant")
    given = {"season": "2022", "component": "academy", "reason": "moves"}
    with signed_in(server.api_url, server.auth) as http:
        url = f"/deployments/{deployment}/create_flow_run"
        refused = http.post(url, json={"parameters": {**given, "person": "xavq.yobz@lea.example"}})
        taken = http.post(url, json={"parameters": {**given, "person": "P-7K3QX2MD"}})
        assert (refused.status_code, taken.status_code) == (409, 201), refused.text
        http.delete(f"/deployments/{deployment}").raise_for_status()
    assert people_found(NAMES, HOME) == set()


WHOLE_SEASON = """
from deployments.sample import chance
chance.FIRST_NAMES = tuple(f"Xavq{letter}" for letter in "abcdefghijklmnopqrstuvw")
chance.LAST_SYLLABLES = (("Yobz",), *chance.LAST_SYLLABLES[1:])
from deployments.cli.main import main
main()
"""


@pytest.mark.exhaustive
@pytest.mark.xdist_group("sqlite")
def test_nobody_of_a_whole_season_is_found_in_prefect_in_a_log_or_in_a_files_name(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [*python_module("x")[:1], "-c", WHOLE_SEASON, "season", "run", "--districts", str(DISTRICTS), "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, "CADRE_HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    happened = {(item["area"], item["name"]): item["count"] for item in json.loads(done.stdout)["scenarios"]}
    assert sum(count > 0 for count in happened.values()) > 60
    assert people_found(SAMPLE_PEOPLE, tmp_path) == set()
    assert sum("Finished in state" in text for where, text in kept(tmp_path) if where == "log.message") > 100
