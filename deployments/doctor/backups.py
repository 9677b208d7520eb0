"""Whether the database is backed up, and can be: a backup of the last day that counts, and the tools for the next one."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from deployments.doctor.invalid import Problem
from schemas.database_urls import DatabaseUrlError
from schemas.settings import Settings
from tasks.core.clock import machine_time
from tasks.core.database import engine_for, for_reading
from tasks.core.kept_backups import backup_folder, kept_backups, last_noted
from tasks.core.postgres_tools import find_tool, version_of_tool

OLDEST_BACKUP = timedelta(hours=26)
TOOLS = ("pg_dump", "pg_restore")


def backups(config: Settings) -> list[Problem]:
    """Whether there is a backup of the last day, with its manifest and whole, and whether the next one can be made."""
    return [*_newest(config), *_tools(config)]


def _newest(config: Settings) -> Iterator[Problem]:
    found, noted = kept_backups(config), last_noted(config)
    newest = next((backup for backup in found if not backup.fault), None)
    if newest and machine_time() - newest.made_at <= OLDEST_BACKUP:
        return
    what = f"the newest backup is of {newest.made_at:%Y-%m-%d %H:%M} UTC" if newest else "there is no backup"
    faulty = [f"{backup.path.name} {backup.fault}" for backup in found if backup.fault][:1]
    gone = [f"the last one went to {noted}, which is not there"] if noted and not noted.exists() else []
    where = newest.path.parent if newest else backup_folder(config)
    remedy = "run `cadre db backup` each night, and keep copies on another machine"
    yield Problem(str(where), "; ".join([what, *faulty, *gone]), remedy)


def _tools(config: Settings) -> Iterator[Problem]:
    """Whether PostgreSQL's tools are there and not older than the server, which they then refuse to dump."""
    server = _server_version(config)
    if server is None:
        return
    remedy = f"install PostgreSQL's client {server}, or name its folder in CADRE_POSTGRES_TOOLS"
    for name in TOOLS:
        tool = find_tool(name)
        version = version_of_tool(tool) if tool else None
        if tool is None:
            yield Problem(name, "is not installed, and no backup can be made or restored", remedy)
        elif version is None:
            yield Problem(name, f"{tool} does not say its version", remedy)
        elif version < server:
            what = f"{tool} is of version {version}, and refuses to work with the server's {server}"
            yield Problem(name, what, remedy)


def _server_version(config: Settings) -> int | None:
    """The major version of the PostgreSQL server; nothing where it is another database, or does not answer."""
    with suppress(SQLAlchemyError, DatabaseUrlError), for_reading(engine_for(config.database)).connect() as db:
        if db.dialect.name == "postgresql":
            return int(str(db.scalar(text("SHOW server_version_num")))) // 10_000
    return None
