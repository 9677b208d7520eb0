"""Keeping what was imported: two processes that keep the same file at once keep it whole, and neither fails."""

import multiprocessing
from pathlib import Path

import pytest

from schemas.kinds import InputKind
from schemas.settings import settings
from tasks.intake.inbox import keep_copy

ROUNDS = 150
CONTENT = b"lea_id,seats\n" * 20_000


def keep(source: str, gate: "multiprocessing.synchronize.Barrier") -> None:
    for number in range(ROUNDS):
        gate.wait()
        keep_copy(Path(source), InputKind.ROSTER, f"{number:016d}", "june.csv")


def test_two_processes_that_keep_the_same_file_at_once_keep_it_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CADRE_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    source = tmp_path / "june.csv"
    source.write_bytes(CONTENT)
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2, timeout=30)
    processes = [context.Process(target=keep, args=(str(source), gate)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    settings.cache_clear()
    assert [process.exitcode for process in processes] == [0, 0]
    kept = list((tmp_path / "home" / "received" / "roster").iterdir())
    assert len(kept) == ROUNDS
    assert {path.read_bytes() for path in kept} == {CONTENT}
