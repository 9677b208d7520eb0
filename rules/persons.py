"""Who is who: whether a name on a roster is that of a person on record, and whether two records are one human being.

Source: terms, person: one human being across all seasons and roles, with a stable id; addresses belong to a person and change.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from text_unidecode import unidecode

from rules.rule_ids import RuleId
from schemas.policy import Policy
from schemas.records import Ruling
from schemas.statuses import Outcome

EXACTLY = 100
ANOTHERS = 50  # percent: a slip of the pen, or a letter more, leaves more than that alike
CANDIDATES = 3
_APOSTROPHES = re.compile(r"['`]")
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person of the same district; ``is_here`` says whether the season has them already, under another address."""

    person_id: str
    name: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """A person on record, and how alike the names are (percent)."""

    person_id: str
    alike_percent: int


@dataclass(frozen=True, slots=True)
class Recognition:
    """The person that a name means, or those that it may mean; neither: nobody on record."""

    same: str = ""
    unsure: tuple[Likeness, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnReview:
    """An evaluator and the portfolio that is under review by them, of a district."""

    evaluator_id: str
    portfolio_id: str
    lea_id: str


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """What stands on record of two people whom an operator takes for one.

    ``shared_seats`` are the components (by name, with the season) in which both hold a seat, ``shared_portfolios`` the tracks,
    ``own_reviews`` the reviews in open rounds that one owes or gave for a portfolio of the other.
    """

    is_same: bool
    kept_is_merged_into: str = ""
    other_is_merged_into: str = ""
    other_stands_for: tuple[str, ...] = ()
    shared_seats: tuple[str, ...] = ()
    shared_portfolios: tuple[str, ...] = ()
    own_reviews: tuple[OwnReview, ...] = ()


def plain_name(name: str) -> str:
    """A name without what people write now one way, now another: marks on letters, apostrophes, case, order, punctuation."""
    return " ".join(sorted(_WORD.findall(_APOSTROPHES.sub("", unidecode(name).casefold()))))


def alike_percent(first: str, second: str) -> int:
    """How alike two names are: 100 only where they are the same; a family name more or less is 99."""
    one, other = plain_name(first), plain_name(second)
    if one == other:
        return EXACTLY if one else 0
    return EXACTLY - 1 if _shares_words(one, other) else min(EXACTLY - 1, round(fuzz.token_sort_ratio(one, other)))


def is_another_name(one: str, other: str) -> bool:
    """Whether two names can hardly be one person's: no word in common, and hardly half alike."""
    first, second = set(plain_name(one).split()), set(plain_name(other).split())
    return bool(first and second) and not first & second and alike_percent(one, other) < ANOTHERS


def _shares_words(one: str, other: str) -> bool:
    """Whether all words of the shorter name, two at least, stand in the longer one."""
    first, second = set(one.split()), set(other.split())
    return len(first & second) == min(len(first), len(second)) > 1


def recognize_person(name: str, known: Sequence[KnownPerson], policy: Policy) -> Recognition:
    """The person on record whom a new address on a roster is of, by the name, among the people of the same district.

    Sure is only one person of exactly this name in the district, who has no other address in the season. Everybody else whom
    ``like_persons`` finds is for an operator to decide.

    Source: ruling, import matches by address, then by name and district; unsure matches go to the operator.
    """
    alike = like_persons(name, known, policy)
    here = {person.person_id for person in known if person.is_here}
    if len(alike) == 1 and alike[0].alike_percent == EXACTLY and alike[0].person_id not in here:
        return Recognition(same=alike[0].person_id)
    return Recognition(unsure=alike[:CANDIDATES])


def like_persons(name: str, known: Sequence[KnownPerson], policy: Policy) -> tuple[Likeness, ...]:
    """Everybody whose name is at least ``enrollment.alike_name_percent`` alike, the most alike first.

    Of those whom the season has already only who has exactly the name, for there two names that are alike are two people more
    often than one.

    Source: ruling, unsure matches go to the operator with the candidates.
    """
    least = policy.enrollment.alike_name_percent
    alike: dict[str, int] = {}
    for person in known:
        percent = alike_percent(name, person.name)
        if percent >= (EXACTLY if person.is_here else least):
            alike[person.person_id] = max(percent, alike.get(person.person_id, 0))
    ranked = sorted(alike.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Likeness(*item) for item in ranked)


def recognized(person_id: str) -> Ruling:
    """Another address of a person on record, who was recognized by name and district."""
    reason = f"The name and the district are those of {person_id}: letters go to the new address from now on."
    return Ruling(RuleId.PERSON_RECOGNIZED, Outcome.CHANGED, reason)


def merge_persons(kept: str, other: str, facts: MergeFacts) -> Ruling:
    """Whether two records are made one person: outcome *merged*, or *rejected* with everything that stands against it.

    Source: ruling, merge persons: both records' history kept, certificates and seats carried over, conflicts shown first.
    """
    against = _against(kept, other, facts)
    if against:
        return Ruling(RuleId.PERSONS_MERGED, Outcome.REJECTED, " ".join(against))
    reason = f"{other} is the same person as {kept}, who has the certificates and seats of both from now on."
    return Ruling(RuleId.PERSONS_MERGED, Outcome.MERGED, reason)


def _against(kept: str, other: str, facts: MergeFacts) -> list[str]:
    if facts.is_same:
        return [f"{kept} and {other} are one record; name two."]
    if facts.other_is_merged_into == kept:
        return [f"{other} belongs to {kept} already."]
    found = []
    for person, into in ((kept, facts.kept_is_merged_into), (other, facts.other_is_merged_into)):
        if into:
            found.append(f"{person} was merged into {into}: name {into} instead, or part the two first.")
    if facts.other_stands_for:
        theirs = ", ".join(facts.other_stands_for)
        found.append(f"{other} has the records of {theirs}: keep {other} and merge {kept} into it, or part them first.")
    found += [f"Both hold a seat in {seat}: withdraw one of them first." for seat in facts.shared_seats]
    words = "one person has one; ask the developers which can go"
    found += [f"Both have a portfolio of {track}: {words}." for track in facts.shared_portfolios]
    return found + [
        f"{review.evaluator_id} judges {review.portfolio_id}, which would be their own: declare a conflict of "
        f"{review.evaluator_id} with district {review.lea_id} first."
        for review in facts.own_reviews
    ]


def part_persons(other: str, merged_into: str) -> Ruling:
    """Whether two records that were merged are parted again.

    Source: ruling, a merge is undoable by a reversing action.
    """
    if not merged_into:
        return Ruling(RuleId.PERSONS_MERGED, Outcome.REJECTED, f"{other} was not merged into anybody.")
    reason = f"{other} and {merged_into} are two people: each has the own certificates and seats again."
    return Ruling(RuleId.PERSONS_MERGED, Outcome.PARTED, reason)
