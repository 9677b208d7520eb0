"""The id by which a person appears wherever Prefect keeps something: in run forms, states, logs, and artifacts.

It is drawn at random, so that it says nothing about the person, and stays when the person gets another address: a person's rows
keep the address of the roster, and ``person_address`` has those that came after it.
"""

import difflib
import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.records import PERSON_ID
from schemas.tables import Person, PersonAddress
from tasks.core.database import batches, insert_new, reading
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: without I, L, O, and U
LENGTH = 8
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
NEAREST = 3


def register_person(work: Work, email: str) -> None:
    """Give an address its id with this unit of work, if it has none."""
    work.enclose(_register).append(email)


def _register(work: Work, emails: Sequence[str]) -> None:
    unknown = sorted(set(emails) - person_ids(work.db, emails).keys())
    ids = zip(_free_ids(work.db, len(unknown)), unknown, strict=True)
    insert_new(work.db, Person, [{"person_id": person_id, "email": email} for person_id, email in ids], ("email",))


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
        found |= dict(db.execute(query).tuples().all())
    return found


def email_of(db: Session, person_id: str) -> str | None:
    """The address behind an id, however it was typed; none where nobody has the id."""
    return db.scalar(select(Person.email).where(Person.person_id == as_written(person_id)))


def rostered_addresses(db: Session) -> Mapping[str, str]:
    """For each further address the one under which the person is on record; few people have one."""
    return dict(db.execute(select(PersonAddress.address, PersonAddress.email)).tuples().all())


def current_addresses(db: Session, emails: Iterable[str]) -> Mapping[str, str]:
    """Where letters go, for those of the addresses on record whose person has another one by now."""
    found: dict[str, str] = {}
    for some in batches(sorted(set(emails))):
        query = select(PersonAddress.email, PersonAddress.address).where(PersonAddress.email.in_(some))
        found |= dict(db.execute(query.order_by(PersonAddress.since, PersonAddress.address)).tuples().all())
    return found


def current_address(db: Session, email: str) -> str:
    """Where letters to the person go who is on record under this address."""
    return current_addresses(db, [email]).get(email, email)


def as_written(person_id: str) -> str:
    """The id as we write it: people type it in small letters, without the hyphen, or take a 0 for an O."""
    code = person_id.strip().upper().removeprefix("P").removeprefix("-").translate(MISREAD)
    return f"P-{code}"


@step
def address_of(person: str) -> str:
    """The address of a participant whom an operator names by id.

    Raises:
        OperatorError: nobody has this id; the message names the nearest ones.
    """
    with reading() as db:
        email = email_of(db, person)
        if email is None:
            raise OperatorError(_nobody(db, person))
    return email


def _nobody(db: Session, person: str) -> str:
    hint = "the page report/people of the season in the data directory lists everybody's id"
    if not PERSON_ID.fullmatch(person.strip()):  # it may be an address: it is not repeated
        return f"This is no person's id, which looks like P-7K3QX2MD; {hint}."
    written = as_written(person)
    near = difflib.get_close_matches(written, db.scalars(select(Person.person_id)).all(), NEAREST, cutoff=0.5)
    if near:
        hint = f"the nearest ids are {', '.join(near)}"
    return f"There is no person {written}; {hint}."
