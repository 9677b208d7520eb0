"""A database URL that cannot be used is refused with what to write in its place, and is not shown."""

import pytest

from schemas.database_urls import DatabaseUrlError, problem_of
from tasks.core.database import engine_for


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "is no database URL; write postgresql+psycopg://user@host/database or sqlite:////"),
        ("postgres://cadre:a-secret@db/cadre", "write postgresql+psycopg://, and the rest as it is"),
        ("postgresql://cadre:a-secret@db/cadre", "write postgresql+psycopg://, and the rest as it is"),
        ("postgresql+asyncpg://cadre:a-secret@db/cadre", "write postgresql+psycopg://, and the rest as it is"),
        ("mysql://cadre:a-secret@db/cadre", "names a database that the program does not run on; write postgresql+"),
        ("postgresql+psycopg://cadre:a-secret@db:x/cadre", "is no database URL; write postgresql+psycopg://"),
        ("sqlite+aiosqlite:////srv/cadre.db", "names a database that the program does not run on"),
        ("sqlite://", "names no file; write sqlite:////folder/cadre.db"),
        ("sqlite:////proc/none/cadre.db", "names a folder that cannot be made (No such file or directory)"),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_write(url: str, told: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        engine_for(url)
    assert told in str(refused.value)
    assert "a-secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/cadre/cadre.db",
        "sqlite:///cadre.db",
        "postgresql+psycopg://cadre:a-secret@db.agency.example:5432/cadre",
        "postgresql+psycopg:///cadre?host=/run/postgresql",
    ],
)
def test_what_can_be_used_has_no_problem(url: str) -> None:
    assert problem_of(url) == ""
