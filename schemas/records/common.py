"""What more than one subject speaks of: components, rulings and the decisions made of them, fees, terms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from schemas.kinds import SubjectKind
from schemas.statuses import Outcome

PERSON_ID = re.compile(r"^[Pp]-?[0-9A-Za-z]{8}$")
# In a run form: an address that somebody types instead is rejected before anything of it is kept.
PersonId = Annotated[str, Field(pattern=PERSON_ID.pattern, description="The participant's id, such as P-7K3QX2MD.")]


class Component(StrEnum):
    """What a seat is a place in (packages: options 1-3 and the add-ons)."""

    CERTIFICATION = "certification"
    ACADEMY = "academy"
    LIBRARIAN = "librarian"
    EXFRL = "exfrl"


ADD_ONS = (Component.LIBRARIAN, Component.EXFRL)
OPTION_COMPONENTS: Mapping[int, tuple[Component, ...]] = {
    1: (Component.CERTIFICATION,),
    2: (Component.ACADEMY,),
    3: (Component.CERTIFICATION, Component.ACADEMY),
}
COMPONENT_NAMES: Mapping[str, str] = {
    Component.CERTIFICATION: "ISTE Certification for Educators",
    Component.ACADEMY: "the Summer Learning Academy",
    Component.LIBRARIAN: "ISTE Certification for Librarians",
    Component.EXFRL: "Exploring Future Ready Librarianship",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule decided: the outcome in one word, and a sentence that the district lead can read."""

    rule: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionNote:
    """A ruling about one subject with the facts that it rests on, ready to be recorded.

    ``cause`` is what made the program decide: a row of a file, a district's answer, a round, or the run itself.
    """

    subject_kind: SubjectKind
    subject_key: str
    ruling: Ruling
    inputs: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee in integer cents with the sentence that explains it."""

    fee_cents: int
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Term:
    """The days from ``starts_on`` to ``ends_on``, both included."""

    starts_on: date
    ends_on: date
