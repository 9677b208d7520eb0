"""Which column of a file holds which field: by the season's names for it, by the tool's own, or by a question's choices.

An unknown or changed question is never dropped in silence: it becomes a message to the operator.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.contracts import DAY, Contract, Field
from tasks.intake.formats.dialects import Column, Head, plain

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
ON = frozenset({"1", "true", "yes", "x", "selected", "checked"})
CLOSE_ENOUGH = 0.6
NAMED_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class MatchedHeaders:
    """The columns of each field (several where a question has a column for each choice), and what an operator should know."""

    fields: Mapping[str, tuple[int, ...]]
    missing: tuple[str, ...]
    messages: tuple[str, ...]
    unmapped: tuple[str, ...]


def match_headers(head: Head, contract: Contract) -> MatchedHeaders:
    """Find the columns of the contract's fields."""
    if not head.columns:
        return MatchedHeaders({}, (), (), ())
    names, groups = _by_name(head.columns)
    found = {field.name: _columns_of(field, names, groups) for field in contract.fields}
    fields = {name: columns for name, columns in found.items() if columns}
    for name, position in (("response_id", head.id_column), ("submitted_at", head.moment_column)):
        if name in found and name not in fields and position >= 0:
            fields[name] = (position,)
    used = {index for columns in fields.values() for index in columns}
    free = [(column.names or ("",))[0] for index, column in enumerate(head.columns) if index not in used]
    unmapped = tuple(name for name in free if name and plain(name) not in TOOL_COLUMNS)
    missing = tuple(f.name for f in contract.fields if _is_missing(f, fields))
    unknown = [
        f"The column '{name}' fills no field; if it is a changed question, name it in the season's policy."
        for name in unmapped[:NAMED_COLUMNS]
    ]
    if len(unmapped) > NAMED_COLUMNS:
        unknown.append(f"{len(unmapped) - NAMED_COLUMNS} more columns fill no field.")
    return MatchedHeaders(
        fields, missing, (*(_missing_message(name, unmapped) for name in missing), *unknown), unmapped
    )


def _is_missing(field: Field, found: Mapping[str, tuple[int, ...]]) -> bool:
    return field.is_required and field.name not in found and field.or_else not in found


def _by_name(columns: Sequence[Column]) -> tuple[dict[str, int], dict[str, list[int]]]:
    names: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        for name in column.names:
            names.setdefault(plain(name), index)
        for group in column.groups:
            groups.setdefault(plain(group), []).append(index)
    return names, groups


def _columns_of(field: Field, names: Mapping[str, int], groups: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    wanted = [plain(name) for name in (*field.aliases, field.name)]
    single = next((names[name] for name in wanted if name in names), None)
    if single is not None:
        return (single,)
    return tuple(next((groups[name] for name in wanted if name in groups), ()))


def _missing_message(name: str, headers: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, headers, n=1, cutoff=CLOSE_ENOUGH)
    hint = f"; did you mean the column '{near[0]}'?" if near else "."
    return f"The column '{name}' is missing{hint} Name it '{name}' and send the file again."


def proposals(mapped: MatchedHeaders, contract: Contract) -> dict[str, str]:
    """For each field without a column, the free column whose name is most like one of the field's names."""
    found = {}
    by_plain = {plain(name): name for name in mapped.unmapped}
    for field in contract.fields:
        if field.name not in mapped.fields:
            near = [
                m
                for name in (*field.aliases, field.name)
                for m in difflib.get_close_matches(plain(name), by_plain, 1, CLOSE_ENOUGH)
            ]
            if near:
                found[field.name] = by_plain[near[0]]
    return found


def joined_choices(cells: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[str]:
    """The chosen answers of a question that has a column for each choice, joined by semicolons."""
    choices = [column.choice or (column.names or ("",))[-1] for column in columns]
    return [
        "; ".join(
            choice if value.strip().lower() in ON else value.strip()
            for value, choice in zip(row, choices, strict=True)
            if value.strip()
        )
        for row in zip(*cells, strict=True)
    ]


_OTHER_MOMENT = re.compile(
    r"^(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})[ T,]+"  # the day, year first or last
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:\.\d+)? ?([ap]m)?"
    r"(?: ?(?:GMT|UTC)([+-]\d{1,2})(?::?(\d\d))?)?\Z",
    re.IGNORECASE,
)
_DAY = re.compile(DAY)
_YEAR_FIRST = 31
CENTURY = 2000


def moment_text(text: str) -> str:
    """A moment as survey tools write it, in the one form that we keep: '9/6/2018 1:06 PM' is 2018-09-06 13:06:00.

    The month stands before the day where the year stands last. What is no such moment stays as it is, for the contract to name.
    """
    found = _OTHER_MOMENT.match(text)
    if not found or (text[4:5] == "-" and text[7:8] == "-" and not found[7]):
        return text
    first, second, third = (int(part) for part in found.group(1, 2, 3))
    year, month, day = (first, second, third) if first > _YEAR_FIRST else (third, first, second)
    year += CENTURY if year < 100 else 0  # noqa: PLR2004 - a year of two digits
    hour = int(found[4]) % 12 + (12 if found[7].lower() == "pm" else 0) if found[7] else int(found[4])
    zone = f"{int(found[8]):+03d}:{found[9] or '00'}" if found[8] else ""
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{found[5]}:{found[6] or '00'}{zone}"


def day_text(text: str) -> str:
    """A day as survey tools and spreadsheets write it, in the one form that we keep: '9/19/2022' is 2022-09-19.

    A time beside it is dropped. What is no such day stays as it is, for the contract to name.
    """
    day = moment_text(text if ":" in text else f"{text} 0:00")[:10]
    return day if _DAY.match(day) and _OTHER_MOMENT.match(f"{day} 0:00") else text
