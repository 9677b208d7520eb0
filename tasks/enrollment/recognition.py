"""Who is on record already: an address that nobody has may be another one of a person whom the district had before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.persons import KnownPerson, Likeness, recognize_person, recognized
from schemas.kinds import PersonRole, SubjectKind
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, Person, PersonMatch, PersonRoleHeld
from tasks.core.database import batches, insert_new
from tasks.core.districts import districts_by_id
from tasks.enrollment.addresses import keep_address, tell_both_addresses
from tasks.intake.settle import cause_of
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


class DistrictPeople:
    """The people of some districts by the names that seasons know them by, and under which address each is on record."""

    def __init__(self, work: Work, lea_ids: Iterable[str]) -> None:
        """Look them up once for all who are new."""
        self._work = work
        self._addresses: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._known: dict[str, list[KnownPerson]] = defaultdict(list)
        for held, email in self._held(work.db, sorted(set(lea_ids))):
            person = KnownPerson(held.person_id, held.name, is_here=_is_enrolled(held, work.season))
            self._known[held.lea_id].append(person)
            self._addresses[held.person_id], self.names[held.person_id] = email, held.name

    def _held(self, db: Session, lea_ids: Sequence[str]) -> Iterable[tuple[PersonRoleHeld, str]]:
        for some in batches(lea_ids):
            query = (
                select(PersonRoleHeld, Person.email)
                .join(Person, Person.person_id == PersonRoleHeld.person_id)
                .where(PersonRoleHeld.lea_id.in_(some), PersonRoleHeld.role.in_(PEOPLE_OF_DISTRICTS))
                .where(Person.email.is_not(None), Person.merged_into.is_(None))
                .order_by(PersonRoleHeld.since, PersonRoleHeld.season)
            )
            yield from ((held, email) for held, email in db.execute(query).tuples() if email)

    def recognize(self, newcomer: Newcomer) -> tuple[str, tuple[Likeness, ...]]:
        """The address of record of the person who this is, now with the new address; or who it may be."""
        found = recognize_person(newcomer.name, self._known[newcomer.lea_id], self._work.policy)
        if not found.same:
            return "", found.unsure
        email = self._addresses[found.same]
        tell_both_addresses(self._work, email, newcomer.email, newcomer.name)
        keep_address(self._work, email, newcomer.email)
        self._work.decide(SubjectKind.EDUCATOR, email, recognized(found.same), alike_percent=100)
        return email, ()


def _is_enrolled(held: PersonRoleHeld, season: str) -> bool:
    return held.season == season and held.role == PersonRole.EDUCATOR


Unsure = Mapping[str, tuple[Likeness, ...]]


def recognize_rostered(work: Work, rows: Sequence[IntakeRow]) -> Unsure:
    """Let the rows be those of the people who are on record; for the other new addresses who they may be."""
    known = ids_of_addresses(work.db, {row.content["email"] for row in rows})
    strange = [row for row in rows if row.content["email"] not in known]
    people = DistrictPeople(work, {row.content["lea_id"] for row in strange})
    same: dict[str, str] = {}
    unsure: dict[str, tuple[Likeness, ...]] = {}
    for row in strange:
        newcomer = newcomer_of(row)
        if newcomer.email not in same.keys() | unsure.keys():
            with work.because(cause_of(row)):
                same[newcomer.email], unsure[newcomer.email] = people.recognize(newcomer)
    recognized_now = {address: email for address, email in same.items() if email}
    for row in rows if recognized_now else ():
        row.rostered = {**row.rostered, **recognized_now}  # type: ignore[misc]  # the class has what every row begins with
    return {address: candidates for address, candidates in unsure.items() if candidates}


def newcomer_of(row: IntakeRow) -> Newcomer:
    """Whom a row of a roster names."""
    content = row.content
    return Newcomer(content["email"], f"{content['first_name']} {content['last_name']}", content["lea_id"])


def ask_about_unsure(work: Work, rows: Sequence[IntakeRow], unsure: Unsure) -> None:
    """Keep who may be whom for operators to decide, and write to them; of who has no seat they read the remedy."""
    asked = {row.content["email"]: row for row in rows if row.content["email"] in unsure}
    if not asked:
        return
    people = DistrictPeople(work, {row.content["lea_id"] for row in asked.values()})
    districts, told = districts_by_id(work.db), []
    for email, row in sorted(asked.items()):
        newcomer, person_id = newcomer_of(row), ""
        if row.disposition == Disposition.ACCEPTED:
            person_id = register_at_once(work, email, PersonRole.EDUCATOR, newcomer.name, newcomer.lea_id)
            insert_new(work.db, PersonMatch, [_match(work, person_id, candidate) for candidate in unsure[email]])
        candidates = [{"person": c.person_id, "name": people.names[c.person_id]} for c in unsure[email]]
        district = districts[newcomer.lea_id].name if newcomer.lea_id in districts else newcomer.lea_id
        told.append({"person": person_id, "name": newcomer.name, "district": district, "candidates": candidates})
    write_letter(work, f"unsure-persons/{work.cause}", "unsure_persons", work.policy.letters.operators, people=told)


def _match(work: Work, person_id: str, candidate: Likeness) -> Mapping[str, object]:
    row = {"person_id": person_id, "candidate_id": candidate.person_id, "alike_percent": candidate.alike_percent}
    return {**row, "season": work.season, "found_at": work.as_of, "is_same": None, "decided_by": ""}
