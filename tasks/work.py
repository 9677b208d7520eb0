"""A unit of work: one transaction of one phase, with the decisions and letters that are committed together with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.records import DecisionNote, Ruling
from schemas.tables import Decision, Season
from tasks.database import batches
from tasks.decisions import record_decisions
from tasks.invitations import Meeting
from tasks.mail import Letter
from tasks.outbox import composed, queue
from tasks.seasons import policy_of, require_open
from tasks.writing import Writer, writing

LETTERS_AT_ONCE = 2_500


class OperatorError(ValueError):
    """What an operator asked for cannot be done; the message says why and what can be."""


@dataclass(slots=True)
class Work:
    """What a step works with: the open transaction, the policy, the moment, and what it has decided and written so far."""

    writer: Writer
    policy: Policy
    as_of: datetime
    _notes: list[DecisionNote] = field(default_factory=list)
    _letters: list[Letter] = field(default_factory=list)

    @property
    def db(self) -> Session:
        """The open transaction, once everything is written that was handed to the writer."""
        return self.writer.db

    @property
    def season(self) -> str:
        """The season worked on."""
        return self.policy.season

    @property
    def today(self) -> date:
        """The local day of the moment."""
        return self.policy.local_day(self.as_of)

    def decide(self, subject_kind: str, subject_key: str, ruling: Ruling, **inputs: Any) -> None:
        """Record a ruling about one subject with the facts that it rests on."""
        self._notes.append(DecisionNote(subject_kind, subject_key, ruling, inputs))

    def was_decided(self, subject_kind: str, subject_key: str, rule: str, *outcomes: str) -> bool:
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

    def insist(self, subject_kind: str, subject_key: str, ruling: Ruling, **inputs: Any) -> None:
        """Record a ruling on what an operator asked for.

        Raises:
            OperatorError: the ruling refuses it; nothing is recorded.
        """
        if ruling.outcome == "refused":
            raise OperatorError(ruling.reason)
        self.decide(subject_kind, subject_key, ruling, **inputs)

    def write(self, key: str, template: str, to: str, **context: Any) -> None:
        """Write a letter; one key is one letter, ever."""
        self._letters.append(Letter(key, template, to, context))

    def attest(self, letter: tuple[str, str, str], certificate_id: str, **context: Any) -> None:
        """Write a letter (key, template, to) with the signed credential of a certificate, where one is named."""
        self._letters.append(Letter(*letter, context, credential=certificate_id))

    def invite(
        self, letter: tuple[str, str, str], meetings: Sequence[Meeting], off: Sequence[Meeting] = (), **context: Any
    ) -> None:
        """Write a letter (key, template, to) with calendar files: meetings to put in or change, and those that are off."""
        self._letters.append(Letter(*letter, context, meetings, off))

    def hand_over(self) -> None:
        """Hand what was decided and written so far to the writer; only where no letter looks anything up as it is composed."""
        self.writer.write(record_decisions, self.policy, self.as_of, self._notes)
        for some in batches(self._letters, LETTERS_AT_ONCE):
            self.writer.write(queue, self.season, "mail", self.as_of, composed(some, self.policy, self.as_of))
        self._notes, self._letters = [], []

    def close(self) -> None:
        """Append the decisions and queue the letters, in the same transaction as everything else."""
        letters = composed(self._letters, self.policy, self.as_of)
        self.db.flush()
        record_decisions(self.db, self.policy, self.as_of, self._notes)
        queue(self.db, self.season, "mail", self.as_of, letters)


def take_turn(db: Session, season: str) -> None:
    """Wait for the season's other writers: what this transaction reads stays true until it commits.

    Raises:
        SeasonNotOpenError: the season has not been opened.
    """
    require_open(db.scalar(select(Season.season).where(Season.season == season).with_for_update()), season)


@contextmanager
def unit_of_work(season: str, as_of: datetime) -> Iterator[Work]:
    """One transaction; everything in it happens together or not at all."""
    policy = policy_of(season)
    with writing() as writer:
        take_turn(writer.db, season)
        work = Work(writer, policy, as_of)
        yield work
        work.close()
