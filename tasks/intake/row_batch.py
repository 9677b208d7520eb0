"""Rows on their way from a file into the database: their values by field, their natural keys, and their faults."""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import orjson
import polars as pl

from schemas.contracts import CRITICAL, Contract
from schemas.policy import Policy
from schemas.records import Finding
from tasks.core.spreadsheets import MARK, from_text
from tasks.intake.cell_values import moment
from tasks.intake.formats.records import Block
from tasks.intake.map_columns import Mapped, joined_choices, moment_text
from tasks.intake.read import Source

PART_ROWS = 30_000
LEA_ID_DIGITS = 7
NOT_AS_IT_IS_IN_JSON = r'["\\\x00-\x1f]'
NOT_IN_MADE_IDS = ("response_id", "submitted_at", "slots")  # tools write the latter two in more than one way


@dataclass(slots=True)
class Arrival:
    """A file on its way into the database."""

    source: Source
    season: str
    kind: str
    mapped: Mapped
    fields: list[str]
    rows: int = 0
    rejected: int = 0
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
    values: pl.DataFrame
    keys: pl.Series
    findings: dict[int, list[Finding]]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.keys)

    def rejected(self) -> dict[int, str]:
        """The rows that may not go on, by index, with why."""
        found = {}
        for index, findings in self.findings.items():
            critical = [f"{f.field}: {f.problem} ({f.remedy})" for f in findings if f.severity == CRITICAL]
            if critical:
                found[index] = "; ".join(dict.fromkeys(critical))
        return found

    def row(self, index: int) -> dict[str, str]:
        """One row's values by field, and the time zone of its file."""
        return self.values.row(index, named=True) | {"_zone": self.arrival.source.head.zone}

    def cells(self) -> pl.Series:
        """Each row's values as the JSON text that is stored."""
        cells = _lists(self.values)
        if _needs_no_escape(cells, quotes=2 * self.values.width):
            return cells
        escaped = [rewritten(c, c.str.contains(NOT_AS_IT_IS_IN_JSON), _as_json) for c in self.values.get_columns()]
        return _lists(pl.DataFrame(escaped))

    def reject(self, index: int, finding: Finding) -> None:
        """Note one more fault of a row."""
        self.findings.setdefault(index, []).append(finding)


def parts_of(arrival: Arrival, contract: Contract, policy: Policy) -> Iterator[Part]:
    """The rows of a file, part by part; each is read while the one before it is worked on."""
    parts = _parts(arrival, contract, policy)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader") as reader:
        waiting = reader.submit(next, parts, None)
        while part := waiting.result():
            waiting = reader.submit(next, parts, None)
            yield part


def _parts(arrival: Arrival, contract: Contract, policy: Policy) -> Iterator[Part]:
    for block in arrival.source.blocks(PART_ROWS):
        arrival.rows += len(block)
        values = _values(arrival, block, contract)
        if "response_id" in values.columns:
            values = values.with_columns(_response_ids(arrival.source, values, policy).alias("response_id"))
        keys = values.select(pl.concat_str(contract.key, separator="/")).to_series()
        if block.findings:  # a row that cannot be read has no name to be known by
            keys = keys.scatter(list(block.findings), "")
        part = Part(arrival, block, values, keys, dict(block.findings))
        for name in arrival.mapped.missing:
            for index in range(len(block)):
                part.reject(index, _missing_column(name))
        yield part


def _values(arrival: Arrival, block: Block, contract: Contract) -> pl.DataFrame:
    """The values of a block by field, each in the one way to write it."""
    cells = block.columns()
    fields = arrival.mapped.fields
    named = {name: _named(cells, fields.get(name, ()), arrival, len(block)) for name in arrival.fields}
    values = pl.DataFrame(named).select(pl.all().str.strip_chars())
    found = []
    for column in values.get_columns():
        changed = column
        if arrival.source.has_formula_text:
            changed = rewritten(changed, changed.str.starts_with('="'), _unwrapped)
        if "origin_file" in fields:
            changed = rewritten(changed, changed.str.starts_with(MARK), from_text)
        found.append(_normalised(contract.normal.get(column.name, ""), changed))
    return pl.DataFrame(found)


def _named(cells: Sequence[pl.Series], positions: Sequence[int], arrival: Arrival, rows: int) -> pl.Series:
    if not positions:
        return pl.repeat("", rows, dtype=pl.String, eager=True)
    if len(positions) == 1:
        return cells[positions[0]]
    columns = arrival.source.columns
    lists = [cells[position].to_list() for position in positions]
    return pl.Series(joined_choices(lists, [columns[position] for position in positions]), dtype=pl.String)


def _lists(values: pl.DataFrame) -> pl.Series:
    """Each row as a list of texts in JSON, if no text needs to be escaped."""
    form = '["' + '","'.join(["{}"] * values.width) + '"]'
    return values.select(pl.format(form, *values.columns)).to_series()


def _needs_no_escape(lists: pl.Series, quotes: int) -> bool:
    """Whether there are no quotation marks but those around the texts, no backslashes, and no control characters."""
    written = io.BytesIO()
    lists.to_frame().write_csv(written, include_header=False, quote_style="never")  # a line for each
    signs = np.frombuffer(written.getbuffer(), np.uint8)
    return (
        np.count_nonzero(signs < ord(" ")) == len(lists)
        and np.count_nonzero(signs == ord('"')) == quotes * len(lists)
        and not np.any(signs == ord("\\"))
    )


def rewritten(values: pl.Series, which: pl.Series, rewrite: Callable[[str], str]) -> pl.Series:
    """The column with some of its values in another form; each different value is asked about once."""
    if not which.any():
        return values
    old = values.filter(which).unique().to_list()
    return values.replace(old, [rewrite(value) for value in old])


def _unwrapped(value: str) -> str:
    """The text in a cell that was written as ="00123", so that a spreadsheet would not take it for a number."""
    return value[2:-1].replace('""', '"') if value.startswith('="') and value.endswith('"') else value


def _as_json(value: str) -> str:
    return orjson.dumps(value).decode()[1:-1]


def _normalised(kind: str, values: pl.Series) -> pl.Series:
    """The one way to write a value: ids with their leading zero, addresses in lower case, 'Option 1: ...' as 1."""
    if kind == "moment":
        return rewritten(values, values.str.slice(4, 1) != "-", moment_text)
    if kind == "email":
        return values.str.to_lowercase()
    if kind == "lea_id":
        return rewritten(values, values.str.len_chars() == LEA_ID_DIGITS - 1, _lea_id)
    if kind == "option":
        return rewritten(values, values.str.to_lowercase().str.starts_with("option "), lambda value: value[7:8])
    return values


def _lea_id(value: str) -> str:
    return value.zfill(LEA_ID_DIGITS) if value.isdigit() else value


def _response_ids(source: Source, values: pl.DataFrame, policy: Policy) -> pl.Series:
    """The tool's ids; a form's running numbers with the time beside them; ids made of the answers where there are none."""
    ids = values["response_id"]
    if source.dialect == "microsoft-forms":
        numbered = pl.concat_str("response_id", "submitted_at", separator="@")
        return values.select(pl.when(ids != "").then(numbered).otherwise(pl.lit(""))).to_series()
    if (ids != "").any() or "submitted_at" not in values.columns:
        return ids
    others = values.select(pl.exclude(*NOT_IN_MADE_IDS)).rows()
    answers = zip(values["submitted_at"], others, strict=True)
    return pl.Series([_made_id(time, source.head.zone, policy, cells) for time, cells in answers], dtype=pl.String)


def _made_id(time: str, zone: str, policy: Policy, values: Sequence[str]) -> str:
    """An id made of what a response says: the same by whatever way it comes."""
    try:
        when = moment(time, policy, zone).isoformat()
    except ValueError:
        when = time
    return f"made-{hashlib.sha256(chr(31).join((when, *values)).encode()).hexdigest()[:20]}"


def _missing_column(name: str) -> Finding:
    return Finding(0, name, "", "IN-001", CRITICAL, f"the column '{name}' is missing", f"add the column '{name}'")
