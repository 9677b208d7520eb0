"""The house keeps its shape: import order, pure rules, short flows, and nothing in the tree that does not belong there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from rules.transitions import MACHINES, REVIEW_CLOCK
from schemas.settings import ROOT
from tasks.core.state_changes import TABLES

SUBJECTS = tuple(
    "season surveys seats enrollment academy cohorts portfolios reviews certificates credits letters".split()  # noqa: SIM905 - one line
)
ROOMS = ("schemas", "rules", "tasks", "flows", "deployments")
FRAMEWORKS = frozenset({"prefect", "sqlalchemy", "httpx", "great_expectations", "alembic"})
FLOW_FILES = sorted(path for path in (ROOT / "flows").glob("*.py") if path.stem != "__init__")
FACTS = ("Owner:", "Impact:", "Rerun:", "First triage step:")


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    later = set(ROOMS[ROOMS.index(room) + 1 :])
    wrong = {f"{path.name}: {name}" for path in sources(room) for name in imported(path) if name.split(".")[0] in later}
    assert not wrong


def test_rules_name_no_framework_and_no_table() -> None:
    names = {name for path in sources("rules") for name in imported(path)}
    assert not {name.split(".")[0] for name in names} & FRAMEWORKS
    assert not {name for name in names if name == "schemas.tables" or name.startswith("schemas.tables.")}


def test_rules_import_with_none_of_the_frameworks_installed() -> None:
    paths = [path.relative_to(ROOT).with_suffix("") for path in sources("rules") if path.stem != "__init__"]
    modules = [".".join(path.parts) for path in paths]
    program = f"""
import importlib, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {sorted(FRAMEWORKS)!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
for name in {modules!r}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_tests_of_the_rules_import_no_framework() -> None:
    paths = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "tests" / "rules").rglob("test_*.py")]
    modules = [".".join(path.parts) for path in paths]
    program = f"import importlib, sys, tests.conftest; [importlib.import_module(n) for n in {modules!r}]; "
    program += f"found = sorted(set(sys.modules) & {set(FRAMEWORKS)!r}); sys.exit(str(found) if found else 0)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_rule_reads_the_clock_or_a_file() -> None:
    forbidden = re.compile(r"\b(now|today|utcnow|open|read_text|getenv|environ)\b\(")
    found = {path.name for path in sources("rules") if forbidden.search(path.read_text(encoding="utf-8"))}
    assert not found


def flow_functions() -> list[tuple[Path, ast.FunctionDef]]:
    return [
        (path, node)
        for path in FLOW_FILES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]


def test_flows_have_one_file_a_subject_and_none_hides_a_module_of_the_standard_library() -> None:
    assert {path.stem for path in FLOW_FILES} == set(SUBJECTS)
    assert not {path.stem for path in FLOW_FILES} & sys.stdlib_module_names


@pytest.mark.parametrize("flow", flow_functions(), ids=lambda item: item[1].name)
def test_a_flow_reads_aloud_and_says_what_an_operator_needs(flow: tuple[Path, ast.FunctionDef]) -> None:
    function = flow[1]
    assert function.args.args[0].arg == "season"
    assert "as_of" in {argument.arg for argument in function.args.args}
    body = function.body[1:]
    assert (body[-1].end_lineno or 0) - body[0].lineno < 25
    assert not any(isinstance(node, ast.If | ast.For | ast.While | ast.ClassDef) for node in ast.walk(function))
    doc = ast.get_docstring(function) or ""
    assert [fact for fact in FACTS if fact not in doc] == []


def test_scheduled_flows_of_a_subject_come_first_and_its_manual_actions_below() -> None:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    scheduled = {item["entrypoint"] for item in content["deployments"] if item["schedules"]}
    for path in FLOW_FILES:
        found = [f"flows/{path.name}:{node.name}" in scheduled for own, node in flow_functions() if own == path]
        assert found == sorted(found, reverse=True), path.name


def test_every_flow_is_deployed_and_every_deployment_is_a_flow() -> None:
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    assert sorted(item["entrypoint"] for item in content["deployments"]) == sorted(
        f"flows/{path.name}:{node.name}" for path, node in flow_functions()
    )


def folder_of(path: Path) -> str:
    """The folder in ``tasks/`` that a module stands in."""
    return path.relative_to(ROOT / "tasks").parts[0]


def test_inside_tasks_imports_run_one_way_and_no_two_folders_import_each_other() -> None:
    order = {name: rank for rank, name in enumerate(("core", "ledger", "letters", "intake"))}
    order |= dict.fromkeys(SUBJECTS, len(order)) | {"season": len(order) + 1, "letters": order["letters"]}
    edges = {
        (folder_of(path), name.split(".")[1])
        for path in sources("tasks")
        if path.parent != ROOT / "tasks"
        for name in imported(path)
        if name.startswith("tasks.")
    }
    edges = {(here, there) for here, there in edges if here != there}
    assert {(here, there) for here, there in edges if order[there] > order[here]} == set()
    assert {(here, there) for here, there in edges if (there, here) in edges} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_no_folders_of_a_room_import_each_other_in_a_circle(room: str) -> None:
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in sources(room)}
    edges: dict[str, set[str]] = {folder: set() for folder in folders}
    for path in sources(room):
        here = ".".join(path.parent.relative_to(ROOT).parts)
        for name in imported(path):
            there = max((f for f in folders if name == f or name.startswith(f"{f}.")), key=len, default=here)
            if there not in {here, room} and path.name != "__init__.py":
                edges[here].add(there)
    TopologicalSorter(edges).prepare()  # raises CycleError, which names the circle


def statements_past_the_objects(path: Path) -> Iterator[tuple[str, str]]:
    """The functions that write ``update(Table)`` or ``upsert(db, Table, ...)``, each with the name of the table."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            named = [argument.id for argument in call.args if isinstance(argument, ast.Name)]
            if isinstance(call.func, ast.Name) and call.func.id in {"update", "upsert"} and named:
                yield ast.unparse(function), named[-1 if call.func.id == "update" else min(1, len(named) - 1)]


def from_any_status(paths: list[Path]) -> set[str]:
    """The statements on tables with a status that change rows whatever their status is."""
    columns = {TABLES[machine.table].__name__: machine.column for machine in MACHINES if machine is not REVIEW_CLOCK}
    return {
        f"{path.name}: {table}"
        for path in paths
        for function, table in statements_past_the_objects(path)
        if table in columns
        if not re.search(rf"where\([^\n]*\b{table}\.{columns[table]}( == |\.in_\()", function)
    }


def test_a_statement_that_changes_rows_with_a_status_names_the_one_from_which_they_come(tmp_path: Path) -> None:
    assert from_any_status(sources("tasks")) == set()
    program = "def claim(db):\n    db.execute(update(Outbox).where({}).values(status='sent'))\n"
    (tmp_path / "wrong.py").write_text(program.format("Outbox.season == '2022'"), encoding="utf-8")
    (tmp_path / "right.py").write_text(program.format("Outbox.status == 'pending'"), encoding="utf-8")
    assert from_any_status(sorted(tmp_path.iterdir())) == {"wrong.py: Outbox"}


def test_every_folder_of_tests_mirrors_a_folder_of_the_source() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in sources("tests")} - {Path()}
    assert {str(folder) for folder in folders if not (ROOT / folder).is_dir()} == {"factories", "factories/letters"}


def test_test_data_is_built_in_one_file_a_subject() -> None:
    folder = ROOT / "tests" / "factories"
    assert {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()} <= {
        *SUBJECTS,
        "__init__",
        "__pycache__",
    }
    assert not list(folder.rglob("test_*.py"))


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git of the machine
    return [ROOT / name for name in done.stdout.split() if (ROOT / name).is_file()]


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile("py" + r"pi\.org|python" + r"hosted|registry\." + "npmjs")
    assert [path for path in tracked_files() if hosts.search(path.read_text(encoding="utf-8", errors="ignore"))] == []


def test_the_lock_pins_everything_with_hashes() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    starts = [line for line in lines if re.match(r"[a-z0-9]", line)]
    assert starts
    assert all("==" in line and line.endswith("\\") for line in starts)
    assert "://" not in "".join(line for line in lines if not line.lstrip().startswith("#"))


def test_modules_stay_small_enough_to_read() -> None:
    long = {
        f"{path.relative_to(ROOT)}: {lines}"
        for room in (*ROOMS, "tests", "benchmarks")
        for path in sources(room)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long
