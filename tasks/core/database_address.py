"""The URL of the program's database, taken apart; one that is none is told in one sentence."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}


class DatabaseAddressError(ValueError):
    """A URL names no database that the program can use; nothing of what it holds is told."""

    def __init__(self, problem: str) -> None:
        """Keep the problem and what to do apart, for a list."""
        self.problem = problem
        self.remedy = "write it as postgresql+psycopg://user:password@host/cadre, or sqlite:////folder/cadre.db"
        super().__init__(f"The address of the database {problem} (CADRE_DATABASE_URL); {self.remedy}.")


def database_address(url: str) -> URL:
    """A database URL, taken apart.

    Raises:
        DatabaseAddressError: it is none, or of a database or a driver that the program does not use.
    """
    try:
        found = make_url(url)
        backend, driver = found.get_backend_name(), found.get_driver_name()
    except (ArgumentError, ValueError, ImportError):  # ValueError: a port that is no number
        raise DatabaseAddressError("cannot be read") from None
    if backend not in DRIVERS:
        raise DatabaseAddressError(f"is of {backend}, which the program does not use")
    if driver != DRIVERS[backend]:
        raise DatabaseAddressError(f"asks for the driver {driver}, which the program does not use")
    return found


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database; nothing where it is another database."""
    return Path(url.database or ".").resolve() if url.get_backend_name() == "sqlite" else None
