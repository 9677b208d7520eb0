"""Importing files: inbox -> read -> map columns -> check -> (match, classify) -> store, each stage a module.

Every stage takes row batches and gives new ones. Files are read, mapped, and checked on one background thread, a few batches
ahead of what is done with their rows; everything of a run is stored in one transaction: a run that is killed has stored
nothing, and the next one stores everything. Control totals: the rows of every file are accepted + quarantined + superseded
(+ staged, until their phase settles them); a *repeated* row, which says nothing new, counts as superseded, and an *error* as
quarantined.
"""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.contracts import CONTRACTS, Contract
from schemas.kinds import InputKind
from schemas.policy import Policy
from schemas.statuses import Disposition
from schemas.tables import Certificate, District, SourceFile
from tasks.core.database import transaction
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.intake.check import check
from tasks.intake.expectations import Checker
from tasks.intake.formats.limits import shown
from tasks.intake.inbox import KnownFiles, incoming_paths, keep_copy
from tasks.intake.map_columns import OpenFile, map_columns
from tasks.intake.match_headers import MatchedHeaders, match_headers
from tasks.intake.read import Source, open_source
from tasks.intake.row_batch import IncomingFile, RowBatch, RowOutcome
from tasks.intake.store import FileReport, FileStore
from tasks.ledger.unit_of_work import take_turn

T = TypeVar("T")

BATCHES_AHEAD = 2
KNOWN = ("already imported",)
STILL_WRITTEN = ("The file is still being written; it is read with the next run.",)


@step
def stage_files(season: str, kind: InputKind, as_of: datetime, files: Sequence[Path] | None = None) -> list[FileReport]:
    """Store the rows of the files given, or of all in the season's watched folders, to be settled by their phase.

    A file that was imported before is left as it is.
    """
    with transaction() as db:
        take_turn(db, season)
        store, skipped = FileStore(db, as_of), list[FileReport]()
        incoming = KnownFiles(db, incoming_paths(kind, season, files))
        for found in in_background(checked_batches(db, policy_of(season), kind, incoming)):
            if isinstance(found, FileReport):
                skipped.append(found)
            else:
                store.add(found.with_outcomes(RowOutcome(Disposition.STAGED), found.rejected()))
        incoming.write()
        return [*store.reports(), *skipped]


def checked_batches(db: Session, policy: Policy, kind: InputKind, files: KnownFiles) -> Iterator[RowBatch | FileReport]:
    """The rows of files, read, mapped, and held against their contract; a report of each file that has none to give.

    The database is looked at before anything is read, and not afterwards: the rest can go on in the background.

    Raises:
        ValidationEngineError: a rule of the contract could not be evaluated.
    """
    contract = contract_of(kind, policy)
    checker = Checker(contract, known_values(db, policy))
    mine = select(SourceFile.file_hash).where(SourceFile.season == policy.season, SourceFile.kind == kind)
    known, skipped = set(db.scalars(mine)), list[FileReport]()
    return chain(check(checker, read_batches(files, contract, policy, known, skipped)), skipped)


def read_batches(
    files: KnownFiles, contract: Contract, policy: Policy, known: set[str], skipped: list[FileReport]
) -> Iterator[RowBatch]:
    """The rows of every file that was not imported before; ``known`` are the hashes of those that were."""
    for path in files:
        try:
            file_hash, before = files.hash_of(path), path.stat()
            if file_hash in known:
                skipped.append(FileReport(shown(path.name), file_hash, messages=KNOWN))
                continue
            with open_source(path) as source:
                reason = STILL_WRITTEN if _has_changed(path, before) else _reason_to_skip(source, known)
                if source.file_hash and reason != STILL_WRITTEN:
                    files.note(path, before, source.file_hash)
                if reason:
                    skipped.append(FileReport(source.name, source.file_hash, messages=reason))
                    continue
                known.add(source.file_hash)
                keep_copy(path, contract.kind, source.file_hash, source.name)
                headers = match_headers(source.head, contract)
                source.messages.extend(headers.messages)
                file = _incoming_file(source, headers, contract, policy)
                yield from map_columns(OpenFile(source, file, headers), contract, policy)
        except OSError as error:
            message = f"The file cannot be opened: {error.strerror}; check its name and send it again."
            skipped.append(FileReport(shown(path.name), messages=(message,)))


def _has_changed(path: Path, before: os.stat_result) -> bool:
    found = path.stat()
    return (found.st_size, found.st_mtime_ns) != (before.st_size, before.st_mtime_ns)


def _reason_to_skip(source: Source, known: set[str]) -> tuple[str, ...]:
    """Why nothing is imported of a file: it cannot even be told from others, or it was imported before."""
    if not source.file_hash:
        return tuple(source.messages)
    return KNOWN if source.file_hash in known else ()


def _incoming_file(source: Source, headers: MatchedHeaders, contract: Contract, policy: Policy) -> IncomingFile:
    fields = tuple(
        f.name
        for f in contract.fields
        if f.name in headers.fields or f.is_required or f.name in contract.key or f.or_else
    )
    what = (source.name, source.file_hash, source.dialect, source.encoding, source.head.zone)
    return IncomingFile(policy.season, contract.kind, *what, fields)


def in_background(items: Iterator[T], ahead: int = BATCHES_AHEAD) -> Iterator[T]:
    """The items, made on another thread while those before them are worked on, at most ``ahead`` of them in advance."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake") as thread:
        waiting = deque(thread.submit(next, items, None) for _ in range(ahead))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(thread.submit(next, items, None))
            yield item


def contract_of(kind: InputKind, policy: Policy) -> Contract:
    """The contract of an input, with the season's question texts for the survey."""
    contract = CONTRACTS[kind]
    return contract.with_aliases(policy.survey.fields) if kind is InputKind.SURVEY else contract


def known_values(db: Session, policy: Policy) -> Mapping[str, frozenset[str]]:
    """The sets that expectations compare with."""
    return {
        "districts": frozenset(db.scalars(select(District.lea_id))),
        "certificates": frozenset(db.scalars(select(Certificate.certificate_id))),
        "activities": frozenset(policy.certificates.activities),
    }
