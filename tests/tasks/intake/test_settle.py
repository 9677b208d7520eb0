"""What nobody foresaw about one row is that row's: it is set apart as an error, and the others go on."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from rules.rule_ids import RuleId
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Ruling
from schemas.statuses import Disposition, Outcome
from schemas.tables import Decision, IntakeRow, QuarantineItem, RejectedRow, SourceFile
from tasks.core.database import reading
from tasks.core.faults import UnforeseenError
from tasks.intake.row_batch import RowBatch
from tasks.intake.settle import MANY_ERRORS, UNFORESEEN, settle_rows, staged_rows
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.season.control_totals import tally
from tasks.surveys.import_surveys import JudgedBatch, Responses
from tests.factories.season import LEA_IDS, csv_file, stage_rows
from tests.factories.surveys import disposition_by_row, import_survey_files, survey_row

NOW = datetime(2022, 6, 1, 13, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("opened_season")


def fail_on(monkeypatch: pytest.MonkeyPatch, step: str, *keys: str, error: Exception | None = None) -> None:
    whole = getattr(Responses, step)

    def failing(responses: Responses, found: RowBatch | JudgedBatch) -> RowBatch | JudgedBatch:
        batch = found if isinstance(found, RowBatch) else found.batch
        if set(keys) & set(batch.keys):
            raise error or ZeroDivisionError("what nobody foresaw")
        settled: RowBatch | JudgedBatch = whole(responses, found)
        return settled

    monkeypatch.setattr(Responses, step, failing)


@pytest.mark.parametrize("step", ["_judge", "_settle"])
def test_a_response_that_cannot_be_settled_is_set_apart_and_all_others_count(
    step: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fail_on(monkeypatch, step, "R_0003", "R_0006")
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(n, LEA_IDS[n % 4]) for n in range(10)]))
    found = disposition_by_row()
    assert {row for row, disposition in found.items() if disposition == Disposition.ERROR} == {5, 8}
    assert sorted(found.values()) == [Disposition.ACCEPTED] * 4 + [Disposition.ERROR] * 2 + [Disposition.SUPERSEDED] * 4
    with reading() as db:
        items = list(db.scalars(select(QuarantineItem).where(QuarantineItem.rule == UNFORESEEN)))
        assert {item.row_number for item in items} == {5, 8}
        assert {item.problem for item in items} == {
            "the program could not settle this row (ZeroDivisionError); the other rows went on"
        }
        assert b"R_0003" in db.scalars(select(RejectedRow.raw).where(RejectedRow.row_number == 5)).one()


def test_a_database_that_fails_is_nobodys_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fail_on(monkeypatch, "_settle", "R_0003", error=OperationalError("select", {}, ConnectionError("gone")))
    with pytest.raises(UnforeseenError, match=r"OperationalError \(ConnectionError\) at tasks/"):
        import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(n, LEA_IDS[n % 4]) for n in range(10)]))
    assert disposition_by_row() == {}


def test_one_good_row_goes_on_however_many_others_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    many = [survey_row(n) for n in range(MANY_ERRORS + 60)]
    fail_on(monkeypatch, "_judge", *(row["response_id"] for row in many[:-1]))
    import_survey_files(csv_file(tmp_path / "s.csv", many))
    found = Counter(disposition_by_row().values())
    assert found == {Disposition.ERROR: len(many) - 1, Disposition.ACCEPTED: 1}


def test_of_many_staged_rows_that_fail_the_good_one_is_settled(tmp_path: Path) -> None:
    row = {"component": "academy", "seats": "3", "answered_on": "2022-06-20"}
    stage_rows(tmp_path, InputKind.ANSWER, NOW, *({**row, "lea_id": LEA_IDS[n // 60]} for n in range(120)))

    def settle(row: IntakeRow) -> str:
        if row.row_number <= MANY_ERRORS + 10:
            raise ZeroDivisionError
        row.disposition = Disposition.ACCEPTED
        return row.content["lea_id"]

    with unit_of_work("2022", NOW) as work:
        rows = staged_rows(work.db, "2022", InputKind.ANSWER, NOW)
        assert settle_rows(work, rows, lambda: settle) == [LEA_IDS[1]] * len(
            [r for r in rows if r.row_number > MANY_ERRORS + 10]
        )


def test_if_all_of_many_rows_fail_it_is_a_fault_of_ours_and_nothing_is_stored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many = [survey_row(n) for n in range(MANY_ERRORS + 60)]
    fail_on(monkeypatch, "_judge", *(row["response_id"] for row in many))
    with pytest.raises(UnforeseenError, match="ZeroDivisionError at tasks/"):
        import_survey_files(csv_file(tmp_path / "s.csv", many))
    assert disposition_by_row() == {}


def test_of_a_row_that_fails_half_way_no_decision_letter_or_change_is_left(tmp_path: Path) -> None:
    row = {"component": "academy", "seats": "3", "answered_on": "2022-06-20"}
    rows = [{**row, "lea_id": lea_id} for lea_id in LEA_IDS[:3]]
    stage_rows(tmp_path, InputKind.ANSWER, NOW, *rows)

    def settle(work: Work, row: IntakeRow) -> str:
        row.reason = "half done"
        work.decide(
            SubjectKind.DISTRICT,
            row.content["lea_id"],
            Ruling(RuleId.OFFER_ANSWERED, Outcome.ACCEPTED, "All are taken."),
        )
        if row.content["lea_id"] == LEA_IDS[1]:
            raise ZeroDivisionError
        row.disposition = Disposition.ACCEPTED
        return row.content["lea_id"]

    with unit_of_work("2022", NOW) as work:
        found = settle_rows(
            work, staged_rows(work.db, "2022", InputKind.ANSWER, NOW), lambda: lambda row: settle(work, row)
        )
    assert found == [LEA_IDS[0], LEA_IDS[2]]
    assert disposition_by_row() == {2: Disposition.ACCEPTED, 3: Disposition.ERROR, 4: Disposition.ACCEPTED}
    with reading() as db:
        assert set(db.scalars(select(Decision.subject_key))) == {LEA_IDS[0], LEA_IDS[2]}
        failed = db.scalars(select(IntakeRow).where(IntakeRow.disposition == Disposition.ERROR)).one()
        assert "half done" not in failed.reason
    assert tally("2022", "answer").holds


@pytest.mark.parametrize("seed", [26, 27, 28])
def test_a_file_of_any_bytes_is_on_record_with_a_message(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)  # noqa: S311 - any bytes
    path = tmp_path / "b.csv"
    path.write_bytes(bytes(draw.randrange(256) for _ in range(draw.choice((7, 300, 3_000)))))
    import_survey_files(path)
    with reading() as db:
        assert db.scalars(select(SourceFile.message)).one()
