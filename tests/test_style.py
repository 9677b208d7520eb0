"""How the code is written, as far as a test can tell: no record without a name, and no status as a bare word."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from schemas import kinds, statuses
from schemas.settings import ROOT
from tests.test_architecture import ROOMS, sources

LISTS = [
    found
    for module in (statuses, kinds)
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, StrEnum) and found is not StrEnum
]
WORDS = frozenset(word.value for found in LISTS for word in found) - {""}
OUTSIDERS = {  # who read the export by its contract alone, and so by its words
    ROOT / "tests" / "tasks" / "season" / "export" / name for name in ("receiver.py", "test_seat_events.py")
}
WORDED = re.compile(r"(^|_)(status|outcome|answer|disposition|kind|clock_state|severity)(s|es)?$", re.IGNORECASE)


def mixed_tuples(annotation: ast.AST) -> Iterator[str]:
    """The tuples of different things in an annotation; pairs of numbers are none, and neither is the key of a mapping."""
    if isinstance(annotation, ast.Subscript):
        name = ast.unparse(annotation.value).rpartition(".")[2]
        parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if name == "tuple" and not {ast.unparse(part) for part in parts} <= {"int", "float"}:
            if ast.unparse(parts[-1]) != "...":
                yield ast.unparse(annotation)
        elif name in {"Mapping", "dict", "Counter"}:
            parts = parts[1:]
        for part in parts:
            yield from mixed_tuples(part)
    else:
        for child in ast.iter_child_nodes(annotation):
            yield from mixed_tuples(child)


def tuple_parameters(path: Path) -> Iterator[str]:
    """Every parameter of a module that is a record without a name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aliases = {
        ast.unparse(node.targets[0])
        for node in tree.body
        if isinstance(node, ast.Assign) and any(mixed_tuples(node.value))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            names = {part.id for part in ast.walk(node.annotation) if isinstance(part, ast.Name)}
            if any(mixed_tuples(node.annotation)) or names & aliases:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.arg}"


@pytest.mark.parametrize("room", ROOMS)
def test_no_function_takes_a_record_without_a_name(room: str) -> None:
    assert [found for path in sources(room) for found in tuple_parameters(path)] == []


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """A part of a module with everything in it, but for comparisons inside, which are looked at by themselves."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Compare):
            yield from parts(child)


def is_worded(node: ast.AST) -> bool:
    """Whether a name, an attribute, or a key is called as a status or an outcome is."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return WORDED.search(name) is not None
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return WORDED.search(name) is not None
        case _:
            return False


def literals(*nodes: ast.AST) -> set[str]:
    """The words of the lists of statuses and kinds that are written out."""
    found = {part.value for node in nodes for part in parts(node) if isinstance(part, ast.Constant)}
    return {word for word in found if isinstance(word, str)} & WORDS


def written_out(node: ast.AST) -> set[str]:
    """What is compared with, assigned to, passed as, or looked for in a status, an outcome, or a kind as a bare word."""
    names: list[ast.AST] = []
    values: list[ast.AST] = []
    match node:
        case ast.Compare(left=left, comparators=others):
            values += [left, *others]
            names += [part for side in values for part in parts(side) if not isinstance(part, ast.Constant)]
        case ast.Assign(targets=targets, value=value):
            names, values = [*targets], [value]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            names, values = [target], [value]
        case ast.keyword(arg=str(name), value=value):
            names, values = [ast.Name(name)], [value]
        case ast.Dict(keys=keys, values=given):
            pairs = [(key, value) for key, value in zip(keys, given, strict=True) if key and not holds_a_table(value)]
            names, values = [key for key, _ in pairs], [value for key, value in pairs if is_worded(key)]
        case ast.Call(func=ast.Attribute(value=value, attr="in_" | "not_in"), args=arguments):
            names, values = [value], [*arguments]
    return literals(*values) if any(map(is_worded, names)) else set()


def holds_a_table(value: ast.AST) -> bool:
    """Whether a value is a table of its own, such as one of old words and new ones."""
    return any(isinstance(part, ast.Dict) for part in parts(value))


@pytest.mark.parametrize("room", [*ROOMS[1:], "tests"])
def test_no_status_outcome_or_kind_is_written_as_a_bare_word(room: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {sorted(words)}"
        for path in set(sources(room)) - OUTSIDERS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (words := written_out(node))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        'row.status == "sent"',
        '"sent" != row.status',
        'ruling.outcome in ("accepted", "rejected")',
        'row["disposition"] == "error"',
        'block.answer = "lapsed"',
        'KIND: str = "survey"',
        'Outbox(status="pending")',
        '{"severity": "critical"}',
        'select(Row).where(Row.kind.in_(["survey", "roster"]))',
        '{row.status for row in rows} <= {"sent"}',
        'outcome = "pass" if held else "fail"',
    ],
)
def test_a_bare_word_is_found_however_it_is_used(line: str) -> None:
    assert any(written_out(node) for node in ast.walk(ast.parse(line)))
