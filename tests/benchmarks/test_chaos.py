"""The chaos harness itself: one whose killers fail says so, instead of calling a quiet season a proof."""

import threading

import pytest

from benchmarks.chaos import Killer, Story
from deployments.sample.chance import chance

SOON = (0.0, 0.001)
LONGEST_SECONDS = 10


def test_a_killer_that_fails_fails_the_whole() -> None:
    begun = threading.Event()

    def broken() -> bool:
        begun.set()
        raise TimeoutError("the server does not come back")

    killer = Killer(chance(1, "killer"), 5, SOON, Story(), {"server": broken})
    with pytest.raises(TimeoutError, match="does not come back"), killer.at_work():
        begun.wait(LONGEST_SECONDS)


def test_a_killer_kills_as_often_as_it_is_told_while_the_season_runs() -> None:
    story, killed = Story(), threading.Semaphore(0)

    def kill() -> bool:
        killed.release()
        return True

    with Killer(chance(1, "killer"), 3, SOON, story, {"server": kill}).at_work():
        assert all(killed.acquire(timeout=LONGEST_SECONDS) for _ in range(3))
    assert [found.victim for found in story.kills] == ["server"] * 3
