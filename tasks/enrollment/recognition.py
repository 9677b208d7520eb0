"""Who is on record already: an address that nobody has may be another one of a person whom the district had before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.persons import KnownPerson, Likeness, plain_name, recognize_person, recognized
from schemas.kinds import PersonRole, SubjectKind
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, Person, PersonMatch, PersonRoleHeld
from tasks.core.database import batches, insert_new
from tasks.core.districts import districts_by_id
from tasks.enrollment.addresses import keep_address, tell_both_addresses
from tasks.intake.settle import settle_rows
from tasks.ledger.persons import ids_of_addresses, register_at_once
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter

PEOPLE_OF_DISTRICTS = (PersonRole.EDUCATOR, PersonRole.LEAD)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody with an address that is not on record, as a district names them."""

    email: str
    name: str
    lea_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """Who a newcomer is: the address of record of a person, or candidates for operators to decide, or nobody on record."""

    newcomer: Newcomer
    email: str = ""
    candidates: tuple[Likeness, ...] = ()


class DistrictPeople:
    """The people of the newcomers' districts by the names that seasons know them by, and where each is on record.

    Whoever comes with the same file under an address on record is here already, and so is everybody of a name that several
    newcomers of the district have: which of them has come back no name can tell.
    """

    def __init__(self, work: Work, newcomers: Collection[Newcomer], here: Collection[str]) -> None:
        """Look them up once for all who are new; ``here`` are the ids of those who come under an address on record."""
        self._work, self._here = work, here
        self._several = Counter((newcomer.lea_id, plain_name(newcomer.name)) for newcomer in newcomers)
        self._addresses: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._held: dict[str, list[PersonRoleHeld]] = defaultdict(list)
        for held, email in _held_in(work.db, sorted({newcomer.lea_id for newcomer in newcomers})):
            self._held[held.lea_id].append(held)
            self._addresses[held.person_id], self.names[held.person_id] = email, held.name

    def recognize(self, newcomer: Newcomer) -> Found:
        """Who this is; a person on record has the new address from then on, and both addresses are told."""
        is_one_of_several = self._several[newcomer.lea_id, plain_name(newcomer.name)] > 1
        known = [
            KnownPerson(held.person_id, held.name, is_here=is_one_of_several or self._is_here(held))
            for held in self._held[newcomer.lea_id]
        ]
        found = recognize_person(newcomer.name, known, self._work.policy)
        if not found.same:
            return Found(newcomer, candidates=found.unsure)
        email = self._addresses[found.same]
        tell_both_addresses(self._work, email, newcomer.email, newcomer.name)
        keep_address(self._work, email, newcomer.email)
        self._work.decide(SubjectKind.EDUCATOR, email, recognized(found.same), alike_percent=100)
        return Found(newcomer, email)

    def _is_here(self, held: PersonRoleHeld) -> bool:
        is_enrolled = held.season == self._work.season and held.role == PersonRole.EDUCATOR
        return is_enrolled or held.person_id in self._here


def _held_in(db: Session, lea_ids: Sequence[str]) -> Iterable[tuple[PersonRoleHeld, str]]:
    for some in batches(lea_ids):
        query = (
            select(PersonRoleHeld, Person.email)
            .join(Person, Person.person_id == PersonRoleHeld.person_id)
            .where(PersonRoleHeld.lea_id.in_(some), PersonRoleHeld.role.in_(PEOPLE_OF_DISTRICTS))
            .where(Person.email.is_not(None), Person.merged_into.is_(None))
            .order_by(PersonRoleHeld.since, PersonRoleHeld.season)
        )
        yield from ((held, email) for held, email in db.execute(query).tuples() if email)


@dataclass(frozen=True, slots=True)
class Unsure:
    """The newcomers who may be somebody on record, each with the candidates, and what all of those are called."""

    found: Sequence[Found]
    names: Mapping[str, str]


def recognize_rostered(work: Work, rows: Sequence[IntakeRow]) -> Unsure:
    """Let the rows be those of the people who are on record; for the other new addresses who they may be.

    A row that this fails for is set apart, as any that cannot be settled.
    """
    known = ids_of_addresses(work.db, {row.content["email"] for row in rows})
    strange = {row.content["email"]: row for row in reversed(rows) if row.content["email"] not in known}
    newcomers = [newcomer_of(row) for row in strange.values()]
    people = DistrictPeople(work, newcomers, set(known.values()))
    found = settle_rows(work, [*strange.values()], lambda: lambda row: people.recognize(newcomer_of(row)))
    recognized_now = {item.newcomer.email: item.email for item in found if item.email}
    for row in rows if recognized_now else ():
        row.rostered = {**row.rostered, **recognized_now}  # type: ignore[misc]  # the class has what every row begins with
    return Unsure([item for item in found if item.candidates], people.names)


def newcomer_of(row: IntakeRow) -> Newcomer:
    """Whom a row of a roster names."""
    content = row.content
    return Newcomer(content["email"], f"{content['first_name']} {content['last_name']}", content["lea_id"])


def ask_about_unsure(work: Work, rows: Sequence[IntakeRow], unsure: Unsure) -> None:
    """Keep who may be whom for operators to decide, and write to them; of who has no seat they read the remedy."""
    if not unsure.found:
        return
    seated = {row.content["email"] for row in rows if row.disposition == Disposition.ACCEPTED}
    districts, told = districts_by_id(work.db), []
    for item in sorted(unsure.found, key=lambda item: item.newcomer.email):
        newcomer, person_id = item.newcomer, ""
        if newcomer.email in seated:
            person_id = register_at_once(work, newcomer.email, PersonRole.EDUCATOR, newcomer.name, newcomer.lea_id)
            insert_new(work.db, PersonMatch, [_match(work, person_id, candidate) for candidate in item.candidates])
        candidates = [{"person": c.person_id, "name": unsure.names[c.person_id]} for c in item.candidates]
        district = districts[newcomer.lea_id].name if newcomer.lea_id in districts else newcomer.lea_id
        told.append({"person": person_id, "name": newcomer.name, "district": district, "candidates": candidates})
    write_letter(work, f"unsure-persons/{work.cause}", "unsure_persons", work.policy.letters.operators, people=told)


def _match(work: Work, person_id: str, candidate: Likeness) -> Mapping[str, object]:
    row = {"person_id": person_id, "candidate_id": candidate.person_id, "alike_percent": candidate.alike_percent}
    return {**row, "season": work.season, "found_at": work.as_of, "is_same": None, "decided_by": ""}
