"""Importing files: inbox -> read -> map columns -> check -> (match, classify) -> store, each stage a module.

Every stage takes row batches and gives new ones. Files are read, mapped, and checked on one background thread, a few batches
ahead of what is done with their rows; everything of a run is stored in one transaction: a run that is killed has stored
nothing, and the next one stores everything. Control totals: the rows of every file are accepted + quarantined + superseded
(+ staged, until their phase settles them); a *repeated* row, which says nothing new, counts as superseded, and an *error* as
quarantined.
"""

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
from schemas.tables import Certificate, District
from tasks.core.database import transaction
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.intake.arrivals import Arrival
from tasks.intake.check import check
from tasks.intake.day_order import DayOrders
from tasks.intake.expectations import Checker
from tasks.intake.inbox import incoming
from tasks.intake.map_columns import OpenFile, map_columns
from tasks.intake.match_headers import MatchedHeaders, match_headers, wanted_names
from tasks.intake.read import Source, open_table
from tasks.intake.received import KNOWN, Arrivals
from tasks.intake.row_batch import IncomingFile, RowBatch, RowOutcome
from tasks.intake.second_look import look_again
from tasks.intake.store import FileReport, FileStore
from tasks.ledger.unit_of_work import take_turn

T = TypeVar("T")

BATCHES_AHEAD = 2
STILL_WRITTEN = ("The file is still being written; it is read with the next run.",)


@step
def stage_files(season: str, kind: InputKind, as_of: datetime, files: Sequence[Path] | None = None) -> list[FileReport]:
    """Store the rows of the files given, or of all in the season's watched folders, to be settled by their phase.

    A file that was imported before is left as it is.
    """
    changed = look_again(season, kind, as_of)
    arrivals = arrivals_of(season, kind, as_of, incoming(kind, season, files))
    with arrivals.here():
        with transaction() as db:
            take_turn(db, season)
            reports = _stage(db, arrivals, as_of)
        return [*arrivals.put_away(reports), *changed]


def arrivals_of(season: str, kind: InputKind, as_of: datetime, files: Sequence[Arrival]) -> Arrivals:
    """The files of a run of this moment; their day is the program's."""
    return Arrivals(season, kind, policy_of(season).local_day(as_of), files)


def _stage(db: Session, arrivals: Arrivals, as_of: datetime) -> list[FileReport]:
    store, skipped = FileStore(db, as_of), list[FileReport]()
    for found in in_background(checked_batches(db, policy_of(arrivals.season), arrivals)):
        if isinstance(found, FileReport):
            skipped.append(found)
        else:
            store.add(found.with_outcomes(RowOutcome(Disposition.STAGED), found.rejected()))
    return [*store.reports(), *skipped]


def checked_batches(db: Session, policy: Policy, arrivals: Arrivals) -> Iterator[RowBatch | FileReport]:
    """The rows of files, read, mapped, and held against their contract; a report of each file that has none to give.

    The database is looked at before anything is read, and not afterwards: the rest can go on in the background.

    Raises:
        ValidationEngineError: a rule of the contract could not be evaluated.
    """
    contract = contract_of(arrivals.kind, policy)
    checker = Checker(contract, known_values(db, policy))
    arrivals.look_up(db)
    skipped = list[FileReport]()
    return chain(check(checker, read_batches(arrivals, contract, policy, skipped)), skipped)


def read_batches(
    arrivals: Arrivals, contract: Contract, policy: Policy, skipped: list[FileReport]
) -> Iterator[RowBatch]:
    """The rows of every file that was not imported before; of the others a report is added to ``skipped``."""
    wanted = wanted_names(contract)
    for arrival in arrivals:
        if arrival.obstacle:
            skipped.append(FileReport(arrival.name, messages=(arrival.obstacle,)))
            continue
        try:
            with arrival.open() as file, open_table(arrival.name, file, wanted) as source:
                reason = _reason_to_skip(source, arrival, arrivals)
                place = (
                    "" if reason == STILL_WRITTEN or not source.file_hash else arrivals.keep(arrival, source.file_hash)
                )
                if reason:
                    skipped.append(FileReport(source.name, source.file_hash, messages=reason))
                    continue
                headers = match_headers(source.head, contract)
                source.messages.extend(headers.messages)
                incoming_file = _incoming_file(source, headers, contract, policy, place)
                places = {**headers.fields, **headers.repeated}
                orders = DayOrders(source.name, file, wanted, places, policy, source.messages)
                yield from map_columns(OpenFile(source, incoming_file, headers, orders), contract, policy)
        except FileNotFoundError:
            skipped.extend(filter(None, [arrivals.missing(arrival)]))
        except OSError as error:
            message = (
                f"The file cannot be opened: {error.strerror}; it stays in the inbox. Check it, and send it again."
            )
            skipped.append(FileReport(arrival.name, messages=(message,)))


def _reason_to_skip(source: Source, arrival: Arrival, arrivals: Arrivals) -> tuple[str, ...]:
    """Why nothing is imported of a file: it is being written, cannot even be told from others, or was imported before."""
    if arrival.has_changed():
        return STILL_WRITTEN
    if not source.file_hash:
        return tuple(source.messages)
    return KNOWN if source.file_hash in arrivals.known else ()


def _incoming_file(
    source: Source, headers: MatchedHeaders, contract: Contract, policy: Policy, place: str
) -> IncomingFile:
    fields = tuple(
        f.name
        for f in contract.fields
        if f.name in headers.fields or f.is_required or f.name in contract.key or f.or_else
    )
    what = (source.name, source.file_hash, source.size_bytes, source.dialect, source.encoding, source.head.zone, place)
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
