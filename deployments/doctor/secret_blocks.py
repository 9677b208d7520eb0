"""Whether the Prefect server of this installation keeps a Secret block, also while the server is stopped."""

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from deployments.environment import prefect_environment
from schemas.settings import settings

DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}  # the server's own ones are asynchronous
BLOCK = text("SELECT count(*) FROM block_document WHERE name = :name AND block_type_name = 'Secret'")


def has_secret_block(name: str) -> bool:
    """Whether there is a block of the name; what it holds is not looked at. No, where the server was never started."""
    if not name:
        return False
    with suppress(SQLAlchemyError, ImportError):
        url = _readable(make_url(os.environ.get(DATABASE) or prefect_environment(settings().folder)[DATABASE]))
        if url is not None:
            engine = create_engine(url, hide_parameters=True)
            try:
                with engine.connect() as connection:
                    return bool(connection.scalar(BLOCK, {"name": name}))
            finally:
                engine.dispose()
    return False


def _readable(url: URL) -> URL | None:
    """The server's database, to be read and not to be made."""
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and Path(url.database).is_file():
        return URL.create("sqlite", database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    return url.set(drivername=DRIVERS[backend]) if backend == "postgresql" else None
