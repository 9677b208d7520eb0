"""The issuer's keys: made only by command, one active, none lost without a word, and whole whenever a command is killed."""

import json
import os
import shutil
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.effects import AFTER, BEFORE, Point, Watch
from deployments.season_run import set_up_key
from schemas.settings import settings
from tasks.certificates.issuer_keys import (
    active_key,
    create_key,
    drop_private_key,
    key_problem,
    list_keys,
    public_keys,
    publish_keys,
    rotate_key,
)
from tasks.certificates.key_files import IssuerKeyError, keys_folder, private_ids, published_path

NOW = datetime(2023, 3, 1, 15, 0, tzinfo=UTC)
LATER = datetime(2024, 3, 1, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("CADRE_HOME", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def published_ids() -> list[str]:
    return [item["kid"] for item in public_keys()["keys"]]


def pem(kid: str) -> Path:
    return keys_folder() / f"{kid}.pem"


def test_reading_the_active_key_where_there_is_none_names_the_command_and_makes_nothing() -> None:
    with pytest.raises(IssuerKeyError, match="cadre certificate key create"):
        active_key()
    assert not keys_folder().exists()


def test_the_first_key_is_active_and_published_and_a_second_create_changes_nothing() -> None:
    kid = create_key(NOW)
    assert (active_key().kid, published_ids()) == (kid, [kid])
    with pytest.raises(IssuerKeyError, match=f"There is a key already, {kid}"):
        create_key(NOW)
    assert private_ids() == published_ids() == [kid]


def test_a_lost_private_key_is_an_error_and_no_new_one_appears() -> None:
    kid = create_key(NOW)
    pem(kid).unlink()
    for command in (active_key, publish_keys, set_up_key, lambda: create_key(NOW)):
        with pytest.raises(IssuerKeyError, match=r"is missing: put the folder .* back.*key rotate"):
            command()
    assert (private_ids(), published_ids()) == ([], [kid])


def test_a_published_set_of_which_nothing_else_is_left_is_no_place_for_a_first_key() -> None:
    create_key(NOW)
    kept = published_path().read_bytes()
    shutil.rmtree(keys_folder())
    keys_folder().mkdir()
    published_path().write_bytes(kept)
    with pytest.raises(IssuerKeyError, match=r"Public keys are published, but their private keys are missing.*rotate"):
        create_key(NOW)
    assert "private keys are missing" in key_problem()
    assert (private_ids(), published_path().read_bytes()) == ([], kept)


def test_after_a_loss_rotation_is_the_explicit_way_on_and_the_lost_key_stays_published() -> None:
    lost = create_key(NOW)
    pem(lost).unlink()
    new = rotate_key("the disk is gone", LATER)
    assert active_key().kid == new
    assert published_ids() == [lost, new]
    assert [(item.kid, item.is_active, item.has_private_key, item.reason) for item in list_keys()] == [
        (lost, False, False, "the first key"),
        (new, True, True, "the disk is gone"),
    ]


def test_a_restored_backup_signs_again() -> None:
    kid = create_key(NOW)
    shutil.move(pem(kid), keys_folder().parent / "backup.pem")
    assert key_problem()
    shutil.move(keys_folder().parent / "backup.pem", pem(kid))
    assert active_key().kid == kid


def test_where_the_register_is_lost_no_old_key_is_chosen_by_chance_and_rotation_publishes_all_of_them() -> None:
    kids = [create_key(NOW), *(rotate_key("as planned", LATER) for _ in range(2))]
    for name in ("register.json", published_path().name):
        (keys_folder() / name).unlink()
    assert "no register that says which of them signs" in key_problem()
    with pytest.raises(IssuerKeyError, match="no register"):
        create_key(LATER)
    newest = rotate_key("the register is lost", LATER)
    assert active_key().kid == newest
    assert {key["kid"] for key in public_keys()["keys"]} == {*kids, newest}


def test_without_any_key_there_is_nothing_to_rotate() -> None:
    with pytest.raises(IssuerKeyError, match="key create"):
        rotate_key("why not", NOW)
    assert private_ids() == []


def test_a_private_key_is_dropped_only_by_its_id_and_never_the_one_that_signs() -> None:
    first = create_key(NOW)
    second = rotate_key("once a year", LATER)
    assert private_ids() == sorted([first, second])
    with pytest.raises(IssuerKeyError, match="signs"):
        drop_private_key(second)
    with pytest.raises(IssuerKeyError, match="no private key"):
        drop_private_key("../keys/" + first)
    drop_private_key(first)
    assert (private_ids(), published_ids()) == ([second], [first, second])


def test_a_private_key_that_does_not_belong_to_its_public_half_signs_nothing() -> None:
    first = create_key(NOW)
    second = rotate_key("", LATER)
    shutil.copyfile(pem(first), pem(second))
    with pytest.raises(IssuerKeyError, match=f"does not belong to the public key {second}"):
        active_key()


def test_a_published_key_with_other_numbers_than_its_private_key_is_an_error() -> None:
    first = create_key(NOW)
    content: Any = json.loads(published_path().read_bytes())
    rotate_key("", LATER)
    (new,) = [item for item in public_keys()["keys"] if item["kid"] != first]
    content["keys"].append({**content["keys"][0], "kid": new["kid"]})
    published_path().write_text(json.dumps(content), encoding="utf-8")
    assert "does not belong to its private key" in key_problem()


@pytest.mark.parametrize("name", ["register.json", "issuer.jwks.json"])
@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{}]}', '{"keys": [{"kid": 1}]}', "[]"])
def test_a_damaged_file_is_named_and_never_written_over(name: str, text: str) -> None:
    create_key(NOW)
    (keys_folder() / name).write_text(text, encoding="utf-8")
    for command in (active_key, publish_keys, lambda: create_key(NOW), lambda: rotate_key("", NOW)):
        with pytest.raises(IssuerKeyError, match=f"keys/{name} cannot be read .* put the folder"):
            command()
    assert (keys_folder() / name).read_text(encoding="utf-8") == text


def test_a_private_key_that_is_no_key_is_named() -> None:
    kid = create_key(NOW)
    pem(kid).write_text("gone", encoding="utf-8")
    with pytest.raises(IssuerKeyError, match=f"The private key {kid} cannot be read"):
        active_key()


def test_a_published_set_that_was_lost_is_written_again_but_never_without_a_key_that_has_signed() -> None:
    first = create_key(NOW)
    second = rotate_key("", LATER)
    published_path().unlink()
    assert "`cadre certificate publish`" in key_problem()
    publish_keys()
    assert published_ids() == [first, second]
    drop_private_key(first)
    published_path().unlink()
    for command in (publish_keys, lambda: rotate_key("", LATER)):
        with pytest.raises(IssuerKeyError, match=f"The public half of the key {first}, which has signed"):
            command()
    assert private_ids() == [second]


def test_private_keys_and_their_folder_are_open_to_nobody_else_however_they_were_before() -> None:
    before = os.umask(0)
    try:
        keys_folder().mkdir(mode=0o777)
        kid = create_key(NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(keys_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(pem(kid).stat().st_mode) == 0o600
    (public,) = public_keys()["keys"]
    assert set(public) == {"kty", "n", "e", "kid", "use", "alg"}


def test_of_two_who_create_at_once_one_makes_the_key_and_the_other_says_that_it_is_there() -> None:
    begin, made, told = threading.Barrier(2), list[str](), list[str]()

    def create() -> None:
        begin.wait()
        try:
            made.append(create_key(NOW))
        except IssuerKeyError as error:
            told.append(str(error))

    both = [threading.Thread(target=create) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(made) == len(told) == 1
    assert f"There is a key already, {made[0]}" in told[0]
    assert private_ids() == published_ids() == made


def was_killed(place: str, moment: str, command: Callable[[], object]) -> bool:
    """Run a command in a process of its own that is killed before or after it puts a file in its place."""
    child = os.fork()
    if child == 0:
        point = Point("rename", f"tasks/certificates/key_files.py:{place}", moment, 1)
        Watch(lambda reached: reached == point).install()
        command()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == -signal.SIGKILL


EFFECTS = [(place, moment) for place in ("add_private_key", "publish", "write_register") for moment in (BEFORE, AFTER)]


@pytest.mark.parametrize(("place", "moment"), EFFECTS)
def test_a_create_that_is_killed_leaves_a_key_or_is_finished_by_the_next_one(place: str, moment: str) -> None:
    assert was_killed(place, moment, lambda: create_key(NOW))
    begun = private_ids()
    if (place, moment) == ("write_register", AFTER):
        assert active_key().kid == begun[0]
    else:
        assert "cadre certificate key create" in key_problem()
        assert create_key(NOW) in (begun or private_ids())
    assert private_ids() == published_ids() == [active_key().kid]
    set_up_key()


@pytest.mark.parametrize("place", ["add_private_key", "publish", "write_register"])
def test_a_rotation_that_is_killed_leaves_the_earlier_key_signing_and_can_be_run_again(place: str) -> None:
    first = create_key(NOW)
    assert was_killed(place, BEFORE, lambda: rotate_key("killed", LATER))
    assert active_key().kid == first
    second = rotate_key("again", LATER)
    assert active_key().kid == second
    assert {first, second} <= set(published_ids())
