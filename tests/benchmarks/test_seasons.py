"""Several seasons in one database: each keeps its counts, promises, and days, and people who come back are the same people."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from schemas.settings import ROOT

pytestmark = pytest.mark.xdist_group("years")  # beside the season that others look at: both take minutes
LONGEST_SECONDS = 2_400


def run(*options: str) -> Any:
    """What the benchmark says; it has servers, a database, and a data directory of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CADRE_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.seasons", *options, "--json"],
        cwd=ROOT,
        env={**own, "PREFECT_LOGGING_LEVEL": "CRITICAL"},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr[-3000:]
    return json.loads(done.stdout)


def check(found: Any) -> None:
    for season in found["seasons"].values():
        assert season["reconciles"]
        assert season["violations"] == {}
        assert season["strange_days"] == []
        assert season["checks"] >= 60


def test_two_seasons_side_by_side_keep_their_promises() -> None:
    found = run("--years", "2", "--districts", "4", "--until", "2023-06-28")
    check(found)
    assert set(found["seasons"]) == {"2022", "2023"}
    assert found["people"]["persons"] > 100


@pytest.mark.exhaustive
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_three_seasons_run_from_survey_to_last_renewal_and_the_first_one_is_closed(database: str) -> None:
    found = run("--years", "3", "--districts", "12", "--database", database)
    check(found)
    assert found["closed_on"]
    people = found["people"]
    assert people["in_two_seasons"] > people["recognized_by_name"] > 0
    assert people["renewed"] > people["renewed_at_another_address"] > 0
