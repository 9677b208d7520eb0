"""Files dropped into the inbox for commitment forms, wherever it is, and what becomes of them."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import func, select

from schemas.kinds import InputKind
from schemas.tables import IntakeRow
from tasks.core.database import reading
from tasks.core.storage import storage
from tasks.intake.pipeline import stage_files
from tasks.intake.store import FileReport
from tests.factories.season import OPENED

COMMITMENT = InputKind.COMMITMENT
ROWS = [{"email": f"p{n}@lea.example", "signed_at": "2022-06-20 10:00", "signature": "P"} for n in range(3)]


def text(rows: Sequence[Mapping[str, object]] = ROWS) -> bytes:
    lines = [",".join(ROWS[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines).encode() + b"\n"


def drop(name: str, content: bytes, folder: str = "inbox/commitment") -> str:
    storage().put(io.BytesIO(content), f"{folder}/{name}")
    return f"received/2022/commitment/2022-04-18-{hashlib.sha256(content).hexdigest()[:12]}-{name}"


def stage(files: Sequence[Path] | None = None) -> list[FileReport]:
    return stage_files.fn("2022", COMMITMENT, OPENED, files)


def waiting() -> list[str]:
    return [file.name for file in storage().files("inbox/commitment")]


def content(key: str) -> bytes:
    with storage().open(key) as file:
        return file.read()


def count_rows() -> int:
    with reading() as db:
        return db.scalar(select(func.count()).select_from(IntakeRow)) or 0
