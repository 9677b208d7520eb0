"""From the rows of survey exports to applications and seat requests.

A response is judged as it comes in: it is valid, it was imported before, or it is rejected. Rows are stored in the order of
their file; of the valid ones the newest of each district is marked as its current submission at the end of the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy.exc import OperationalError

from rules.surveys.application import admit, is_corrected_in_time
from schemas.records import Line
from tasks.core.database import batches
from tasks.core.step import step
from tasks.intake.cell_values import microseconds
from tasks.intake.inbox import incoming
from tasks.intake.pipeline import arrivals_of, checked_batches, in_background
from tasks.intake.received import Arrivals
from tasks.intake.row_batch import RowBatch
from tasks.intake.second_look import look_again
from tasks.intake.settle import settle_batch
from tasks.intake.store import FileReport, FileStore, with_cells
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.surveys.applications import Applications, Submission, answer_of
from tasks.surveys.classify import KIND, Repeats, SeenResponses, check_window, submitted_us
from tasks.surveys.current_submissions import contents, mark_current
from tasks.surveys.match_districts import DistrictMatcher
from tasks.surveys.rejected_responses import Rejections
from tasks.surveys.requested_seats import REQUESTED, Admission, Newest, Place, RequestedSeats
from tasks.surveys.seat_requests import DISTRICTS_AT_ONCE, SeatRequests
from tasks.surveys.start_windows import check_starts


@step
def import_responses(
    season: str, as_of: datetime, files: Sequence[Path] | None = None, other_ways: Sequence[Path | None] = ()
) -> list[FileReport]:
    """Import survey exports and make each district's latest valid submission its application; what became of each file.

    Outcomes do not depend on the order in which files come in, nor on how often a response is sent.
    """
    changed = look_again(season, KIND, as_of)
    arrivals = arrivals_of(season, KIND, as_of, incoming(KIND, season, files, other_ways))
    with arrivals.here():
        with unit_of_work(season, as_of) as work:
            reports = _import(work, arrivals)
        return [*arrivals.put_away(reports), *changed]


def _import(work: Work, arrivals: Arrivals) -> list[FileReport]:
    responses, store, skipped = Responses(work), FileStore(work.db, work.as_of), list[FileReport]()
    for found in in_background(responses.judge(checked_batches(work.db, work.policy, arrivals))):
        if isinstance(found, FileReport):
            skipped.append(found)
        elif isinstance(found, RowBatch):  # without rows, or a row that is set apart
            store.add(found)
        else:
            for settled in responses.settle(found):
                store.add(settled)
    reports = store.reports()
    responses.close()
    return [*reports, *skipped]


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """Responses with what is wrong with each, when each was sent, and what those without a fault request."""

    batch: RowBatch
    sent_us: pl.Series
    requests: pl.DataFrame


class Responses:
    """The responses of one run on their way to applications."""

    def __init__(self, work: Work) -> None:
        """Look up what the season knows so far."""
        self._work = work
        self._matcher = DistrictMatcher(work.db, work.policy)
        self._seen = SeenResponses(work)
        self._rejections = Rejections(work)
        self._admission = Admission(work.policy)
        self._districts = pl.Enum(sorted(self._matcher.names))
        self._requested = RequestedSeats(self._districts)
        self._moved: dict[str, Place] = {}

    def judge(self, found: Iterable[RowBatch | FileReport]) -> Iterator[JudgedBatch | RowBatch | FileReport]:
        """Match the districts of the rows, and say what each requests; the database is not looked at."""
        for item in found:
            if isinstance(item, FileReport) or not len(item):
                yield item
            else:
                yield from settle_batch(item, self._judge)

    def _judge(self, batch: RowBatch) -> JudgedBatch:
        policy = self._work.policy
        matched = self._matcher.match(batch)
        sent_us = submitted_us(matched, policy)
        checked = check_starts(check_window(matched, sent_us, policy))
        requests = _requests(checked, sent_us)
        seats = self._admission.by_row(requests).get_columns()
        requests = requests.with_columns(pl.col("lea_id").cast(self._districts), *seats)
        return JudgedBatch(with_cells(checked), sent_us, requests)

    def settle(self, judged: JudgedBatch) -> list[RowBatch]:
        """The rows with what became of each; those that may be their district's newest are remembered."""
        try:
            return [self._settle(judged)]
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001 - what nobody foresaw about one row: it is looked for, and set apart
            return settle_batch(judged.batch, lambda batch: self._settle(self._judge(batch)))

    def _settle(self, judged: JudgedBatch) -> RowBatch:
        settled, repeats = self._seen.classify(judged.batch)
        valid = judged.requests.filter(~pl.col("index").is_in(list(settled.outcomes)))
        self._remember(settled, valid, repeats, judged.sent_us)
        return settled

    def _remember(self, batch: RowBatch, valid: pl.DataFrame, repeats: Repeats, sent_us: pl.Series) -> None:
        for index in batch.rejected():
            if index not in repeats.reasons:
                self._rejections.add(batch, index, sent_us[index])
        numbers = pl.Series("row_number", batch.row_numbers, dtype=pl.Int32).gather(valid["index"])
        self._requested.add(valid.with_columns(numbers), batch.file.file_id)
        self._move(batch, repeats, sent_us)

    def _move(self, batch: RowBatch, repeats: Repeats, sent_us: pl.Series) -> None:
        """A response that was rejected before keeps its place if it is corrected in time; else its place is now."""
        grace_days = self._work.policy.survey.grace_days
        for index, rejected_at in repeats.first_rejected_at.items():
            is_in_time = is_corrected_in_time(rejected_at, self._work.as_of, grace_days)
            place_us = sent_us[index] if is_in_time else microseconds(self._work.as_of)
            self._moved[batch.keys[index]] = Place(place_us, batch.keys[index])

    def close(self) -> None:
        """Mark the current submissions, and fold everything that was requested into the seat requests."""
        for note in self._matcher.notes:
            with self._work.because(note.cause):
                self._work.decide(note.subject_kind, note.subject_key, note.ruling, **note.inputs)
        applications = Applications(self._work)
        newest = [
            item for item in self._requested.newest() if item.place > applications.before.get(item.lea_id, Place(0, ""))
        ]
        mark_current(self._work.db, self._work.season, newest, applications.before)
        lines: dict[str, Sequence[Line]] = {}
        for some in batches(newest, DISTRICTS_AT_ONCE):
            current = dict(self._submissions(some))
            applications.write(current)
            lines |= {lea_id: submission.lines for lea_id, submission in current.items() if submission.has_excess}
            self._work.write_out()
        requests = SeatRequests(self._work, self._requested, applications.before, self._rejections.places, self._moved)
        requests.write(lines)
        places = {item.lea_id: item.place for item in newest}
        self._rejections.write_letters({**applications.before, **places})

    def _submissions(self, newest: Sequence[Newest]) -> Iterator[tuple[str, Submission]]:
        for item, content in contents(self._work.db, newest):
            answer = answer_of(content, item.place)
            lines = admit(answer, self._work.policy)
            yield item.lea_id, Submission(item.place, answer, lines, self._matcher.names[item.lea_id])


def _requests(batch: RowBatch, sent_us: pl.Series) -> pl.DataFrame:
    """What the rows that are not rejected request, as text, with their places in the batch and in the order of submission."""
    found = (
        batch.values.select(REQUESTED).with_columns(sent_us, batch.keys.alias("response_id")).with_row_index("index")
    )
    return found.filter(~pl.col("index").is_in(list(batch.rejected())))
