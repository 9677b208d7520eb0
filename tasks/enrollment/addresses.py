"""People's new addresses: what comes from one is the person's from then on, and letters go to it, also those that wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.addresses import change_address
from rules.rule_ids import RuleId
from schemas.contracts import MAILABLE_REMEDY, is_mailable
from schemas.kinds import InputKind, SubjectKind
from schemas.records import Ruling
from schemas.statuses import OutboxStatus, Outcome
from schemas.tables import IntakeRow, Outbox, Person, PersonAddress, PersonRoleHeld
from tasks.core.step import step
from tasks.intake.cell_values import day
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.persons import current_address, current_addresses, rostered_addresses, same_person
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.write import write_letter_to


@step
def settle_addresses(season: str, requested_by: str, as_of: datetime) -> int:
    """Let the people of the staged rows have their new addresses; how many have another one now."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.ADDRESS, as_of)
        return sum(settle_rows(work, rows, lambda: partial(_settle, work, requested_by)))


def _settle(work: Work, requested_by: str, row: IntakeRow) -> bool:
    email, wanted = row.content["email"], row.content["new_email"]
    try:
        day(row.content["changed_on"])
    except ValueError as error:
        quarantine(work.db, row, RuleId.ADDRESS_CHANGED, f"changed_on: {error}; correct the date")
        return False
    ruling = _change(work, email, wanted, requested_by)
    if ruling.outcome == Outcome.SUPERSEDED:
        supersede(row, ruling.reason)
    elif ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
    else:
        accept(row, ruling.reason)
    return ruling.outcome == Outcome.CHANGED


@step
def change_address_of(season: str, email: str, new_email: str, *, requested_by: str, as_of: datetime) -> str:
    """Give a participant another address; the reason as it is recorded.

    Raises:
        OperatorError: nobody is on record under the first one, somebody else has the new one, or letters cannot be sent to it.
    """
    wanted = new_email.strip().lower()
    if not is_mailable(wanted):
        raise OperatorError(f"Letters cannot be sent to the new address; {MAILABLE_REMEDY}.")
    with unit_of_work(season, as_of) as work:
        known = email.strip().lower()
        ruling = _change(work, rostered_addresses(work.db).get(known, known), wanted, requested_by)
        if ruling.outcome == Outcome.REJECTED:
            raise OperatorError(ruling.reason)
    return ruling.reason


def _change(work: Work, email: str, wanted: str, requested_by: str) -> Ruling:
    """Change the address of the person who is on record under ``email``, as far as the rule allows."""
    before, records, owner = current_address(work.db, email), same_person(work.db)(email), _owner(work.db, wanted)
    ruling = change_address(_is_known(work.db, email), wanted == before, owner not in {"", *records})
    if ruling.outcome == Outcome.CHANGED:
        tell_both_addresses(work, email, wanted, _name_of(work.db, email))
        keep_address(work, owner or email, wanted)
        work.decide(SubjectKind.EDUCATOR, email, ruling, requested_by=requested_by)
    return ruling


def _is_known(db: Session, email: str) -> bool:
    return db.scalar(select(Person.person_id).where(Person.email == email)) is not None


def _owner(db: Session, address: str) -> str:
    """Under what address the person is on record who has, or has had, this one; empty where nobody has."""
    further = db.get(PersonAddress, address)
    return further.email if further else address if _is_known(db, address) else ""


def keep_address(work: Work, email: str, wanted: str) -> None:
    """Let ``wanted`` be the newest address of the person on record under ``email``; letters that wait go there."""
    records = same_person(work.db)(email)
    newest = work.db.scalar(select(func.max(PersonAddress.since)).where(PersonAddress.email.in_(records)))
    since = max(work.as_of, newest + timedelta(microseconds=1)) if newest else work.as_of
    known = work.db.get(PersonAddress, wanted)
    if known:  # the person goes back to it
        known.since = since
    else:
        work.db.add(PersonAddress(address=wanted, email=email, since=since))
    work.db.flush()
    readdress(work, records)


def readdress(work: Work, records: Sequence[str]) -> None:
    """Send what waits for these records to their current addresses; what is being sent at this moment goes where it went.

    A letter is of the record that it was written to, wherever it is sent; one to just an address stays with that.
    """
    of_record = func.coalesce(*(Outbox.payload[name].as_string() for name in ("written_to", "to")))
    newest = current_addresses(work.db, records)
    query = select(Outbox).where(Outbox.status == OutboxStatus.PENDING, of_record.in_(records))
    for letter in work.db.scalars(query):
        record = letter.payload.get("written_to", letter.payload["to"])
        letter.payload = {**letter.payload, "to": newest.get(record, record), "written_to": record}
    work.db.flush()


def tell_both_addresses(work: Work, email: str, wanted: str, name: str) -> None:
    """Write to the address so far and to the new one: whoever did not ask for it learns of it."""
    for number, to in enumerate((current_address(work.db, email), wanted)):
        key = f"address-changed/{email}/{work.cause}/{number}"
        write_letter_to(work, key, "address_changed", to, name=name, is_new=to == wanted)


def _name_of(db: Session, email: str) -> str:
    """By what name somebody was met last."""
    query = select(PersonRoleHeld.name).join(Person, Person.person_id == PersonRoleHeld.person_id)
    query = query.where(Person.email == email).order_by(PersonRoleHeld.since.desc(), PersonRoleHeld.season.desc())
    return db.scalars(query).first() or "participant"
