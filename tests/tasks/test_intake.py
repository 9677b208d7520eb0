"""The files of the acceptance list: a wrong column, a broken number, a duplicate, a stray byte, an empty file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.tables import Application, Claim, IntakeRow, Outbox, QuarantineItem, SourceFile
from tasks.conservation import tally
from tasks.database import reading
from tasks.intake import FileReport, stage_files
from tasks.surveys import settle_applications
from tests.season_books import LEA_IDS, SURVEY_HEADER, open_books, survey_row, write_rows

NOW = datetime(2022, 6, 11, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _books(database: str) -> None:
    assert database
    open_books()


def take_in(*paths: Path, as_of: datetime = NOW) -> list[FileReport]:
    reports = stage_files.fn("2022", "survey", as_of, list(paths))
    settle_applications.fn("2022", as_of)
    found = tally("2022", "survey")
    assert found.holds, found.equation
    assert found.waiting == 0
    return reports


def dispositions() -> dict[int, str]:
    with reading() as db:
        return {row.row_number: row.disposition for row in db.scalars(select(IntakeRow).order_by(IntakeRow.row_number))}


def faults() -> list[tuple[int, str, str]]:
    with reading() as db:
        return [
            (i.row_number, i.field, i.value)
            for i in db.scalars(select(QuarantineItem).order_by(QuarantineItem.row_number))
        ]


def test_a_broken_number_is_quarantined_with_row_field_value_and_remedy_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = [survey_row(1), survey_row(2, LEA_IDS[1], certification_seats="twenty"), survey_row(3, LEA_IDS[2])]
    take_in(write_rows(tmp_path / "s.csv", rows))
    assert dispositions() == {2: "accepted", 3: "quarantined", 4: "accepted"}
    assert faults() == [(3, "certification_seats", "twenty")]
    with reading() as db:
        assert "write a whole number" in db.scalars(select(QuarantineItem)).one().remedy


def test_a_wrong_column_is_named_with_the_likely_one_and_every_row_is_kept(tmp_path: Path) -> None:
    header = [name.replace("lead_email", "lead_emial") for name in SURVEY_HEADER]
    row = {name.replace("lead_email", "lead_emial"): value for name, value in survey_row(1).items()}
    (report,) = take_in(write_rows(tmp_path / "s.csv", [row], header))
    assert "'lead_email' is missing; did you mean the column 'lead_emial'?" in report.messages[0]
    assert dispositions() == {2: "quarantined"}
    assert [(f[0], f[1]) for f in faults()] == [(2, "lead_email")]


def test_a_duplicate_response_is_taken_once(tmp_path: Path) -> None:
    take_in(write_rows(tmp_path / "s.csv", [survey_row(1), survey_row(1)]))
    assert sorted(dispositions().values()) == ["accepted", "superseded"]


def test_a_stray_byte_keeps_only_its_own_row_back(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.csv", [survey_row(1), survey_row(2, LEA_IDS[1], lead_name="Andre Ley")])
    path.write_bytes(path.read_bytes().replace(b"Andre", b"Andr\xe9"))
    take_in(path)
    assert dispositions() == {2: "accepted", 3: "quarantined"}


def test_an_empty_file_is_recorded_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(b"")
    (report,) = take_in(tmp_path / "s.csv")
    assert (report.rows, report.messages) == (0, ("The file is empty; export it again.",))


def test_the_same_file_again_is_left_as_it_is(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.csv", [survey_row(1)])
    take_in(path)
    (again,) = take_in(path)
    assert not again.is_new
    with reading() as db:
        assert len(list(db.scalars(select(SourceFile)))) == 1
        assert len(list(db.scalars(select(Outbox)))) == 1


def test_a_later_submission_replaces_the_earlier_in_whatever_order_the_files_come(tmp_path: Path) -> None:
    early, late = survey_row(1, certification_seats="20"), survey_row(3, certification_seats="30")
    take_in(write_rows(tmp_path / "late.csv", [late]))
    take_in(write_rows(tmp_path / "early.csv", [early]))
    with reading() as db:
        assert db.get_one(Application, ("2022", LEA_IDS[0])).response_id == "R_0003"
        claims = list(db.scalars(select(Claim).order_by(Claim.claim_number)))
        standing = {row.natural_key: row.disposition for row in db.scalars(select(IntakeRow))}
    assert [(claim.seats_asked, claim.place_key) for claim in claims] == [(20, "R_0001"), (10, "R_0003")]
    assert standing == {"R_0001": "superseded", "R_0003": "accepted"}


def test_an_id_that_lost_its_leading_zero_is_the_same_district(tmp_path: Path) -> None:
    take_in(write_rows(tmp_path / "s.csv", [survey_row(1, lea_id="900002")]))
    with reading() as db:
        assert db.get(Application, ("2022", "0900002")) is not None


def test_a_submission_after_the_survey_closed_goes_to_the_operator(tmp_path: Path) -> None:
    take_in(write_rows(tmp_path / "s.csv", [survey_row(1, submitted_at="2022-06-11 08:00:00")]))
    assert dispositions() == {2: "quarantined"}


def test_a_day_that_does_not_exist_goes_to_the_operator(tmp_path: Path) -> None:
    take_in(write_rows(tmp_path / "s.csv", [survey_row(1, submitted_at="2022-05-45 08:00:00")]))
    assert dispositions() == {2: "quarantined"}


def test_a_file_of_an_unknown_shape_beside_a_good_one_does_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing inside")
    bad, good = take_in(tmp_path / "bad.xlsx", write_rows(tmp_path / "s.csv", [survey_row(1)]))
    assert (bad.rows, good.staged) == (0, 1)
    assert "cannot be read" in bad.messages[0]


def test_staged_rows_of_a_later_moment_are_not_seen_by_an_earlier_one(tmp_path: Path) -> None:
    stage_files.fn("2022", "survey", NOW, [write_rows(tmp_path / "s.csv", [survey_row(1)])])
    assert settle_applications.fn("2022", datetime(2022, 6, 1, tzinfo=UTC)) == 0
    assert settle_applications.fn("2022", NOW) == 1
