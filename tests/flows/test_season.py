"""A whole small season through a real Prefect server, on both databases, twice, and killed in the middle."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from deployments.sample.chance import FIRST_NAMES, LAST_SYLLABLES
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.settings import ROOT, settings
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import (
    Assignment,
    Certificate,
    CohortMember,
    CreditRequest,
    Decision,
    Educator,
    Evaluator,
    Outbox,
    Person,
    Portfolio,
)
from tasks.core.database import engine_for, reading
from tasks.season.control_totals import all_tallies
from tasks.season.digest import table_digests
from tasks.season.export.letters import OCCASIONS
from tasks.season.history import history_of
from tests.conftest import HOME
from tests.factories.season import use_database
from tests.finished_seasons import DISTRICTS, FinishedSeason
from tests.prefect_contents import people_found
from tests.tasks.season.export.packages import checked_export
from tests.tasks.season.export.receiver import faults_of_seats

PERSON = re.compile(r"P-[0-9A-Z]{8}")
LAST_NAMES = "".join(f"({'|'.join(part)})" for part in LAST_SYLLABLES)
EVERYBODY = rf"\b({'|'.join(FIRST_NAMES)}) {LAST_NAMES}\b|new\.lead|@lea\d+\.example|@provider\.example|@panel\.example"


def letters(home: Path) -> int:
    return len(list((home / "mail").rglob("*.eml")))


def check_season() -> None:
    tallies = all_tallies("2022")
    assert [item.counts for item in tallies if not item.holds] == []
    assert {item.phase for item in tallies if item.rows_in == 0} <= {"proofs of certification"}  # of few librarians
    _check_what_must_never_happen()
    _check_that_everything_can_be_explained()


def exported(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """The season's export, which Frictionless finds in order and which names nobody outside of its list of persons.

    Without what is drawn at random, or numbered in the order of writing, and without how often a letter was tried: one of the
    seasons was killed on its way.
    """
    found = checked_export(folder)
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    named = re.compile(rf"{EVERYBODY}|@")
    people = re.compile("|".join({row["email"] for row in found["persons"]}))
    assert {name for name, text in texts.items() if people.search(text)} == {"persons.csv"}
    superintendents = re.compile("|".join({row["superintendent_name"] for row in found["submissions"]} - {""}))
    texts["submissions.csv"] = superintendents.sub("", texts["submissions.csv"])
    assert {name for name, text in texts.items() if named.search(text)} == {"persons.csv"}
    assert {name for name, rows in found.items() if not rows} <= {"unplaced"}
    assert faults_of_seats(found) == []
    with reading() as db:
        keys = db.scalars(select(Outbox.message_key).where(Outbox.kind == OutboxKind.MAIL))
        assert {key.split("/")[1] for key in keys} <= OCCASIONS.keys(), "what such a letter is about is not known"
        everybody = db.execute(select(Person.person_id, Person.email)).tuples()  # former leads are in no list
        emails = {person: email for person, email in everybody if email}
    return {name: sorted(_without_drawn_ids(row, emails) for row in rows) for name, rows in found.items()}


def _without_drawn_ids(row: dict[str, str], emails: Mapping[str, str]) -> tuple[str, ...]:
    values = (value for name, value in row.items() if name not in {"letter_id", "decision_id", "attempts"})
    return tuple(PERSON.sub(lambda found: emails.get(found[0], found[0]), value) for value in values)


def _check_that_everything_can_be_explained() -> None:
    """One thing of each kind that has come all the way: what happened to it, in order, and every decision with its policy."""
    with reading() as db:
        certificate = db.scalars(select(Certificate).order_by(Certificate.certificate_id)).first()
        assert certificate
        member = db.get(CohortMember, ("2022", certificate.email))
        educator = db.get(Educator, ("2022", certificate.email))
        assert educator
        keys = {"certificate": certificate.certificate_id, "portfolio": certificate.portfolio_id}
        keys |= {"educator": certificate.email, "district": educator.lea_id}
        keys |= {"cohort": member.cohort_id} if member else {}
    for kind, key in keys.items():
        history = history_of("2022", kind, key)
        assert [event.at for event in history.events] == sorted(event.at for event in history.events)
        whats = {event.what for event in history.events}
        assert whats >= ({"done", "sent"} if kind == SubjectKind.COHORT else {"requested", "decided", "sent"}), kind
        assert all(event.policy_version for event in history.events if event.what == "decided")
    whole = {event.rule for event in history_of("2022", "educator", certificate.email).events}
    assert whole >= {"enrollment-needs-a-seat", "portfolio-passes", "certificate-validity"}


def test_a_season_reconciles_all_counts_and_is_the_same_on_both_databases(
    finished_seasons: Mapping[str, FinishedSeason], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tables, files = {}, {}
    for name, season in finished_seasons.items():
        use_database(monkeypatch, season.home, season.url)
        check_season()
        assert people_found(EVERYBODY, HOME, season.home) == set()
        assert letters(HOME) > 0
        tables[name], files[name] = table_digests("2022"), exported(tmp_path / name)
        engine_for(settings().database).dispose()
        settings.cache_clear()
    assert tables["sqlite"] == tables["postgresql"]
    assert files["sqlite"] == files["postgresql"]


def _check_what_must_never_happen() -> None:
    with reading() as db:
        panel = {person.evaluator_id: person for person in db.scalars(select(Evaluator))}
        declared = select(Decision.subject_key, func.max(Decision.decided_at)).group_by(Decision.subject_key)
        last_declared = dict(db.execute(declared.where(Decision.rule == RuleId.CONFLICT_DECLARED)).tuples().all())
        reviews = db.execute(
            select(Assignment, Portfolio).join(Portfolio, Portfolio.portfolio_id == Assignment.portfolio_id)
        )
        for assignment, portfolio in reviews:
            evaluator = panel[assignment.evaluator_id]
            assert portfolio.lea_id != evaluator.lea_id
            if (
                portfolio.lea_id in evaluator.conflicts
            ):  # one declared after the review was assigned, or nobody would be asked
                assert assignment.scored_at or assignment.withdrawn_at
                assert assignment.assigned_at < last_declared[assignment.evaluator_id]
        keys = list(db.scalars(select(CreditRequest.request_key)))
        assert len(keys) == len(set(keys)) > 0
        assert all(decision.reason for decision in db.scalars(select(Decision)))
        assert {row.status for row in db.scalars(select(Outbox))} <= {
            OutboxStatus.SENT,
            OutboxStatus.FAILED,
            OutboxStatus.WITHDRAWN,
        }


def season_command(home: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "CADRE_HOME": str(home), "CADRE_DATABASE_URL": ""}
    for name in [name for name in environment if name.startswith("PREFECT_")]:
        del environment[name]
    command = [sys.executable, "-m", "deployments.cli.main", "season", "run", "--districts", str(DISTRICTS), "--json"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def finished(home: Path) -> dict[str, Any]:
    process = season_command(home)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


@pytest.fixture(scope="module")
def whole_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a season has run that nobody interrupted."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole_digest(whole_home: Path) -> str:
    """Its digest."""
    return str(finished(whole_home)["digest"])


@pytest.mark.exhaustive
@pytest.mark.xdist_group("sqlite")
def test_a_season_that_is_run_again_changes_nothing_and_sends_nothing(whole_home: Path, whole_digest: str) -> None:
    sent = letters(whole_home)
    again = finished(whole_home)
    assert (again["digest"], letters(whole_home)) == (whole_digest, sent)
    assert sent > 0


@pytest.mark.exhaustive
@pytest.mark.xdist_group("sqlite")
@pytest.mark.parametrize("day", ["2022-05-16", "2022-06-28", "2022-08-15", "2023-03-27", "2023-10-30"])
def test_a_season_killed_on_a_day_and_run_again_comes_to_the_same_digest(
    day: str, whole_digest: str, tmp_path: Path
) -> None:
    killed = season_command(tmp_path)
    while not any(found.name >= day for found in (tmp_path / "sample" / "2022").glob("2*")):
        assert killed.poll() is None
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    again = finished(tmp_path)
    assert again["digest"] == whole_digest
    assert again["holds"]
