"""Moving a test's database along the migrations, as an installation is brought up to date, or back."""

from collections.abc import Callable

from alembic.config import Config
from sqlalchemy import inspect

from schemas.settings import ROOT, settings
from tasks.core.database import engine_for
from tasks.core.migrations import tables_may_be_made_anew


def move(how: Callable[[Config, str], None], to: str) -> set[str]:
    """Move to a revision; the tables that are there then."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
    with engine_for(settings().database).connect() as connection, tables_may_be_made_anew(connection):
        config.attributes["connection"] = connection
        how(config, to)
        return set(inspect(connection).get_table_names()) - {"alembic_version"}
