"""What of the repository's folder goes into the image: the program, and nothing that a person or a run has put beside it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.settings import ROOT

ROOMS = ("deployments", "flows", "rules", "schemas", "tasks")
NEVER = (
    ".env",
    ".env.production",
    ".venv/.ready",
    ".venv/bin/python",
    ".git/config",
    "var/cadre.db",
    "var/server.auth",
    "var/keys/issuer-2026.pem",
    "var/backups/cadre-20261130T021500Z.dump",
    "var/report/people-2022.html",
    "a-data-directory-of-another-name/keys/issuer.pem",
    "survey-export.csv",
    "deployments/production/database.password",
    "deployments/production/compose.yaml",
    "deployments/seasons/.env",
    "deployments/var/server.auth",
    "tasks/certificates/issuer.pem",
    "docs/cadre.db-wal",
    "schemas/__pycache__/settings.pyc",
)


def as_expression(pattern: str) -> "re.Pattern[str]":
    """A pattern of .dockerignore: ** is any folders, * and ? stay within one; what lies below a match is matched too."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(signs.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")


def is_sent(path: str) -> bool:
    """Whether a file is sent to the builder: the last pattern that matches decides, as Docker has it."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found = [pattern for pattern in patterns if as_expression(pattern.removeprefix("!")).fullmatch(path)]
    return not found or found[-1].startswith("!")


def tracked() -> list[str]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607 - from the path
    return [name for name in found.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", NEVER)
def test_no_secret_data_or_environment_of_this_machine_goes_into_the_image(path: str) -> None:
    assert not is_sent(path)


def test_the_whole_program_goes_into_the_image_and_starts_from_what_was_sent(tmp_path: Path) -> None:
    sent = [name for name in tracked() if is_sent(name)]
    program = {name for name in tracked() if name.startswith(ROOMS) and not name.startswith("deployments/production/")}
    assert program <= {*sent}
    assert {"Makefile", "pyproject.toml", "requirements.lock", "README.md", "prefect.yaml", "docs/runbook.md"} <= {
        *sent
    }
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in sent)
    for name in sent:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CADRE_")}
    environment = {**inherited, "PYTHONPATH": str(tmp_path), "CADRE_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "deployments.cli.main", "policy", "check", "deployments/seasons/2027.toml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "can be used" in done.stdout) == (0, True), done.stderr
