"""The files of the acceptance list: a wrong column, a broken number, a duplicate, a stray byte, an empty file."""

from pathlib import Path

import pytest
from sqlalchemy import select

from schemas.kinds import Severity
from schemas.settings import settings
from schemas.statuses import Disposition
from schemas.tables import Application, Outbox, QuarantineItem, RejectedRow, RuleResult, SourceFile
from tasks.core.database import reading
from tests.factories.season import LEA_IDS, csv_file
from tests.factories.surveys import disposition_by_row, import_survey_files, survey_row

pytestmark = pytest.mark.usefixtures("opened_season")


def faults() -> list[tuple[int, str, str]]:
    with reading() as db:
        return [
            (i.row_number, i.field, i.value)
            for i in db.scalars(select(QuarantineItem).order_by(QuarantineItem.row_number))
        ]


def test_a_broken_number_is_quarantined_with_row_field_value_and_remedy_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = [survey_row(1), survey_row(2, LEA_IDS[1], certification_seats="twenty"), survey_row(3, LEA_IDS[2])]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    assert disposition_by_row() == {2: Disposition.ACCEPTED, 3: Disposition.QUARANTINED, 4: Disposition.ACCEPTED}
    assert faults() == [(3, "certification_seats", "twenty")]
    with reading() as db:
        assert "write a whole number" in db.scalars(select(QuarantineItem)).one().remedy


def test_a_wrong_column_is_named_with_the_likely_one_and_every_row_is_kept(tmp_path: Path) -> None:
    row = {name.replace("lead_email", "lead_emial"): value for name, value in survey_row(1).items()}
    (report,) = import_survey_files(csv_file(tmp_path / "s.csv", [row]))
    assert "'lead_email' is missing; did you mean the column 'lead_emial'?" in report.messages[0]
    assert disposition_by_row() == {2: Disposition.QUARANTINED}
    assert [(f[0], f[1]) for f in faults()] == [(2, "lead_email")]


def test_a_duplicate_response_is_taken_once(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1), survey_row(1)]))
    assert disposition_by_row() == {2: Disposition.ACCEPTED, 3: Disposition.REPEATED}


def test_a_stray_byte_keeps_only_its_own_row_back(tmp_path: Path) -> None:
    rows = [survey_row(1, lead_name="Zoë Haß"), survey_row(2, LEA_IDS[1], lead_name="Andre Ley")]
    path = csv_file(tmp_path / "s.csv", rows)
    path.write_bytes(path.read_bytes().replace(b"Andre", b"Andr\xe9"))
    import_survey_files(path)
    assert disposition_by_row() == {2: Disposition.ACCEPTED, 3: Disposition.QUARANTINED}


def test_an_empty_file_is_recorded_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(b"")
    (report,) = import_survey_files(tmp_path / "s.csv")
    place = f"received/2022/survey/2022-06-11-{report.file_hash[:12]}-s.csv"
    assert (report.rows, report.received_as) == (0, place)
    assert report.messages == ("The file is empty; export it again.", f"It lies in {place}.")


def test_the_same_file_again_is_left_as_it_is(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "s.csv", [survey_row(1)])
    import_survey_files(path)
    (again,) = import_survey_files(path)
    assert not again.is_new
    with reading() as db:
        assert len(list(db.scalars(select(SourceFile)))) == 1
        assert len(list(db.scalars(select(Outbox)))) == 1


def test_an_id_that_lost_its_leading_zero_is_the_same_district(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, lea_id="900002")]))
    with reading() as db:
        assert db.get(Application, ("2022", "0900002")) is not None


def test_a_day_that_does_not_exist_goes_to_the_operator(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, submitted_at="2022-05-45 08:00:00")]))
    assert disposition_by_row() == {2: Disposition.QUARANTINED}


def test_a_file_of_an_unknown_shape_beside_a_good_one_does_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing inside")
    bad, good = import_survey_files(tmp_path / "bad.xlsx", csv_file(tmp_path / "s.csv", [survey_row(1)]))
    assert (bad.rows, good.staged) == (0, 1)
    assert "cannot be imported" in bad.messages[0]


def test_a_file_of_another_encoding_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "s.csv", [survey_row(1, superintendent_name="Andre Ley")])
    path.write_bytes(path.read_bytes().replace(b"Andre", b"Andr\xe9"))
    import_survey_files(path)
    with reading() as db:
        assert db.get_one(Application, ("2022", LEA_IDS[0])).superintendent_name == "André Ley"


def test_a_rejected_row_keeps_its_bytes_and_the_file_is_kept(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "s.csv", [survey_row(1, certification_seats="twenty")])
    import_survey_files(path)
    with reading() as db:
        assert db.scalars(select(RejectedRow)).one().raw == path.read_bytes().splitlines(keepends=True)[1]
    (copy,) = (settings().folder / "received" / "2022" / "survey").iterdir()
    assert copy.read_bytes() == path.read_bytes()


def test_a_text_cell_that_excel_was_kept_from_reading_as_a_number_is_unwrapped(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, lea_id='="0900002"')]))
    assert disposition_by_row() == {2: Disposition.ACCEPTED}


def test_an_unknown_question_is_told_to_the_operator_and_its_rows_go_on(tmp_path: Path) -> None:
    (report,) = import_survey_files(csv_file(tmp_path / "s.csv", [{**survey_row(1), "Favourite colour?": "blue"}]))
    assert "'Favourite colour?' fills no field" in report.messages[0]
    assert disposition_by_row() == {2: Disposition.ACCEPTED}


def test_a_file_that_is_not_there_is_told_and_the_others_are_taken_in(tmp_path: Path) -> None:
    missing, good = sorted(
        import_survey_files(tmp_path / "none.csv", csv_file(tmp_path / "s.csv", [survey_row(1)])), key=lambda r: r.name
    )
    assert "cannot be opened" in missing.messages[0]
    assert good.staged == 1


def test_how_every_rule_came_out_is_kept_for_each_file(tmp_path: Path) -> None:
    rows = [survey_row(1), survey_row(2, LEA_IDS[1], certification_seats="twenty")]
    import_survey_files(csv_file(tmp_path / "s.csv", rows))
    with reading() as db:
        results = {(r.rule, r.field): (r.outcome, r.failing_rows) for r in db.scalars(select(RuleResult))}
    assert results.pop(("IS-010", "certification_seats")) == ("fail", 1)
    assert set(results.values()) == {("pass", 0)}


def test_a_warning_about_a_row_that_stands_is_kept_and_the_row_goes_on(tmp_path: Path) -> None:
    import_survey_files(csv_file(tmp_path / "s.csv", [survey_row(1, lead_name="")]))
    assert disposition_by_row() == {2: Disposition.ACCEPTED}
    with reading() as db:
        assert [(i.rule, i.severity) for i in db.scalars(select(QuarantineItem))] == [("IS-016", Severity.WARNING)]
