"""Everything that a season leaves behind: what it wrote itself, which is kept and put back, and what others have received."""

import hashlib
import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

UNFINISHED = (".draft", ".tmp")
OWN_FILES = ("cadre.db", "season.lock")
LOOKED_AT = "second-looks"  # when received files were looked at, by their times on this disk
KEYS = "keys"
PERSON = re.compile(rb"\bP-[0-9A-Z]{8}\b")


@dataclass(frozen=True, slots=True)
class Outside:
    """The mail server's list of deliveries, and the credit provider's own book."""

    deliveries: Path
    book: Path

    def delivered(self) -> Counter[str]:
        """How often each letter was delivered so far, by its Message-ID."""
        return Counter(self.deliveries.read_text(encoding="utf-8").split()) if self.deliveries.exists() else Counter()

    def requests(self) -> dict[str, str]:
        """What stands in the provider's book: each request by its key, with whose it is, its status, and how often it was made.

        The provider knows a key again; one that was accepted twice was made twice all the same.
        """
        if not self.book.exists():
            return {}
        query = "SELECT key, body, status, number FROM request JOIN accepted USING (key)"
        with closing(sqlite3.connect(self.book, timeout=30)) as book:
            rows = book.execute(query).fetchall()
        return {key: f"{_whose(body)} {status}" + " again" * (number - 1) for key, body, status, number in rows}

    def forget(self) -> None:
        """Empty the book: another season of the same people is reconciled with a provider that has not met them."""
        with closing(sqlite3.connect(self.book, timeout=30)) as book, book:
            for table in ("request", "attempt", "accepted"):
                book.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    def copy_book(self, source: Path, target: Path) -> None:
        """Copy the book as the database that it is: the provider may have it open."""
        if source.exists():
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
                old.backup(new)


def _whose(body: str) -> str:
    asked = json.loads(body)
    return f"{asked['season']}/{asked['email']}/{asked['component']}"


class PostgresCopies:
    """Copies of a PostgreSQL database on the same server."""

    def __init__(self, url: str) -> None:
        """``url`` names the season's database."""
        parsed = make_url(url).set(drivername="postgresql")
        self._live = parsed.database or ""
        self._admin = parsed.set(database="postgres").render_as_string(hide_password=False)

    def keep(self, name: str) -> None:
        """Keep the database as it is now."""
        self._copy(self._live, f"{self._live}_{name}")

    def put_back(self, name: str) -> None:
        """Make the database what it was."""
        self._copy(f"{self._live}_{name}", self._live)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(self._admin, autocommit=True) as admin:
            for one in (target, source):  # the server may not have seen yet that a killed process is gone
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [one])
            admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(target)))
            admin.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(target), Identifier(source)))


@dataclass(frozen=True, slots=True)
class SeasonState:
    """What a season wrote: its data directory and its database, and the provider's book beside them."""

    home: Path
    kept: Path
    outside: Outside
    postgres: PostgresCopies | None

    def keep(self, name: str) -> None:
        """Keep everything as it is now, under a name."""
        _copy_folder(self.home, self.kept / name)
        self.outside.copy_book(self.outside.book, self.kept / f"{name}.book")
        if self.postgres:
            self.postgres.keep(name)

    def put_back(self, name: str) -> None:
        """Make everything what it was."""
        _copy_folder(self.kept / name, self.home)
        self.outside.copy_book(self.kept / f"{name}.book", self.outside.book)
        if self.postgres:
            self.postgres.put_back(name)

    def files(self) -> dict[str, str]:
        """Every finished file in the data directory with its content's hash; private keys, drawn at random, by number."""
        found = sorted(path for path in self.home.rglob("*") if path.is_file() and not _is_unfinished(path))
        keys = [path for path in found if path.parent.name == KEYS and path.suffix == ".pem"]
        names = {path: f"{KEYS}/{number}.pem" for number, path in enumerate(keys)}
        return {names.get(path, str(path.relative_to(self.home))): _hash(path) for path in found}


def _copy_folder(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith((*OWN_FILES, ".")) or path.suffix in UNFINISHED or path.parent.name == LOOKED_AT


def _hash(path: Path) -> str:
    """Of all that is not drawn at random, as people's ids and keys are."""
    return "" if path.parent.name == KEYS else hashlib.sha256(PERSON.sub(b"P-", path.read_bytes())).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step: the tables by their digests, letters, requests, and files."""

    tables: Mapping[str, str]
    letters: Counter[str]
    requests: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Difference:
    """How the outcome of a killed season differs from that of one that nobody interrupted."""

    tables: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated_at_provider: list[str] = field(default_factory=list)
    letters_duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def breaks_a_promise(self, kills: int) -> bool:
        """Whether more went wrong than that each kill cost one letter a second copy."""
        is_different = self.tables or self.lost or self.duplicated_at_provider or self.unexpected
        return bool(is_different) or len(self.letters_duplicated) > kills


def differences(straight: Outcome, killed: Outcome) -> Difference:
    """Compare what everybody has in the end."""
    found = Difference()
    names = straight.tables.keys() | killed.tables.keys()
    found.tables = sorted(name for name in names if straight.tables.get(name) != killed.tables.get(name))
    found.lost = [f"letter {key}" for key in (straight.letters - killed.letters).elements()]
    found.lost += [f"request {key}" for key in straight.requests.keys() - killed.requests.keys()]
    more = killed.letters - straight.letters
    found.letters_duplicated = [key for key in more.elements() if key in straight.letters]
    found.unexpected = [f"letter {key}" for key in more if key not in straight.letters]
    _compare_requests(found, straight.requests, killed.requests)
    changed = {key for key, _ in straight.files.items() ^ killed.files.items()}
    found.unexpected += [f"file {path}" for path in sorted(changed)]
    return found


def _compare_requests(found: Difference, straight: Mapping[str, str], killed: Mapping[str, str]) -> None:
    expected = _times_made(straight)
    found.duplicated_at_provider = list((_times_made(killed) - expected).elements())
    found.unexpected += [
        f"request {key}"
        for key, what in straight.items()
        if key in killed and killed[key].split()[:2] != what.split()[:2]
    ]


def _times_made(requests: Mapping[str, str]) -> Counter[str]:
    """How often a request was made for each, under whatever key."""
    found = Counter[str]()
    for what in requests.values():
        whose, _status, *again = what.split()
        found[whose] += 1 + len(again)
    return found
