"""Alembic runs on the connection that ``tasks.core.database.migrate`` gives it, or on the installation's own database."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection, create_engine

from schemas import tables
from schemas.columns import Base, UtcDateTime
from schemas.settings import settings

assert tables.Season.metadata is Base.metadata  # importing the tables is what registers them
metadata = Base.metadata


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our column type into a migration as what the database stores."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run(connection: Connection) -> None:
    """Bring one database to the newest schema, or compare it with the tables."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(settings().database).connect() as own:
        run(own)
