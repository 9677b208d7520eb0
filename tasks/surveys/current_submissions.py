"""The current submission of each district: its newest valid response, whose row on record is marked so."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from schemas.statuses import Disposition
from schemas.tables import IntakeRow, SourceFile
from tasks.core.database import batches
from tasks.surveys.classify import KIND, REPLACED
from tasks.surveys.requested_seats import Newest, Place

NUMBERS_A_STATEMENT = 5_000
CURRENT = "This is the district's current submission."


def mark_current(db: Session, season: str, newest: Sequence[Newest], before: Mapping[str, Place]) -> None:
    """Note which rows are current submissions now, and which of those ``before`` are no longer."""
    mine = update(IntakeRow).where(
        IntakeRow.season == season, IntakeRow.kind == KIND, IntakeRow.disposition == Disposition.ACCEPTED
    )
    replaced = mine.values(disposition=REPLACED.disposition, reason=REPLACED.reason)
    for some in batches([before[item.lea_id].response_id for item in newest if item.lea_id in before]):
        old = replaced.where(IntakeRow.natural_key.in_(some))
        db.execute(old.execution_options(synchronize_session=False))
    numbers: BindParameter[int] = bindparam("numbers", expanding=True, literal_execute=True)
    theirs = update(IntakeRow).where(IntakeRow.file_id == bindparam("file"), IntakeRow.row_number.in_(numbers))
    current = theirs.values(disposition=Disposition.ACCEPTED, reason=CURRENT)
    for file_id, found in _by_file(newest).items():
        for some_numbers in batches(sorted(found), NUMBERS_A_STATEMENT):
            options = current.execution_options(synchronize_session=False)
            db.execute(options, {"file": file_id, "numbers": some_numbers})


def contents(db: Session, newest: Sequence[Newest]) -> Iterator[tuple[Newest, dict[str, str]]]:
    """Each of the responses with the values of its row on record, by field."""
    for file_id, found in _by_file(newest).items():
        fields = db.get_one(SourceFile, file_id).fields
        for some in batches(sorted(found)):
            query = select(IntakeRow.row_number, IntakeRow.cells)
            mine = query.where(IntakeRow.file_id == file_id, IntakeRow.row_number.in_(some))
            for number, cells in db.execute(mine):
                yield found[number], dict(zip(fields, cells, strict=True))


def _by_file(newest: Sequence[Newest]) -> dict[int, dict[int, Newest]]:
    found: dict[int, dict[int, Newest]] = defaultdict(dict)
    for item in newest:
        found[item.file_id][item.row_number] = item
    return found
