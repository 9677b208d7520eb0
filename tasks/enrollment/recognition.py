"""Who is on record already: an address that nobody has may be another one of a person whom the district had before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rules.persons import KnownPerson, Likeness, plain_name, recognize_person, recognized
from schemas.kinds import PersonRole, SubjectKind
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, PersonRoleHeld
from tasks.enrollment.addresses import keep_address, tell_both_addresses
from tasks.intake.persons_on_record import Unsure, ask_about, held_in_districts
from tasks.intake.settle import settle_rows
from tasks.ledger.persons import ids_of_addresses, register_at_once
from tasks.ledger.unit_of_work import Work


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
        for held, email in held_in_districts(work.db, {newcomer.lea_id for newcomer in newcomers}):
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


@dataclass(frozen=True, slots=True)
class Undecided:
    """The newcomers who may be somebody on record, each with the candidates, and what all of those are called."""

    found: Sequence[Found]
    names: Mapping[str, str]


def recognize_rostered(work: Work, rows: Sequence[IntakeRow]) -> Undecided:
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
    return Undecided([item for item in found if item.candidates], people.names)


def newcomer_of(row: IntakeRow) -> Newcomer:
    """Whom a row of a roster names."""
    content = row.content
    return Newcomer(content["email"], f"{content['first_name']} {content['last_name']}", content["lea_id"])


def ask_about_unsure(work: Work, rows: Sequence[IntakeRow], undecided: Undecided) -> None:
    """Keep who may be whom for operators to decide, and write to them; of who has no seat they read the remedy."""
    seated = {row.content["email"] for row in rows if row.disposition == Disposition.ACCEPTED}
    unsure = []
    for item in sorted(undecided.found, key=lambda item: item.newcomer.email):
        email, name, lea_id = item.newcomer.email, item.newcomer.name, item.newcomer.lea_id
        is_seated = email in seated
        person_id = register_at_once(work, email, PersonRole.EDUCATOR, name, lea_id) if is_seated else ""
        unsure.append(Unsure(name, lea_id, item.candidates, person_id))
    ask_about(work, "roster", unsure, undecided.names)
