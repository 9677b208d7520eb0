import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from schemas.policy import PolicyError, read_policy
from tests.factories.season import POLICY_FILE

TEXT = POLICY_FILE.read_text(encoding="utf-8")


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "2022.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    return caught.value.problems


def test_the_season_of_2022_can_be_used() -> None:
    assert read_policy(POLICY_FILE).season == "2022"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("addon_maximum_seats = 5", "addon_maximun_seats = 5", "seats.addon_maximun_seats: this key is not known"),
        ("addon_maximum_seats = 5", "", "seats.addon_maximum_seats: this key is missing"),
        ("grown_capacity_seats = 1540", "", "seats.certification: grown_on and grown_capacity_seats go together"),
        ("grown_capacity_seats = 1540", "grown_capacity_seats = 1499", "a grant grows"),
        ("opens_on = 2022-06-28", "opens_on = 2022-12-28", "academy: opens_on (2022-12-28) must not come after"),
        ("minimum_participants = 15", "minimum_participants = 36", "cohorts: minimum_participants (36)"),
        ("target_weeks = 6", "target_weeks = 9", "review: target_weeks (9)"),
        (
            "renewal_minimum_fee_cents = 9900",
            "renewal_minimum_fee_cents = 30000",
            "certificates: renewal_minimum_fee_cents",
        ),
        ("warning_days_before = [14, 5]", "warning_days_before = [5, 14]", "review: warning_days_before (5, 14)"),
        ("warning_days_before = [14, 5]", "warning_days_before = [5, 5]", "the greater first"),
        (
            "warning_days_before = [14, 5]",
            "warning_days_before = [14]",
            "review.warning_days_before.1: this key is missing",
        ),
        ("role_percent = 50", "role_percent = 51", "review.fit: the three percents of fit add up to 101"),
        ("minimum_hours = 8", "minimum_hours = 80", "academy: minimum_hours (80)"),
        ("months = 6\n", "months = 10\n", "portfolio: months (10)"),
        ("pass_percent = 80", "pass_percent = 101", "review.pass_percent"),
        ("program@cadre.example>", "jos\u00e9@cadre.example>", "letters.sender: 'Connecticut educator program"),
        (
            'operators = "operators@cadre.example"',
            'operators = "the staff"',
            "letters.operators: 'the staff' is no address",
        ),
        ("pass_percent = 80", 'pass_percent = "many"', "review.pass_percent"),
        (
            'time_zone = "America/New_York"',
            'time_zone = "America/Hartford"',
            "time_zone: 'America/Hartford' is not a time zone",
        ),
        ("deadline_on = 2022-07-22", "deadline_on = 2022-06-01", "enrollment: opens_on"),
        ("confirmed_on = 2022-06-15", "confirmed_on = 2022-06-01", "survey.closes_on (2022-06-10)"),
        ("session_gap_minimum_days = 10", "session_gap_minimum_days = 17\n#", "session_gap"),
    ],
)
def test_a_contradiction_names_the_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    changed = TEXT.replace(old, new, 1)
    assert changed != TEXT
    if "session_gap" in words:
        changed = changed.replace("weeks = 14", "weeks = 9")
        words = "the sessions (68)"
    assert any(words in problem for problem in problems(tmp_path, changed)), problems(tmp_path, changed)


def test_a_section_without_a_source_clause_is_rejected(tmp_path: Path) -> None:
    without = re.sub(r'^"exfrl.*\n', "", TEXT, flags=re.MULTILINE)
    assert any("sources lacks a clause for: exfrl" in problem for problem in problems(tmp_path, without))


def test_a_file_that_is_not_toml_or_not_there_says_so(tmp_path: Path) -> None:
    assert "cannot be read as TOML" in problems(tmp_path, "season = ")[0]
    with pytest.raises(PolicyError, match="cannot be read"):
        read_policy(tmp_path / "none.toml")


def test_every_number_and_date_has_a_source_clause() -> None:
    policy = read_policy(POLICY_FILE)
    clauses = tuple(policy.sources)
    leaves = list(_leaves(policy.model_dump(exclude={"sources", "letters", "season"}), ""))
    assert [leaf for leaf in leaves if not any(leaf == c or leaf.startswith(f"{c}.") for c in clauses)] == []


def test_every_source_clause_names_a_key_of_the_policy() -> None:
    policy = read_policy(POLICY_FILE)
    known = set(_leaves(policy.model_dump(exclude={"sources"}), ""))
    assert [c for c in policy.sources if not any(leaf == c or leaf.startswith(f"{c}.") for leaf in known)] == []


def _leaves(value: object, path: str) -> list[str]:
    if value and isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}" if path else str(key))]
    return [path]


def test_the_version_changes_with_any_number() -> None:
    from tests.factories.season import changed_policy, policy

    assert changed_policy(review__pass_percent=81).version != policy().version
    assert changed_policy(review__pass_percent=80).version == policy().version


def test_a_grant_grows_on_its_day() -> None:
    seats, day = read_policy(POLICY_FILE).seats, date(2022, 7, 1)
    assert [seats.granted("certification", day + timedelta(days=n)) for n in (-1, 0)] == [1500, 1540]
    assert seats.granted("academy", day) == seats.granted("academy", date.min) == 4500
