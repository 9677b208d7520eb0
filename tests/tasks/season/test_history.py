from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from deployments.cli.explained import explained
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import Component
from schemas.statuses import OutboxStatus, Outcome, RoundKind, RoundStatus
from schemas.tables import Cohort, Decision, Outbox, ReviewRound, SeatBlock
from tasks.core.database import transaction
from tasks.season.history import NothingKnownError, history_of
from tasks.seats.answers import settle_offers
from tasks.seats.closing import close_waitlist
from tasks.surveys.import_surveys import import_responses
from tests.factories.cohorts import FIRST_SESSION, store_cohort
from tests.factories.enrollment import JUNE_20, enroll_by_roster, enroll_educators, roster_row, store_educators
from tests.factories.portfolios import store_portfolio
from tests.factories.season import LEA_IDS, csv_file, open_season, policy, store_rows
from tests.factories.seats import JUNE_15, answer_offer, confirm_seats
from tests.factories.surveys import survey_row

NOW = datetime(2022, 6, 10, 13, 0, tzinfo=UTC)
JULY_31 = datetime(2022, 7, 31, 23, 0, tzinfo=UTC)
AUGUST_1 = datetime(2022, 8, 1, 13, 0, tzinfo=UTC)


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
    assert not [event for event in other.events if " lead@" in event.text or "7 seats" in event.text]


@pytest.mark.usefixtures("requested")
def test_a_history_reads_in_local_time_with_the_rule_below_the_decision() -> None:
    lines = explained(history_of("2022", "district", LEA_IDS[0]), "2022").splitlines()
    asked = "- Monday, May 2, 2022, at 10:01 a.m. ET. Asked: The current submission"
    assert any(line.startswith(asked) for line in lines)
    assert "add-on-maximum" not in "\n".join(lines)
    with_rules = explained(history_of("2022", "district", LEA_IDS[0]), "2022", with_rules=True)
    assert "[declined by rule add-on-maximum, policy 2022-" in with_rules


@pytest.mark.usefixtures("requested")
@pytest.mark.parametrize("kind", ["district", "educator", "portfolio", "cohort", "certificate", "evaluator"])
def test_what_is_not_on_record_says_how_such_a_thing_is_named(kind: str) -> None:
    with pytest.raises(NothingKnownError, match=f"No {kind} nobody is on record in season 2022; .+"):
        history_of("2022", kind, "nobody")


@pytest.mark.usefixtures("requested")
def test_a_history_speaks_of_components_by_name_and_says_what_comes_next() -> None:
    text = explained(history_of("2022", "district", LEA_IDS[0], NOW), "2022")
    assert "25 seats in ISTE Certification for Educators requested." in text
    assert "is to be decided; letters go out from Wednesday, June 15, 2022, on." in text
    assert "R_0001" not in text


@pytest.mark.usefixtures("database")
def test_a_district_on_the_waitlist_hears_how_many_requests_are_ahead_and_not_whose(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 25, 20, 20, capacity=25)
    text = explained(history_of("2022", "district", LEA_IDS[2], JUNE_15), "2022")
    assert "20 seats in ISTE Certification for Educators on the waitlist; 1 request is ahead." in text
    assert "offered in this order until Sunday, July 31, 2022." in text
    assert LEA_IDS[1] not in text
    after = datetime(2022, 8, 1, 13, 0, tzinfo=UTC)
    ended = explained(history_of("2022", "district", LEA_IDS[2], after), "2022")
    assert "stayed on the waitlist until it ended on Sunday, July 31, 2022." in ended


@pytest.mark.usefixtures("database")
def test_the_days_of_a_review_are_local_ones() -> None:
    open_season()
    store_portfolio("P22-A", "ada@lea.example")
    evening = datetime(2023, 3, 2, 2, 0, tzinfo=UTC)  # March 1, 9 p.m. in the program
    clock = {"opened_at": evening, "started_at": evening, "due_at": evening + timedelta(days=7)}
    clock["breach_at"] = evening + timedelta(days=14)
    facts = {"portfolio_id": "P22-A", "round_number": 1, "season": "2022", "kind": RoundKind.FIRST, "reason": ""}
    store_rows(ReviewRound, {**facts, **clock, "reviews_wanted": 2, "status": RoundStatus.WAITING})
    text = explained(history_of("2022", "portfolio", "P22-A", evening), "2022")
    assert "Wednesday, March 1, 2023, at 9:00 p.m. ET. Done: The review began." in text
    assert "The result is due by Wednesday, March 8, 2023, and by Wednesday, March 15, 2023, at the latest." in text


@pytest.mark.usefixtures("requested")
def test_a_letter_that_failed_says_so_with_the_reason_and_what_would_help() -> None:
    with transaction() as db:
        values = {"status": OutboxStatus.FAILED, "answer": "550 no such mailbox"}
        db.execute(update(Outbox).values(values))
    history = history_of("2022", "district", LEA_IDS[0], NOW)
    assert [event.what for event in history.events][-1] == "failed"
    text = explained(history, "2022")
    assert "could not be delivered. The reason: 550 no such mailbox." in text
    assert "1 letter could not be delivered. An e-mail address that works would help" in text


@pytest.mark.usefixtures("database")
def test_who_has_not_signed_hears_by_when_and_a_librarian_without_the_certification_what_would_help(
    tmp_path: Path,
) -> None:
    confirm_seats(tmp_path, 25)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    text = explained(history_of("2022", "educator", "ada@lea.example", JUNE_20), "2022")
    assert "the signed commitment form is missing. Sign it by" in text
    seats = {"season": "2022", "lea_id": LEA_IDS[0], "component": Component.LIBRARIAN.value, "seats_confirmed": 1}
    store_rows(SeatBlock, {**seats, "seats_filled": 1, "enroll_by": JUNE_20.date(), "is_closed": False})
    enroll_educators("li", 1, Component.LIBRARIAN)
    text = explained(history_of("2022", "educator", "li00@lea.example", JUNE_20), "2022")
    assert "needs ISTE Certification for Educators, in which this person has no seat and no certificate." in text
    assert "What would help: a seat in it from the district lead" in text


@pytest.mark.usefixtures("database")
def test_a_cohort_that_joined_another_shows_only_the_sessions_that_took_place() -> None:
    open_season()
    monday = FIRST_SESSION
    store_educators("ada@lea.example")
    store_cohort("C1", [])
    store_cohort("C2", ["ada@lea.example"], slot="TUE-15:30")
    with transaction() as db:
        db.get_one(Cohort, ("2022", "C1")).merged_into = "C2"
        facts: dict[str, Any] = {
            "season": "2022",
            "subject_kind": SubjectKind.COHORT,
            "subject_key": "C1",
            "rule": RuleId.COHORT_MERGE,
        }
        facts |= {"policy_version": policy().version, "inputs": {}, "outcome": Outcome.MERGED, "reason": "C1 joins C2."}
        db.add(Decision(**facts, decided_at=monday + timedelta(days=7), cause="test"))
    text = explained(history_of("2022", "cohort", "C1", monday + timedelta(days=60)), "2022")
    assert "Session 1 was held" in text
    assert "Session 2" not in text
    assert (
        "Cohort C1 joined cohort C2 on Monday, September 19, 2022; its sessions after that day were not held." in text
    )


@pytest.mark.usefixtures("requested")
def test_where_a_district_stands_says_why_seats_were_not_given_and_when_that_is_over() -> None:
    told = explained(history_of("2022", "district", LEA_IDS[0]), "2022").partition("What has happened")[0]
    reason = "Librarians has at most 5 seats for each district: 5 of the 7 requested are admitted, 2 cannot be given."
    assert (
        "2 requested seats were not given in ISTE Certification for Librarians. On Friday, June 10, 2022: ISTE" in told
    )
    assert reason in told


@pytest.mark.usefixtures("database")
def test_where_a_district_stands_names_the_decision_by_which_it_left_the_waitlist_or_the_waitlist_ended(
    tmp_path: Path,
) -> None:
    confirm_seats(tmp_path, 13, 16, 25, capacity=9)
    answer_offer(tmp_path, 8)
    settle_offers.fn("2022", JUNE_20)
    close_waitlist.fn("2022", JULY_31)

    def told(lea_id: str) -> str:
        return explained(history_of("2022", "district", lea_id, AUGUST_1), "2022").partition("What has happened")[0]

    over = "That is over for this season; seats can be requested again in the survey of the next one."
    assert (
        "4 requested seats were not given in ISTE Certification for Educators. On Monday, June 20, 2022: 4 seats"
        in told(LEA_IDS[0])
    )
    assert "because the district did not take all seats that it was offered" in told(LEA_IDS[0])
    assert "The waitlist ended on Sunday, July 31, 2022." in told(LEA_IDS[2])
    assert over in told(LEA_IDS[0])
    assert over in told(LEA_IDS[2])
    assert "the letter about the seats says why" not in told(LEA_IDS[0])
