"""The key that signs credentials as an operator makes and replaces it: real processes, exit codes, JSON."""

import json
from datetime import date
from pathlib import Path

import pytest

from schemas.tables import Certificate
from tasks.core.database import transaction
from tests.deployments.cli.test_cli import cadre, run
from tests.factories.certificates import store_certificate
from tests.factories.season import open_season

NUMBER = "CERT-ABCDEFGHIJ"


@pytest.mark.parametrize("database", [pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite"))], indirect=True)
def test_a_key_is_made_by_command_only_and_credentials_verify_across_its_rotation(
    database: str, tmp_path: Path
) -> None:
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
    code, made = cadre("certificate", "key", "create", home=tmp_path)
    assert code == 0
    done = run("certificate", "key", "create", home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"There is a key already, {made['active']}" in done.stderr
    assert "Traceback" not in done.stderr

    assert run("certificate", "credential", NUMBER, "--file", str(files[0]), home=tmp_path).returncode == 0
    code, rotated = cadre("certificate", "key", "rotate", "--reason", "once a year", home=tmp_path)
    assert (code, rotated["active"] != made["active"]) == (0, True)
    assert run("certificate", "credential", NUMBER, "--file", str(files[1]), home=tmp_path).returncode == 0
    code, _ = cadre("certificate", "key", "drop", made["active"], home=tmp_path)
    assert code == 0
    code, published = cadre("certificate", "publish", home=tmp_path)
    assert (code, published["problem"]) == (0, "")
    lists = [item["path"] for item in published["lists"]]
    for file in files:
        options = ("--keys", published["keys"], "--revoked", *lists)
        code, checked = cadre("certificate", "verify", str(file), *options, home=tmp_path)
        assert (code, checked["certificate"]) == (0, NUMBER)
    code, told = cadre("certificate", "key", "list", home=tmp_path)
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
