"""The start of a cohort, where program staff decide, where it cannot be agreed, and where the cohort changes."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from schemas.kinds import ConfirmedBy
from schemas.statuses import Disposition, StartStatus
from schemas.tables import (
    Cohort,
    CohortMember,
    Facilitator,
    StartAgreement,
)
from tasks.cohorts.replan import plan_cohorts_again
from tasks.cohorts.start_answers import decide_on_start, record_start_answer
from tasks.cohorts.starts import confirm_silent_starts, propose_starts
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tasks.season.history import history_of
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS
from tests.tasks.cohorts.starts import (
    AFTER,
    ANSWERED,
    COHORT,
    CONFIRM_BY,
    FIRST,
    LATER,
    LEA,
    OTHER,
    agreed,
    combined_cohort,
    every_other_week,
    private_cohort,
    reasons,
    send,
    session_days,
    start_row,
    told_last,
)

pytestmark = pytest.mark.usefixtures("database")


def test_a_combined_cohort_stays_until_program_staff_decide_and_then_everybody_is_told(tmp_path: Path) -> None:
    combined_cohort()
    assert send(tmp_path, start_row("another", "2022-09-27"), start_row(lea_id=OTHER)) == 2
    assert session_days()[0] == FIRST
    assert "A start on Tuesday, September 27, 2022, would be possible" in letters_written("start_answered")[0]["body"]
    with pytest.raises(OperatorError, match="needs a reason"):
        decide_on_start.fn("2022", COHORT, LATER, " ", ANSWERED)
    with pytest.raises(OperatorError, match=r"No cohort of this season starts after 2022-10-31\. Possible: 2022-10-1"):
        decide_on_start.fn("2022", COHORT, date(2022, 12, 1), "why not", ANSWERED)
    for _ in range(2):
        decide_on_start.fn("2022", COHORT, LATER, "school begins late in Ashford.", ANSWERED)
    assert session_days() == every_other_week(LATER)
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR, LATER)
    assert agreed(OTHER) == (StartStatus.PROPOSED, ConfirmedBy.NOBODY, LATER), "who had confirmed can answer again"
    again = told_last("start_proposed")
    assert again["to"] == "lead@other.example"
    assert "now starts on Tuesday, September 27, 2022. Reason: school begins late in Ashford." in again["body"]
    assert Counter(letter["to"] for letter in letters_written("start_moved")).total() == 20
    assert send(tmp_path, start_row(lea_id=OTHER, starts_on="2022-09-27", answered_on="2022-08-19")) == 1


def test_program_staff_keep_a_start_and_the_lead_who_asked_is_told_why(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row("another", "2022-09-27"))
    decide_on_start.fn("2022", COHORT, FIRST, "the other district has planned for it", ANSWERED)
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR, FIRST)
    assert agreed(OTHER)[0] == StartStatus.PROPOSED
    assert "stays: the other district has planned for it." in told_last("start_answered")["body"]
    assert letters_written("start_moved") == []


def test_an_answer_that_says_nothing_about_the_start_is_quarantined_with_what_to_do(tmp_path: Path) -> None:
    combined_cohort()
    sent = send(
        tmp_path,
        start_row(cohort_id="2022-C009"),
        start_row(lea_id=LEA_IDS[2]),
        start_row(answered_on="2022-08-14"),
        start_row(answered_on="2022-08-20"),
        start_row(starts_on="2022-09-20", answered_on="2022-08-17"),
        start_row("another", answered_on="2022-08-16"),
        start_row("perhaps", answered_on="2022-08-15"),
        start_row("another", "2022-09-31", lea_id=OTHER, answered_on="2022-08-19"),
        start_row(lea_id=OTHER),
    )
    assert sent == 1
    found = "\n".join(reasons())
    for told in (
        "There is no cohort 2022-C009; check its number.",
        "No start of 2022-C001 was proposed to this district",
        "an answer of 2022-08-14 says nothing about it",
        "which is still to come; correct the date",
        "The answer confirms 2022-09-20, and the proposed start is 2022-09-13",
        "the start that the lead asks for is empty",
        "this is neither confirm nor another",
        "correct the date",
    ):
        assert told in found
    assert Counter(line.partition(":")[0] for line in found.splitlines()) == {
        Disposition.QUARANTINED: 8,
        Disposition.ACCEPTED: 1,
    }
    assert tally("2022", "start").holds


def test_an_older_answer_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    private_cohort()
    send(tmp_path, start_row(answered_on="2022-08-18"), start_row("another", "2022-09-27", answered_on="2022-08-16"))
    assert reasons()[0].startswith(f"{Disposition.SUPERSEDED}: A newer answer")
    assert (session_days()[0], agreed()[0]) == (FIRST, StartStatus.CONFIRMED)


def test_a_lead_on_the_phone_is_recorded_once_and_a_cohort_that_has_begun_is_not_changed() -> None:
    private_cohort()
    for _ in range(2):
        record_start_answer.fn("2022", LEA, COHORT, LATER, requested_by="district lead", as_of=ANSWERED)
    assert (session_days()[0], agreed()[:2]) == (LATER, (StartStatus.CONFIRMED, ConfirmedBy.LEAD))
    assert len(letters_written("start_answered")) == 1
    october = datetime(2022, 10, 1, 13, 0, tzinfo=UTC)
    with pytest.raises(OperatorError, match="has started, on 2022-09-27"):
        record_start_answer.fn("2022", LEA, COHORT, None, requested_by="district lead", as_of=october)
    with pytest.raises(OperatorError, match="has started"):
        decide_on_start.fn("2022", COHORT, date(2022, 10, 25), "illness", october)
    with pytest.raises(OperatorError, match="There is no cohort 2022-C9"):
        decide_on_start.fn("2022", "2022-C9", LATER, "illness", ANSWERED)


def test_a_cohort_moves_back_to_its_first_start_over_its_own_sessions() -> None:
    private_cohort()
    for number, start in enumerate((LATER, FIRST, LATER)):
        decide_on_start.fn("2022", COHORT, start, "the school calendar has changed", ANSWERED + timedelta(hours=number))
        assert session_days() == every_other_week(start)
    assert len(letters_written("start_moved")) == 3 * 20
    assert len(letters_written("start_proposed")) == 4


def test_a_cohort_that_is_dissolved_takes_its_agreement_with_it_and_the_new_one_is_proposed() -> None:
    private_cohort()
    with transaction() as db:
        facts = {"name": "Vera", "email": "v@provider.example", "slots": ["THU-15:30"], "maximum_cohorts": 2}
        db.add(Facilitator(facilitator_id="F2", **facts))
    plan_cohorts_again.fn("2022", ["F1"], "F1 is ill", ANSWERED)
    assert propose_starts.fn("2022", ANSWERED) == 0, "the new plan has asked already"
    with reading() as db:
        assert [item.cohort_id for item in db.scalars(select(StartAgreement))] == ["2022-C002"]
    assert "Thursdays at 3:30 p.m." in told_last("start_proposed")["body"]


def test_a_district_that_joins_a_cohort_before_it_begins_is_asked_too() -> None:
    combined_cohort()
    with transaction() as db:
        db.execute(delete(StartAgreement).where(StartAgreement.lea_id == OTHER))
    saturday, monday = (datetime(2022, 9, day, 13, 0, tzinfo=UTC) for day in (10, 13))
    assert [propose_starts.fn("2022", at) for at in (saturday, monday)] == [1, 0]
    assert "by Monday, September 12, 2022" in told_last("start_proposed")["body"], (
        "the day before the start at the latest"
    )
    assert confirm_silent_starts.fn("2022", monday) == 2
    with transaction() as db:
        db.execute(delete(StartAgreement).where(StartAgreement.lea_id == OTHER))
    asked = len(letters_written("start_proposed"))
    assert propose_starts.fn("2022", monday) == 1
    assert len(letters_written("start_proposed")) == asked, "nobody is asked about a start that has passed"
    assert "It started on Tuesday, September 13, 2022." in told_last("start_joined")["body"]


def test_where_the_agreement_stands_is_explained_for_the_cohort_and_for_the_district(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row())
    cohort, district = history_of("2022", "cohort", COHORT, ANSWERED), history_of("2022", "district", LEA, ANSWERED)
    assert (
        f"The start of cohort {COHORT} on 2022-09-13 is proposed: 1 of 2 districts has confirmed it." in cohort.standing
    )
    assert "The start on 2022-09-13 is confirmed." in [event.text for event in cohort.events]
    assert f"The start of cohort {COHORT} on 2022-09-13 is confirmed." in district.standing
    other = history_of("2022", "district", OTHER, ANSWERED).standing
    assert f"The start of cohort {COHORT} on 2022-09-13 is proposed; ask for another by {CONFIRM_BY}." in other


def test_people_of_a_merged_cohort_have_no_start_to_agree_on(tmp_path: Path) -> None:
    private_cohort()
    with transaction() as db:
        db.get_one(Cohort, ("2022", COHORT)).merged_into = "2022-C002"
        db.execute(delete(CohortMember))
    assert send(tmp_path, start_row()) == 0
    assert "has joined another cohort" in reasons()[0]
    assert confirm_silent_starts.fn("2022", AFTER) == 0
