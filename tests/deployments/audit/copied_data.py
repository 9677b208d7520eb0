"""The rows of one database in another of another kind, as they are: what both are asked is then asked of the same data."""

from sqlalchemy import Engine

from schemas.tables import Outbox

ROWS_AT_ONCE = 2_000


def copy_rows(source: Engine, target: Engine) -> None:
    """Bring every table of a migrated PostgreSQL database to the rows of a SQLite one."""
    with source.connect() as read, target.begin() as write:
        write.exec_driver_sql("SET session_replication_role = replica")
        for table in Outbox.metadata.sorted_tables:
            write.execute(table.delete())
            rows = [dict(row) for row in read.execute(table.select()).mappings()]
            for start in range(0, len(rows), ROWS_AT_ONCE):
                write.execute(table.insert(), rows[start : start + ROWS_AT_ONCE])
