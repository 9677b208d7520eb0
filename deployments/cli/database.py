"""``cadre db``: the whole database in one file, back again, or in another database."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, say
from rules.wording import count
from schemas.settings import settings

database_app = App(name="db", help="Back up, restore, and copy the database; each checked by a digest of every row.")


@database_app.command(name="backup")
def database_backup(
    folder: Annotated[
        Path | None, Parameter(help="Where the file goes; by default backups/ in the data directory.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> int:
    """Write everything into a new file, while others go on working; keep it and its .json together."""
    from tasks.core.backups import back_up  # noqa: PLC0415 - keeps the other commands quick
    from tasks.core.kept_backups import backup_folder, note_backup  # noqa: PLC0415 - see above

    backup = back_up(folder or backup_folder(settings()))
    note_backup(settings(), backup.path)
    text = f"{count(backup.rows, 'row')} of {count(len(backup.tables), 'table')} are in {backup.path}."
    say({"path": str(backup.path), "rows": backup.rows}, as_json=as_json, text=text)
    return 0


@database_app.command(name="restore")
def database_restore(file: Path, *, as_json: AsJson = False) -> int:
    """Bring a backup back into the installation's database, which must be empty; stop `cadre up` before."""
    from tasks.core.backups import restore  # noqa: PLC0415 - see above

    backup = restore(file)
    text = f"{count(backup.rows, 'row')} are back, the same as were backed up."
    if backup.needs_migration:
        text += f" They have the schema {backup.schema}, an earlier one: start `make up`, which migrates it."
    value = {"path": str(file), "rows": backup.rows, "schema": backup.schema, "needs_migration": backup.needs_migration}
    say(value, as_json=as_json, text=text)
    return 0


@database_app.command(name="copy")
def database_copy(
    url: Annotated[str, Parameter(help="An empty database, as postgresql+psycopg://user@host/cadre.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Copy everything into an empty database, such as from SQLite to PostgreSQL; stop `cadre up` before."""
    from tasks.core.backups import copy_to  # noqa: PLC0415 - see above

    tables = copy_to(url)
    rows = sum(state.rows for state in tables.values())
    text = f"{count(rows, 'row')} are copied. Set CADRE_DATABASE_URL to the new database."
    say({"rows": rows, "tables": {name: asdict(state) for name, state in tables.items()}}, as_json=as_json, text=text)
    return 0
