"""The auditor shares no code with the rules, can ask every question of both databases, and notices what is broken."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import update

from schemas.settings import ROOT
from schemas.tables import Capacity, SeatRequestRow
from tasks.core.database import transaction
from tasks.season.audit import CHECKS, Finding, audit, checks, tables
from tests.factories.season import LEA_IDS, csv_file, open_season
from tests.factories.seats import JUNE_15, confirm_seats, open_season_with_seats
from tests.factories.surveys import import_survey_files, survey_row


def violations() -> dict[str, Finding]:
    return {item.check.name: item for item in audit("2022") if item.violations}


def test_every_check_has_a_name_of_its_own_and_none_is_overlooked() -> None:
    found = checks()
    written = sum(path.read_text(encoding="utf-8").count("-- check: ") for path in CHECKS.glob("*.sql"))
    assert len(found) == written >= 60
    assert [name for name, number in Counter(check.name for check in found).items() if number > 1] == []


def test_the_auditor_shares_no_code_with_the_rules() -> None:
    allowed = {"tasks.core.clock", "tasks.core.database", "tasks.core.policies", "tasks.core.row_names"}
    for name in ("audit", "audit_functions"):
        tree = ast.parse((ROOT / "tasks" / "season" / f"{name}.py").read_text(encoding="utf-8"))
        named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {module for module in named if module.split(".")[0] in {"rules", "tasks", "flows"}}
        assert ours <= allowed | {"tasks.season.audit_functions"}, name


def test_no_check_looks_for_letters_by_a_part_of_their_key() -> None:
    assert [check.name for check in checks() if re.search(r"message_key (NOT )?LIKE", check.sql)] == []


def test_every_pattern_says_that_case_does_not_count() -> None:
    """SQLite's LIKE ignores case and PostgreSQL's does not: each of ours has small letters on both of its sides."""
    wanted = r"\blower\((?:\w+\.)?\w+\)(?: NOT)? LIKE (?:'[^'A-Z]*'(?: \|\| (?:lower\([^)]*\)|\w+\.sequence))?)"
    texts = [*(path.read_text(encoding="utf-8") for path in CHECKS.glob("*.sql")), *tables().values()]
    assert sum(text.count("LIKE") for text in texts) == sum(len(re.findall(wanted, text)) for text in texts) > 5


def test_no_check_reads_the_words_of_a_decision() -> None:
    names = {check.name: re.findall(r"(?:FROM|JOIN) decision (\w+)", check.sql) for check in checks()}
    read = [check.name for check in checks() for name in names[check.name] if f"{name}.reason" in check.sql]
    assert read == []


@pytest.mark.usefixtures("database")
def test_every_question_can_be_asked_and_an_open_season_with_seats_breaks_no_promise(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 20, capacity=1500)
    found = audit("2022", JUNE_15)
    assert len(found) == len(checks())
    assert {item.check.name: item.ids for item in found if item.violations} == {}
    assert {item.check.name: item.rows for item in found}["nobody-overtaken"] > 0


@pytest.mark.usefixtures("database")
def test_a_line_that_was_declined_when_it_came_is_told_with_the_seats_and_breaks_no_promise_before(
    tmp_path: Path,
) -> None:
    open_season()
    add_on = survey_row(1, option="2", certification_seats="", academy_seats="30", librarian_seats="2")
    import_survey_files(csv_file(tmp_path / "s.csv", [add_on]), as_of=JUNE_15)
    assert "districts-are-told-of-their-seats" not in violations()


@pytest.mark.usefixtures("database")
def test_seats_beyond_the_grant_are_noticed_with_their_ids(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 20, capacity=1500)
    with transaction() as db:
        db.execute(update(Capacity).values(capacity_seats=1501))
        db.execute(
            update(SeatRequestRow)
            .where(SeatRequestRow.lea_id == LEA_IDS[0])
            .values(seats_confirmed=24, seats_released=1)
        )
    found = violations()
    assert "grant-as-in-policy" in found
    assert found["grant-counted-right"].ids == ("certification",)
    assert found["district-holds-what-was-confirmed"].ids == (f"{LEA_IDS[0]}/certification",)


@pytest.mark.usefixtures("database")
def test_an_application_that_nobody_was_told_of_is_noticed() -> None:
    open_season_with_seats()
    assert {"applications-are-acknowledged", "applications-are-of-accepted-rows"} <= violations().keys()
