"""The draft of the next season's policy: the same file, with the dates of another year, and nothing decided for anybody."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from schemas.policy import parse_policy, read_policy
from schemas.settings import settings
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.next_policy import draft_policy, write_draft

FOLDER = settings().policy_folder
OLD = FOLDER / "2022.toml"
DATES = """\
survey.opens_on 2027-04-19, survey.closes_on 2027-06-11, seats.confirmed_on 2027-06-16, seats.certification.grown_on 2027-07-02,
enrollment.opens_on 2027-06-17, enrollment.deadline_on 2027-07-23, enrollment.last_release_on 2027-08-01,
academy.opens_on 2027-06-29, academy.closes_on 2027-10-15, academy.webinars.SLW-1 2027-07-13, academy.webinars.SLW-2 2027-07-27,
academy.webinars.SLW-3 2027-08-10, academy.webinars.SLW-4 2027-08-24, cohorts.earliest_start_on 2027-09-13,
cohorts.latest_start_on 2027-11-01, cohorts.planned_on 2027-08-16, exfrl.sessions.summer.opens_on 2027-07-12,
exfrl.sessions.summer.closes_on 2027-09-05, exfrl.sessions.fall.opens_on 2027-10-04, exfrl.sessions.fall.closes_on 2027-12-05"""


def test_the_shipped_policy_of_2027_is_the_draft_from_2022() -> None:
    assert (FOLDER / "2027.toml").read_text(encoding="utf-8") == draft_policy("2027", OLD).text


def test_every_date_moves_to_the_same_kind_of_day() -> None:
    moved = {day.key: day.after.isoformat() for day in draft_policy("2027", OLD).moved}
    assert moved == dict(entry.split() for entry in DATES.replace("\n", " ").split(", "))


def test_nothing_but_dates_and_their_clauses_differs() -> None:
    old, new = (read_policy(FOLDER / f"{season}.toml") for season in ("2022", "2027"))
    assert old.certificates == new.certificates
    assert old.review == new.review
    assert old.letters == new.letters
    assert old.sources.keys() == new.sources.keys()
    assert new.sources["academy.opens_on"] == (
        "by analogy to 2022, for the agency to confirm; 2022: packages, option 2: June 28"
    )


def test_a_draft_of_a_draft_says_everything_once(tmp_path: Path) -> None:
    path = tmp_path / "2027.toml"
    write_draft(draft_policy("2027", OLD), path)
    again = draft_policy("2028", path)
    assert "# Monday; 2027: Monday, April 19" in again.text
    assert again.text.count("TO DECIDE for 2028") == len(again.to_decide) > 5
    assert "2027: by analogy" not in again.text
    assert "TO DECIDE for 2027" not in again.text
    assert parse_policy(tomllib.loads(again.text), "2028.toml").survey.opens_on == date(2028, 4, 17)


def test_days_of_one_years_calendars_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "2022.toml"
    text = OLD.read_text(encoding="utf-8").replace(
        "[cohorts.closed_on]", '[cohorts.closed_on]\n"0900002" = [2022-10-10]'
    )
    path.write_text(text, encoding="utf-8")
    assert read_policy(path).cohorts.closed_on
    assert not parse_policy(tomllib.loads(draft_policy("2027", path).text), "x").cohorts.closed_on


def test_a_policy_that_is_there_is_never_written_over_and_a_year_must_be_later(tmp_path: Path) -> None:
    path = tmp_path / "2027.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(OperatorError, match="is there already"):
        write_draft(draft_policy("2027", OLD), path)
    assert path.read_text(encoding="utf-8") == "mine"
    for wrong in ("2022", "2021", "next"):
        with pytest.raises(OperatorError, match="not a year after 2022"):
            draft_policy(wrong, OLD)
