"""Which database URLs the program takes, and what is said of all others: the remedy, and nothing of what they hold."""

DRIVERS = frozenset({"postgresql+psycopg", "sqlite", "sqlite+pysqlite"})
POSTGRESQL, SQLITE = "postgresql+psycopg://user@host/database", "sqlite:////folder/cadre.db"
NO_URL = f"is no database URL; write {POSTGRESQL} or {SQLITE}"


class DatabaseUrlError(ValueError):
    """A database URL cannot be used; the message says what to write."""

    def __init__(self, problem: str) -> None:
        """Say it of the URL, which may hold a password and is not shown."""
        super().__init__(f"The database URL {problem}. The installation's stands in CADRE_DATABASE_URL.")


def problem_of(url: str) -> str:
    """What is wrong with a database URL, as the end of a sentence, with the remedy; empty where nothing is."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - settings without a URL are read without it
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - see above

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # also a port that is no number
        return NO_URL
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite" and parsed.drivername in DRIVERS:
        has_file = parsed.database not in {None, "", ":memory:"}
        return "" if has_file else f"names no file; write {SQLITE}"
    if parsed.drivername in DRIVERS:
        return ""
    if backend in {"postgres", "postgresql"}:
        return "names PostgreSQL with another driver than the program's; write postgresql+psycopg://, and the rest as it is"
    return f"names a database that the program does not run on; write {POSTGRESQL} or {SQLITE}"
