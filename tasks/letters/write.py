"""Writing letters in a unit of work: each is composed when the unit closes, and queued with the decisions it tells of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas.statuses import OutboxKind
from tasks.ledger.persons import current_addresses
from tasks.ledger.unit_of_work import Work
from tasks.letters.calendar_files import Meeting
from tasks.letters.compose import Letter
from tasks.letters.outbox import composed, queue


def write_letter(work: Work, key: str, template: str, to: str, **context: Any) -> None:
    """Write a letter; one key is one letter, ever."""
    work.enclose(_queue_letters).append(Letter(key, template, to, context))


def write_letter_to(work: Work, key: str, template: str, address: str, **context: Any) -> None:
    """Write a letter to just this address, also where its person has another one by now."""
    work.enclose(_queue_as_addressed).append(Letter(key, template, address, context, written_to=""))


def send_with_credential(work: Work, key: str, template: str, to: str, *, certificate_id: str, **context: Any) -> None:
    """Write a letter with the signed credential of a certificate, where one is named."""
    work.enclose(_queue_letters).append(Letter(key, template, to, context, credential=certificate_id))


def send_invitation(
    work: Work,
    key: str,
    template: str,
    to: str,
    *,
    meetings: Sequence[Meeting] = (),
    off: Sequence[Meeting] = (),
    **context: Any,
) -> None:
    """Write a letter with calendar files: meetings to put in or change, and those that are canceled."""
    work.enclose(_queue_letters).append(Letter(key, template, to, context, meetings, off))


def _queue_letters(work: Work, letters: Sequence[Letter]) -> None:
    """Queue letters to people by the address on record: they go to the newest one."""
    newest = current_addresses(work.db, (letter.to for letter in letters))
    sent = [replace(item, to=newest[item.to], written_to=item.to) if item.to in newest else item for item in letters]
    _queue_as_addressed(work, sent)


def _queue_as_addressed(work: Work, letters: Sequence[Letter]) -> None:
    queue(work.db, work.season, OutboxKind.MAIL, work.as_of, composed(letters, work.policy, work.as_of))
