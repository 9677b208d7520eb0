"""No number of the policy is there for nothing: with another one, some test of the rules fails."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.settings import ROOT
from tests.factories.season import POLICY_FILE

NUMBERS = (
    "addon_maximum_seats = 5",
    "maximum_courses = 4",
    "minimum_hours = 8",
    "hours_per_credit = 13",
    "weeks = 14",
    "program_months = 9",
    "pass_percent = 80",
    "target_weeks = 6",
    "breach_weeks = 8",
    "valid_years = 3",
    "renewal_minimum_fee_cents = 9900",
    "renewal_maximum_fee_cents = 25000",
    "fee_per_credit_cents = 6500",
    "certification_maximum = 4",
    "replacement_sessions = 1",
    "attendance_expected_sessions = 4",
    "learning_hours = 40",
    "check_in_weeks = 4",
    "moves_until_session = 2",
    "spread_points = 15",
    "evaluator_silence_days = 30",
    "extension_maximum_days = 60",
    "office_hours_every_weeks = 4",
)


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", NUMBERS)
def test_another_number_in_the_policy_makes_a_test_of_the_rules_fail(number: str, tmp_path: Path) -> None:
    name, value = number.split(" = ")
    policy, changes = re.subn(
        rf"(?m)^{number}\b", f"{name} = {int(value) + 1}", POLICY_FILE.read_text(encoding="utf-8")
    )
    assert changes == 1
    mutated = tmp_path / "2022.toml"
    mutated.write_text(policy, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "tests/rules"]
    environment = {**os.environ, "CADRE_TEST_POLICY_FILE": str(mutated)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout[-2000:]
