"""From the rows of survey exports to applications and seat requests.

A response is judged as it comes in: it is valid, it was imported before, or it is rejected. Rows are stored in the order of
their file; of the valid ones the newest of each district is marked as its current submission at the end of the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from rules.surveys.application import admit
from tasks.core.step import step
from tasks.intake.cell_values import microseconds
from tasks.intake.inbox import incoming_paths
from tasks.intake.pipeline import checked_batches, in_background
from tasks.intake.row_batch import RowBatch
from tasks.intake.settle import settle_batch
from tasks.intake.store import FileReport, FileStore
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.surveys.applications import Applications, Submission, answer_of
from tasks.surveys.classify import KIND, Repeats, SeenResponses, check_window, submitted_us
from tasks.surveys.current_submissions import Newest, contents, mark_current
from tasks.surveys.match_districts import DistrictMatcher
from tasks.surveys.rejected_responses import Rejections
from tasks.surveys.requested_seats import REQUESTED, Admission, Place, RequestedSeats
from tasks.surveys.seat_requests import SeatRequests

_NEWEST = pl.Schema({"lea_id": pl.String, "submitted_us": pl.Int64, "response_id": pl.String, "file_id": pl.Int64,
                     "row_number": pl.Int64})  # fmt: skip


@step
def import_responses(
    season: str, as_of: datetime, files: Sequence[Path] | None = None, other_ways: Sequence[Path | None] = ()
) -> list[FileReport]:
    """Import survey exports and make each district's latest valid submission its application; what became of each file.

    Outcomes do not depend on the order in which files come in, nor on how often a response is sent.
    """
    with unit_of_work(season, as_of) as work:
        responses, store, skipped = Responses(work), FileStore(work.db, as_of), list[FileReport]()
        checked = checked_batches(work.db, work.policy, KIND, incoming_paths(KIND, files, other_ways))
        for found in in_background(responses.match(checked)):
            if isinstance(found, FileReport):
                skipped.append(found)
                continue
            for settled in settle_batch(found, responses.settle):
                store.add(settled)
        reports = store.reports()
        responses.close()
    return [*reports, *skipped]


class Responses:
    """The responses of one run on their way to applications."""

    def __init__(self, work: Work) -> None:
        """Look up what the season knows so far."""
        self._work = work
        self._matcher = DistrictMatcher(work.db, work.policy)
        self._seen = SeenResponses(work)
        self._rejections = Rejections(work)
        self._admission = Admission(work.policy)
        self._requested = RequestedSeats()
        self._moved: dict[str, Place] = {}
        self._newest = pl.DataFrame(schema=_NEWEST)

    def match(self, found: Iterable[RowBatch | FileReport]) -> Iterator[RowBatch | FileReport]:
        """The rows with the ids of the districts that they mean."""
        for item in found:
            yield from [item] if isinstance(item, FileReport) else settle_batch(item, self._matcher.match)

    def settle(self, batch: RowBatch) -> RowBatch:
        """The rows with what became of each; those that may be their district's newest are remembered."""
        policy = self._work.policy
        sent_us = submitted_us(batch, policy)
        checked = check_window(batch, sent_us, policy)
        responses = _responses(checked, sent_us)
        responses = responses.with_columns(self._admission.by_row(responses).get_columns())
        settled, repeats = self._seen.classify(checked)
        self._remember(settled, responses.filter(~pl.col("index").is_in(list(settled.outcomes))), repeats, sent_us)
        return settled

    def _remember(self, batch: RowBatch, valid: pl.DataFrame, repeats: Repeats, sent_us: pl.Series) -> None:
        for index in batch.rejected():
            if index not in repeats.reasons:
                self._rejections.add(batch, index, sent_us[index])
        self._requested.add(valid)
        self._move(batch, repeats, sent_us)
        self._keep_newest(batch, valid)

    def _move(self, batch: RowBatch, repeats: Repeats, sent_us: pl.Series) -> None:
        """A response that was rejected before keeps its place if it is corrected in time; else its place is now."""
        grace = timedelta(days=self._work.policy.survey.grace_days)
        for index, rejected_at in repeats.first_rejected_at.items():
            is_in_time = self._work.as_of <= rejected_at + grace
            place_us = sent_us[index] if is_in_time else microseconds(self._work.as_of)
            self._moved[batch.keys[index]] = Place(place_us, batch.keys[index])

    def _keep_newest(self, batch: RowBatch, valid: pl.DataFrame) -> None:
        """Of each district's valid responses, the newest may become its current submission."""
        mine = valid.filter(pl.col("submitted_us") == pl.col("submitted_us").max().over("lea_id"))
        numbers = pl.Series("row_number", batch.row_numbers)
        found = mine.select(
            "lea_id",
            "submitted_us",
            "response_id",
            pl.lit(batch.file.file_id).alias("file_id"),
            numbers.gather(mine["index"]).alias("row_number"),
        )
        newest = pl.concat([self._newest, found.cast(_NEWEST)]).sort("submitted_us", "response_id")
        kept = newest.unique("lea_id", keep="last", maintain_order=True)
        self._newest = kept.with_columns(pl.col(pl.String) + "")  # else they keep the texts of whole batches in memory

    def close(self) -> None:
        """Mark the current submissions, and fold everything that was requested into the seat requests."""
        for note in self._matcher.notes:
            self._work.decide(note.subject_kind, note.subject_key, note.ruling, **note.inputs)
        applications = Applications(self._work)
        found = [Newest(row[0], Place(*row[1:3]), *row[3:]) for row in self._newest.iter_rows()]
        newest = [item for item in found if item.place > applications.before.get(item.lea_id, Place(0, ""))]
        mark_current(self._work.db, self._work.season, newest, applications.before)
        current = dict(self._submissions(newest))
        requests = SeatRequests(self._work, self._requested, applications.before, self._rejections.places, self._moved)
        applications.write(current)
        requests.write({lea_id: submission.lines for lea_id, submission in current.items()})
        places = {lea_id: submission.place for lea_id, submission in current.items()}
        self._rejections.write_letters({**applications.before, **places})

    def _submissions(self, newest: Sequence[Newest]) -> Iterator[tuple[str, Submission]]:
        for item, content in contents(self._work.db, newest):
            answer = answer_of(content, item.place)
            lines = admit(answer, self._work.policy)
            yield item.lea_id, Submission(item.place, answer, lines, self._matcher.names[item.lea_id])


def _responses(batch: RowBatch, sent_us: pl.Series) -> pl.DataFrame:
    """What the rows that are not rejected request, as text, with their places in the batch and in the order of submission."""
    found = (
        batch.values.select(REQUESTED).with_columns(sent_us, batch.keys.alias("response_id")).with_row_index("index")
    )
    return found.filter(~pl.col("index").is_in(list(batch.rejected())))
