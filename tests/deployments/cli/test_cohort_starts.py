"""``cadre cohort answer`` and ``cadre cohort start``: what a lead says, and what an operator decides, from the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from deployments.cli.main import app
from schemas.tables import Application, Cohort
from tasks.cohorts.schedule import schedule_cohorts_once
from tasks.cohorts.starts import propose_starts
from tasks.core.database import reading, transaction
from tests.factories.enrollment import enroll_educators
from tests.factories.season import LEA_IDS
from tests.factories.seats import open_season_with_seats

PLANNED, ANSWERED = (datetime(2022, 8, day, 13, 0, tzinfo=UTC) for day in (15, 19))
COHORT = "2022-C001"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(["cohort", *arguments])
    return int(str(ended.value.code))


def starts_on() -> str:
    with reading() as db:
        return db.get_one(Cohort, ("2022", COHORT)).starts_on.isoformat()


@pytest.mark.usefixtures("database")
def test_starts_are_answered_and_decided_and_what_cannot_be_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    with transaction() as db:
        db.get_one(Application, ("2022", LEA_IDS[0])).slots = ["TUE-15:30"]
    schedule_cohorts_once.fn("2022", PLANNED)
    propose_starts.fn("2022", PLANNED)
    monkeypatch.setattr("tasks.core.clock.now", lambda: ANSWERED)
    before = starts_on()
    assert run("answer", LEA_IDS[0], COHORT, "--by", "district lead") == 0
    assert f"The start on {before} is confirmed." in capsys.readouterr().out
    assert run("start", COHORT, "2022-09-20", "--reason", "the school year begins late") == 0
    assert starts_on() == "2022-09-20"
    monkeypatch.setattr("tasks.core.clock.now", lambda: ANSWERED + timedelta(hours=1))
    assert run("start", COHORT, "2022-12-20", "--reason", "why not") == 1
    assert run("answer", LEA_IDS[1], COHORT, "--by", "district lead") == 1
    assert "No start of 2022-C001 was proposed to this district" in capsys.readouterr().out
