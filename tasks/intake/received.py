"""Where files stay that were read: imported first, and moved when that is committed.

A file that was read is moved, whether its rows were taken, it was refused, or it was imported before. What could not be read
(a link, a folder, a pipe, a file larger than any survey, one without permission) stays, and every run names it. A run that is
killed between the two leaves a file that the next one knows by its bytes, and moves. A file of this machine is copied.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.kinds import InputKind
from schemas.tables import SourceFile
from tasks.core.local_folder import shortened
from tasks.core.progress import run_log
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.core.storage import storage
from tasks.core.stored_files import digest_in
from tasks.intake.arrivals import Arrival
from tasks.intake.store import FileReport

RECEIVED = "received"
LONGEST_NAME_BYTES = 180  # with the day and the hash before it, and what is put before both on the way
HASH_SIGNS = 12
KNOWN = ("already imported",)
NO_FILE = "The file cannot be opened: there is none of this name; check it."
NOT_THERE = "There is no such file in the inbox, and none of this name was imported; put it there."
REPLACED = "Its sender has replaced it since it was read: the newer file is imported with the next run."


def place_of(season: str, kind: InputKind, day: date, file_hash: str, name: str) -> str:
    """Where a file stays: its name, after the day on which it was imported and the beginning of its hash."""
    path = PurePosixPath(name)
    short = shortened(path.stem, LONGEST_NAME_BYTES - len(path.suffix.encode())) + path.suffix
    return f"{RECEIVED}/{season}/{kind}/{day}-{file_hash[:HASH_SIGNS]}-{short}"


@dataclass(frozen=True, slots=True)
class Known:
    """A file that was imported: what it was called then, and where it stays."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a file lies now, or the problem that keeps it where it was."""

    place: str = ""
    problem: str = ""


@dataclass(slots=True)
class Arrivals:
    """The files of one run: which were imported before, and where each that was read stays when the run has committed."""

    season: str
    kind: InputKind
    day: date
    files: Sequence[Arrival]
    known: dict[str, Known] = field(default_factory=dict)
    _read: list[tuple[Arrival, str, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Arrival]:
        """The files."""
        return iter(self.files)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Have all of them on this machine: while a transaction is open nobody waits for the network."""
        with ExitStack() as stack:
            for arrival in self.files:
                arrival.fetch(stack)
            yield

    def look_up(self, db: Session) -> None:
        """Look up what the season has imported of this kind."""
        mine = select(SourceFile.file_hash, SourceFile.name, SourceFile.received_as)
        mine = mine.where(SourceFile.season == self.season, SourceFile.kind == self.kind)
        self.known = {file_hash: Known(name, place) for file_hash, name, place in db.execute(mine)}

    def keep(self, arrival: Arrival, file_hash: str) -> str:
        """Let a file that was read be put away when the run has committed; where it will stay."""
        known = self.known.get(file_hash)
        place = place_of(self.season, self.kind, self.day, file_hash, arrival.name)
        if known and known.name == arrival.name:
            place = known.place
        self.known.setdefault(file_hash, Known(arrival.name, place))
        self._read.append((arrival, file_hash, place))
        return place

    def missing(self, arrival: Arrival) -> FileReport | None:
        """What to say of a file that is gone: nothing where it lay in a watched folder, for another run has moved it."""
        if not arrival.is_named:
            return None
        if not arrival.is_of_inbox:
            return FileReport(arrival.name, messages=(NO_FILE,))
        for file_hash, known in self.known.items():
            if known.name == arrival.name:
                return FileReport(arrival.name, file_hash, messages=KNOWN, received_as=known.place)
        return FileReport(arrival.name, messages=(NOT_THERE,))

    def put_away(self, reports: Sequence[FileReport]) -> list[FileReport]:
        """Move what was read, now that it is committed: the reports with where each file lies, and what could not be moved.

        A file that cannot be moved stays where it is, and the next run tries again.
        """
        told = {
            (arrival.name, file_hash): _put_away(arrival, file_hash, place) for arrival, file_hash, place in self._read
        }
        for (name, _), whereabouts in told.items():
            if whereabouts.problem:
                run_log().warning("%s: %s", name, whereabouts.problem)
        found = [_with_place(report, told.get((report.name, report.file_hash), Whereabouts())) for report in reports]
        for before, report in zip(reports, found, strict=True):
            _tell(before, report.received_as)
        return found


def _put_away(arrival: Arrival, file_hash: str, place: str) -> Whereabouts:
    try:
        if arrival.is_of_inbox and storage().move(arrival.file, place, file_hash):
            return Whereabouts(place)
        if arrival.fetched or not arrival.is_of_inbox:
            _copy(arrival, file_hash, place)
            return Whereabouts(place)
        is_there = storage().look(arrival.file.key) is not None
    except FileExistsError:
        return Whereabouts(problem=f"It stays in the inbox: in {place} lie other bytes; take one of the two away.")
    except (OSError, ServiceDownError, ServiceSetupError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return Whereabouts(problem=f"It was read, and stays where it is until it can be moved to {place} ({why}).")
    return Whereabouts(problem=REPLACED) if is_there else Whereabouts(place)  # moved by another run


def _copy(arrival: Arrival, file_hash: str, place: str) -> None:
    """Keep the bytes of a file that is not ours to move, or that its sender has replaced in the meantime."""
    there = digest_in(storage(), place)
    if there and there != file_hash:
        raise FileExistsError
    if not there:
        with arrival.open() as file:
            storage().put(file, place)


def _with_place(report: FileReport, told: Whereabouts) -> FileReport:
    is_refused = report.is_new and not report.rows and report.messages
    added = told.problem or (f"It lies in {told.place}." if is_refused and told.place else "")
    return replace(
        report, received_as=told.place or report.received_as, messages=(*report.messages, *filter(None, [added]))
    )


def _tell(report: FileReport, place: str) -> None:
    """What operators read in the run's log of a file without a row; what its own cells say is on the validation page only."""
    if report.is_new and not report.rows:
        where = f"; it lies in {place}" if place else ""
        run_log().warning("%s: no row was imported%s. The validation page says why.", report.name, where)
    elif not report.is_new and report.messages != KNOWN:
        run_log().warning("%s: %s", report.name, " ".join(report.messages))
