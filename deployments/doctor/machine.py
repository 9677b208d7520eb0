"""What this machine holds: the database, its backups, the folders, the keys, and room on the disk."""

import io
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from deployments.doctor.backups import backups
from deployments.doctor.invalid import Problem
from deployments.environment import server_note
from deployments.schedules import stale_schedules
from schemas.contracts import CONTRACTS
from schemas.database_urls import DatabaseUrlError
from schemas.settings import Settings
from tasks.certificates.issuer_keys import key_problem
from tasks.certificates.key_files import keys_folder
from tasks.core.database import engine_for, for_reading
from tasks.core.migrations import newest_revision, revision_of
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.core.storage import local_root, open_storage
from tasks.core.stored_files import Storage
from tasks.intake.inbox import INBOX
from tasks.intake.received import RECEIVED
from tasks.season.seasons import seasons_with_policy

OLDEST_POSTGRESQL = 14
UTC_NAMES = frozenset({"UTC", "Etc/UTC"})
FREE_BYTES = 2**30
OTHERS_MAY = 0o077
INBOX_NAME = "CADRE_INBOX_URL"


def machine_checks() -> Mapping[str, Callable[[Settings], Sequence[Problem]]]:
    """The checks by their names, in the order in which they are told."""
    return {
        "database": database,
        "backups": backups,
        "folders": folders,
        "storage": file_storage,
        "disk space": disk_space,
        "keys": keys,
        "schedules": schedules,
    }


def database(config: Settings) -> list[Problem]:
    """Whether it answers, is new enough, keeps our sessions in UTC, and has the schema of this version."""
    try:
        with for_reading(engine_for(config.database)).connect() as connection:
            if connection.dialect.name == "postgresql":
                version = int(str(connection.scalar(text("SHOW server_version_num")))) // 10_000
                if version < OLDEST_POSTGRESQL:
                    what = f"PostgreSQL {version} is older than {OLDEST_POSTGRESQL}"
                    return [Problem("CADRE_DATABASE_URL", what, "upgrade the database server")]
                zone = str(connection.scalar(text("SHOW timezone")))
                if zone not in UTC_NAMES:
                    what = f"its sessions are in the time zone {zone}, although the program asks for UTC"
                    return [Problem("CADRE_DATABASE_URL", what, "let the connection pooler keep SET TIME ZONE")]
            found = revision_of(connection)
    except DatabaseUrlError as error:
        return [Problem("CADRE_DATABASE_URL", str(error), "correct the variable, as .env.example says")]
    except SQLAlchemyError as error:
        what = f"the database does not answer ({type(error).__name__})"
        return [Problem("CADRE_DATABASE_URL", what, "start it, or correct the address, the user, or the password")]
    wanted = newest_revision()
    if found == wanted:
        return []
    what = f"the schema is {found or 'not there yet'}, and this version needs {wanted}"
    return [Problem("schema", what, "back up (`cadre db backup`), then start `make up`, which migrates")]


def folders(config: Settings) -> list[Problem]:
    """Whether everything that runs write can be written, and files can be dropped."""
    root = local_root(config)
    watched = [root / INBOX / kind for kind in CONTRACTS] if root else []  # a bucket needs none made
    wanted = [config.folder, *watched]
    missing = [path.name for path in wanted if not path.is_dir()]
    closed = [path for path in wanted if path.is_dir() and not os.access(path, os.W_OK | os.X_OK)]
    absent = Problem(
        str(config.folder), f"folders are missing: {', '.join(missing)}", "start `make up` once, which makes them"
    )
    return [
        *([absent] if missing else []),
        *(
            Problem(str(path), "cannot be written", "give the program's user the right to write there")
            for path in closed
        ),
    ]


def file_storage(config: Settings) -> list[Problem]:
    """Whether the place of inbox and received files takes a file of ours, gives it back as it was, and lets it be deleted."""
    without_server = {} if server_note(config).exists() else {"inbox_secret_block": ""}
    name, content = f".doctor-{uuid4().hex}", uuid4().bytes
    try:
        store = open_storage(config.model_copy(update=without_server))
        for folder in (INBOX, RECEIVED):
            if not _keeps(store, f"{folder}/{name}", content):
                what = f"what was written to {folder} came back as something else"
                return [Problem(INBOX_NAME, what, "ask whoever runs the storage")]
    except (ServiceDownError, ServiceSetupError) as error:
        return [Problem(INBOX_NAME, str(error), "correct the address, the endpoint, the key, or the bucket's rights")]
    except OSError as error:
        what = f"a file cannot be written, read, and deleted there ({error.strerror})"
        return [Problem(INBOX_NAME, what, "give the program's user the right to do so")]
    return []


def _keeps(store: Storage, key: str, content: bytes) -> bool:
    try:
        store.put(io.BytesIO(content), key)
        with store.open(key) as file:
            return file.read() == content
    finally:
        store.delete(key)


def disk_space(config: Settings) -> list[Problem]:
    """Whether a season's data, letters, and a backup still fit."""
    here = next(path for path in (config.folder, *config.folder.parents) if path.exists())
    free = shutil.disk_usage(here).free
    if free >= FREE_BYTES:
        return []
    return [Problem(str(here), f"{free / 2**20:,.0f} MB are free", "make room: at least 1 GB is needed")]


def keys(_config: Settings) -> list[Problem]:
    """Whether certificates can be signed, and nobody else can read the keys."""
    problem, folder = key_problem(), keys_folder()
    private = [folder, *folder.glob("*.pem")] if folder.exists() else []
    readable = [path for path in private if path.stat().st_mode & OTHERS_MAY]
    return [
        *([Problem("keys", problem, "until then letters with certificates wait")] if problem else []),
        *(Problem(str(path), "other users of this machine may read it", f"chmod go-rwx {path}") for path in readable),
    ]


def schedules(_config: Settings) -> list[Problem]:
    """Whether prefect.yaml says what the policies say."""
    if not stale_schedules(seasons_with_policy()):
        return []
    what = "its schedules are not those of the policies"
    return [Problem("prefect.yaml", what, "run `cadre season schedule`, and start `make up` again")]
