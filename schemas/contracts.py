"""The contract of each input: its fields, what must hold of every row, and the remedy where it does not.

What belongs here: contracts as data. What does not: running them (``tasks/intake/expectations.py``, the one place that imports
Great Expectations) and decisions about people and seats (``rules/``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

CRITICAL = "critical"
WARNING = "warning"
MOMENT = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\Z"
DAY = r"^\d{4}-\d\d-\d\d\Z"
EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+\Z"
COUNT = r"^\d{1,5}\Z"
SHAPES = frozenset({MOMENT, DAY})  # patterns to which every digit is like every other


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an input: whether its column must exist, and other headers under which it is known.

    ``or_else`` names a field that can take the place of a missing column.
    """

    name: str
    is_required: bool = True
    aliases: tuple[str, ...] = ()
    or_else: str = ""


@dataclass(frozen=True, slots=True)
class Expect:
    """One expectation on one field.

    ``check`` is ``filled``, ``matches`` (with ``pattern``) or ``in_set`` (with ``values``, or ``known``: the name of a set
    that is read from the database). ``only_where`` limits it to rows whose other field has one of the values.
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
    severity: str = CRITICAL


@dataclass(frozen=True, slots=True)
class Contract:
    """An input's fields and expectations; ``key`` names the fields that make a row the same row wherever it comes from."""

    kind: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    expectations: tuple[Expect, ...]
    normal: Mapping[str, str] = field(default_factory=dict)

    def with_aliases(self, aliases: Mapping[str, tuple[str, ...]]) -> "Contract":
        """The contract with the season's own names for its fields."""
        fields = tuple(replace(f, aliases=(*aliases.get(f.name, ()), *f.aliases)) for f in self.fields)
        return replace(self, fields=fields)


def _filled(rule: str, name: str, title: str, **options: Any) -> Expect:
    return Expect(rule, name, "filled", f"{title} is empty", f"fill in {title}", **options)


def _matches(rule: str, name: str, pattern: str, problem: str, remedy: str, **options: Any) -> Expect:
    return Expect(rule, name, "matches", problem, remedy, pattern=pattern, **options)


def _known(rule: str, name: str, known: str, problem: str, remedy: str) -> Expect:
    return Expect(rule, name, "in_set", problem, remedy, known=known)


def _email(rule: str, **options: Any) -> Expect:
    return _matches(rule, "email", EMAIL, "this is not an e-mail address", "write it as name@district.org", **options)


def _component(known: str, filled: str) -> tuple[Expect, Expect]:
    names = ("certification", "academy", "librarian", "exfrl")
    problem, remedy = "this component is not known", f"use {', '.join(names[:-1])} or {names[-1]}"
    return Expect(known, "component", "in_set", problem, remedy, values=names), _filled(
        filled, "component", "the component"
    )


def _district(filled: str, known: str) -> tuple[Expect, Expect]:
    remedy = "use the 7-digit id of the district"
    return (
        _filled(filled, "lea_id", "the NCES district id"),
        _known(known, "lea_id", "districts", "no district has this NCES id", remedy),
    )


_APPLYING = ("request", ("Apply", "apply"))

SURVEY = Contract(
    kind="survey",
    title="district interest survey",
    fields=(
        Field("response_id", is_required=False),
        Field("submitted_at"),
        Field("lea_id", or_else="district_name"),
        Field("request"),
        Field("option"),
        Field("certification_seats"),
        Field("academy_seats"),
        Field("librarian_seats"),
        Field("exfrl_seats"),
        Field("lead_name"),
        Field("lead_email"),
        Field("finished", is_required=False),
        Field("district_name", is_required=False),
        Field("slots", is_required=False),
        Field("superintendent_name", is_required=False),
        Field("status", is_required=False),
        Field("origin_file", is_required=False),
        Field("origin_row", is_required=False),
    ),
    key=("response_id",),
    normal={"lea_id": "lea_id", "lead_email": "email", "option": "option", "submitted_at": "moment"},
    expectations=(
        _filled("IS-001", "response_id", "the response id"),
        _filled("IS-002", "submitted_at", "the time of submission"),
        _matches("IS-003", "submitted_at", MOMENT, "this is not a date and time", "write it as 2022-05-03 14:30:00"),
        *_district("IS-004", "IS-005"),
        Expect(
            "IS-006",
            "request",
            "in_set",
            "the answer is neither 'Apply' nor 'More information'",
            "choose one of the two",
            values=("Apply", "apply", "More information", "more information"),
        ),
        Expect(
            "IS-007",
            "option",
            "in_set",
            "this is not one of the options 1, 2 and 3",
            "choose option 1, 2 or 3",
            values=("1", "2", "3"),
            only_where=_APPLYING,
        ),
        _filled("IS-008", "option", "the package", only_where=_APPLYING),
        *(
            _matches(
                f"IS-01{number}", f"{name}_seats", COUNT, "this is not a number of seats", "write a whole number, as 25"
            )
            for number, name in enumerate(("certification", "academy", "librarian", "exfrl"))
        ),
        _filled("IS-014", "lead_email", "the e-mail of the district lead"),
        _matches(
            "IS-015", "lead_email", EMAIL, "this is not an e-mail address", "write it as name@district.org"
        ),
        _filled("IS-016", "lead_name", "the district lead", severity=WARNING),
        Expect(
            "IS-017",
            "finished",
            "in_set",
            "the response was not finished",
            "ask the district lead to finish the survey",
            values=("1", "True", "true", "TRUE", "yes", "Yes"),
        ),
        _matches(
            "IS-018",
            "status",
            r"^(?!(?:1|2|8|9|12|17|(?i:(?:survey |offline )?(?:preview|test)|(?:possible |preview |imported )?spam))\Z)",
            "this is a preview, a test or spam, and not a response",
            "nothing; if a district did send it, set the status to 0",
        ),
    ),
)  # fmt: skip

ROSTER = Contract(
    kind="roster",
    title="district roster",
    fields=(
        Field("lea_id"),
        Field("email"),
        Field("first_name"),
        Field("last_name"),
        Field("role"),
        Field("grade_band"),
        Field("component"),
        Field("session", is_required=False),
        Field("already_certified", is_required=False),
        Field("replaces", is_required=False),
    ),
    key=("email", "component"),
    normal={"lea_id": "lea_id", "email": "email", "replaces": "email"},
    expectations=(
        _filled("RO-001", "email", "the e-mail address"),
        _email("RO-002"),
        *_district("RO-003", "RO-004"),
        _filled("RO-005", "first_name", "the first name"),
        _filled("RO-006", "last_name", "the last name"),
        Expect(
            "RO-007",
            "role",
            "in_set",
            "this role is not known",
            "use teacher, coach or librarian",
            values=("teacher", "coach", "librarian"),
        ),
        *_component("RO-008", "RO-009"),
        _filled("RO-010", "role", "the role"),
        _matches(
            "RO-011", "replaces", EMAIL, "this is not an e-mail address", "write the address of the person who leaves"
        ),
    ),
)

ANSWER = Contract(
    kind="answer",
    title="answers to seat offers",
    fields=(Field("lea_id"), Field("component"), Field("seats"), Field("answered_on")),
    key=("lea_id", "component", "answered_on"),
    normal={"lea_id": "lea_id"},
    expectations=(
        *_district("AN-001", "AN-002"),
        *_component("AN-003", "AN-004"),
        _filled("AN-005", "answered_on", "the day of the answer"),
        _matches("AN-006", "answered_on", DAY, "this is not a day", "write it as 2022-06-20"),
        _filled("AN-007", "seats", "the number of seats that the district takes"),
        _matches("AN-008", "seats", COUNT, "this is not a number of seats", "write a whole number; 0 declines all"),
    ),
)

COMMITMENT = Contract(
    kind="commitment",
    title="commitment forms",
    fields=(Field("email"), Field("signed_at"), Field("signature")),
    key=("email",),
    normal={"email": "email"},
    expectations=(
        _filled("CF-001", "email", "the e-mail address"),
        _email("CF-002"),
        _filled("CF-003", "signature", "the signature"),
        _filled("CF-004", "signed_at", "the time of signing"),
        _matches("CF-005", "signed_at", MOMENT, "this is not a date and time", "write it as 2022-07-03 14:30:00"),
    ),
)

SELECTION = Contract(
    kind="selection",
    title="academy course selections",
    fields=(Field("email"), Field("course"), Field("selected_on"), Field("completed_on", is_required=False)),
    key=("email", "course", "completed_on"),
    normal={"email": "email"},
    expectations=(
        _filled("SE-001", "email", "the e-mail address"),
        _email("SE-002"),
        _filled("SE-003", "course", "the course"),
        _filled("SE-004", "selected_on", "the day of the selection"),
        _matches("SE-005", "selected_on", DAY, "this is not a day", "write it as 2022-07-03"),
        _matches("SE-006", "completed_on", DAY, "this is not a day", "write it as 2022-08-14"),
    ),
)

ATTENDANCE = Contract(
    kind="attendance",
    title="attendance of cohort sessions",
    fields=(
        Field("cohort_id"),
        Field("session_number"),
        Field("email"),
        Field("attended"),
        Field("independent_hours", is_required=False),
    ),
    key=("cohort_id", "session_number", "email"),
    normal={"email": "email"},
    expectations=(
        _filled("AT-001", "cohort_id", "the cohort"),
        _filled("AT-002", "session_number", "the session"),
        _matches("AT-003", "session_number", COUNT, "this is not a session", "write a whole number, as 2"),
        _filled("AT-004", "email", "the e-mail address"),
        _email("AT-005"),
        Expect("AT-006", "attended", "in_set", "this is neither yes nor no", "write yes or no", values=("yes", "no")),
        _filled("AT-007", "attended", "whether the person was there"),
        _matches("AT-008", "independent_hours", COUNT, "this is not a number of hours", "write a whole number, as 6"),
    ),
)

PORTFOLIO = Contract(
    kind="portfolio",
    title="portfolio submissions",
    fields=(Field("email"), Field("track"), Field("submitted_at"), Field("artifacts")),
    key=("email", "track", "submitted_at"),
    normal={"email": "email"},
    expectations=(
        _filled("PF-001", "email", "the e-mail address"),
        _email("PF-002"),
        Expect(
            "PF-003",
            "track",
            "in_set",
            "this track is not known",
            "use educator or librarian",
            values=("educator", "librarian"),
        ),
        _filled("PF-004", "track", "the track"),
        _filled("PF-005", "submitted_at", "the time of submission"),
        _matches("PF-006", "submitted_at", MOMENT, "this is not a date and time", "write it as 2023-01-15 14:30:00"),
    ),
)

SCORE = Contract(
    kind="score",
    title="evaluators' scores",
    fields=(
        Field("portfolio_id"),
        Field("round_number"),
        Field("evaluator_id"),
        Field("score_percent"),
        Field("feedback"),
        Field("scored_at"),
    ),
    key=("portfolio_id", "round_number", "evaluator_id"),
    expectations=(
        _filled("SC-001", "portfolio_id", "the portfolio"),
        _filled("SC-002", "evaluator_id", "the evaluator"),
        _matches("SC-003", "round_number", COUNT, "this is not a round", "write a whole number, as 1"),
        _filled("SC-004", "score_percent", "the score"),
        _matches(
            "SC-005",
            "score_percent",
            r"^(?:100(?:\.0{1,2})?|\d{1,2}(?:\.\d{1,2})?)\Z",
            "this is not a score between 0 and 100",
            "write a percentage with at most two decimals, as 83.25",
        ),
        _filled("SC-006", "feedback", "the feedback"),
        _filled("SC-007", "scored_at", "the time of the score"),
        _matches("SC-008", "scored_at", MOMENT, "this is not a date and time", "write it as 2023-02-01 09:00:00"),
        _filled("SC-009", "round_number", "the round"),
    ),
)

CREDIT = Contract(
    kind="credit",
    title="graduate credit opt-ins",
    fields=(Field("email"), Field("component"), Field("credits"), Field("opted_in_at")),
    key=("email", "component"),
    normal={"email": "email"},
    expectations=(
        _filled("CR-001", "email", "the e-mail address"),
        _email("CR-002"),
        Expect(
            "CR-003",
            "component",
            "in_set",
            "credits are not given for this",
            "use certification or academy",
            values=("certification", "academy"),
        ),
        _filled("CR-004", "credits", "the number of credits"),
        _matches("CR-005", "credits", COUNT, "this is not a number of credits", "write a whole number, as 4"),
        _filled("CR-006", "component", "the component"),
    ),
)

ACTIVITY = Contract(
    kind="activity",
    title="recertification activities",
    fields=(Field("certificate_id"), Field("activity"), Field("done_on")),
    key=("certificate_id", "activity", "done_on"),
    expectations=(
        _filled("AC-001", "certificate_id", "the certificate"),
        _known("AC-002", "certificate_id", "certificates", "no certificate has this number", "check the number"),
        _known("AC-003", "activity", "activities", "this activity gives no points", "use an activity of the policy"),
        _matches("AC-004", "done_on", DAY, "this is not a day", "write it as 2024-03-03"),
        _filled("AC-005", "activity", "the activity"),
        _filled("AC-006", "done_on", "the day"),
    ),
)

RENEWAL = Contract(
    kind="renewal",
    title="renewal payments",
    fields=(Field("certificate_id"), Field("term_number"), Field("paid_cents"), Field("paid_on")),
    key=("certificate_id", "term_number"),
    expectations=(
        _filled("RN-001", "certificate_id", "the certificate"),
        _known("RN-002", "certificate_id", "certificates", "no certificate has this number", "check the number"),
        _filled("RN-003", "paid_cents", "the amount"),
        _matches("RN-004", "paid_cents", COUNT, "this is not an amount in cents", "write cents, as 9900"),
        _filled("RN-005", "paid_on", "the day of payment"),
        _matches("RN-006", "paid_on", DAY, "this is not a day", "write it as 2025-12-03"),
        _filled("RN-007", "term_number", "the term"),
        _matches("RN-008", "term_number", COUNT, "this is not a term", "write a whole number, as 2"),
    ),
)

CONTRACTS: Mapping[str, Contract] = {
    contract.kind: contract
    for contract in (
        SURVEY,
        ANSWER,
        ROSTER,
        COMMITMENT,
        SELECTION,
        ATTENDANCE,
        PORTFOLIO,
        SCORE,
        CREDIT,
        ACTIVITY,
        RENEWAL,
    )
}
