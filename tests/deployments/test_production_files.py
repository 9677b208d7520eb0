"""The units and the compose file for production: checked by systemd's own tool where there is one, and started."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
import yaml
from sqlalchemy.engine import make_url

from deployments.environment import free_port
from schemas.settings import ROOT
from tests.deployments.installations import Installation

FOLDER = ROOT / "deployments" / "production"
UNITS = sorted(path.name for path in FOLDER.glob("cadre*"))
INSTALLED = "/opt/cadre"


def unit(name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None, strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign] # systemd's keys have capitals
    found.read(FOLDER / name, encoding="utf-8")
    return found


def command_of(name: str) -> list[str]:
    """What a unit starts, from where this repository is."""
    return shlex.split(
        unit(name)["Service"]["ExecStart"].replace(f"{INSTALLED}/.venv/bin", str(Path(sys.executable).parent))
    )


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    assert UNITS == ["cadre-backup.service", "cadre-backup.timer", "cadre.service"]
    for name in UNITS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(f"{INSTALLED}/.venv/bin/cadre", "/bin/true"), encoding="utf-8")
    tool = shutil.which("systemd-analyze")
    if tool:  # where there is none, the commands are still run below
        done = subprocess.run([tool, "verify", *UNITS], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_units_and_containers_start_the_same_with_the_same_data_directory() -> None:
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    image = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert f"CMD {json.dumps(shlex.split(unit('cadre.service')['Service']['ExecStart']))}" in image
    assert unit("cadre.service")["Service"]["StateDirectory"] == "cadre"
    assert "ENV CADRE_HOME=/var/lib/cadre" in image
    assert compose["services"]["cadre"]["volumes"] == ["data:/var/lib/cadre"]
    assert (FOLDER / compose["services"]["cadre"]["build"]["context"]).resolve() == ROOT
    published = compose["services"]["database"]["ports"]
    assert all(port.startswith("127.0.0.1:") for port in published), (
        "nobody outside of this machine reaches the database"
    )


def test_the_image_has_the_tools_of_the_servers_version_and_the_database_keeps_its_data() -> None:
    database = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["database"]
    server = re.fullmatch(r"postgres:(\d+)-(\w+)", database["image"])
    image = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert server
    assert re.findall(r"postgresql-client\S*", image) == [f"postgresql-client-{server[1]}"]
    assert f"FROM python:3.11-slim-{server[2]}\n" in image
    place = "/var/lib/postgresql" if int(server[1]) >= 18 else "/var/lib/postgresql/data"
    assert database["volumes"] == [f"database:{place}"], "else it lies in a volume without a name, which nobody keeps"


def test_the_example_of_settings_signs_in_to_the_database_of_the_containers() -> None:
    database = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["database"]
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    url = make_url(next(re.finditer(r"^CADRE_DATABASE_URL=(.+)$", example, re.MULTILINE))[1])
    made = database["environment"]
    assert (url.username, url.database) == (made["POSTGRES_USER"], made["POSTGRES_DB"])
    assert url.password, "the database is made with one"
    assert database["ports"] == [f"{url.host}:{url.port or 5432}:5432"]


def test_containers_back_up_each_day_and_try_again_where_it_failed(tmp_path: Path) -> None:
    """The service's own command, with a clock and a program that note what they are asked."""
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    backup, program = services["backup"], services["cadre"]
    for name in ("image", "build", "env_file", "network_mode", "volumes"):
        assert backup[name] == program[name]
    (tmp_path / "cadre").write_text(f'echo "$@" >> {tmp_path}/log; mkdir {tmp_path}/tried\n', encoding="utf-8")
    (tmp_path / "sleep").write_text(
        f'echo "$1 s" >> {tmp_path}/log; rmdir {tmp_path}/tried 2> /dev/null; '
        f"if [ $(wc -l < {tmp_path}/log) -gt 7 ]; then kill $PPID; fi\n",
        encoding="utf-8",
    )
    for name in ("cadre", "sleep"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{(tmp_path / name).read_text(encoding='utf-8')}", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "tried").mkdir()  # the first one fails
    command = [part.replace(f"{INSTALLED}/.venv/bin", str(tmp_path)) for part in backup["command"]]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(command, env=environment, capture_output=True, timeout=20, check=False)
    log = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert log == ["db backup", "600 s", "db backup", "86400 s", "db backup", "86400 s", "db backup", "86400 s"]


@pytest.fixture
def production(tmp_path: Path) -> Mapping[str, str]:
    """The environment of an installation with values of its own."""
    policies = tmp_path / "policies"
    policies.mkdir()
    text = (ROOT / "deployments" / "seasons" / "2027.toml").read_text(encoding="utf-8")
    (policies / "2027.toml").write_text(text.replace("cadre.example", "learning.ct.internal"), encoding="utf-8")
    own = {
        "CADRE_ENVIRONMENT": "production",
        "CADRE_HOME": str(tmp_path / "data"),
        "CADRE_POLICY_FOLDER": str(policies),
        "CADRE_SEASON": "2027",
        "CADRE_PROVIDER_URL": "https://credits.ct.internal",
        "CADRE_PROVIDER_TOKEN": "a-token-of-our-own",
        "CADRE_SMTP_HOST": "mail.ct.internal",
        "CADRE_SMTP_SECURITY": "starttls",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CADRE_"))}
    return {**inherited, **own}


def run(command: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.exhaustive
@pytest.mark.xdist_group("installation")
def test_what_the_units_start_runs_in_production_without_a_sandbox_and_backs_up(
    production: Mapping[str, str], tmp_path: Path
) -> None:
    cadre = command_of("cadre.service")[0]
    refused = run(command_of("cadre.service"), production)
    assert refused.returncode == 1
    assert "- keys: " in refused.stderr
    assert run([cadre, "certificate", "key", "create"], production).returncode == 0
    (tmp_path / "data").mkdir(exist_ok=True)
    installation = Installation(tmp_path / "data", ROOT / "prefect.yaml", production, free_port())
    with installation.stopped_at_the_end():
        installation.start()
        assert installation.process is not None
        lines = [
            " ".join(child.cmdline()) for child in psutil.Process(installation.process.pid).children(recursive=True)
        ]
        assert any("prefect_server" in line for line in lines)
        assert not any("sandbox" in line for line in lines)
        backup = run(command_of("cadre-backup.service"), production)
        assert backup.returncode == 0, backup.stderr
        found = run([cadre, "doctor"], production)
        assert {line.split(":")[0] for line in found.stdout.splitlines() if line.endswith(": well")} >= {
            "settings",
            "production values",
            "database",
            "backups",
            "folders",
            "keys",
            "Prefect server",
        }
        assert "mail server: 1 problem" in found.stdout, "nobody answers at mail.ct.internal"
        installation.stop()
