"""The one adapter to Great Expectations: a contract and rows in, plain findings out.

An engine error is never taken for bad data: it raises. Great Expectations is imported on first use, since that takes seconds;
its Data Docs and its analytics stay off. Settings follow what was measured (PLATFORM): COMPLETE with row ids only.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import pandas as pd

from schemas.contracts import Contract, Expect
from schemas.records import Finding

ROW_ID = "_row_id"
RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW_ID],
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}
Known = Mapping[str, frozenset[str]]
Record = Mapping[str, str]


class ValidationEngineError(RuntimeError):
    """Great Expectations could not evaluate an expectation: a fault of ours, not of the data."""


def check_rows(contract: Contract, rows: Sequence[Record], known: Known) -> dict[int, list[Finding]]:
    """What is wrong with each row, by its index in ``rows``; rows without findings are absent.

    Raises:
        ValidationEngineError: an expectation could not be evaluated.
    """
    if not rows:
        return {}
    results = _validate(contract, _frame(contract, rows), known)
    findings: dict[int, list[Finding]] = {}
    for expect in contract.expectations:
        for index in _failing_rows(results[_name(expect)]):
            findings.setdefault(index, []).append(_finding(expect, rows[index].get(expect.field, "")))
    return findings


def _frame(contract: Contract, rows: Sequence[Record]) -> pd.DataFrame:
    names = [item.name for item in contract.fields]
    frame = pd.DataFrame({name: [row.get(name) or None for row in rows] for name in names}, dtype=object)
    frame[ROW_ID] = range(len(rows))
    return frame


def _name(expect: Expect) -> str:
    return f"{expect.rule}/{expect.field}"


def _validate(contract: Contract, frame: pd.DataFrame, known: Known) -> dict[str, Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    gx: Any = import_module("great_expectations")  # on first use: seconds to import, and only intake needs it
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = gx.ExpectationSuite(name=contract.kind)
    for expect in contract.expectations:
        suite.add_expectation(_expectation(expect, known))
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset(contract.kind)
    batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
    outcome = batch.validate(suite, result_format=RESULT_FORMAT)
    return {result.expectation_config.meta["rule"]: result for result in outcome.results}


def _expectation(expect: Expect, known: Known) -> Any:
    gxe: Any = import_module("great_expectations.expectations")
    column: Any = import_module("great_expectations.expectations.row_conditions").Column
    options: dict[str, Any] = {"column": expect.field, "meta": {"rule": _name(expect)}, "severity": expect.severity}
    if expect.only_where:
        options["row_condition"] = column(expect.only_where[0]).is_in(list(expect.only_where[1]))
    if expect.check == "filled":
        return gxe.ExpectColumnValuesToNotBeNull(**options)
    if expect.check == "matches":
        return gxe.ExpectColumnValuesToMatchRegex(regex=expect.pattern, **options)
    values = sorted(known[expect.known]) if expect.known else list(expect.values)
    return gxe.ExpectColumnValuesToBeInSet(value_set=values, **options)


def _failing_rows(result: Any) -> Iterable[int]:
    if result.success:
        return []
    indexes = result.result.get("unexpected_index_list") if result.result else None
    if indexes is None:
        rule = result.expectation_config.meta["rule"]
        raise ValidationEngineError(f"rule {rule} could not be evaluated: {result.exception_info}")
    return [index for item in indexes for index in _row_ids(item[ROW_ID])]


def _row_ids(found: Any) -> list[int]:
    """One id for each failing row, or all of them under one heading: the engine gives either shape."""
    return [int(index) for index in found] if isinstance(found, list) else [int(found)]


def _finding(expect: Expect, value: str) -> Finding:
    return Finding(0, expect.field, value or "", expect.rule, expect.severity, expect.problem, expect.remedy)
