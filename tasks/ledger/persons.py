"""The id by which a person appears wherever Prefect keeps something: in run forms, states, logs, and artifacts.

It is drawn at random, so that it says nothing about the person, and stays when the person gets another address: a person's rows
keep the address of the roster, and ``person_address`` has those that came after it.
"""

import difflib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from rules.persons import plain_name
from schemas.kinds import PersonRole
from schemas.records import PERSON_ID
from schemas.tables import Enrollment, Person, PersonAddress, PersonRoleHeld
from tasks.core.database import batches, insert_new, reading
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: without I, L, O, and U
LENGTH = 8
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody whom the program meets in a role of a season; ``email`` is empty where nobody told it."""

    email: str
    role: PersonRole
    name: str
    lea_id: str = ""


def register_person(work: Work, email: str, role: PersonRole, name: str, lea_id: str = "") -> None:
    """Give somebody an id with this unit of work, who has none, and keep in what role and by what name they were met."""
    if email or name:
        work.enclose(_register).append(Sighting(email, role, name, lea_id))


def register_at_once(work: Work, email: str, role: PersonRole, name: str, lea_id: str = "") -> str:
    """The id that somebody has from now on, or has already."""
    _register(work, [Sighting(email, role, name, lea_id)])
    return ids_of_addresses(work.db, [email])[email]


def _register(work: Work, met: Sequence[Sighting]) -> None:
    emails = {sighting.email for sighting in met if sighting.email}
    ids = {**_ids_of_names(work.db, met), **ids_of_addresses(work.db, emails)}
    unknown = sorted({_mark(sighting) for sighting in met} - ids.keys())
    ids |= zip(unknown, _free_ids(work.db, len(unknown)), strict=True)
    addressed = [{"person_id": ids[mark], "email": mark} for mark in unknown if mark in emails]
    if addressed and insert_new(work.db, Person, addressed, ("email",)) < len(addressed):
        ids |= ids_of_addresses(work.db, emails)  # another season has met them at this moment
    insert_new(work.db, Person, [{"person_id": ids[mark], "email": None} for mark in unknown if mark not in emails])
    held = {(ids[_mark(item)], item.role, item.lea_id): item.name for item in reversed(met)}
    rows = [
        {"season": work.season, "person_id": person, "role": role, "lea_id": lea_id, "name": name, "since": work.as_of}
        for (person, role, lea_id), name in held.items()
    ]
    insert_new(work.db, PersonRoleHeld, rows)


def _mark(sighting: Sighting) -> str:
    """What tells somebody from others: the address; where there is none the district and the name."""
    return sighting.email or f"{sighting.lea_id}/{plain_name(sighting.name)}"


def _ids_of_names(db: Session, met: Sequence[Sighting]) -> dict[str, str]:
    """The ids of those without an address whom their district had by the same name before."""
    districts = {sighting.lea_id for sighting in met if not sighting.email}
    found: dict[str, str] = {}
    for some in batches(sorted(districts)):
        query = select(PersonRoleHeld).where(PersonRoleHeld.lea_id.in_(some)).order_by(PersonRoleHeld.since.desc())
        query = query.where(PersonRoleHeld.role == PersonRole.SUPERINTENDENT)
        found |= {f"{row.lea_id}/{plain_name(row.name)}": row.person_id for row in db.scalars(query)}
    return found


def _free_ids(db: Session, count: int) -> list[str]:
    """Ids that nobody has, in no order that says anything about who gets them."""
    free: dict[str, None] = {}
    while len(free) < count:  # once, unless an id was drawn that somebody has
        drawn = dict.fromkeys(new_person_id() for _ in range(count - len(free)))
        taken = set(db.scalars(select(Person.person_id).where(Person.person_id.in_(drawn))))
        free |= dict.fromkeys(person_id for person_id in drawn if person_id not in taken)
    return list(free)


def new_person_id() -> str:
    """An id such as P-7K3QX2MD, drawn at random."""
    return "P-" + "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def person_ids(db: Session, emails: Iterable[str]) -> Mapping[str, str]:
    """The ids of those of the addresses that have one."""
    found: dict[str, str] = {}
    for some in batches(sorted(set(emails))):
        query = select(Person.email, Person.person_id).where(Person.email.in_(some))
        found |= {email: person for email, person in db.execute(query).tuples() if email}
    return found


def ids_of_addresses(db: Session, addresses: Iterable[str]) -> dict[str, str]:
    """The ids of the records whose people have, or have had, those of the addresses that are on record."""
    wanted, found = sorted(set(addresses)), dict[str, str]()
    for some in batches(wanted):
        query = select(PersonAddress.address, Person.person_id).join(Person, Person.email == PersonAddress.email)
        found |= dict(db.execute(query.where(PersonAddress.address.in_(some))).tuples().all())
    return found | dict(person_ids(db, wanted))


def email_of(db: Session, person_id: str) -> str | None:
    """The address behind an id, however it was typed; none where nobody has the id."""
    return db.scalar(select(Person.email).where(Person.person_id == as_written(person_id)))


def rostered_addresses(db: Session) -> Mapping[str, str]:
    """For each further address the one under which the person is on record; few people have one."""
    return dict(db.execute(select(PersonAddress.address, PersonAddress.email)).tuples().all())


def merged_records(db: Session) -> Mapping[str, str]:
    """For each address of record whose person was merged into another one that person's; there are few."""
    kept = aliased(Person)
    query = select(Person.email, kept.email).join(kept, kept.person_id == Person.merged_into)
    return {mine: theirs for mine, theirs in db.execute(query).tuples() if mine and theirs}


def same_person(db: Session) -> Callable[[str], tuple[str, ...]]:
    """Under which addresses of record the rows of one human being stand: one, but where records were merged.

    The first is that of the record that is kept.
    """
    groups: dict[str, list[str]] = {}
    for merged, kept in merged_records(db).items():
        groups.setdefault(kept, [kept]).append(merged)
    by_record = {email: tuple(group) for group in groups.values() for email in group}
    return lambda email: by_record.get(email, (email,))


def current_addresses(db: Session, emails: Iterable[str]) -> Mapping[str, str]:
    """Where letters go, for those of the addresses on record whose person has another one by now.

    It is the newest that was told for any record of the person; where none was told, that of the record that is kept.
    """
    wanted, records_of = set(emails), same_person(db)
    records = sorted({record for email in wanted for record in records_of(email)})
    newest: dict[str, tuple[datetime, str]] = {}
    for some in batches(records):
        query = select(PersonAddress.email, PersonAddress.since, PersonAddress.address)
        query = query.where(PersonAddress.email.in_(some)).order_by(PersonAddress.since, PersonAddress.address)
        newest |= {email: (since, address) for email, since, address in db.execute(query).tuples()}
    told = {email: [newest[record] for record in records_of(email) if record in newest] for email in wanted}
    found = {email: max(some)[1] for email, some in told.items() if some}
    return {email: records_of(email)[0] for email in wanted if records_of(email)[0] != email} | found


def current_address(db: Session, email: str) -> str:
    """Where letters to the person go who is on record under this address."""
    return current_addresses(db, [email]).get(email, email)


def as_written(person_id: str) -> str:
    """The id as we write it: people type it in small letters, without the hyphen, or take a 0 for an O."""
    code = person_id.strip().upper().removeprefix("P").removeprefix("-").translate(MISREAD)
    return f"P-{code}"


@step
def address_of(person: str, season: str, component: str) -> str:
    """The address under which a participant, whom an operator names by id, is on record for a component.

    Of a person with merged records it is the one with the seat, whichever of the ids was typed.

    Raises:
        OperatorError: nobody has this id, or the person takes part in nothing; the message names the nearest ones.
    """
    with reading() as db:
        email = require_person(db, person).email
        if email is None:
            raise OperatorError(f"{as_written(person)} takes part in nothing; check the id.")
        records = same_person(db)(email)
        query = select(Enrollment.email).where(Enrollment.season == season, Enrollment.component == component)
        seats = db.scalars(query.where(Enrollment.email.in_(records)).order_by(Enrollment.enrolled_at.desc())).all()
    return seats[0] if seats and email not in seats else email


def require_person(db: Session, person: str) -> Person:
    """The person whom an operator names by id.

    Raises:
        OperatorError: nobody has this id; the message names the nearest ones.
    """
    found = db.get(Person, as_written(person))
    if found is None:
        raise OperatorError(_nobody(db, person))
    return found


def _nobody(db: Session, person: str) -> str:
    hint = "the page report/people of the season in the data directory lists everybody's id"
    if not PERSON_ID.fullmatch(person.strip()):  # it may be an address: it is not repeated
        return f"This is no person's id, which looks like P-7K3QX2MD; {hint}."
    written = as_written(person)
    near = difflib.get_close_matches(written, db.scalars(select(Person.person_id)).all(), NEAREST, cutoff=0.5)
    if near:
        hint = f"the nearest ids are {', '.join(near)}"
    return f"There is no person {written}; {hint}."
