"""In production nothing starts on a sample's values, and settings that do not validate are told before anything else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.doctor import values
from deployments.environment import enter, sandbox_note
from deployments.services import ServiceFailedError
from deployments.up import require_ready
from schemas.settings import ROOT, settings
from tasks.certificates.issuer_keys import create_key
from tasks.core.clock import now


def in_production(monkeypatch: pytest.MonkeyPatch, home: Path, **other: str) -> None:
    values_of = {
        "ENVIRONMENT": "production",
        "HOME": str(home),
        "CLOCK": "real",
        "SMTP_SECURITY": "starttls",
        **other,
    }
    for name, value in values_of.items():
        monkeypatch.setenv(f"CADRE_{name}", value)
    settings.cache_clear()


def test_nothing_starts_in_production_on_a_samples_values_and_everything_missing_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_production(monkeypatch, tmp_path, PROVIDER_TOKEN="sandbox-token")
    with pytest.raises(ServiceFailedError) as told:
        require_ready(settings())
    lines = str(told.value).splitlines()
    assert lines[0] == "Nothing is started; for production this is missing:"
    names = {line.removeprefix("- ").partition(": ")[0] for line in lines[1:]}
    assert names == {"CADRE_PROVIDER_URL", "CADRE_PROVIDER_TOKEN", "CADRE_SMTP_HOST", "2022.toml", "2027.toml", "keys"}
    assert sum("the sample's address" in line for line in lines) == 2 * 3
    settings.cache_clear()


def test_an_installation_with_values_of_its_own_may_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    text = (ROOT / "deployments" / "seasons" / "2027.toml").read_text(encoding="utf-8")
    (policies / "2027.toml").write_text(text.replace("cadre.example", "learning.example.org"), encoding="utf-8")
    own = {"PROVIDER_URL": "https://credits.example.edu", "PROVIDER_TOKEN": "own", "SMTP_HOST": "mail.example.org"}
    in_production(monkeypatch, tmp_path, POLICY_FOLDER=str(policies), **own)
    create_key(now())
    require_ready(settings())
    settings.cache_clear()


def test_sqlite_on_a_network_drive_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/share {tmp_path} nfs4 rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(values, "MOUNTS", mounts)
    in_production(monkeypatch, tmp_path)
    assert "CADRE_DATABASE_URL" in {problem.name for problem in values.missing_for_production(settings())}
    settings.cache_clear()


@pytest.mark.parametrize("options", [["status"], ["doctor"], ["doctor", "--json"]])
def test_settings_that_do_not_validate_are_all_told_in_one_line_each_and_nothing_that_they_hold(
    options: list[str], tmp_path: Path
) -> None:
    wrong = {"CADRE_SMTP_PORT": "twenty-five", "CADRE_CLOCK": "broken", "CADRE_SMTP_PASSWORD": "secret"}
    code = "import sys; sys.argv[0] = 'cadre'; from deployments.cli.start import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *options],
        env={**os.environ, "CADRE_HOME": str(tmp_path), **wrong},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sorted(line.partition(":")[0] for line in done.stderr.splitlines()) == ["CADRE_CLOCK", "CADRE_SMTP_PORT"]
    assert not {"twenty-five", "broken'", "secret"} & set(done.stderr.split())
    assert bool(done.stdout) is ("--json" in options)
    if done.stdout:
        assert {problem["name"] for problem in json.loads(done.stdout)["problems"]} == {
            "CADRE_CLOCK",
            "CADRE_SMTP_PORT",
        }


def test_the_servers_of_a_sample_are_found_by_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_HOME", str(tmp_path))
    monkeypatch.delenv("CADRE_SMTP_PORT", raising=False)
    settings.cache_clear()
    sandbox_note(settings()).parent.mkdir(exist_ok=True, parents=True)
    sandbox_note(settings()).write_text(json.dumps({"CADRE_SMTP_PORT": "2525"}), encoding="utf-8")
    enter(settings())
    assert settings().smtp_port == 2525
    monkeypatch.delenv("CADRE_SMTP_PORT")
    settings.cache_clear()
