"""The command line as an operator or a script uses it: real processes, exit codes, JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.settings import ROOT, settings
from tests.factories.season import LEA_IDS, LIST_ROWS, POLICY_FILE, csv_file, open_season, use_database
from tests.factories.surveys import survey_row


def run(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deployments.cli.start", *arguments]
    environment = {**os.environ, "CADRE_HOME": str(home)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def cadre(*arguments: str, home: Path) -> tuple[int, Any]:
    done = run(*arguments, "--json", home=home)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The installation's database lies in its data directory, as it does by default."""
    use_database(monkeypatch, tmp_path)
    yield
    settings.cache_clear()


def test_policy_check_says_yes_or_names_the_keys(tmp_path: Path) -> None:
    code, found = cadre("policy", "check", str(POLICY_FILE), home=tmp_path)
    assert (code, found["ok"]) == (0, True)
    broken = tmp_path / "broken.toml"
    broken.write_text(
        POLICY_FILE.read_text(encoding="utf-8").replace("pass_percent", "pas_percent", 1), encoding="utf-8"
    )
    code, found = cadre("policy", "check", str(broken), home=tmp_path)
    assert (code, found["ok"]) == (1, False)
    assert any(problem.startswith("review.pas_percent") for problem in found["problems"])


def test_the_next_seasons_policy_is_drafted_beside_or_elsewhere_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "2028.toml"
    code, found = cadre("season", "new", "2028", "--from", "2027", "--out", str(path), home=tmp_path)
    assert (code, found["file"]) == (0, str(path))
    assert {"key": "survey.opens_on", "before": "2027-04-19", "after": "2028-04-17", "reason": ""} in found["moved"]
    assert "the agency's grant of academy seats" in [item["decide"] for item in found["to_decide"]]
    again = run("season", "new", "2028", "--from", "2027", "--out", str(path), home=tmp_path)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


def test_opening_a_season_that_was_closed_says_so_in_one_line(tmp_path: Path) -> None:
    lists = [csv_file(tmp_path / f"{name}.csv", [row]) for name, row in LIST_ROWS.items()]
    opened = ("season", "open", "2022", *(part for path in lists for part in (f"--{path.stem}", str(path))))
    assert run(*opened, home=tmp_path).returncode == 0
    assert run("season", "close", "2022", "--by", "program staff", home=tmp_path).returncode == 0
    done = run(*opened, home=tmp_path)
    assert done.returncode == 1
    assert "Season 2022 was closed on" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_lists_open_no_season_and_are_told_in_lines_on_standard_error(tmp_path: Path) -> None:
    lists = {name: csv_file(tmp_path / f"{name}.csv", [row]) for name, row in LIST_ROWS.items()}
    swapped = {**lists, "facilitators": lists["evaluators"], "evaluators": tmp_path / "none.csv"}
    wrong = [part for name, path in swapped.items() for part in (f"--{name}", str(path))]
    done = run("season", "open", "2022", *wrong, home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["evaluators.csv", "none.csv"]
    assert not (tmp_path / "home" / "cadre.db").exists()


@pytest.mark.usefixtures("own_database")
def test_a_backup_is_made_and_restored_in_a_new_installation(tmp_path: Path) -> None:
    open_season()
    code, kept = cadre("db", "backup", home=tmp_path)
    assert (code, Path(kept["path"]).parent) == (0, tmp_path / "backups")
    other = tmp_path / "other"
    code, back = cadre("db", "restore", kept["path"], home=other)
    assert (code, back["rows"]) == (0, kept["rows"])
    again = run("db", "restore", kept["path"], home=other)
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "postgresql://cadre:a-secret@127.0.0.1/cadre",
            "another driver than the program's; write postgresql+psycopg://",
        ),
        ("postgresql+psycopg://cadre:a-secret@127.0.0.1:9/cadre", "cannot be connected to (connection failed: "),
    ],
)
def test_a_database_url_that_cannot_be_used_is_told_in_one_sentence_wherever_it_is_given(
    url: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [run("db", "copy", url, home=tmp_path)]
    monkeypatch.setenv("CADRE_DATABASE_URL", url)
    given += [run(*command, home=tmp_path) for command in (("db", "backup"), ("status",))]
    for done in given:
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert told in line
        assert "a-secret" not in line


def test_survey_inspect_tells_what_a_file_holds(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "s.csv", [survey_row(1), survey_row(2, LEA_IDS[1])])
    code, found = cadre("survey", "inspect", str(path), home=tmp_path)
    assert (code, found["responses"], found["first_response_id"]) == (0, 2, "R_0001")
    (tmp_path / "empty.csv").touch()
    code, found = cadre("survey", "inspect", str(tmp_path / "empty.csv"), home=tmp_path)
    assert (code, found["responses"]) == (1, 0)
    assert found["warnings"]


@pytest.mark.usefixtures("own_database")
def test_survey_import_reports_each_fault_and_status_shows_the_counts(tmp_path: Path) -> None:
    open_season()
    bad = survey_row(2, LEA_IDS[1], academy_seats="lots")
    path = csv_file(tmp_path / "s.csv", [survey_row(1), bad])
    code, (report,) = cadre("survey", "import", str(path), home=tmp_path)
    assert code == 1
    assert report["faults"][0] | {"problem": "", "remedy": ""} == {
        "row": 3,
        "field": "academy_seats",
        "value": "lots",
        "problem": "",
        "remedy": "",
    }
    code, phases = cadre("status", home=tmp_path)
    assert code == 0
    assert phases[0]["counts"] == "2 rows = 1 accepted + 1 quarantined + 0 superseded + 0 staged"
    code, found = cadre("review", "again", "P22-NONE", "--reason", "a second look", home=tmp_path)
    assert code == 1
    assert "no portfolio P22-NONE" in found["error"]
    code, found = cadre("credit", "again", "x@lea.example", "academy", "--reason", "a mended record", home=tmp_path)
    assert code == 1
    assert "has requested no such credits" in found["error"]
    code, digest = cadre("season", "digest", home=tmp_path)
    assert (code, len(digest["digest"])) == (0, 64)


def test_what_cannot_be_done_is_one_line_on_standard_error_and_exit_code_1(tmp_path: Path) -> None:
    done = run("season", "run", "--season", "1999", home=tmp_path)
    assert done.returncode == 1
    assert "1999.toml: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_approving_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    code, found = cadre("seats", "approve", "--by", "agency staff", home=tmp_path)
    assert code == 1
    assert "make up" in found["error"]


def test_taking_in_a_survey_before_the_season_is_open_says_so(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "s.csv", [survey_row(1)])
    done = run("survey", "import", str(path), home=tmp_path)
    assert done.returncode == 1
    assert "Season 2022 is not open" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("own_database")
def test_season_export_says_what_it_wrote_and_refuses_a_folder_with_anything_else(
    tmp_path: Path,
) -> None:
    open_season()
    folder = tmp_path / "out"
    code, found = cadre("season", "export", str(folder), "--without-personal-data", home=tmp_path)
    assert (code, len(found["files"])) == (0, 24)
    assert {Path(file["path"]).exists() for file in found["files"]} == {True}
    (folder / "mine.txt").touch()
    done = run("season", "export", str(folder), home=tmp_path)
    assert done.returncode == 1
    assert "holds something else than an earlier export" in done.stderr
    assert "Traceback" not in done.stderr
