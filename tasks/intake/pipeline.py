"""Importing files: each row is kept once with what is wrong with it, however often and by whatever way it is sent.

All files of a run are read in parts of bounded size and stored in one transaction: a run that is killed has stored nothing,
and the next one stores everything. A staged row waits for its own phase, which settles it: accepted, superseded, or quarantined
with the rule's reason. Control totals: the rows of every file are accepted + quarantined + superseded (+ staged, until then); a
*repeated* row, which says nothing that another row does not say, counts as superseded.
"""

import gc
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from schemas.contracts import CONTRACTS, CRITICAL, Contract
from schemas.policy import Policy
from schemas.settings import settings
from schemas.tables import Certificate, District, IntakeRow, QuarantineItem, RejectedRow, Season, SourceFile
from tasks.core.database import insert_new, reading, refresh_statistics
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.intake.check import check_parts
from tasks.intake.expectations import Checker
from tasks.intake.formats.limits import shown
from tasks.intake.map_columns import map_columns
from tasks.intake.read import SUFFIXES, Source, open_source
from tasks.intake.row_batch import PART_ROWS, Arrival, Part, parts_of
from tasks.intake.store import close_file, ready_to_write, rows_of, write_part
from tasks.ledger.background_writer import Writer, writing
from tasks.ledger.unit_of_work import require_open, take_turn

COLLECT_AFTER_ALLOCATIONS = 200_000
MANY_ROWS = 10_000
WAITING_PARTS = 2


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file."""

    name: str
    file_hash: str
    rows: int
    staged: int
    quarantined: int
    is_new: bool
    messages: tuple[str, ...]


def inbox(kind: str) -> Path:
    """The watched folder of one kind of input, under the data directory."""
    return settings().folder / "inbox" / kind


def handed_in(kind: str, files: Sequence[Path] | None, other_ways: Sequence[Path | None] = ()) -> list[Path]:
    """The files that were named, or all in the watched folder; and those that came by other ways."""
    named = sorted(inbox(kind).glob("*")) if files is None else files
    found = [path for path in named if files is not None or path.suffix.lower() in SUFFIXES]
    return list(dict.fromkeys([*found, *filter(None, other_ways)]))


@step
def stage_files(season: str, kind: str, as_of: datetime, files: Sequence[Path] | None = None) -> list[FileReport]:
    """Stage the rows of the files given, or of all in the watched folder; a file already imported is left as it is."""
    policy = policy_of(season)
    with writing() as writer:
        take_turn(writer.db, season)
        return Intake(writer, policy, kind, as_of).run(handed_in(kind, files), _staged)


def _staged(part: Part) -> pl.DataFrame:
    rejected = part.rejected()
    return rows_of(part, {index: ("quarantined", why) for index, why in rejected.items()}, ("staged", ""))


@dataclass(slots=True)
class Intake:
    """One run's intake of one kind of input, within an open transaction: while one part is written, the next is judged."""

    writer: Writer
    policy: Policy
    kind: str
    as_of: datetime
    prepare: Callable[[Part], None] = lambda _part: None

    def run(self, paths: Iterable[Path], settle: Callable[[Part], pl.DataFrame]) -> list[FileReport]:
        """Read, check, settle and store the files part by part; what became of each."""
        with rare_collection():
            return self._run(paths, settle)

    def _run(self, paths: Iterable[Path], settle: Callable[[Part], pl.DataFrame]) -> list[FileReport]:
        contract = contract_of(self.kind, self.policy)
        checker = Checker(contract, known_values(self.policy))
        reports: list[FileReport] = []
        arrivals: list[Arrival] = []
        for parts in _gathered(self._parts(paths, contract, reports, arrivals)):
            for part in parts:
                self.prepare(part)
            check_parts(checker, parts)
            for part in parts:
                rows = ready_to_write(part, settle(part))
                rejected = sorted(part.rejected())
                part.arrival.rejected += len(rejected)
                self.writer.wait_for_all_but(WAITING_PARTS)
                self.writer.write(write_part, part, rows, rejected)
        for arrival in arrivals:
            self.writer.write(close_file, arrival)
        if sum(arrival.rows for arrival in arrivals) >= MANY_ROWS:
            self.writer.write(refresh_statistics, IntakeRow, QuarantineItem, RejectedRow)
        return [*(_report(arrival) for arrival in arrivals), *reports]

    def _parts(
        self, paths: Iterable[Path], contract: Contract, reports: list[FileReport], arrivals: list[Arrival]
    ) -> Iterator[Part]:
        for path in paths:
            try:
                with open_source(path) as source:
                    arrival = self._arrive(path, source, contract, reports)
                    if arrival:
                        arrivals.append(arrival)
                        yield from parts_of(arrival, contract, self.policy)
            except OSError as error:
                message = f"The file cannot be opened: {error.strerror}; check its name and send it again."
                reports.append(FileReport(shown(path.name), "", 0, 0, 0, False, (message,)))

    def _arrive(self, path: Path, source: Source, contract: Contract, reports: list[FileReport]) -> Arrival | None:
        """Note the file's arrival; nothing where it was imported before, or cannot even be told from others."""
        season = self.policy.season
        if not source.file_hash:
            reports.append(FileReport(source.name, "", 0, 0, 0, False, tuple(source.messages)))
            return None
        mapped = map_columns(source.head, contract)
        source.messages.extend(mapped.messages)
        names = [
            f.name
            for f in contract.fields
            if f.name in mapped.fields or f.is_required or f.name in contract.key or f.or_else
        ]
        arrival = Arrival(source, season, self.kind, mapped, names)
        row = {"file_id": arrival.file_id, "season": season, "kind": self.kind, "file_hash": source.file_hash}
        row |= {"name": source.name, "dialect": source.dialect, "encoding": source.encoding, "zone": source.head.zone}
        row |= {"fields": names, "row_count": 0, "message": "", "received_at": self.as_of}
        if not insert_new(self.writer.db, SourceFile, [row]):
            reports.append(FileReport(source.name, source.file_hash, 0, 0, 0, False, ("already imported",)))
            return None
        keep_copy(path, self.kind, source)
        return arrival


def _report(arrival: Arrival) -> FileReport:
    rows, rejected = arrival.rows, arrival.rejected
    return FileReport(
        arrival.source.name,
        arrival.source.file_hash,
        rows,
        rows - rejected,
        rejected,
        True,
        tuple(arrival.source.messages),
    )


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for garbage rarely, and not among what was there before: rows have no cycles; looking took a quarter of the time."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER_ALLOCATIONS, *before[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def keep_copy(path: Path, kind: str, source: Source) -> None:
    """Keep the file's bytes in the data directory: what was imported can always be looked up."""
    target = settings().folder / "received" / kind / f"{source.file_hash[:16]}-{source.name}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f"{target.suffix}.draft")
        shutil.copyfile(path, draft)
        draft.replace(target)


def _gathered(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts of small files together, up to the size of a part: what costs is the call of the engine, not the row."""
    waiting: list[Part] = []
    for part in parts:
        waiting.append(part)
        if sum(map(len, waiting)) >= PART_ROWS:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def contract_of(kind: str, policy: Policy) -> Contract:
    """The contract of an input, with the season's question texts for the survey."""
    contract = CONTRACTS[kind]
    return contract.with_aliases(policy.survey.fields) if kind == "survey" else contract


def known_values(policy: Policy) -> Mapping[str, frozenset[str]]:
    """The sets that expectations compare with.

    Raises:
        SeasonNotOpenError: the season has not been opened, so that there is nothing to compare with.
    """
    with reading() as db:
        require_open(db.scalar(select(Season.season).where(Season.season == policy.season)), policy.season)
        return {
            "districts": frozenset(db.scalars(select(District.lea_id))),
            "certificates": frozenset(db.scalars(select(Certificate.certificate_id))),
            "activities": frozenset(policy.certificates.activities),
        }


def staged_rows(db: Session, season: str, kind: str, as_of: datetime) -> list[IntakeRow]:
    """The rows that wait for their phase, in the order in which they were sent."""
    query = (
        select(IntakeRow)
        .join(IntakeRow.source)
        .options(contains_eager(IntakeRow.source))
        .where(IntakeRow.season == season, IntakeRow.kind == kind, IntakeRow.disposition == "staged")
        .where(SourceFile.received_at <= as_of)
        .order_by(SourceFile.received_at, SourceFile.file_hash, IntakeRow.row_number)
    )
    return list(db.scalars(query))


def accept(row: IntakeRow, reason: str) -> None:
    """The phase has taken the row over."""
    row.disposition, row.reason = "accepted", reason


def supersede(row: IntakeRow, reason: str) -> None:
    """The row says nothing that a newer or earlier one does not say."""
    row.disposition, row.reason = "superseded", reason


def quarantine(db: Session, row: IntakeRow, rule: str, reason: str) -> None:
    """A rule rejects the row: it is kept with the reason, for an operator."""
    row.disposition, row.reason = "quarantined", reason
    fault = {"rule": rule, "field": "(row)", "severity": CRITICAL, "value": row.natural_key, "problem": reason}
    key = {"file_id": row.file_id, "row_number": row.row_number}
    insert_new(db, QuarantineItem, [{**key, **fault, "remedy": "see the reason"}])
    insert_new(db, RejectedRow, [{**key, "raw": orjson.dumps(row.cells)}])
