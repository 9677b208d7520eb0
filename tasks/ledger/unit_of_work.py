"""A unit of work: one transaction of one phase, with what is decided in it, and what is enclosed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import DecisionNote, Ruling
from schemas.statuses import Outcome
from schemas.tables import Decision, Season
from tasks.core.database import batches, transaction
from tasks.core.policies import policy_of
from tasks.ledger.decision_log import record_decisions

ENCLOSED_AT_ONCE = 2_500
Write = Callable[["Work", Sequence[Any]], None]
Begin = Callable[[Session, Policy, datetime], None]


class SeasonNotOpenError(LookupError):
    """A flow was run for a season that has not been opened."""


class SeasonClosedError(LookupError):
    """Something was to act on a season that is closed."""


def require_open(found: str | None, season: str) -> None:
    """Stop where the season is not on record.

    Raises:
        SeasonNotOpenError: with what to do about it.
    """
    if found is None:
        raise SeasonNotOpenError(f"Season {season} is not open; run the flow 'Open season' with its lists first.")


def require_not_closed(found: Season | None) -> None:
    """Stop where the season was closed.

    Raises:
        SeasonClosedError: with when, and by whom.
    """
    if found is not None and found.closed_at is not None:
        by = f" by {found.closed_by}" if found.closed_by else ""
        raise SeasonClosedError(
            f"Season {found.season} was closed on {found.closed_at:%Y-%m-%d}{by}; nothing acts on it."
        )


class OperatorError(ValueError):
    """What an operator asked for cannot be done; the message says why and what can be."""


@dataclass(slots=True)
class Work:
    """What a step works with: the open transaction, the policy, the moment, and what it has decided and written so far.

    ``cause`` is what makes it decide right now: the run itself, where nothing else is named.
    """

    db: Session
    policy: Policy
    as_of: datetime
    cause: str = ""
    _notes: list[DecisionNote] = field(default_factory=list)
    _enclosed: dict[Write, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with the run as the cause."""
        self.cause = self.cause or self.as_of.isoformat()

    @property
    def season(self) -> str:
        """The season worked on."""
        return self.policy.season

    @property
    def today(self) -> date:
        """The local day of the moment."""
        return self.policy.local_day(self.as_of)

    def decide(self, subject_kind: SubjectKind, subject_key: str, ruling: Ruling, **inputs: Any) -> None:
        """Record a ruling about one subject with the facts that it rests on."""
        self._notes.append(DecisionNote(subject_kind, subject_key, ruling, inputs, self.cause))

    @contextmanager
    def because(self, cause: str) -> Iterator[None]:
        """What is decided in here has a cause of its own, such as a row of a file; letters may have it in their key."""
        before, self.cause = self.cause, cause
        try:
            yield
        finally:
            self.cause = before

    def was_decided(self, subject_kind: SubjectKind, subject_key: str, rule: str, *outcomes: Outcome) -> bool:
        """Whether a run of the same moment has decided this: what an operator asked for is done once, whatever came after."""
        query = select(Decision.decision_id).where(
            Decision.season == self.season,
            Decision.subject_kind == subject_kind,
            Decision.subject_key == subject_key,
            Decision.rule == rule,
            Decision.decided_at == self.as_of,
        )
        if outcomes:
            query = query.where(Decision.outcome.in_(outcomes))
        return self.db.scalar(query.limit(1)) is not None

    def require_allowed(self, subject_kind: SubjectKind, subject_key: str, ruling: Ruling, **inputs: Any) -> None:
        """Record a ruling on what an operator asked for, which is its cause: a phase may decide the same moment.

        Raises:
            OperatorError: the ruling rejects it; nothing is recorded.
        """
        if ruling.outcome == Outcome.REJECTED:
            raise OperatorError(ruling.reason)
        with self.because(f"request/{self.cause}"):
            self.decide(subject_kind, subject_key, ruling, **inputs)

    def enclose(self, write: Write) -> list[Any]:
        """A list for what ``write`` writes together with the decisions."""
        return self._enclosed.setdefault(write, [])

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A part of the work of which nothing is left if it fails: no row, no decision, and nothing enclosed."""
        notes, enclosed = len(self._notes), {write: len(items) for write, items in self._enclosed.items()}
        try:
            with self.db.begin_nested():
                yield
        except BaseException:
            del self._notes[notes:]
            for write, items in self._enclosed.items():
                del items[enclosed.get(write, 0) :]
            raise

    def go_on_at(self, moment: datetime) -> None:
        """Let what follows count from another moment; what was decided so far is written as of the earlier one."""
        if moment != self.as_of:
            self.write_out()
            self.as_of = moment

    def write_out(self) -> None:
        """Write the decisions and what is enclosed, in the same transaction as everything else; more may follow."""
        self.db.flush()
        record_decisions(self.db, self.policy, self.as_of, self._notes)
        self._notes.clear()
        for write, items in self._enclosed.items():
            for some in batches(items, ENCLOSED_AT_ONCE):
                write(self, some)
            items.clear()


def take_turn(db: Session, season: str) -> None:
    """Wait for the season's other writers: what this transaction reads stays true until it commits.

    Raises:
        SeasonNotOpenError: the season has not been opened.
        SeasonClosedError: it was closed.
    """
    found = db.scalar(select(Season).where(Season.season == season).with_for_update())
    require_open(found.season if found else None, season)
    require_not_closed(found)


@contextmanager
def unit_of_work(season: str, as_of: datetime, begin: Begin | None = None) -> Iterator[Work]:
    """One transaction; everything in it happens together or not at all, also what it begins with, as opening the season."""
    policy = policy_of(season)
    with transaction() as db:
        if begin:
            begin(db, policy, as_of)
        take_turn(db, season)
        work = Work(db, policy, as_of)
        yield work
        work.write_out()
