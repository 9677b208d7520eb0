"""``cadre doctor`` finds what is set up wrong: each test plants one fault in an installation that is well otherwise."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.schedules import RRuleSchedule
from pydantic import SecretStr

from deployments import conductor
from deployments.catalog import DEPLOYMENTS, deployments_in_file
from deployments.cli.main import app
from deployments.doctor import findings, machine, others
from deployments.environment import auth_file, server_note
from deployments.up import POOL, prepare_inbox
from schemas.settings import ROOT, Settings, settings
from tasks.certificates.issuer_keys import create_key
from tasks.certificates.key_files import keys_folder
from tasks.core.backups import back_up
from tasks.core.clock import now
from tasks.core.page_rendering import write_page
from tests.factories.season import use_database
from tests.object_stores import SECRET, client, use_bucket

pytestmark = pytest.mark.xdist_group("sqlite")
# What the example shows as production has it.
OWN = {
    "environment",
    "policy_folder",
    "database_url",
    "provider_url",
    "smtp_host",
    "smtp_port",
    "smtp_security",
}


@pytest.fixture
def installation(server: Any, services: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of its own beside the servers of the tests: migrated, backed up, with folders and a key."""
    assert server
    use_database(monkeypatch, tmp_path)
    prepare_inbox(settings())
    create_key(now())
    back_up(settings().folder / "backups")
    write_page(server_note(settings()), services.api_url)
    auth_file(settings()).write_text(services.auth, encoding="ascii")
    # These servers have no deployments, or those of a sample season, without schedules.
    monkeypatch.setattr(others, "season_order", tuple)
    monkeypatch.setattr(others, "deployments_in_file", tuple)
    with conductor.client() as api:
        api.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        api.update_work_pool(POOL, WorkPoolUpdate(is_paused=False))
        api.send_worker_heartbeat(POOL, "a-worker", 30)
    yield tmp_path
    settings.cache_clear()


def problems(environment: dict[str, str] | None = None) -> set[tuple[str, str]]:
    """Each check that found something, with the name of what is at fault."""
    found = findings.diagnose(environment or {})
    return {(finding.check, problem.name) for finding in found for problem in finding.problems}


def test_an_installation_that_is_well_has_no_problem_and_every_check_was_made(installation: Path) -> None:
    assert installation
    made = [finding.check for finding in findings.diagnose({})]
    assert len(made) == 11
    assert problems() == set()


def test_the_example_of_settings_has_every_one_of_them_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = dict(line.lstrip("# ").split("=", 1) for line in lines if re.match(r"#? ?CADRE_\w+=", line))
    assert shown.keys() == {f"CADRE_{name}".upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        told = shown[f"CADRE_{name}".upper()]
        assert told == str(default) or (isinstance(default, Path) and told == default.name) or name in OWN, name


def test_a_misspelled_setting_is_found(installation: Path) -> None:
    assert problems({"CADRE_SMTP_HOTS": "mail", "CADRE_HOME": str(installation)}) == {("settings", "CADRE_SMTP_HOTS")}


def test_a_database_that_does_not_answer_is_found(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation
    monkeypatch.setenv("CADRE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    settings.cache_clear()
    assert ("database", "CADRE_DATABASE_URL") in problems()


def test_an_old_schema_is_found(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation
    monkeypatch.setattr(machine, "newest_revision", lambda: "0099_later")
    assert problems() == {("database", "schema")}


def test_a_backup_that_is_missing_or_old_is_found(installation: Path) -> None:
    folder = installation / "backups"
    old = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (old, old))
    assert problems() == {("backups", str(folder))}
    shutil.rmtree(folder)
    assert problems() == {("backups", str(folder))}


@pytest.mark.parametrize("url", ["cadre.db", "mysql://host/cadre", "postgresql://host/cadre"])
def test_an_address_of_the_database_that_is_none_is_found_and_the_other_checks_are_made(
    installation: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert installation
    monkeypatch.setenv("CADRE_DATABASE_URL", url)
    settings.cache_clear()
    assert problems() == {("database", "CADRE_DATABASE_URL")}


def test_a_missing_folder_is_found(installation: Path) -> None:
    shutil.rmtree(installation / "inbox" / "survey")
    assert problems() == {("folders", str(installation))}


def test_a_bucket_that_is_missing_or_does_not_answer_is_found_and_one_that_is_there_is_well(
    installation: Path, monkeypatch: pytest.MonkeyPatch, object_store_url: str
) -> None:
    bucket = use_bucket(monkeypatch, object_store_url)
    prepare_inbox(settings())
    assert problems() == set()
    assert [item["Key"] for item in client(object_store_url).list_objects_v2(Bucket=bucket)["Contents"]] == [
        "cadre/inbox/season/districts_ct.csv"
    ]
    monkeypatch.setenv("CADRE_INBOX_URL", "s3://no-such-bucket/cadre")
    settings.cache_clear()
    assert problems() == {("storage", "CADRE_INBOX_URL")}
    monkeypatch.setenv("CADRE_INBOX_ENDPOINT", "http://127.0.0.1:9")
    settings.cache_clear()
    found = [problem for finding in findings.diagnose({}) for problem in finding.problems]
    assert [problem.name for problem in found] == ["CADRE_INBOX_URL"]
    assert "does not answer" in found[0].what
    assert SECRET not in str(found)
    assert installation


def test_a_folder_for_received_files_that_cannot_be_written_is_found(installation: Path) -> None:
    (installation / "received").write_text("in the way", encoding="utf-8")
    assert problems() == {("storage", "CADRE_INBOX_URL")}


def test_a_full_disk_is_found(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.doctor.machine.shutil.disk_usage", lambda _path: SimpleNamespace(free=2**20))
    assert problems() == {("disk space", str(installation))}


def test_keys_that_are_lost_or_readable_by_others_are_found(installation: Path) -> None:
    assert installation
    keys_folder().chmod(0o755)
    assert problems() == {("keys", str(keys_folder()))}
    shutil.rmtree(keys_folder())
    assert problems() == {("keys", "keys")}


def test_stale_schedules_are_found(installation: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert installation
    text, stale = DEPLOYMENTS.read_text(encoding="utf-8"), tmp_path / "prefect.yaml"
    stale.write_text(text.replace("slug: 2027-when-seats-are-confirmed", "slug: another-slug"), encoding="utf-8")
    monkeypatch.setattr(machine, "stale_schedules", lambda seasons: machine_stale(seasons, stale))
    assert problems() == {("schedules", "prefect.yaml")}


def machine_stale(seasons: list[str], path: Path) -> bool:
    from deployments.schedules import stale_schedules

    return stale_schedules(seasons, path)


def test_a_server_that_is_not_started_or_does_not_answer_is_found(installation: Path) -> None:
    assert installation
    write_page(server_note(settings()), "http://127.0.0.1:9/api")
    assert ("Prefect server", "Prefect server") in problems()
    server_note(settings()).unlink()
    assert problems() == {("Prefect server", "Prefect server")}


def test_a_wrong_sign_in_is_found(installation: Path) -> None:
    assert installation
    auth_file(settings()).write_text("cadre:another-password-than-the-servers", encoding="ascii")
    assert problems() == {("Prefect server", "server.auth")}


def test_flows_that_are_not_deployed_are_found(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation
    monkeypatch.setattr(others, "season_order", lambda: ("A flow of tomorrow",))
    assert problems() == {("Prefect server", "deployments")}


def test_schedules_at_the_server_that_are_not_those_of_the_file_or_turned_off_are_found(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation
    mine = [item for item in deployments_in_file() if item["name"] == "Import surveys"]
    monkeypatch.setattr(others, "deployments_in_file", lambda: mine)
    rrule = RRuleSchedule(rrule="DTSTART:20220418T071500\nRRULE:FREQ=DAILY", timezone="America/New_York")
    with conductor.client() as api:
        flow = api.create_flow_from_name("import-surveys")
        name = "Import surveys"
        old = DeploymentScheduleCreate(schedule=rrule, slug="2022-of-last-year", active=False)
        deployment = api.create_deployment(flow, name, schedules=[old])
        try:
            found = [item for one in findings.diagnose({}) for item in one.problems]
        finally:
            api.delete_deployment(deployment)
    assert {item.what for item in found} == {
        f"not those of prefect.yaml: {name}",
        f"turned off: {name} (2022-of-last-year)",
    }


def test_a_paused_pool_and_a_missing_worker_are_found(installation: Path) -> None:
    assert installation
    with conductor.client() as api:
        api.update_work_pool(POOL, WorkPoolUpdate(is_paused=True))
        assert problems() == {("Prefect server", "work pool")}
        api.delete_work_pool(POOL)
        assert problems() == {("Prefect server", "work pool")}
        api.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        assert problems() == {("Prefect server", "worker")}


def test_a_clock_that_is_off_is_found(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation
    monkeypatch.setattr(others, "machine_time", lambda: datetime.now(UTC) + timedelta(minutes=2))
    assert problems() == {("Prefect server", "clock")}


def test_a_mail_server_that_is_down_or_knows_no_tls_is_found(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation
    monkeypatch.setenv("CADRE_SMTP_SECURITY", "starttls")
    settings.cache_clear()
    assert problems() == {("mail server", "CADRE_SMTP_*")}
    monkeypatch.setenv("CADRE_SMTP_SECURITY", "none")
    monkeypatch.setenv("CADRE_SMTP_PORT", "9")
    settings.cache_clear()
    assert problems() == {("mail server", "CADRE_SMTP_HOST")}


def test_a_provider_that_is_down_or_does_not_know_us_is_found(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN", "an-old-token")
    settings.cache_clear()
    assert problems() == {("credit provider", "CADRE_PROVIDER_TOKEN")}
    monkeypatch.setenv("CADRE_PROVIDER_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    assert problems() == {("credit provider", "CADRE_PROVIDER_URL")}


def test_a_test_letter_reaches_the_operators(installation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert installation
    assert app(["doctor", "--letter", "--json"], result_action="return_value") == 0
    assert json.loads(capsys.readouterr().out)["is_well"]
    from tests.conftest import HOME

    found = [path.read_bytes() for path in (HOME / "mail").rglob("*.eml")]
    assert any(b"Test letter of cadre doctor" in content and b"operators@cadre.example" in content for content in found)


def test_a_check_that_fails_by_itself_is_told_and_the_others_are_made(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation

    def broken(_path: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("deployments.doctor.machine.shutil.disk_usage", broken)
    assert problems() == {("disk space", "check")}
