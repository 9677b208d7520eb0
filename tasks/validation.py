"""The one adapter to Great Expectations: a contract and columns in, one plain record out for each rule.

A rule that could not be evaluated has the outcome *error*, never *fail*: an engine error is not bad data. Great Expectations is
imported on first use, since that takes seconds; its Data Docs and its analytics stay off. Settings follow what was measured
(PLATFORM): COMPLETE with row ids only. Since every rule looks at a value, or at a value beside the value of one other field,
the engine is given each different value once (benchmarks/README.md); a set of known ids is looked up before, for the engine
copies a value set of 17,800 ids with every call.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any

import pandas as pd

from schemas.contracts import SHAPES, Contract, Expect
from schemas.records import Finding, RuleOutcome

ROW_ID = "_row_id"
RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW_ID],
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}
ONE_FRAME_ROWS = 2_000
REMEMBERED_VALUES = 200_000
FILLED, UNKNOWN = "filled", "unknown"
ALL_DIGITS_ALIKE = str.maketrans("123456789", "000000000")
Known = Mapping[str, frozenset[str]]
Columns = Mapping[str, Sequence[str]]


class ValidationEngineError(RuntimeError):
    """Great Expectations could not evaluate an expectation: a fault of ours, not of the data."""


@dataclass(slots=True)
class _Group:
    """The fields that some rules look at together, and which rules each of their values breaks, as far as that is known."""

    fields: tuple[str, ...]
    expectations: tuple[Expect, ...]
    verdicts: dict[Any, frozenset[str]] = field(default_factory=dict)

    def column(self, values: Sequence[Any], position: int) -> Sequence[str]:
        """One field of the values."""
        return values if len(self.fields) == 1 else [value[position] for value in values]

    def rows(self, columns: Columns) -> Iterable[Any]:
        """The values of the group's fields, row by row."""
        return (
            columns[self.fields[0]]
            if len(self.fields) == 1
            else zip(*(columns[name] for name in self.fields), strict=True)
        )

    def judge(self, values: Sequence[Any], broken: Mapping[str, set[Any]]) -> None:
        """Remember which rules the values break."""
        if len(self.verdicts) > REMEMBERED_VALUES:
            self.verdicts.clear()
        self.verdicts |= dict.fromkeys(values, frozenset())
        for rule, found in broken.items():
            for value in found:
                self.verdicts[value] |= {rule}


class Checker:
    """Checks the rows of one contract, part by part: a value that was judged in an earlier part is not judged again."""

    def __init__(self, contract: Contract, known: Known) -> None:
        """Take the contract, and the sets of values that its expectations compare with."""
        self.contract = contract
        self._known = known
        self._groups = [_group(contract, fields) for fields in _fields_together(contract)]

    def check(self, columns: Columns) -> list[RuleOutcome]:
        """How each rule of the contract comes out over the rows of the columns; in the contract's order."""
        told = [self._told(group, columns) for group in self._groups]
        fresh = [
            (group, [value for value in dict.fromkeys(values.values()) if value not in group.verdicts])
            for group, values in zip(self._groups, told, strict=True)
        ]
        errors: dict[str, str] = {}
        small = [(group, values) for group, values in fresh if 0 < len(values) <= ONE_FRAME_ROWS]
        large = [[(group, values)] for group, values in fresh if len(values) > ONE_FRAME_ROWS]
        for frame in filter(None, (small, *large)):
            errors |= _judge(frame)
        failing: dict[str, list[int]] = {}
        for group, values in zip(self._groups, told, strict=True):
            _note_failing(failing, group, values, columns)
        return [_outcome(expect, failing.get(_name(expect), ()), errors) for expect in self.contract.expectations]

    def _told(self, group: _Group, columns: Columns) -> dict[Any, Any]:
        """The different values of a group's fields, each with what the group's rules can tell of it."""
        different = list(dict.fromkeys(group.rows(columns)))
        telling = [
            _telling(group.column(different, n), [e for e in group.expectations if e.field == name], self._known)
            for n, name in enumerate(group.fields)
        ]
        return dict(zip(different, telling[0] if len(telling) == 1 else zip(*telling, strict=True), strict=True))


def _note_failing(failing: dict[str, list[int]], group: _Group, told: Mapping[Any, Any], columns: Columns) -> None:
    """Add the indexes of the rows that break each of a group's rules; most groups of most parts have none."""
    bad = {value: group.verdicts[telling] for value, telling in told.items() if group.verdicts.get(telling)}
    for index, value in enumerate(group.rows(columns)) if bad else ():
        for rule in bad.get(value, ()):
            failing.setdefault(rule, []).append(index)


def _outcome(expect: Expect, failing: Sequence[int], errors: Mapping[str, str]) -> RuleOutcome:
    error = errors.get(_name(expect), "")
    outcome = "error" if error else "fail" if failing else "pass"
    return RuleOutcome(expect.rule, expect.field, expect.severity, outcome, tuple(failing), error)


def findings_of(contract: Contract, outcomes: Iterable[RuleOutcome], columns: Columns) -> dict[int, list[Finding]]:
    """What is wrong with each row, by its index; rows without findings are absent.

    Raises:
        ValidationEngineError: a rule could not be evaluated; no row may be judged by half a contract.
    """
    by_name = {_name(expect): expect for expect in contract.expectations}
    findings: dict[int, list[Finding]] = {}
    for outcome in outcomes:
        if outcome.outcome == "error":
            raise ValidationEngineError(f"rule {outcome.rule} could not be evaluated: {outcome.detail}")
        expect = by_name[f"{outcome.rule}/{outcome.field}"]
        for index in outcome.failing:
            findings.setdefault(index, []).append(_finding(expect, columns[expect.field][index]))
    return findings


def _fields_together(contract: Contract) -> list[tuple[str, ...]]:
    """Fields that a rule looks at together stand in one group; the others alone."""
    pairs = {e.field: e.only_where[0] for e in contract.expectations if e.only_where}
    beside = set(pairs.values())
    alone = dict.fromkeys(e.field for e in contract.expectations if e.field not in pairs and e.field not in beside)
    together = {where: (where, *(name for name, other in pairs.items() if other == where)) for where in pairs.values()}
    return [*((name,) for name in alone), *together.values()]


def _group(contract: Contract, fields: tuple[str, ...]) -> _Group:
    return _Group(fields, tuple(e for e in contract.expectations if e.field in fields))


def _telling(values: Sequence[str], expectations: Sequence[Expect], known: Known) -> Sequence[str]:
    """What the rules of a field can tell apart: where they only ask whether a value is there or known, no more than that."""
    telling = [e for e in expectations if e.check != "filled" and not e.known]
    if telling and all(e.pattern in SHAPES for e in telling):
        return [value.translate(ALL_DIGITS_ALIKE) for value in values]
    if telling or not expectations:
        return values
    members = next((known[e.known] for e in expectations if e.known), None)
    if members is None:
        return [FILLED if value else "" for value in values]
    return [(FILLED if value in members else UNKNOWN) if value else "" for value in values]


def _judge(parts: Sequence[tuple[_Group, list[Any]]]) -> dict[str, str]:
    """Let the engine judge values of some groups in one frame; the rules that it could not evaluate, with why."""
    length = max(len(values) for _, values in parts)
    results = _validate(_frame(parts, length), [expect for group, _ in parts for expect in group.expectations])
    errors: dict[str, str] = {}
    for group, values in parts:
        broken = {}
        for expect in group.expectations:
            ids, error = _failing_ids(results[_name(expect)])
            broken[_name(expect)] = {values[i] for i in ids if i < len(values)}
            if error:
                errors[_name(expect)] = error
        group.judge(values, broken)
    return errors


def _frame(parts: Sequence[tuple[_Group, list[Any]]], length: int) -> pd.DataFrame:
    """The values of each group one below the other; shorter groups say their last value again."""
    columns: dict[str, list[str | None]] = {}
    for group, values in parts:
        for position, name in enumerate(group.fields):
            found = group.column(values, position)
            padded = [*found, *[found[-1]] * (length - len(found))]
            columns[name] = [value or None for value in padded]
            for expect in group.expectations:
                if expect.known and expect.field == name:
                    columns[_known_column(expect)] = [None if value == UNKNOWN else value for value in padded]
    frame = pd.DataFrame(columns, dtype=object)
    frame[ROW_ID] = range(length)
    return frame


def _name(expect: Expect) -> str:
    return f"{expect.rule}/{expect.field}"


def _known_column(expect: Expect) -> str:
    return f"{expect.field}_known_{expect.known}"


@lru_cache(maxsize=1)
def _engine() -> tuple[Any, Any]:
    """Great Expectations and its one context in this process; its own imports come first, for they take seconds."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    gx: Any = import_module("great_expectations")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset("rows")
    return gx, asset.add_batch_definition_whole_dataframe("rows")


def _validate(frame: pd.DataFrame, expectations: Sequence[Expect]) -> dict[str, Any]:
    gx, rows = _engine()
    suite = gx.ExpectationSuite(name="contract")
    for expect in expectations:
        suite.add_expectation(_expectation(expect))
    outcome = rows.get_batch({"dataframe": frame}).validate(suite, result_format=RESULT_FORMAT)
    return {result.expectation_config.meta["rule"]: result for result in outcome.results}


def _expectation(expect: Expect) -> Any:
    gxe: Any = import_module("great_expectations.expectations")
    column: Any = import_module("great_expectations.expectations.row_conditions").Column
    options: dict[str, Any] = {"column": expect.field, "meta": {"rule": _name(expect)}, "severity": expect.severity}
    if expect.only_where:
        options["row_condition"] = column(expect.only_where[0]).is_in(list(expect.only_where[1]))
    if expect.known:
        return gxe.ExpectColumnValuesToNotBeNull(**options | {"column": _known_column(expect)})
    if expect.check == "filled":
        return gxe.ExpectColumnValuesToNotBeNull(**options)
    if expect.check == "matches":
        return gxe.ExpectColumnValuesToMatchRegex(regex=expect.pattern, **options)
    return gxe.ExpectColumnValuesToBeInSet(value_set=list(expect.values), **options)


def _failing_ids(result: Any) -> tuple[Sequence[int], str]:
    """The ids of the rows that break a rule; or why the engine could not say."""
    if result.success:
        return (), ""
    indexes = result.result.get("unexpected_index_list") if result.result else None
    if indexes is None:
        return (), str(result.exception_info)[:2000]
    return [i for item in indexes for i in _row_ids(item[ROW_ID])], ""


def _row_ids(found: Any) -> Iterator[int]:
    """One id for each failing row, or all of them under one heading: the engine gives either shape."""
    yield from (int(index) for index in found) if isinstance(found, list) else [int(found)]


def _finding(expect: Expect, value: str) -> Finding:
    return Finding(0, expect.field, value or "", expect.rule, expect.severity, expect.problem, expect.remedy)
