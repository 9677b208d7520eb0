"""The one adapter to Great Expectations: a contract and columns in, one plain record out for each rule.

A rule that could not be evaluated has the outcome *error*, never *fail*: an engine error is not bad data. Great Expectations is
imported on first use, since that takes seconds; its Data Docs and its analytics stay off. Settings follow what was measured:
COMPLETE with row ids only. Since every rule looks at a value, or at a value beside the value of one other field,
the engine is given each different value once (benchmarks/README.md); a set of known ids is looked up before, for the engine
copies a value set of 17,800 ids with every call.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from threading import Lock
from typing import Any

import pandas as pd
import polars as pl

from schemas.contracts import SHAPES, Contract, Expect, is_mailable
from schemas.records import Finding, RuleOutcome
from schemas.statuses import CheckOutcome
from tasks.intake.judged_values import Fresh, groups_of

ROW_ID = "_row_id"
RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW_ID],
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}
ONE_FRAME_ROWS = 2_000
FILLED, UNKNOWN, MAILABLE = "filled", "unknown", "mailable"
USUAL_MOMENT = "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
USUAL_SHAPE = "0000-00-00 00:00:00"
ONE_AT_A_TIME = Lock()  # the groups are shared by all that this process checks
Known = Mapping[str, frozenset[str]]


class ValidationEngineError(RuntimeError):
    """Great Expectations could not evaluate an expectation: a fault of ours, not of the data."""


class Checker:
    """Checks the rows of one contract, part by part: a value that this process has judged once is not judged again."""

    def __init__(self, contract: Contract, known: Known) -> None:
        """Take the contract, and the sets of values that its expectations compare with."""
        self.contract = contract
        self._groups = groups_of(contract.expectations)
        sets = {name: pl.Series(sorted(values), dtype=pl.String) for name, values in known.items()}
        asked = {
            name: [e for e in group.expectations if e.field == name] for group in self._groups for name in group.fields
        }
        self._telling = [_telling(name, expectations, sets) for name, expectations in asked.items()]
        self._shaped = [name for name, expectations in asked.items() if _asks_for_a_shape(expectations)]

    def check(self, columns: pl.DataFrame) -> list[RuleOutcome]:
        """How each rule of the contract comes out over the rows of the columns; in the contract's order."""
        told = columns.select(self._telling).with_columns(_shapes(columns[name]) for name in self._shaped)
        with ONE_AT_A_TIME:
            return self._check(told)

    def _check(self, told: pl.DataFrame) -> list[RuleOutcome]:
        fresh = [Fresh(group, group.fresh(told)) for group in self._groups]
        errors: dict[str, str] = {}
        small = [part for part in fresh if 0 < len(part.values) <= ONE_FRAME_ROWS]
        large = [[part] for part in fresh if len(part.values) > ONE_FRAME_ROWS]
        for frame in filter(None, (small, *large)):
            errors |= _judge(frame)
        failing: dict[str, list[int]] = defaultdict(list)
        for group in self._groups:
            for rule, index in group.failing(told):
                failing[rule].append(index)
        return [_outcome(expect, failing.get(_name(expect), ()), errors) for expect in self.contract.expectations]


def _outcome(expect: Expect, failing: Sequence[int], errors: Mapping[str, str]) -> RuleOutcome:
    error = errors.get(_name(expect), "")
    outcome = CheckOutcome.ERROR if error else CheckOutcome.FAIL if failing else CheckOutcome.PASS
    return RuleOutcome(expect.rule, expect.field, expect.severity, outcome, tuple(failing), error)


def findings_of(contract: Contract, outcomes: Iterable[RuleOutcome], columns: pl.DataFrame) -> dict[int, list[Finding]]:
    """What is wrong with each row, by its index; rows without findings are absent.

    Raises:
        ValidationEngineError: a rule could not be evaluated; no row may be judged by half a contract.
    """
    by_name = {_name(expect): expect for expect in contract.expectations}
    findings: dict[int, list[Finding]] = {}
    for outcome in outcomes:
        if outcome.outcome == CheckOutcome.ERROR:
            # What the engine says may hold values of the rows.
            raise ValidationEngineError(f"rule {outcome.rule} on the field {outcome.field} could not be evaluated")
        expect = by_name[f"{outcome.rule}/{outcome.field}"]
        for index in outcome.failing:
            findings.setdefault(index, []).append(_finding(expect, columns[expect.field][index]))
    return findings


def _telling(name: str, expectations: Sequence[Expect], sets: Mapping[str, pl.Series]) -> pl.Expr:
    """What the rules of a field can tell apart: where they only ask whether a value is there or known, no more than that."""
    value = pl.col(name)
    if not expectations or any(_asks_for_more(expect) for expect in expectations):
        return value
    members = next((sets[e.known] for e in expectations if e.known), None)
    there = pl.lit(FILLED) if members is None else _known_or_not(value, members)
    return pl.when(value == "").then(pl.lit("")).otherwise(there).alias(name)


def _asks_for_more(expect: Expect) -> bool:
    return expect.check != "filled" and not expect.known


def _asks_for_a_shape(expectations: Sequence[Expect]) -> bool:
    patterns = [expect.pattern for expect in expectations if _asks_for_more(expect)]
    return bool(patterns) and SHAPES.issuperset(patterns)


def _shapes(values: pl.Series) -> pl.Series:
    """The values with every digit as a zero; moments as most tools write them are seen at a glance."""
    others = (~values.str.contains(USUAL_MOMENT)).arg_true()
    usual = pl.repeat(USUAL_SHAPE, len(values), eager=True).alias(values.name)
    return usual.scatter(others, values[others].str.replace_all("[1-9]", "0"))


def _known_or_not(value: pl.Expr, members: pl.Series) -> pl.Expr:
    return pl.when(value.is_in(members.implode())).then(pl.lit(FILLED)).otherwise(pl.lit(UNKNOWN))


def _judge(parts: Sequence[Fresh]) -> dict[str, str]:
    """Let the engine judge values of some groups in one frame; the rules that it could not evaluate, with why."""
    length = max(len(values) for _, values in parts)
    results = _validate(_frame(parts, length), [expect for group, _ in parts for expect in group.expectations])
    errors: dict[str, str] = {}
    for group, values in parts:
        broken, failed = dict[str, set[Any]](), dict[str, str]()
        for expect in group.expectations:
            ids, error = _failing_ids(results[_name(expect)])
            broken[_name(expect)] = {values[i] for i in ids if i < len(values)}
            if error:
                failed[_name(expect)] = error
        errors |= failed
        if not failed:  # what the engine could not judge is no judgment to remember
            group.judge(values, broken)
    return errors


def _frame(parts: Sequence[Fresh], length: int) -> pd.DataFrame:
    """The values of each group one below the other; shorter groups say their last value again."""
    columns: dict[str, list[str | None]] = {}
    for group, values in parts:
        for position, name in enumerate(group.fields):
            found = group.column(values, position)
            padded = [*found, *[found[-1]] * (length - len(found))]
            columns[name] = [value or None for value in padded]
            for expect in group.expectations:
                if expect.field == name and _is_ours_to_answer(expect):
                    columns[_answered_column(expect)] = _answered(expect, padded)
    frame = pd.DataFrame(columns, dtype=object)
    frame[ROW_ID] = range(length)
    return frame


def _name(expect: Expect) -> str:
    return f"{expect.rule}/{expect.field}"


def _is_ours_to_answer(expect: Expect) -> bool:
    """Whether the engine is told how a rule comes out: it can ask neither a large set nor the sender of letters."""
    return bool(expect.known) or expect.check == MAILABLE


def _answered_column(expect: Expect) -> str:
    return f"{expect.field}_{expect.check}_{expect.known}"


def _answered(expect: Expect, values: Sequence[str]) -> list[str | None]:
    """The values, none for one that breaks the rule; whether one is there is another rule."""
    fine = {value: value != UNKNOWN if expect.known else not value or is_mailable(value) for value in set(values)}
    return [value if fine[value] else None for value in values]


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
    if _is_ours_to_answer(expect):
        return gxe.ExpectColumnValuesToNotBeNull(**options | {"column": _answered_column(expect)})
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
