"""Every rule id stands in one place."""

import ast

import pytest

from rules.rule_ids import RuleId
from schemas.settings import ROOT


def test_an_id_is_its_own_text_and_says_what_its_rule_decides() -> None:
    assert str(RuleId.PORTFOLIO_PASSES) == "portfolio-passes"
    assert [rule_id for rule_id in RuleId if rule_id == "portfolio-passes"] == [RuleId.PORTFOLIO_PASSES]
    assert all(rule_id.promise.endswith(".") for rule_id in RuleId)


@pytest.mark.parametrize("room", ["rules", "tasks"])
def test_no_ruling_names_its_rule_by_a_literal(room: str) -> None:
    literal = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Ruling"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert literal == []
