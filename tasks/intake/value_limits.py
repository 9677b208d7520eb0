"""What no value may be: longer than its field can be, or with signs that nobody sees and that make it look like another."""

from collections import defaultdict

import polars as pl

from schemas.contracts import Contract
from schemas.kinds import Severity
from schemas.records import Finding

# Control signs but tabs and ends of lines; signs without a width; and those that turn the direction of what follows.
HIDDEN = (
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}]"
)
SHOWN_CHARACTERS = 60
REPLACEMENT = "\ufffd"
Findings = dict[int, list[Finding]]


def limited(values: pl.DataFrame, contract: Contract, *, may_hold_hidden: bool) -> tuple[pl.DataFrame, Findings]:
    """The values within limits, and what was wrong with a row: too long ones are cut, hidden signs are made visible."""
    found: Findings = defaultdict(list)
    longest = {field.name: field.longest_characters for field in contract.fields}
    columns = []
    for column in values.get_columns():
        kept = _cut(column, longest[column.name], found)
        columns.append(_shown(kept, found) if may_hold_hidden else kept)
    return pl.DataFrame(columns), dict(found)


def _cut(values: pl.Series, longest: int, found: Findings) -> pl.Series:
    bytes_at_most = values.str.len_bytes().max()
    if not isinstance(bytes_at_most, int) or bytes_at_most <= longest:
        return values
    is_over = values.str.len_chars() > longest
    for row in is_over.arg_true():
        problem = f"it has {len(values[row]):,} characters, and {longest:,} at most are possible"
        found[row].append(_finding(values.name, values[row], "IN-008", problem, "shorten it"))
    return values.str.slice(0, longest)


def _shown(values: pl.Series, found: Findings) -> pl.Series:
    is_hidden = values.str.contains(HIDDEN)
    if not is_hidden.any():
        return values
    shown = values.str.replace_all(HIDDEN, REPLACEMENT)
    for row in is_hidden.arg_true():
        signs = ", ".join(
            dict.fromkeys(f"U+{ord(a):04X}" for a, b in zip(values[row], shown[row], strict=True) if a != b)
        )
        problem = f"it holds signs that nobody sees ({signs}) and that can make it look like something else"
        found[row].append(_finding(values.name, shown[row], "IN-009", problem, "type it again"))
    return shown


def _finding(name: str, value: str, rule: str, problem: str, remedy: str) -> Finding:
    return Finding(0, name, value[:SHOWN_CHARACTERS], rule, Severity.CRITICAL, problem, remedy)
