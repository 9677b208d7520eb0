"""Who is on record already: an address that nobody has may be another one of a person whom the district had before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from rules.persons import KnownPerson, Likeness, plain_name, recognize_person, recognized
from schemas.kinds import PersonRole, SubjectKind
from schemas.statuses import Disposition
from schemas.tables import IntakeRow, Person
from tasks.enrollment.addresses import keep_address, tell_both_addresses
from tasks.intake.persons_on_record import Held, Unsure, ask_about, held_in_districts
from tasks.intake.settle import settle_rows
from tasks.ledger.persons import Sighting, ids_of_addresses, register_at_once
from tasks.ledger.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Found:
    """A newcomer whom operators are asked about, with the candidates."""

    newcomer: Sighting
    candidates: tuple[Likeness, ...] = ()


class DistrictPeople:
    """The people of the newcomers' districts by the names that seasons know them by, and where each is on record.

    Whoever comes with the same file under an address on record is here already, and so is everybody of a name that several
    newcomers of the district have: which of them has come back no name can tell.
    """

    def __init__(self, work: Work, newcomers: Collection[Sighting], here: Collection[str]) -> None:
        """Look them up once for all who are new; ``here`` are the ids of those who come under an address on record."""
        self._work, self._here = work, here
        self._several = Counter((newcomer.lea_id, plain_name(newcomer.name)) for newcomer in newcomers)
        self._addresses: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._held: dict[str, list[Held]] = defaultdict(list)
        for known in held_in_districts(work.db, {newcomer.lea_id for newcomer in newcomers}):
            self._held[known.lea_id].append(known)
            self._addresses[known.person_id], self.names[known.person_id] = known.email, known.name

    def recognize(self, newcomer: Sighting) -> Found:
        """Whether this is a person on record, who then has another record and address, of which both addresses are told.

        The new record belongs to the one that is kept, as if an operator had merged them: *Part persons* undoes it.
        """
        is_one_of_several = self._several[newcomer.lea_id, plain_name(newcomer.name)] > 1
        known = [
            KnownPerson(held.person_id, held.name, is_here=is_one_of_several or self._is_here(held))
            for held in self._held[newcomer.lea_id]
        ]
        found = recognize_person(newcomer.name, known, self._work.policy)
        if not found.same:
            return Found(newcomer, candidates=found.unsure)
        work, email = self._work, newcomer.email
        tell_both_addresses(work, self._addresses[found.same], email, newcomer.name)
        register_at_once(work, email, newcomer.role, newcomer.name, newcomer.lea_id)
        work.db.scalars(select(Person).where(Person.email == email)).one().merged_into = found.same
        keep_address(work, email, email)
        work.decide(SubjectKind.EDUCATOR, email, recognized(found.same), alike_percent=100)
        return Found(newcomer)

    def _is_here(self, held: Held) -> bool:
        """Whether the season has the person already, in whatever role, or a line of the same file."""
        return held.season == self._work.season or held.record_id in self._here


@dataclass(frozen=True, slots=True)
class Undecided:
    """The newcomers who may be somebody on record, each with the candidates, and what all of those are called."""

    found: Sequence[Found]
    names: Mapping[str, str]


def recognize_rostered(work: Work, rows: Sequence[IntakeRow]) -> Undecided:
    """Take the new addresses for those of people on record where no doubt is left; for the others who they may be.

    A row that this fails for is set apart, as any that cannot be settled.
    """
    known = ids_of_addresses(work.db, {row.content["email"] for row in rows})
    strange = {row.content["email"]: row for row in reversed(rows) if row.content["email"] not in known}
    newcomers = [newcomer_of(row) for row in strange.values()]
    people = DistrictPeople(work, newcomers, set(known.values()))
    found = settle_rows(work, [*strange.values()], lambda: lambda row: people.recognize(newcomer_of(row)))
    return Undecided([item for item in found if item.candidates], people.names)


def newcomer_of(row: IntakeRow) -> Sighting:
    """Whom a row of a roster names."""
    content = row.content
    name = f"{content['first_name']} {content['last_name']}"
    return Sighting(content["email"], PersonRole.EDUCATOR, name, content["lea_id"])


def ask_about_unsure(work: Work, rows: Sequence[IntakeRow], undecided: Undecided) -> None:
    """Keep who may be whom for operators to decide, and write to them; of who has no seat they read the remedy."""
    seated = {row.content["email"] for row in rows if row.disposition == Disposition.ACCEPTED}
    unsure = []
    for item in sorted(undecided.found, key=lambda item: item.newcomer.email):
        one = item.newcomer
        is_seated = one.email in seated
        person_id = register_at_once(work, one.email, one.role, one.name, one.lea_id) if is_seated else ""
        unsure.append(Unsure(one.name, one.lea_id, item.candidates, person_id))
    ask_about(work, "roster", unsure, undecided.names)
