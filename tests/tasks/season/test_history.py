from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.cli.explained import explained
from rules.rule_ids import RuleId
from schemas.statuses import Outcome
from tasks.season.history import NothingKnownError, history_of
from tasks.surveys.import_surveys import import_responses
from tests.factories.season import LEA_IDS, csv_file, open_season, policy
from tests.factories.surveys import survey_row

NOW = datetime(2022, 6, 10, 13, 0, tzinfo=UTC)


@pytest.fixture
def requested(database: str, tmp_path: Path) -> None:
    """A district that asked for a certification and too many add-on seats, and another one with the same lead's letters."""
    assert database
    open_season()
    rows = [survey_row(1, librarian_seats="7"), survey_row(2, LEA_IDS[1], lead_email="other@lea.example")]
    import_responses.fn("2022", NOW, [csv_file(tmp_path / "s.csv", rows)])


@pytest.mark.usefixtures("requested")
def test_a_districts_history_says_what_it_asked_what_was_decided_by_which_policy_and_what_was_written() -> None:
    history = history_of("2022", "district", LEA_IDS[0])
    assert [event.what for event in history.events] == ["requested", "requested", "requested", "decided", "written"]
    decision = history.events[3]
    assert (decision.rule, decision.outcome) == (RuleId.ADD_ON_MAXIMUM, Outcome.DECLINED)
    assert decision.policy_version == policy().version
    assert "at most 5 seats" in decision.text
    assert "lead@lea.example" in history.events[4].text


@pytest.mark.usefixtures("requested")
def test_a_history_holds_nothing_of_another_district() -> None:
    other = history_of("2022", "district", LEA_IDS[1])
    assert [event.what for event in other.events] == ["requested", "requested", "written"]
    assert not [event for event in other.events if "R_0001" in event.text or " lead@" in event.text]


@pytest.mark.usefixtures("requested")
def test_a_history_reads_in_local_time_with_the_rule_below_the_decision() -> None:
    lines = explained(history_of("2022", "district", LEA_IDS[0]), "2022").splitlines()
    assert lines[1].startswith("2022-05-02 10:01  requested")
    assert lines[5].strip().startswith("declined by rule add-on-maximum, policy 2022-")


@pytest.mark.usefixtures("requested")
@pytest.mark.parametrize("kind", ["district", "educator", "portfolio", "cohort", "certificate"])
def test_what_is_not_on_record_says_how_such_a_thing_is_named(kind: str) -> None:
    with pytest.raises(NothingKnownError, match=f"No {kind} nobody is on record in season 2022; .+"):
        history_of("2022", kind, "nobody")
