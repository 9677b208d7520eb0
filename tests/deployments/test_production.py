"""In production nothing starts on a sample's values, and settings that do not validate are told before anything else."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deployments.doctor import disks, values
from deployments.doctor.example_domains import example_domains
from deployments.doctor.secret_blocks import DATABASE
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


def run_cadre(options: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    code = "import sys; sys.argv[0] = 'cadre'; from deployments.cli.start import main; main()"
    command, inherited = [sys.executable, "-c", code, *options], {**os.environ, **environment}
    return subprocess.run(command, env=inherited, cwd=ROOT, capture_output=True, text=True, check=False)


def own_policies(folder: Path, replaced: str = "", by: str = "") -> str:
    """A folder with the policy of 2027, whose values are an agency's own but for the one that is replaced."""
    folder.mkdir(exist_ok=True)
    text = (ROOT / "deployments" / "seasons" / "2027.toml").read_text(encoding="utf-8")
    text = text.replace("cadre.example", "learning.ct.internal")
    assert replaced in text
    (folder / "2027.toml").write_text(text.replace(replaced, by) if replaced else text, encoding="utf-8")
    return str(folder)


OWN = {
    "SEASON": "2027",
    "PROVIDER_URL": "https://credits.ct.internal",
    "PROVIDER_TOKEN": "own",
    "SMTP_HOST": "mail.ct.internal",
}


def told() -> set[str]:
    """What is missing, as `make up` tells it: the names only."""
    with pytest.raises(ServiceFailedError) as refused:
        require_ready(settings())
    lines = str(refused.value).splitlines()
    assert lines[0] == "Nothing is started; for production this is missing:"
    return {line.removeprefix("- ").partition(": ")[0] for line in lines[1:]}


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    yield
    settings.cache_clear()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process one of an installation with values of its own, but for those that are given."""
    monkeypatch.delenv(DATABASE, raising=False)
    in_production(monkeypatch, tmp_path)
    create_key(now())

    def enter_with(**other: str) -> None:
        policies = {} if "POLICY_FOLDER" in other else {"POLICY_FOLDER": own_policies(tmp_path / "policies")}
        in_production(monkeypatch, tmp_path, **{**OWN, **policies, **other})

    return enter_with


def test_nothing_starts_in_production_on_a_samples_values_and_everything_missing_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_production(monkeypatch, tmp_path, PROVIDER_TOKEN="sandbox-token", DATABASE_URL="cadre.db", SEASON="2029")
    names = {"CADRE_PROVIDER_URL", "CADRE_PROVIDER_TOKEN", "CADRE_SMTP_HOST", "CADRE_DATABASE_URL", "CADRE_SEASON"}
    assert told() == {*names, "2022.toml", "2027.toml", "keys"}


def test_an_installation_with_values_of_its_own_may_start(own: Callable[..., None]) -> None:
    own()
    require_ready(settings())


@pytest.mark.parametrize(
    ("replaced", "by", "key"),
    [
        ("program.learning.ct.internal/recordings", "program.cadre.example/recordings", "cohorts.recordings_url"),
        ('"https://program.learning.ct.internal"', '"https://issuer.test"', "letters.issuer_url"),
        ("program@learning.ct.internal", "program@mail.cadre.example", "letters.sender"),
        ("operators@learning.ct.internal", "operators@CADRE.EXAMPLE", "letters.operators"),
        ("agency@learning.ct.internal", "agency@example.com", "letters.agency"),
        ('title = "Questions and answers"', 'title = "Questions to info@example.net"', "academy.webinars.SLW-3.title"),
    ],
)
def test_every_text_of_a_policy_in_a_domain_of_examples_is_named_with_its_key(
    own: Callable[..., None], tmp_path: Path, replaced: str, by: str, key: str
) -> None:
    own(POLICY_FOLDER=own_policies(tmp_path / "policies", replaced, by))
    assert [problem.name for problem in values.missing_for_production(settings())] == [f"2027.toml: {key}"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PROVIDER_URL", "https://credits.example.edu"),
        ("PROVIDER_URL", "https://user@Credits.EXAMPLE:8443/v1"),
        ("PROVIDER_URL", "https://example/v1"),
        ("PROVIDER_URL", "https://[::1"),
        ("PROVIDER_URL", "https://127.0.0.2"),
        ("SMTP_HOST", "mail.example.org"),
        ("SMTP_HOST", "localhost"),
        ("INBOX_ENDPOINT", "https://store.test"),
        ("DATABASE_URL", "postgresql+psycopg://cadre:secret@db.example.net/cadre"),
        ("DATABASE_URL", "postgresql+psycopg://cadre:a-password-of-your-own@127.0.0.1/cadre"),
        ("DATABASE_URL", "nonsense"),
        ("SEASON", "2029"),
    ],
)
def test_every_setting_that_cannot_be_an_installations_own_is_named(
    own: Callable[..., None], setting: str, value: str
) -> None:
    own(**{setting: value})
    assert told() == {f"CADRE_{setting}"}


def test_domains_of_examples_are_those_of_rfc_2606_and_example_edu_and_no_others() -> None:
    reserved = ["cadre.example", "a.b.TEST", "x.invalid", "db.localhost", "example.com", "a.example.net", "EXAMPLE.edu"]
    assert [example_domains(f"https://{host}/path") for host in reserved] == [[host] for host in reserved]
    others = ["example.edu.ct.gov", "myexample.com", "example.education", "learning.ct.gov", "Press test. Then go on."]
    assert [example_domains(text) for text in others] == [[]] * len(others)


def test_a_season_that_nobody_has_named_needs_a_policy_too(
    own: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    own()
    monkeypatch.delenv("CADRE_SEASON")
    settings.cache_clear()
    assert told() == {"CADRE_SEASON"}


def test_a_provider_without_a_token_is_told_until_the_servers_block_has_one(
    own: Callable[..., None], tmp_path: Path
) -> None:
    own(PROVIDER_TOKEN="")
    assert told() == {"CADRE_PROVIDER_TOKEN"}
    (tmp_path / "prefect").mkdir()
    with closing(sqlite3.connect(tmp_path / "prefect" / "prefect.db")) as server, server:
        server.execute("CREATE TABLE block_document (name TEXT, block_type_name TEXT)")
        server.execute(
            "INSERT INTO block_document VALUES ('another-token', 'Secret'), ('credit-provider-token', 'JSON')"
        )
        server.commit()
        assert told() == {"CADRE_PROVIDER_TOKEN"}
        server.execute("INSERT INTO block_document VALUES ('credit-provider-token', 'Secret')")
    require_ready(settings())


def test_what_the_example_of_settings_says_in_the_place_of_a_value_is_refused(own: Callable[..., None]) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    example = dict(line.removeprefix("CADRE_").split("=", 1) for line in lines if line.startswith("CADRE_"))
    own(**{**example, "PROVIDER_TOKEN": "", "SEASON": "2022"})
    assert told() >= {"CADRE_PROVIDER_URL", "CADRE_PROVIDER_TOKEN", "CADRE_SMTP_HOST", "CADRE_DATABASE_URL"}


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("/dev/sda / ext4 rw 0 0\nserver:/share {home} nfs4 rw 0 0", "nfs4"),
        ("auto.home {home} autofs rw 0 0\nserver:/share {home} nfs4 rw 0 0", "nfs4"),
        ("server:/share {home} nfs4 rw 0 0\n/dev/sdb {home} ext4 rw 0 0", ""),
        ("server:/share {home} fuse.glusterfs rw 0 0", "fuse.glusterfs"),
        ("bucket {home} fuse.s3fs rw 0 0", "fuse.s3fs"),
        ("/srv {home} fuse.mergerfs rw 0 0", ""),
        ("server:/share {home}/a\\040share nfs rw 0 0", "nfs"),
    ],
)
def test_sqlite_on_a_network_drive_is_found_however_it_is_mounted(
    own: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str, kind: str
) -> None:
    (tmp_path / "mounts").write_text("/dev/sda / ext4 rw 0 0\n" + mounts.format(home=tmp_path) + "\n", encoding="utf-8")
    monkeypatch.setattr(disks, "MOUNTS", tmp_path / "mounts")
    own(DATABASE_URL=f"sqlite:///{tmp_path}/a share/cadre.db")
    told = [problem.what for problem in values.missing_for_production(settings())]
    assert told == ([f"SQLite lies on a network drive ({kind})"] if kind else [])


@pytest.mark.parametrize(
    ("name", "value"), [("CADRE_HOME", "{file}"), ("CADRE_HOME", "{file}/below"), ("CADRE_DATABASE_URL", "cadre.db")]
)
@pytest.mark.parametrize("command", ["doctor", "up", "status"])
def test_a_place_that_is_none_is_told_in_one_line_by_every_command(
    tmp_path: Path, name: str, value: str, command: str
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    wrong = {"CADRE_HOME": str(tmp_path / "home"), "CADRE_CLOCK": "real", "CADRE_ENVIRONMENT": "production"}
    wrong |= {"CADRE_SMTP_SECURITY": "tls", name: value.format(file=tmp_path / "file")}
    done = run_cadre([command], wrong)
    assert done.returncode == 1
    assert name in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [["status"], ["doctor"], ["doctor", "--json"]])
def test_settings_that_do_not_validate_are_all_told_in_one_line_each_and_nothing_that_they_hold(
    options: list[str], tmp_path: Path
) -> None:
    wrong = {"CADRE_SMTP_PORT": "twenty-five", "CADRE_CLOCK": "broken", "CADRE_SMTP_PASSWORD": "secret"}
    done = run_cadre(options, {"CADRE_HOME": str(tmp_path), **wrong})
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
