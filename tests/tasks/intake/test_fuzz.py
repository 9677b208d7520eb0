"""Mutated exports: whatever the bytes are, there is an outcome with a message, and no row is lost."""

import random
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select

from schemas.tables import IntakeRow, SourceFile
from tasks.core.database import reading
from tasks.season.control_totals import tally
from tasks.surveys.import_surveys import import_responses
from tests.factories.season import LEA_IDS, csv_file, open_season, zip_archive
from tests.factories.surveys import (
    google_forms,
    legacy_qualtrics,
    microsoft_forms,
    qualtrics,
    qualtrics_response,
    survey_row,
    surveymonkey,
)
from tests.tasks.intake.formats.look_alikes import limesurvey, redcap, surveygizmo, typeform
from tests.tasks.intake.formats.test_sheets import COVER, workbook

NOW = datetime(2022, 6, 1, 13, 0, tzinfo=UTC)
FILES_A_RUN = 250
TOKENS = (
    b'"', b"\n", b",", b"\r", b"\x00", b";", b"\t", b"=", b'""', b"\xff", b"\xc3\xa9", b"'", b"{", b"}", b"[", b"]",
    b"\xef\xbb\xbf", b"999999999999999999999", b"-1", b"1e9", b"\xe2\x80\xae", b"R_0001", b"PK\x03\x04",
    b"2022-13-45 99:99:99", b"05/06/2022 10:00", b"23/05/2022 10:00", b"\xe2\x80\x8b", b",,,,\n", b"x" * 600, b"lead_email",
)  # fmt: skip


def seeds(folder: Path) -> list[bytes]:
    rows = [survey_row(n, LEA_IDS[n % 4]) for n in range(4)]
    jsonl = b"".join(
        qualtrics(qualtrics_response(1)).encode()[:0] + str(row).replace("'", '"').encode() + b"\n" for row in rows
    )
    plain = csv_file(folder / "seed.csv", rows).read_bytes()
    table = [[*rows[0]], *([*row.values()] for row in rows)]
    return [
        plain,
        qualtrics(*(qualtrics_response(n) for n in range(1, 5))).encode(),
        qualtrics(qualtrics_response(1)).encode("utf-16"),
        legacy_qualtrics(1, 2).encode("cp1252"),
        google_forms("2022/05/04 8:16:06 pm GMT-5", "5/5/2022 1:02:03").encode(),
        surveymonkey(1, 2).encode("utf-8-sig"),
        jsonl,
        microsoft_forms(folder / "seed.xlsx", 1, 2).read_bytes(),
        zip_archive({"a.csv": legacy_qualtrics(3).encode()}),
        limesurvey(1, 2).encode("utf-8-sig"),
        limesurvey(1, 2, full=False, numbered=True).encode("cp1252"),
        typeform(1, 2).encode(),
        surveygizmo(1, 2, written="May 0{}, 2022 10:00:00 am").encode(),
        redcap(1, 2).encode(),
        redcap(1, 2, labels=False).encode(),
        plain.replace(b"Ada", "Zoë".encode("mac-roman")).replace(b"\r\n", b"\r"),
        plain.replace(b",", b"\t"),
        plain.decode().encode("utf-32"),
        b"".join(orjson.dumps(row) + b"\n" for row in rows),
        b'oops\n{"a":\n' + b"".join(orjson.dumps(row) + b"\n" for row in rows),
        orjson.dumps({"responses": rows}, option=orjson.OPT_INDENT_2),
        workbook(folder / "sheets.xlsx", {"Cover": COVER, "May": table, "June": table}).read_bytes(),
        b"<html><table><tr><td>a</td></tr></table>",
        zip_archive({name: (name + "\n1,2\n").encode() for name in ("users.csv", "enrollments.csv")}),
    ]


def mutated(draw: random.Random, content: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        at, end = sorted((draw.randrange(len(found) + 1), draw.randrange(len(found) + 1)))
        kind = draw.randrange(6)
        if kind == 0:
            found[at:at] = draw.choice(TOKENS)
        elif kind == 1 and found:
            found[min(at, len(found) - 1)] = draw.randrange(256)
        elif kind == 2:
            del found[at : min(end, at + 40)]
        elif kind == 3:
            found[at:at] = found[at : min(end, at + 200)]
        elif kind == 4:
            del found[end:]
        else:
            found[at : at + 1] = draw.choice(TOKENS) * draw.randint(1, 30)
    return bytes(found)


def import_mutated(folder: Path, files: int, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a repeatable choice
    originals = seeds(folder)
    for start in range(0, files, FILES_A_RUN):
        paths = []
        for number in range(start, min(start + FILES_A_RUN, files)):
            path = folder / f"m{number}.csv"
            path.write_bytes(mutated(draw, draw.choice(originals)))
            paths.append(path)
        reports = import_responses.fn("2022", NOW, paths)
        assert all(report.rows or report.messages for report in reports)
        for path in paths:
            path.unlink()
    found = tally("2022", "survey")
    assert found.holds, found.counts
    assert found.waiting == 0
    with reading() as db:
        whole = select(SourceFile.row_count, func.count(IntakeRow.row_number)).outerjoin(
            IntakeRow, IntakeRow.file_id == SourceFile.file_id
        )
        counts = db.execute(whole.group_by(SourceFile.file_id)).all()
    assert all(said == kept for said, kept in counts)
    assert len(counts) > files * 0.5


@pytest.mark.usefixtures("database")
def test_of_two_hundred_mutated_files_none_is_without_an_outcome_and_no_row_is_lost(tmp_path: Path) -> None:
    open_season()
    import_mutated(tmp_path, 200, seed=1)


@pytest.mark.exhaustive
@pytest.mark.usefixtures("database")
def test_of_ten_thousand_mutated_files_none_is_without_an_outcome_and_no_row_is_lost(tmp_path: Path) -> None:
    open_season()
    import_mutated(tmp_path, 10_000, seed=2)
