"""Librarians and the educator certification that they need: who has it, the proof of it, and what follows when it ends."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import select

from rules.enrollment import accept_proof, end_librarian_seat, holds_seat
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Component, Track
from schemas.statuses import CertificateStatus, EnrollmentStatus, Outcome
from schemas.tables import Certificate, CertificationProof, Educator, Enrollment, IntakeRow, SeatBlock
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows
from tasks.ledger.persons import same_person
from tasks.ledger.unit_of_work import Work, unit_of_work


def certified_already(work: Work) -> Callable[[str], bool]:
    """Whether somebody, by address, holds a valid educator certificate in our register, or has shown proof of one."""
    valid = select(Certificate.email).where(
        Certificate.track == Track.EDUCATOR,
        Certificate.status == CertificateStatus.VALID,
        Certificate.season < work.season,
        Certificate.expires_on >= work.today,
    )
    proven = select(CertificationProof.email).where(
        CertificationProof.season == work.season, CertificationProof.valid_until >= work.today
    )
    known, records_of = {*work.db.scalars(valid), *work.db.scalars(proven)}, same_person(work.db)
    return lambda email: not known.isdisjoint(records_of(email))


@step
def settle_proofs(season: str, recorded_by: str, as_of: datetime) -> int:
    """Record the proofs of educator certificates that an operator has seen; how many."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.PROOF, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle, work, recorded_by)))


def _settle(work: Work, recorded_by: str, row: IntakeRow) -> bool:
    content = row.content
    try:
        valid_until = day(content["valid_until"])
    except ValueError as error:
        quarantine(work.db, row, "PR-007", f"valid_until: {error}; correct the date")
        return False
    ruling = accept_proof(valid_until, work.today)
    work.decide(SubjectKind.EDUCATOR, content["email"], ruling, recorded_by=recorded_by)
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return False
    proof = work.db.get(CertificationProof, (work.season, content["email"]))
    if proof is None:
        proof = CertificationProof(season=work.season, email=content["email"])
        work.db.add(proof)
    proof.lea_id, proof.proof, proof.valid_until = content["lea_id"], content["proof"], valid_until
    proof.recorded_by, proof.recorded_at = recorded_by, work.as_of
    accept(row, ruling.reason)
    return True


def end_with_certification(work: Work, email: str, status: EnrollmentStatus) -> Enrollment | None:
    """End a librarian's seat with the certification seat that it needs; the enrollment, where there was one to end.

    Who is certified already keeps it, and makes the librarian portfolio without a cohort from now on.
    """
    seats = (
        work.db.get(Enrollment, (work.season, record, Component.LIBRARIAN.value))
        for record in same_person(work.db)(email)
    )
    enrollment = next((seat for seat in seats if seat is not None and holds_seat(seat.status)), None)
    if enrollment is None:
        return None
    if certified_already(work)(email):
        work.db.get_one(Educator, (work.season, enrollment.email)).is_already_certified = True
        return None
    is_awaited = enrollment.status == EnrollmentStatus.AWAITING_FORM
    enrollment.status = status if is_awaited else EnrollmentStatus.WITHDRAWN
    block = work.db.get_one(SeatBlock, (work.season, enrollment.lea_id, Component.LIBRARIAN.value))
    block.seats_filled -= 1
    key = f"{enrollment.email}/{Component.LIBRARIAN}"
    work.decide(SubjectKind.ENROLLMENT, key, end_librarian_seat(enrollment.email))
    return enrollment
