"""People who may be on record under another address: who had a role in a district before, and what operators are asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from rules.persons import KnownPerson, Likeness, like_persons
from schemas.kinds import PersonRole
from schemas.tables import Person, PersonMatch, PersonRoleHeld
from tasks.core.database import batches, insert_new
from tasks.core.districts import districts_by_id
from tasks.ledger.persons import Sighting, ids_of_addresses, register_at_once, register_person
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter

PEOPLE_OF_DISTRICTS = (PersonRole.EDUCATOR, PersonRole.LEAD)
PEOPLE_OF_THE_STATE = (PersonRole.EVALUATOR, PersonRole.FACILITATOR)  # a district tells nobody of them from others


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody was, in which season, by what name; ``person_id`` is that of the record that is kept, with its address."""

    person_id: str
    email: str
    record_id: str
    season: str
    lea_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """Somebody new who may be one of the candidates; an id where they are on record by now."""

    name: str
    lea_id: str
    candidates: Sequence[Likeness]
    person_id: str = ""


def held_in_districts(db: Session, lea_ids: Iterable[str]) -> Iterable[Held]:
    """What people with an address were in the districts; the earliest first."""
    for some in batches(sorted(lea_ids)):
        yield from _held(db, PersonRoleHeld.lea_id.in_(some), PersonRoleHeld.role.in_(PEOPLE_OF_DISTRICTS))


def _held(db: Session, *which: ColumnElement[bool]) -> Iterable[Held]:
    record, held = aliased(Person), PersonRoleHeld
    query = (
        select(Person.person_id, Person.email, record.person_id, held.season, held.lea_id, held.name)
        .join(record, record.person_id == held.person_id)
        .join(Person, Person.person_id == func.coalesce(record.merged_into, record.person_id))
        .where(*which, Person.email.is_not(None))
        .order_by(held.since, held.season, record.person_id)
    )
    yield from (Held(*row) for row in db.execute(query))


def register_people(work: Work, source: str, met: Sequence[Sighting]) -> None:
    """Keep in what roles forms and lists name people, and ask operators about new addresses of names that are on record.

    Anybody can fill in a form: a name on it never gives a person another address, as that on a district's roster does.
    Source: ruling, import matches by address, then by name and district; unsure matches go to the operator.
    """
    for sighting in met:
        register_person(work, sighting.email, sighting.role, sighting.name, sighting.lea_id)
    known = ids_of_addresses(work.db, (sighting.email for sighting in met if sighting.email))
    strangers = {sighting.email: sighting for sighting in met if sighting.email and sighting.email not in known}
    if not strangers:
        return
    people, unsure = _People(work, list(strangers.values())), []
    for email, one in sorted(strangers.items()):
        candidates = people.like(one)
        if candidates:
            person_id = register_at_once(work, email, one.role, one.name, one.lea_id)
            unsure.append(Unsure(one.name, one.lea_id, candidates, person_id))
    ask_about(work, source, unsure, people.names)


class _People:
    """Those among whom strangers may be, by their districts, or by what they are for the state."""

    def __init__(self, work: Work, strangers: Sequence[Sighting]) -> None:
        self._work = work
        self.names: dict[str, str] = {}
        self._by_place: dict[str, list[KnownPerson]] = defaultdict(list)
        for held in held_in_districts(work.db, {one.lea_id for one in strangers if one.lea_id}):
            self._keep(held.lea_id, held)
        if any(one.role in PEOPLE_OF_THE_STATE for one in strangers):
            for held in _held(work.db, PersonRoleHeld.role.in_(PEOPLE_OF_THE_STATE)):
                self._keep("", held)

    def _keep(self, place: str, held: Held) -> None:
        self.names[held.person_id] = held.name
        is_here = held.season == self._work.season
        self._by_place[place].append(KnownPerson(held.person_id, held.name, is_here=is_here))

    def like(self, one: Sighting) -> Sequence[Likeness]:
        """The people on record whose name is like that of somebody new."""
        places = {one.lea_id, ""} if one.role in PEOPLE_OF_THE_STATE else {one.lea_id} - {""}
        known = [person for place in sorted(places) for person in self._by_place[place]]
        return like_persons(one.name, known, self._work.policy)


def ask_about(work: Work, source: str, unsure: Sequence[Unsure], names: Mapping[str, str]) -> None:
    """Keep who may be whom for operators to decide, and write them one letter about all whom a ``source`` names."""
    if not unsure:
        return
    districts, told = districts_by_id(work.db), []
    for one in unsure:
        if one.person_id:
            insert_new(work.db, PersonMatch, [_match(work, one.person_id, candidate) for candidate in one.candidates])
        candidates = [{"person": c.person_id, "name": names[c.person_id]} for c in one.candidates]
        district = districts[one.lea_id].name if one.lea_id in districts else one.lea_id
        told.append({"person": one.person_id, "name": one.name, "district": district, "candidates": candidates})
    key, operators = f"unsure-persons/{source}/{work.cause}", work.policy.letters.operators
    write_letter(work, key, "unsure_persons", operators, source=source, people=told)


def _match(work: Work, person_id: str, candidate: Likeness) -> Mapping[str, object]:
    row = {"person_id": person_id, "candidate_id": candidate.person_id, "alike_percent": candidate.alike_percent}
    return {**row, "season": work.season, "found_at": work.as_of, "is_same": None, "decided_by": ""}
