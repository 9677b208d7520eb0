"""Which column of a file holds which field: by the season's names for it, by the tool's own, or by a question's choices.

An unknown or changed question is never dropped in silence: it becomes a message to the operator.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from schemas.contracts import Contract, Field
from tasks.intake.formats.head import Column, Head, plain

# What survey tools write about a response beside its answers; nobody has to map these.
TOOL_COLUMNS = frozenset(
    {
        "startdate", "enddate", "status", "ipaddress", "progress", "durationinseconds", "finished", "recordeddate",
        "responseid", "recipientlastname", "recipientfirstname", "recipientemail", "externalreference",
        "externaldatareference", "locationlatitude", "locationlongitude", "locationaccuracy", "distributionchannel",
        "userlanguage", "responseset", "responsetype", "respondentid", "collectorid", "datecreated", "datemodified",
        "emailaddress", "firstname", "lastname", "customdata1", "id", "starttime", "completiontime", "email",
        "name", "lastmodifiedtime", "timestamp", "languages", "score", "whatiswrong", "asitcame",
    }
)  # fmt: skip
ON = frozenset({"1", "true", "yes", "y", "x", "selected", "checked"})
OFF = frozenset({"0", "false", "no", "n", "n/a", "not selected", "unchecked"})
# Every survey of a tool has the same numbers for its questions: alone they say nothing about what was asked.
QUESTION_NUMBER = re.compile(r"Q(?:ID)?\d+(?:_\w+)?", re.IGNORECASE)
CONFIDENCE_PERCENT = 85  # a column is proposed for a field only where their names are at least so alike
SHORT_NAME = 8  # letters: in a shorter name one letter makes another word
MARGIN_PERCENT = 5  # and the next column is at least so much less alike
NAMED_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class MatchedHeaders:
    """The columns of each field (several where a question has a column for each choice), and what an operator should know.

    ``repeated`` has the columns of fields whose name stands over more than one.
    """

    fields: Mapping[str, tuple[int, ...]]
    missing: tuple[str, ...]
    messages: tuple[str, ...]
    unmapped: tuple[str, ...]
    repeated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Names:
    """Where each name and each question with choices stands; and what names each column has."""

    single: dict[str, list[int]] = field(default_factory=dict)
    groups: dict[str, list[int]] = field(default_factory=dict)
    of_column: list[frozenset[str]] = field(default_factory=list)

    def add(self, index: int, column: Column) -> None:
        names, groups = set(map(plain, column.names)), set(map(plain, column.groups))
        self.of_column.append(frozenset(names | groups))
        for name in names:
            self.single.setdefault(name, []).append(index)
        for group in groups:
            self.groups.setdefault(group, []).append(index)


def wanted_names(contract: Contract) -> frozenset[str]:
    """The names by which the table of a contract is known; the numbers of questions are in every survey."""
    names = (name for f in contract.fields for name in (*f.aliases, f.name) if not QUESTION_NUMBER.fullmatch(name))
    return frozenset(map(plain, names))


def match_headers(head: Head, contract: Contract) -> MatchedHeaders:
    """Find the columns of the contract's fields."""
    if not head.columns:
        return MatchedHeaders({}, (), (), ())
    names = _Names()
    for index, column in enumerate(head.columns):
        names.add(index, column)
    found = {f.name: _columns_of(f, names) for f in contract.fields}
    fields = {
        name: columns[:1] if is_repeated else columns for name, (columns, is_repeated) in found.items() if columns
    }
    repeated = {name: columns for name, (columns, is_repeated) in found.items() if is_repeated}
    own = {"response_id": head.id_column, "submitted_at": head.moment_column, "finished": head.finished_column}
    for name, place in own.items():
        if name in found and name not in fields and place >= 0:
            fields[name] = (place,)
    used = {index for columns in (*fields.values(), *repeated.values()) for index in columns}
    unmapped = _unmapped(head, used)
    missing = tuple(f for f in contract.fields if _is_missing(f, fields))
    messages = (
        *(_missing_message(f, head, unmapped) for f in missing),
        *(_repeated_message(head, columns) for columns in repeated.values()),
        *_unknown_messages(unmapped),
    )
    return MatchedHeaders(fields, tuple(f.name for f in missing), messages, unmapped, repeated)


def _unmapped(head: Head, used: set[int]) -> tuple[str, ...]:
    free = [i for i in range(len(head.columns)) if i not in used and i not in head.tool_columns]
    names = [(head.columns[index].names or ("",))[0] for index in free]
    return tuple(name for name in names if name and plain(name) not in TOOL_COLUMNS)


def _unknown_messages(unmapped: Sequence[str]) -> Iterable[str]:
    for name in unmapped[:NAMED_COLUMNS]:
        yield f"The column '{name}' fills no field; if it is a changed question, name it in the season's policy."
    if len(unmapped) > NAMED_COLUMNS:
        yield f"{len(unmapped) - NAMED_COLUMNS} more columns fill no field."


def _is_missing(field: Field, found: Mapping[str, tuple[int, ...]]) -> bool:
    return field.is_required and field.name not in found and field.or_else not in found


def _columns_of(field: Field, names: _Names) -> tuple[tuple[int, ...], bool]:
    """The columns of a field, and whether they are one that stands there more than once.

    The number of a question (``QID4``, ``Q4``) only tells columns apart that have the question's text.
    """
    wanted = [*field.aliases, field.name]
    numbers = {plain(name) for name in wanted if QUESTION_NUMBER.fullmatch(name)}
    texts = [plain(name) for name in wanted if not QUESTION_NUMBER.fullmatch(name)]
    single = next((names.single[text] for text in texts if text in names.single), None)
    if single is not None:
        numbered = [index for index in single if numbers & names.of_column[index]]
        single = numbered or single
        return tuple(single), len(single) > 1
    return tuple(next((names.groups[text] for text in texts if text in names.groups), ())), False


def _missing_message(field: Field, head: Head, unmapped: Sequence[str]) -> str:
    numbered = _numbered(field, head)
    if numbered:
        return (
            f"The column '{field.name}' is missing. The column '{numbered}' has the number of its question and another text: "
            "if it is the same question, name its text in the season's policy and send the file again."
        )
    near = _closest(field, unmapped)
    hint = f"; did you mean the column '{near}'?" if near else "."
    return f"The column '{field.name}' is missing{hint} Name it '{field.name}' and send the file again."


def _numbered(field: Field, head: Head) -> str:
    numbers = {plain(name) for name in field.aliases if QUESTION_NUMBER.fullmatch(name)}
    columns = [column for column in head.columns if numbers & set(map(plain, column.names))]
    texts = [name for column in columns for name in column.names if not QUESTION_NUMBER.fullmatch(name)]
    return texts[0] if texts else ""


def _repeated_message(head: Head, columns: Sequence[int]) -> str:
    name = head.columns[columns[0]].names[0]
    return (
        f"The column '{name}' stands {len(columns)} times in the file: where one of them is filled its value is used; rows in "
        "which they differ are kept back for you to decide."
    )


def proposals(mapped: MatchedHeaders, contract: Contract) -> dict[str, str]:
    """For each field without a column, the free column that is named almost like it; none where none is surely meant."""
    found = {
        f.name: near for f in contract.fields if f.name not in mapped.fields and (near := _closest(f, mapped.unmapped))
    }
    likeness = {f.name: _likeness(f, found[f.name]) for f in contract.fields if f.name in found}
    best: dict[str, str] = {}
    for name in sorted(found, key=lambda name: -likeness[name]):  # a column is proposed once
        if found[name] not in best.values():
            best[name] = found[name]
    return {name: best[name] for name in found if name in best}


def _closest(field: Field, columns: Sequence[str]) -> str:
    scores = sorted(((_likeness(field, name), name) for name in set(columns)), reverse=True)
    if not scores or scores[0][0] < CONFIDENCE_PERCENT:
        return ""
    is_clear = len(scores) == 1 or scores[0][0] - scores[1][0] >= MARGIN_PERCENT
    return scores[0][1] if is_clear else ""


def _likeness(field: Field, column: str) -> float:
    """How alike a column's name is to the field's (percent), letter by letter or word by word."""
    names = (name for name in (*field.aliases, field.name) if not QUESTION_NUMBER.fullmatch(name))
    return max((_alike(name, column) for name in names if len(plain(name)) >= SHORT_NAME), default=0.0)


def _alike(name: str, column: str) -> float:
    return max(fuzz.ratio(plain(name), plain(column)), fuzz.token_sort_ratio(name.lower(), column.lower()))


def joined_choices(cells: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[str]:
    """The chosen answers of a question that has a column for each choice, joined by semicolons."""
    choices = [column.choice or (column.names or ("",))[-1] for column in columns]
    return [
        "; ".join(
            choice if value.strip().lower() in ON else value.strip()
            for value, choice in zip(row, choices, strict=True)
            if value.strip() and value.strip().lower() not in OFF
        )
        for row in zip(*cells, strict=True)
    ]
