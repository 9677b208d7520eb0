"""What a contract is made of: fields, expectations, and those that several inputs share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.contracts.addresses import MAILABLE_EMAIL, MAILABLE_REMEDY
from schemas.kinds import InputKind, Severity

# A digit is one of 0 to 9: \d takes those of other scripts too.
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?\Z"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"
EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+\Z"
COUNT = r"^[0-9]{1,5}\Z"
SHORT_TEXT, LONG_TEXT = 500, 20_000  # characters: a name or an answer; what evaluators write to a participant
SHAPES = frozenset({MOMENT, DAY})  # patterns to which every digit is like every other


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an input: whether its column must exist, and other headers under which it is known.

    ``or_else`` names a field that can take the place of a missing column. No value of it is longer than ``longest_characters``.
    """

    name: str
    is_required: bool = True
    aliases: tuple[str, ...] = ()
    or_else: str = ""
    longest_characters: int = SHORT_TEXT


@dataclass(frozen=True, slots=True)
class Expect:
    """One expectation on one field.

    ``check`` is ``filled``, ``matches`` (with ``pattern``), ``mailable`` (letters can be sent to it), or ``in_set`` (with
    ``values``, or ``known``: the name of a set that is read from the database). ``only_where`` limits it to rows whose other
    field has one of the values.
    """

    rule: str
    field: str
    check: str
    problem: str
    remedy: str
    pattern: str = ""
    values: tuple[str, ...] = ()
    known: str = ""
    only_where: tuple[str, tuple[str, ...]] | None = None
    severity: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Contract:
    """An input's fields and expectations; ``key`` names the fields that make a row the same row wherever it comes from."""

    kind: InputKind
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    expectations: tuple[Expect, ...]
    normal: Mapping[str, str] = field(default_factory=dict)

    def with_aliases(self, aliases: Mapping[str, tuple[str, ...]]) -> "Contract":
        """The contract with the season's own names for its fields."""
        fields = tuple(replace(f, aliases=(*aliases.get(f.name, ()), *f.aliases)) for f in self.fields)
        return replace(self, fields=fields)


def expect_filled(rule: str, name: str, title: str, **options: Any) -> Expect:
    """The field has a value."""
    return Expect(rule, name, "filled", f"{title} is empty", f"fill in {title}", **options)


def expect_match(rule: str, name: str, pattern: str, problem: str, remedy: str, **options: Any) -> Expect:
    """The field, where it has a value, has it in the shape of the pattern."""
    return Expect(rule, name, "matches", problem, remedy, pattern=pattern, **options)


def expect_known(rule: str, name: str, known: str, problem: str, remedy: str) -> Expect:
    """The field's value is one of a set that is read from the database."""
    return Expect(rule, name, "in_set", problem, remedy, known=known)


def expect_email(rule: str, **options: Any) -> Expect:
    """The field ``email`` is an e-mail address."""
    return expect_match(
        rule, "email", EMAIL, "this is not an e-mail address", "write it as name@district.org", **options
    )


def expect_mailable(rule: str, name: str) -> Expect:
    """The field is the e-mail address of somebody who joins, to which letters can be sent."""
    problem = "letters cannot be sent to this e-mail address"
    return Expect(rule, name, "mailable", problem, MAILABLE_REMEDY, pattern=MAILABLE_EMAIL)


def expect_component(known: str, filled: str) -> tuple[Expect, Expect]:
    """The field ``component`` is there and is a component of the program; both take the id of their rule."""
    names = ("certification", "academy", "librarian", "exfrl")
    problem, remedy = "this component is not known", f"use {', '.join(names[:-1])} or {names[-1]}"
    return Expect(known, "component", "in_set", problem, remedy, values=names), expect_filled(
        filled, "component", "the component"
    )


def expect_district(filled: str, known: str) -> tuple[Expect, Expect]:
    """The field ``lea_id`` is there and names a district of the season; both take the id of their rule."""
    remedy = "use the 7-digit id of the district"
    return (
        expect_filled(filled, "lea_id", "the NCES district id"),
        expect_known(known, "lea_id", "districts", "no district has this NCES id", remedy),
    )
