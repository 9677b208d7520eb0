"""Rejected responses: what the lead has to correct, and the places in the order of submission that they keep."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rules.surveys.application import needs_correction
from schemas.kinds import Severity
from schemas.records import Finding
from schemas.statuses import REJECTED_ROWS
from schemas.tables import IntakeRow, QuarantineItem
from tasks.intake.cell_values import from_microseconds, moment_us
from tasks.intake.check import KEPT_BACK, OPEN_DATE
from tasks.intake.row_batch import RowBatch
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter
from tasks.surveys.classify import KIND
from tasks.surveys.requested_seats import Place

# A preview is nobody's response; one that was not finished, came late, or names no district and time keeps no place.
NOBODYS = frozenset({"IS-018"})
WITHOUT_PLACE = NOBODYS | {"IS-002", "IS-003", "IS-004", "IS-005", "IS-017", "survey-window"}
EMAIL_FAULTS = frozenset({"IS-014", "IS-015"})
# What only an operator can tell: how the file was written, or which of two copies counts. The lead is not asked.
ASKED_OF_OPERATORS = KEPT_BACK | {OPEN_DATE}
QUESTIONS: Mapping[str, str] = {
    "lea_id": "The district",
    "request": "Application or more information",
    "option": "The package",
    "certification_seats": "Seats in ISTE Certification for Educators",
    "academy_seats": "Seats in the Summer Learning Academy",
    "librarian_seats": "Seats in ISTE Certification for Librarians",
    "exfrl_seats": "Seats in Exploring Future Ready Librarianship",
    "lead_email": "The e-mail of the district lead",
    "submitted_at": "The time of submission",
    "start_from": "The earliest date on which a cohort can start",
    "start_until": "The latest date on which a cohort can start",
    "finished": "The survey",
}
TOLD = ("lead_email", "lead_name", "submitted_at", "response_id")


@dataclass(frozen=True, slots=True)
class _Rejection:
    """One rejected response of this run, as its lead is told of it."""

    key: str
    lea_id: str
    sent_us: int | None
    values: Mapping[str, str]
    faults: tuple[Finding, ...]
    keeps_place: bool


class Rejections:
    """The rejected responses of the season that matter to this run."""

    def __init__(self, work: Work) -> None:
        """Look up the responses that are in quarantine."""
        self._work = work
        self._new: list[_Rejection] = []
        self.places: dict[str, list[Place]] = defaultdict(list)
        for row in _in_quarantine(work.db, work.season):
            content = row.content
            sent_us = moment_us(content.get("submitted_at", ""), work.policy, row.source.zone)
            self._keep_place(content.get("lea_id", ""), sent_us, row.natural_key)

    def _keep_place(self, lea_id: str, sent_us: int | None, key: str) -> None:
        if lea_id and sent_us is not None:
            self.places[lea_id].append(Place(sent_us, key))

    def add(self, batch: RowBatch, index: int, sent_us: int | None) -> None:
        """Note a response that is rejected now; ``sent_us`` is when it was sent, if that is known."""
        faults = tuple(finding for finding in batch.findings.get(index, ()) if finding.severity == Severity.CRITICAL)
        rules = {finding.rule for finding in faults}
        values = batch.row(index)
        keeps_place = not rules & WITHOUT_PLACE and not any(rule.startswith("IN-") for rule in rules)
        if keeps_place:
            self._keep_place(values.get("lea_id", ""), sent_us, batch.keys[index])
        if not rules & (NOBODYS | EMAIL_FAULTS | ASKED_OF_OPERATORS) and values.get("lead_email"):
            row = f"{batch.file.file_hash[:12]}/{batch.row_numbers[index]}"
            key = f"{batch.keys[index] or '-'}/{row}"  # a response may be rejected more than once
            told = {name: values.get(name, "") for name in TOLD}
            self._new.append(_Rejection(key, values.get("lea_id", ""), sent_us, told, faults, keeps_place))

    def write_letters(self, current: Mapping[str, Place]) -> None:
        """Tell the leads what to correct; not where the district has sent a valid response since."""
        policy = self._work.policy
        fix_by = self._work.today + timedelta(days=policy.survey.grace_days)
        for rejection in self._new:
            newest = current.get(rejection.lea_id)
            if needs_correction(rejection.sent_us, newest.submitted_us if newest else None):
                write_letter(
                    self._work,
                    f"response_rejected/{rejection.key}",
                    "response_rejected",
                    rejection.values["lead_email"],
                    lead=rejection.values["lead_name"],
                    submitted_at=_told_time(rejection),
                    response_id=rejection.values["response_id"],
                    faults=[_fault(finding) for finding in rejection.faults],
                    fix_by=fix_by,
                    keeps_place=rejection.keeps_place,
                )


def _told_time(rejection: _Rejection) -> datetime | str:
    """When the response was submitted, or what stands there instead of a time."""
    return rejection.values["submitted_at"] if rejection.sent_us is None else from_microseconds(rejection.sent_us)


def _fault(finding: Finding) -> dict[str, Any]:
    question = QUESTIONS.get(finding.field, finding.field)
    return {"question": question, "value": finding.value, "problem": finding.problem, "remedy": finding.remedy}


def _in_quarantine(db: Session, season: str) -> Sequence[IntakeRow]:
    """The rejected responses that keep a place in the order of submission."""
    mine = (IntakeRow.season == season, IntakeRow.kind == KIND, IntakeRow.disposition.in_(REJECTED_ROWS))
    barred = (
        select(QuarantineItem.file_id)
        .where(QuarantineItem.file_id == IntakeRow.file_id, QuarantineItem.row_number == IntakeRow.row_number)
        .where(QuarantineItem.rule.in_(WITHOUT_PLACE) | QuarantineItem.rule.startswith("IN-"))
        .where(QuarantineItem.severity == Severity.CRITICAL)
    )
    rows = select(IntakeRow).options(joinedload(IntakeRow.source)).where(*mine, ~barred.exists())
    return list(db.scalars(rows))
