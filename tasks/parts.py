"""Rows on their way from a file into the database: their values by field, their natural keys, and their faults."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from schemas.contracts import CRITICAL, Contract
from schemas.policy import Policy
from schemas.records import Finding
from tasks.exports import from_text
from tasks.files import Source
from tasks.formats.records import Block
from tasks.mapping import Mapped, joined_choices, moment_text
from tasks.values import moment

PART_ROWS = 50_000
LEA_ID_DIGITS = 7
NOT_IN_MADE_IDS = frozenset({"response_id", "submitted_at", "slots"})  # tools write the latter two in more than one way


@dataclass(slots=True)
class Arrival:
    """A file on its way into the database."""

    source: Source
    season: str
    kind: str
    mapped: Mapped
    fields: list[str]
    rows: int = 0
    refused: int = 0
    outcomes: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    file_id: int = field(init=False)

    def __post_init__(self) -> None:
        """Number the file: the same on every database and in every repeated run."""
        self.file_id = number_of_file(self.season, self.kind, self.source.file_hash)


def number_of_file(season: str, kind: str, file_hash: str) -> int:
    """63 bits of a hash over what a file is known by."""
    return int.from_bytes(hashlib.sha256(f"{season}/{kind}/{file_hash}".encode()).digest()[:8], "big") >> 1


@dataclass(slots=True)
class Part:
    """Some rows of one file: their values by field, their natural keys, and what is wrong with them by index."""

    arrival: Arrival
    block: Block
    columns: dict[str, list[str]]
    keys: list[str]
    findings: dict[int, list[Finding]]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.keys)

    def refused(self) -> dict[int, str]:
        """The rows that may not go on, by index, with why."""
        found = {}
        for index, findings in self.findings.items():
            critical = [f"{f.field}: {f.problem} ({f.remedy})" for f in findings if f.severity == CRITICAL]
            if critical:
                found[index] = "; ".join(dict.fromkeys(critical))
        return found

    def cells(self) -> list[str]:
        """Each row's values as the JSON text that is stored."""
        return [orjson.dumps(values).decode() for values in zip(*self.columns.values(), strict=True)]

    def refuse(self, index: int, finding: Finding) -> None:
        """Note one more fault of a row."""
        self.findings.setdefault(index, []).append(finding)


def parts_of(arrival: Arrival, contract: Contract, policy: Policy) -> Iterator[Part]:
    """The rows of a file, part by part."""
    for block in arrival.source.blocks(PART_ROWS):
        arrival.rows += len(block.rows)
        columns = _columns(arrival, block, contract)
        part = Part(arrival, block, columns, [], dict(block.findings))
        for name in arrival.mapped.missing:
            for index in range(len(block.rows)):
                part.refuse(index, _missing_column(name))
        if "response_id" in columns:
            columns["response_id"] = _response_ids(arrival.source, columns, policy)
        part.keys = _keys(columns, contract.key)
        for index in block.findings:
            part.keys[index] = ""  # a row that cannot be read has no name to be known by
        yield part


def _columns(arrival: Arrival, block: Block, contract: Contract) -> dict[str, list[str]]:
    """The values of a block by field, each in the one way to write it."""
    cells = list(zip(*block.rows, strict=True))
    has_formula_text = arrival.source.has_formula_text
    is_correction = "origin_file" in arrival.mapped.fields
    found = {}
    for name in arrival.fields:
        positions = arrival.mapped.fields.get(name, ())
        values = _values(cells, positions, arrival, len(block.rows))
        if has_formula_text:
            values = [_unwrapped(value) for value in values]
        if is_correction:
            values = [from_text(value) for value in values]
        kind = contract.normal.get(name)
        found[name] = _normalised(kind, values) if kind else values
    return found


def _values(cells: Sequence[Sequence[str]], positions: Sequence[int], arrival: Arrival, rows: int) -> list[str]:
    if not positions:
        return [""] * rows
    if len(positions) == 1:
        return list(map(str.strip, cells[positions[0]]))
    columns = arrival.source.columns
    return joined_choices([cells[position] for position in positions], [columns[position] for position in positions])


def _unwrapped(value: str) -> str:
    """The text in a cell that was written as ="00123", so that a spreadsheet would not take it for a number."""
    return value[2:-1].replace('""', '"') if value.startswith('="') and value.endswith('"') else value


def _normalised(kind: str, values: list[str]) -> list[str]:
    """The one way to write a value: ids with their leading zero, addresses in lower case, 'Option 1: ...' as 1."""
    if kind == "moment":
        return [value if value[4:5] == "-" else moment_text(value) for value in values]
    if kind == "email":
        return list(map(str.lower, values))
    form = {value: _normal(kind, value) for value in set(values)}
    return [form[value] for value in values]


def _normal(kind: str, value: str) -> str:
    if kind == "lea_id" and value.isdigit() and len(value) == LEA_ID_DIGITS - 1:
        return value.zfill(LEA_ID_DIGITS)
    if kind == "option" and value.lower().startswith("option "):
        return value[7:8]
    return value


def _response_ids(source: Source, columns: Mapping[str, list[str]], policy: Policy) -> list[str]:
    """The tool's ids; a form's running numbers with the time beside them; ids made of the answers where there are none."""
    ids, times = columns["response_id"], columns.get("submitted_at", [])
    if source.dialect == "microsoft-forms":
        return [f"{number}@{time}" if number else "" for number, time in zip(ids, times, strict=True)]
    if any(ids):
        return ids
    others = [values for name, values in columns.items() if name not in NOT_IN_MADE_IDS]
    answers = zip(times, zip(*others, strict=True), strict=True)
    return [_made_id(time, source.head.zone, policy, values) for time, values in answers] if times else ids


def _made_id(time: str, zone: str, policy: Policy, values: Sequence[str]) -> str:
    """An id made of what a response says: the same by whatever way it comes."""
    try:
        when = moment(time, policy, zone).isoformat()
    except ValueError:
        when = time
    return f"made-{hashlib.sha256(chr(31).join((when, *values)).encode()).hexdigest()[:20]}"


def _keys(columns: Mapping[str, list[str]], names: Sequence[str]) -> list[str]:
    if len(names) == 1:
        return list(columns[names[0]])
    return ["/".join(values) for values in zip(*(columns[name] for name in names), strict=True)]


def _missing_column(name: str) -> Finding:
    return Finding(0, name, "", "IN-001", CRITICAL, f"the column '{name}' is missing", f"add the column '{name}'")
