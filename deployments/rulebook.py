"""docs/rules.md, made from the code: each rule with its promise, its source clause, its policy keys and its tests.

``python -m deployments.rulebook`` writes it (``make docs``). What is read is the text of ``rules/`` and of ``tests/rules/``: a
rule is a public function, its source is named in its docstring or in that of its module, its policy keys are those that it or
what it calls looks at, and its tests are those that use it.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from schemas.policy import Policy, Recognition
from schemas.settings import ROOT

RULES = ROOT / "rules"
PAGE = ROOT / "docs" / "rules.md"
SHOWN_TESTS = 6
SECTIONS: Mapping[str, str] = {
    **{
        field.annotation.__name__: name
        for name, field in Policy.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    },
    Policy.__name__: "",
    Recognition.__name__: "survey.recognition",
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


def rules() -> list[Rule]:
    """Every rule, module by module."""
    uses = _uses_in_tests()
    found = []
    for path in sorted(path for path in RULES.rglob("[a-z]*.py") if path.parent.name != "solver"):
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
                )
            )
    return found


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


def _uses_in_tests() -> dict[str, set[str]]:
    """Each test of the rules with the names that it, or a helper that it calls, uses."""
    found = {}
    for path in sorted((ROOT / "tests" / "rules").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name, node in functions.items():
            if name.startswith("test_"):
                reached = list(_reached(node, functions))
                found[name] = {i.id for function in reached for i in ast.walk(function) if isinstance(i, ast.Name)}
    return found


def page() -> str:
    """The whole page."""
    lines = ["# The rules", "", "Made from the code by `make docs`; a test fails where it is out of date.", ""]
    module = ""
    for rule in rules():
        if rule.module != module:
            module = rule.module
            lines += [f"## {module.replace('/', ': ').replace('_', ' ').capitalize()} (`rules/{module}.py`)", ""]
        keys = ", ".join(f"`{key}`" for key in rule.policy_keys) or "none: it needs no number"
        shown = "; ".join(test.removeprefix("test_").replace("_", " ") for test in rule.tests[:SHOWN_TESTS])
        more = f"; and {len(rule.tests) - SHOWN_TESTS} more" if len(rule.tests) > SHOWN_TESTS else ""
        lines += [f"### {rule.name}", "", " ".join(rule.promise.split()), ""]
        lines += [f"- Source: {rule.source}", f"- Policy: {keys}", f"- Tests: {shown}{more}", ""]
    return "\n".join(lines)


def main(path: Path = PAGE) -> int:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(rules())} rules are in {path.name}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
