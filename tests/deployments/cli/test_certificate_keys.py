"""The key that signs credentials as an operator makes and replaces it: real processes, exit codes, JSON."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deployments.cli.main import app
from schemas.tables import Certificate
from tasks.core.database import transaction
from tests.deployments.cli.test_cli import run
from tests.factories.certificates import store_certificate
from tests.factories.season import open_season

NUMBER = "CERT-ABCDEFGHIJ"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_key_is_made_by_command_only_and_credentials_verify_across_its_rotation(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fails is run as a process, for its exit code and its words; what succeeds is run here, as the same command."""

    def here(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = app([*arguments, "--json"], result_action="return_value")
        return code, json.loads(capsys.readouterr().out)

    assert database == "sqlite"
    open_season()
    store_certificate(NUMBER, "ada@lea.example")
    with transaction() as db:
        db.get_one(Certificate, NUMBER).expires_on = date(2099, 1, 1)
    files = [tmp_path / "before.jwt", tmp_path / "after.jwt"]

    done = run("certificate", "credential", NUMBER, home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "cadre certificate key create" in done.stderr
    assert not (tmp_path / "keys").exists()
    code, made = here("certificate", "key", "create")
    assert code == 0
    done = run("certificate", "key", "create", home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"There is a key already, {made['active']}" in done.stderr
    assert "Traceback" not in done.stderr

    write = ("certificate", "credential", NUMBER, "--file")
    assert app([*write, str(files[0])], result_action="return_value") == 0
    code, rotated = here("certificate", "key", "rotate", "--reason", "once a year")
    assert (code, rotated["active"] != made["active"]) == (0, True)
    assert app([*write, str(files[1])], result_action="return_value") == 0
    code, _ = here("certificate", "key", "drop", made["active"])
    assert code == 0
    code, published = here("certificate", "publish")
    assert (code, published["problem"]) == (0, "")
    lists = [item["path"] for item in published["lists"]]
    for file in files:
        options = ("--keys", published["keys"], "--revoked", *lists)
        code, checked = here("certificate", "verify", str(file), *options)
        assert (code, checked["certificate"]) == (0, NUMBER)
    code, told = here("certificate", "key", "list")
    facts = [(item["kid"], item["is_active"], item["has_private_key"], item["reason"]) for item in told["keys"]]
    assert facts == [
        (made["active"], False, False, "the first key"),
        (rotated["active"], True, True, "once a year"),
    ]
    (tmp_path / "keys" / f"{rotated['active']}.pem").unlink()
    done = run("certificate", "key", "list", home=tmp_path)
    assert done.returncode == 1
    assert f"The private key {rotated['active']} is missing" in done.stdout
    assert json.loads(Path(published["keys"]).read_text(encoding="utf-8"))["keys"][1]["kid"] == rotated["active"]
