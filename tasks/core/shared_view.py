"""One consistent view of the database in two processes: both read what was there at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from schemas.settings import settings
from tasks.core.database import engine_for


@contextmanager
def sharing_view(db: Session) -> Iterator[str]:
    """Take the view that this session reads from now on, and name it; within the block another session can take the same.

    PostgreSQL hands a view on under a name. In SQLite nobody writes within the block, which waits for who is writing.
    """
    if db.get_bind().dialect.name == "postgresql":
        yield db.scalars(text("SELECT pg_export_snapshot()")).one()
        return
    with engine_for(settings().database).begin():  # as if to write
        _take_view(db)
        yield ""


def join_view(db: Session, name: str) -> None:
    """Take the view that another process shares, in a session that has read nothing yet."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text(f"SET TRANSACTION SNAPSHOT '{name}'"))
    else:
        _take_view(db)


def _take_view(db: Session) -> None:
    """SQLite takes a transaction's view when it reads for the first time."""
    db.execute(text("SELECT count(*) FROM sqlite_schema"))
