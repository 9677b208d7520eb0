"""docs/rules.md, made from the code: each rule with its promise, source clause, audit checks, policy keys and tests.

``python -m deployments.rulebook`` writes it (``make docs``). What is read is the text of ``rules/`` and of ``tests/rules/``: a
rule is a public function, its source is named in its docstring or in that of its module, its policy keys are those that it or
what it calls looks at, and its tests are those that use it. What ``rules/`` does not decide is decided in ``tasks/``, by a
function that makes a ruling or a finding under the rule's id; its tests are those of ``tests/tasks/`` that name the id.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from deployments.import_checks import checks_of_imports
from rules.rule_ids import RuleId
from schemas.policy import Fit, Policy, Recognition
from schemas.settings import ROOT
from tasks.season.audit import checks

RULES = ROOT / "rules"
PAGE = ROOT / "docs" / "rules.md"
NO_RULES = frozenset({"rule_ids", "wording"})
SHOWN_TESTS = 6
MADE = frozenset({"Ruling", "Finding"})
SECTIONS: Mapping[str, str] = {
    **{
        field.annotation.__name__: name
        for name, field in Policy.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    },
    Policy.__name__: "",
    Recognition.__name__: "survey.recognition",
    Fit.__name__: "review.fit",
}
NUMBERS = {
    key: f"{name}.{key}"
    for name, field in Policy.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    for key in field.annotation.model_fields
    if key.rpartition("_")[2] in {"days", "credit", "cents", "percent", "weeks"}
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the program, as its code tells of it."""

    module: str
    name: str
    promise: str
    source: str
    policy_keys: tuple[str, ...]
    tests: tuple[str, ...]
    rule_ids: frozenset[str] = frozenset()
    room: str = "rules"

    @property
    def place(self) -> str:
        """Where it is decided: the file and the function."""
        return f"`{self.room}/{self.module}.py` {self.name}"


def rules() -> list[Rule]:
    """Every rule, module by module."""
    uses = _uses_in_tests()
    found = []
    for path in sorted(
        path for path in RULES.rglob("[a-z]*.py") if path.parent.name != "solver" and path.stem not in NO_RULES
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for node in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"):
            promise = ast.get_docstring(node) or ""
            source = _source(promise) or _source(ast.get_docstring(tree) or "")
            tests = tuple(sorted(test for test, names in uses.items() if node.name in names))
            keys = tuple(sorted(_policy_keys(node, functions)))
            found.append(
                Rule(
                    path.relative_to(RULES).with_suffix("").as_posix(),
                    node.name,
                    promise.split("\n\n")[0],
                    source,
                    keys,
                    tests,
                    _rule_ids(node, tree, functions),
                )
            )
    return found


def _rule_ids(node: ast.FunctionDef, tree: ast.Module, functions: Mapping[str, ast.FunctionDef]) -> frozenset[str]:
    """The ids that a rule's decisions carry: named in it, in what it calls, or in a constant of its module that it uses."""
    constants = dict(_constants(tree))
    found: set[str] = set()
    for function in _reached(node, functions):
        found |= _named_ids(function)
        names = {item.id for item in ast.walk(function) if isinstance(item, ast.Name)}
        found |= {rule_id for name in names & constants.keys() for rule_id in constants[name]}
    return frozenset(found)


def _constants(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """The constants of a module with the rule ids that they hold, also where one line names several."""
    for item in (item for item in tree.body if isinstance(item, ast.Assign)):
        for target in item.targets:
            if isinstance(target, ast.Name):
                yield target.id, _named_ids(item.value)
            elif isinstance(target, ast.Tuple) and isinstance(item.value, ast.Tuple):
                for name, value in zip(target.elts, item.value.elts, strict=True):
                    if isinstance(name, ast.Name):
                        yield name.id, _named_ids(value)


def _named_ids(node: ast.AST) -> set[str]:
    chains = (_chain(item) for item in ast.walk(node))
    return {RuleId[names[1]].value for names in chains if len(names) > 1 and names[0] == "RuleId"}


def rules_in_tasks() -> list[Rule]:
    """What a function of ``tasks/`` decides that makes a ruling or a finding under the id of a rule; not who counts them."""
    uses = _uses_in_tests("tasks")
    return [
        Rule(
            path.relative_to(ROOT / "tasks").with_suffix("").as_posix(),
            node.name,
            (ast.get_docstring(node) or "").split("\n\n")[0],
            _source(ast.get_docstring(node) or "") or _source(ast.get_docstring(tree) or ""),
            tuple(sorted(_policy_keys(node, {node.name: node}))),
            tuple(sorted(test for test, names in uses.items() if ids & names)),
            ids,
            "tasks",
        )
        for path in sorted((ROOT / "tasks").rglob("[a-z]*.py"))
        for tree in [ast.parse(path.read_text(encoding="utf-8"))]
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for ids in [_decided_by(node)]
        if ids
    ]


def _decided_by(node: ast.FunctionDef) -> frozenset[str]:
    """The ids of the rulings and findings that a function makes."""
    made = (item for item in ast.walk(node) if isinstance(item, ast.Call) and _chain(item.func)[-1] in MADE)
    return frozenset(rule_id for call in made for rule_id in _named_ids(call))


def _source(docstring: str) -> str:
    named = re.search(r"Source: (.+?)(?:\n\n|\Z)", docstring, re.DOTALL)
    return " ".join(named[1].split()) if named else ""


def _reached(node: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef]) -> Iterator[ast.FunctionDef]:
    """A function and those of its module that it calls, however deep."""
    waiting, seen = [node.name], {node.name}
    while waiting:
        current = functions[waiting.pop()]
        yield current
        called = {item.id for item in ast.walk(current) if isinstance(item, ast.Name) and item.id in functions}
        waiting += sorted(called - seen)
        seen |= called


def _policy_keys(node: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef]) -> set[str]:
    found = set()
    for function in _reached(node, functions):
        sections = {
            argument.arg: SECTIONS[argument.annotation.id]
            for argument in function.args.args
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id in SECTIONS
        }
        found |= {NUMBERS[argument.arg] for argument in function.args.args if argument.arg in NUMBERS}
        for item in ast.walk(function):
            root, *names = _chain(item)
            if names and root in sections:
                found.add(_key([*filter(None, sections[root].split(".")), *names]))
            elif names and names[0] in Policy.model_fields:  # a record that carries its section with it
                found.add(_key(names))
    return {key for key in found if "." in key}


def _chain(node: ast.AST) -> Sequence[str]:
    """The names of an attribute's chain, its root first: policy.seats.addon_options."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else [""]


def _key(names: Sequence[str]) -> str:
    """As much of the names as are keys of the policy."""
    model: object = Policy
    known: list[str] = []
    for name in names:
        if not (isinstance(model, type) and issubclass(model, BaseModel) and name in model.model_fields):
            break
        known.append(name)
        model = model.model_fields[name].annotation
    return ".".join(known)


def _uses_in_tests(room: str = "rules") -> dict[str, set[str]]:
    """Each test of the rules, or of the tasks, with the names and the rule ids that it, or a helper that it calls, uses."""
    found = {}
    for path in sorted((ROOT / "tests" / room).rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name, node in functions.items():
            if name.startswith("test_"):
                reached = list(_reached(node, functions))
                used = {i.id for function in reached for i in ast.walk(function) if isinstance(i, ast.Name)}
                found[name] = used.union(*(_named_ids(function) for function in reached))
    return found


def decided_rules() -> Mapping[RuleId, list[Rule]]:
    """By which functions each rule is decided: those of ``rules/``, or of ``tasks/`` where a whole batch is looked at there."""
    ours, theirs = rules(), rules_in_tasks()
    return {
        rule_id: [rule for rule in ours if rule_id in rule.rule_ids]
        or [rule for rule in theirs if rule_id in rule.rule_ids]
        for rule_id in RuleId
    }


def page() -> str:
    """The whole page: every rule by the id that decisions carry, then what the decisions are worked out with."""
    known = rules()
    decided = decided_rules()
    lines = ["# The rules", "", "Made from the code by `make docs`; a test fails where it is out of date.", ""]
    lines += ["A decision carries the id of its rule; `cadre explain` prints it, and it is looked up here.", ""]
    for rule_id in RuleId:
        mine = decided[rule_id]
        sources = dict.fromkeys(rule.source for rule in mine if rule.source)
        lines += [f"## {rule_id}", "", rule_id.promise, "", f"- Decided in: {'; '.join(rule.place for rule in mine)}"]
        lines += [f"- Source: {'; '.join(sources)}"] if sources else []
        lines += _audit_of(rule_id)
        lines += _keys_and_tests({key for rule in mine for key in rule.policy_keys}, {t for r in mine for t in r.tests})
    lines += ["# What the decisions are worked out with", ""]
    for rule in (rule for rule in known if not rule.rule_ids):
        lines += [f"## {rule.name} (`rules/{rule.module}.py`)", "", " ".join(rule.promise.split()), ""]
        lines += [f"- Source: {rule.source}", *_keys_and_tests(rule.policy_keys, rule.tests)]
    return "\n".join([*lines, *checks_of_imports()])


def _audit_of(rule_id: RuleId) -> list[str]:
    """The checks of the auditor that hold a rule to account."""
    found = [f"[{check.name}](audit.md#{check.name})" for check in checks() if rule_id in check.rules]
    return [f"- Audit: {', '.join(found)}"] if found else []


def _keys_and_tests(keys: Collection[str], tests: Collection[str]) -> list[str]:
    listed = ", ".join(f"`{key}`" for key in sorted(keys)) or "none: it needs no number"
    shown = "; ".join(test.removeprefix("test_").replace("_", " ") for test in sorted(tests)[:SHOWN_TESTS])
    more = f"; and {len(tests) - SHOWN_TESTS} more" if len(tests) > SHOWN_TESTS else ""
    return [f"- Policy: {listed}", *([f"- Tests: {shown}{more}"] if shown else []), ""]


def main(path: Path = PAGE) -> int:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(rules())} rules are in {path.name}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
