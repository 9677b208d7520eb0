"""From blocks of cells to row batches: each value under its field, in the one way to write it, and each row with its key."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.contracts import Contract
from schemas.kinds import Severity
from schemas.policy import Policy
from schemas.records import Finding
from tasks.core.spreadsheets import MARK, from_text
from tasks.intake.cell_values import moment
from tasks.intake.day_order import YEAR_LAST, DayOrders, open_dates
from tasks.intake.formats.records import Block
from tasks.intake.match_headers import MatchedHeaders, joined_choices
from tasks.intake.read import Source
from tasks.intake.row_batch import BATCH_ROWS, IncomingFile, RowBatch
from tasks.intake.value_limits import Findings, limited
from tasks.intake.written_days import day_text, moment_text

LEA_ID_DIGITS = 7
HOPELESS_ROWS = 5_000  # of a file of which columns are missing: more of them tell nobody anything new
NOT_READ_ON = (
    "Since columns are missing none of its rows can be imported: after {:,} rows the file was not read on. "
    "Name the columns, and send it again."
)
# Tools write the time and the slots in more than one way; an id made of answers stays the same where a question is added.
NOT_IN_MADE_IDS = ("response_id", "submitted_at", "slots", "certified_librarians", "start_from", "start_until")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file whose rows are read: what stands in it, what it is to the program, and which column fills which field."""

    source: Source
    file: IncomingFile
    headers: MatchedHeaders
    orders: DayOrders


def map_columns(opened: OpenFile, contract: Contract, policy: Policy) -> Iterator[RowBatch]:
    """The rows of an open file, batch by batch; the last one has no rows, and what is to be said of the whole file."""
    is_hopeless, rows = bool(opened.headers.missing), 0
    for block in opened.source.blocks(HOPELESS_ROWS if is_hopeless else BATCH_ROWS):
        yield _batch(block, opened, contract, policy)
        rows += len(block)
        if is_hopeless and rows >= HOPELESS_ROWS:
            opened.source.messages.append(NOT_READ_ON.format(rows))
            break
    empty = pl.DataFrame(schema=dict.fromkeys(opened.file.fields, pl.String))
    no_keys = pl.Series([], dtype=pl.String)
    messages = tuple(opened.source.messages)
    yield RowBatch(opened.file, (), empty, no_keys, lambda _index: b"", is_last=True, messages=messages)


def _batch(block: Block, opened: OpenFile, contract: Contract, policy: Policy) -> RowBatch:
    values, found = _values(block, opened, contract)
    if "response_id" in values.columns:
        values = values.with_columns(_response_ids(opened, values, block, policy).alias("response_id"))
    keys = values.select(pl.concat_str(contract.key, separator="/")).to_series()
    nameless = {*block.findings, *(row for row, faults in found.items() if _is_cut(faults, contract))}
    if nameless:  # a row that cannot be read has no name to be known by
        keys = keys.scatter(sorted(nameless), "")
    findings = {index: tuple(faults) for index, faults in block.findings.items()}
    batch = RowBatch(opened.file, block.row_numbers, values, keys, block.bytes_of, findings=findings)
    batch = batch.with_findings(found) if found else batch
    missing = [_missing_column(name) for name in opened.headers.missing]
    return batch.with_findings(dict.fromkeys(range(len(block)), missing)) if missing else batch


def _is_cut(faults: Sequence[Finding], contract: Contract) -> bool:
    """Whether something of a row's name was cut off."""
    return any(fault.rule == "IN-008" and fault.field in contract.key for fault in faults)


def _values(block: Block, opened: OpenFile, contract: Contract) -> tuple[pl.DataFrame, Findings]:
    """The values of a block by field, and what is wrong with them before they are held against the contract."""
    cells, source, fields = block.columns(), opened.source, opened.headers.fields
    named = {name: _named(cells, source, fields.get(name, ()), len(block)) for name in opened.file.fields}
    found: Findings = {}
    for name, columns in opened.headers.repeated.items():
        named[name] = _one_of(name, [cells[column].str.strip_chars() for column in columns], found)
    values = pl.DataFrame(named).select(pl.all().str.strip_chars())
    kept, faults = limited(values, contract, may_hold_hidden=source.may_hold_odd_signs)
    columns_of = []
    for column in kept.get_columns():
        changed = column
        if source.has_formula_text:
            changed = rewritten(changed, changed.str.starts_with('="'), _unwrapped)
        if "origin_file" in fields:
            changed = rewritten(changed, changed.str.starts_with(MARK), from_text)
        columns_of.append(_normalized(contract.normal.get(column.name, ""), changed, opened.orders, found))
    for row, more in faults.items():
        found.setdefault(row, []).extend(more)
    return pl.DataFrame(columns_of), found


def _one_of(name: str, columns: Sequence[pl.Series], found: Findings) -> pl.Series:
    """The value of a column that is there several times; rows in which two of them say different things are noted."""
    first = columns[0]
    for other in columns[1:]:
        differs = (first != "") & (other != "") & (first != other)
        for row in differs.arg_true():
            problem = (
                f"the column stands in the file more than once, here with '{first[row][:60]}' and '{other[row][:60]}'"
            )
            remedy = "write the right one into both, or leave one of the columns out"
            fault = Finding(0, name, first[row][:60], "IN-010", Severity.CRITICAL, problem, remedy)
            found.setdefault(row, []).append(fault)
        first = first.zip_with(first != "", other)
    return first


def _named(cells: Sequence[pl.Series], source: Source, positions: Sequence[int], rows: int) -> pl.Series:
    if not positions:
        return pl.repeat("", rows, dtype=pl.String, eager=True)
    if len(positions) == 1:
        return cells[positions[0]]
    lists = [cells[position].to_list() for position in positions]
    return pl.Series(joined_choices(lists, [source.columns[position] for position in positions]), dtype=pl.String)


def rewritten(values: pl.Series, which: pl.Series, rewrite: Callable[[str], str]) -> pl.Series:
    """The column with some of its values in another form; each different value is rewritten once."""
    if not which.any():
        return values
    old = values.filter(which).unique().to_list()
    return values.replace(old, [rewrite(value) for value in old])


def _unwrapped(value: str) -> str:
    """The text in a cell that was written as ="00123", so that a spreadsheet would not take it for a number."""
    return value[2:-1].replace('""', '"') if value.startswith('="') and value.endswith('"') else value


def _normalized(kind: str, values: pl.Series, orders: DayOrders, found: Findings) -> pl.Series:
    """The one way to write a value: ids with their leading zero, addresses in lower case, 'Option 1: ...' as 1."""
    if kind in {"moment", "day"}:
        return _dated(kind, values, orders, found)
    if kind == "email":
        return values.str.to_lowercase()
    if kind == "lea_id":
        return rewritten(values, values.str.len_chars() == LEA_ID_DIGITS - 1, _lea_id)
    if kind == "option":
        return rewritten(values, values.str.to_lowercase().str.starts_with("option "), lambda value: value[7:8])
    return values


def _dated(kind: str, values: pl.Series, orders: DayOrders, found: Findings) -> pl.Series:
    """Moments or days in the one way to write them; where the day or the month may stand first, in the column's order."""
    others = values.str.slice(4, 1) != "-" if kind == "moment" else values != ""
    if not others.any():
        return values
    write = moment_text if kind == "moment" else day_text
    if not values.str.contains(YEAR_LAST).any():
        return rewritten(values, others, write)
    order = orders.of(values.name)
    written = rewritten(values, others, lambda value: write(value, order))
    for row, question in open_dates(values.name, written).items():
        found.setdefault(row, []).append(question)
    return written


def _lea_id(value: str) -> str:
    return value.zfill(LEA_ID_DIGITS) if value.isdecimal() else value


def _response_ids(opened: OpenFile, values: pl.DataFrame, block: Block, policy: Policy) -> pl.Series:
    """The tool's ids; a form's running numbers with the time beside them; ids made of the answers where there are none.

    Where columns are missing an id is made of everything in the row: of what is left two responses may say the same.
    """
    ids, source = values["response_id"], opened.source
    if source.dialect == "microsoft-forms":
        numbered = pl.concat_str("response_id", "submitted_at", separator="@")
        return values.select(pl.when(ids != "").then(numbered).otherwise(pl.lit(""))).to_series()
    if (ids != "").any() or "submitted_at" not in values.columns:
        return ids
    is_whole = not opened.headers.missing
    others = values.select(pl.exclude(*NOT_IN_MADE_IDS)).rows() if is_whole else zip(*block.columns(), strict=True)
    answers = zip(values["submitted_at"], others, strict=True)
    return pl.Series([_made_id(time, source.head.zone, policy, cells) for time, cells in answers], dtype=pl.String)


def _made_id(time: str, zone: str, policy: Policy, values: Sequence[str]) -> str:
    """An id made of what a response says: the same by whatever way it comes."""
    try:
        when = moment(time, policy, zone).isoformat()
    except (ValueError, OverflowError):
        when = time
    return f"made-{hashlib.sha256(chr(31).join((when, *values)).encode()).hexdigest()[:20]}"


def _missing_column(name: str) -> Finding:
    return Finding(
        0, name, "", "IN-001", Severity.CRITICAL, f"the column '{name}' is missing", f"add the column '{name}'"
    )
