"""The obvious ways to take a survey in, which the intake benchmark measures beside ours."""

import csv
import time
from datetime import datetime
from pathlib import Path

from benchmarks.intake_sample import AS_OF, DISTRICTS, HEADER, lea_id
from schemas.settings import settings

RIVAL_ROWS = 20_000


def orm_rival(source: Path) -> float:
    """Seconds of a pydantic model and an ORM object for each row."""
    from pydantic import BaseModel, ValidationError  # noqa: PLC0415 - only here
    from sqlalchemy.orm import Session  # noqa: PLC0415 - only here

    from schemas.tables import IntakeRow, SourceFile  # noqa: PLC0415 - only here
    from tasks.core.database import engine_for  # noqa: PLC0415 - only here
    from tasks.core.migrations import migrate  # noqa: PLC0415 - only here

    class Response(BaseModel):
        response_id: str
        submitted_at: datetime
        lea_id: str
        certification_seats: int
        academy_seats: int

    migrate()
    started = time.perf_counter()
    with (
        source.open(encoding="utf-8", newline="") as file,
        Session(engine_for(settings().database)) as session,
        session.begin(),
    ):
        common = {"season": "2022", "kind": "survey"}
        session.add(SourceFile(file_id=1, file_hash="", size_bytes=0, name="", dialect="", encoding="", zone="", fields=HEADER,
                               row_count=0,
                               message="", received_at=AS_OF, **common))  # fmt: skip
        for number, row in enumerate(csv.DictReader(file), start=2):
            if number > RIVAL_ROWS:
                break
            try:
                disposition = "accepted" if Response.model_validate(row) else ""
            except ValidationError:
                disposition = "quarantined"
            outcome = {"disposition": disposition, "reason": "", "natural_key": row["response_id"]}
            session.add(IntakeRow(file_id=1, row_number=number, cells=list(row.values()), **outcome, **common))
            session.flush()
    return time.perf_counter() - started


def engine_rival(source: Path) -> float:
    """Seconds of Great Expectations with COMPLETE over all values, the districts as a value set."""
    import great_expectations as gx  # noqa: PLC0415 - takes seconds
    import pandas as pd  # noqa: PLC0415 - only here

    from schemas.contracts import SURVEY  # noqa: PLC0415 - only here
    from tasks.intake import expectations as validation  # noqa: PLC0415 - only here

    frame = pd.read_csv(source, dtype=str, nrows=RIVAL_ROWS)
    frame["lea_id_known_districts"] = frame["lea_id"].where(frame["lea_id"].isin([lea_id(n) for n in range(DISTRICTS)]))
    frame["status"] = None
    _, rows = validation._engine()  # noqa: SLF001 - the same engine, used the obvious way
    started = time.perf_counter()
    suite = gx.ExpectationSuite(name="obvious")
    for expect in SURVEY.expectations:
        suite.add_expectation(validation._expectation(expect))  # noqa: SLF001 - see above
    rows.get_batch({"dataframe": frame}).validate(suite, result_format="COMPLETE")
    return time.perf_counter() - started
