"""What participants and leads read when somebody moves to another cohort, or a cohort is merged; and of the last day."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from schemas.statuses import CohortKind, StartStatus
from schemas.tables import Application, Cohort, CohortMember, District, Educator, Facilitator, Outbox, StartAgreement
from tasks.cohorts.changes import merge_two_cohorts, move_to_cohort
from tasks.cohorts.starts import confirm_silent_starts, propose_starts
from tasks.core.database import reading, transaction
from tasks.season.audit import audit
from tests.factories.cohorts import fill_cohort
from tests.factories.letters.written import letters_written
from tests.factories.seats import open_season_with_seats
from tests.tasks.cohorts.starts import (
    AFTER,
    ANSWERED,
    COHORT,
    LEA,
    OTHER,
    PLANNED,
    combined_cohort,
    private_cohort,
    send,
    start_row,
    told_last,
)

pytestmark = pytest.mark.usefixtures("database")
SECOND = "2022-C002"
LEAD, OTHER_LEAD = "lead@lea.example", "lead@other.example"
GUEST = "b00@other.example"
BEGUN = datetime(2022, 9, 15, 13, 0, tzinfo=UTC)
WHY = "teaches at two schools"
CHECKS = {
    "who-moved-is-told-which-cohort-they-left",
    "leads-hear-who-moved",
    "leads-hear-of-merges",
    "exceptions-of-places-are-told",
    "hosts-of-guests-are-told",
    "participants-know-the-last-day-of-their-portfolio",
}


def broken(as_of: datetime = ANSWERED) -> set[str]:
    return {item.check.name for item in audit("2022", as_of) if item.violations and item.check.name in CHECKS}


def name_of(lea_id: str) -> str:
    with reading() as db:
        return db.get_one(District, lea_id).name


def leads_told() -> dict[str, dict[str, Any]]:
    """The last letter to each lead about who is in which cohort."""
    return {letter["to"]: letter for letter in letters_written("cohort_changed_lead")}


def two_private_cohorts() -> list[str]:
    """Fourteen and twenty educators of one district in two private cohorts; those of the first one."""
    open_season_with_seats()
    emails = fill_cohort("C1", 14)
    fill_cohort("C2", 20, "TUE-15:30")
    with transaction() as db:
        db.execute(update(Cohort).values(kind=CohortKind.PRIVATE))
    propose_starts.fn("2022", PLANNED)
    return emails


def combined_and_private() -> None:
    """Two districts in a combined cohort on Tuesdays; fifteen of the first one in a private cohort on Wednesdays."""
    combined_cohort()
    with transaction() as db:
        facts = {"name": "Uma", "email": "uma@provider.example", "slots": ["WED-15:30"], "maximum_cohorts": 2}
        db.add(Facilitator(facilitator_id="F002", **facts))
    fill_cohort(SECOND, 15, "WED-15:30")
    with transaction() as db:
        db.get_one(Cohort, ("2022", SECOND)).kind = CohortKind.PRIVATE
    propose_starts.fn("2022", PLANNED)


def test_who_is_merged_reads_which_cohort_no_longer_exists_and_which_is_theirs_now() -> None:
    emails = two_private_cohorts()
    merge_two_cohorts.fn("2022", "C1", "C2", "it has become small.", ANSWERED)
    told = letters_written("cohort")
    assert sorted(letter["to"] for letter in told) == sorted(emails)
    assert told[0]["subject"] == "You are now in certification cohort C2"
    assert (
        "Cohort C1 has been merged into cohort C2, and no longer exists. Reason: it has become small."
        in told[0]["body"]
    )
    assert (
        "Your new cohort is C2, a private cohort of the certification, with educators of your district."
        in told[0]["body"]
    )
    assert "More attached files remove the sessions of cohort C1." in told[0]["body"]
    assert broken() == set()


def test_the_lead_of_both_merged_cohorts_reads_of_the_merge_with_the_people_the_sessions_and_the_end_of_the_agreement() -> (
    None
):
    two_private_cohorts()
    merge_two_cohorts.fn("2022", "C1", "C2", "it has become small", ANSWERED)
    (letter,) = letters_written("cohort_changed_lead")
    assert (letter["to"], letter["subject"]) == (LEAD, "Cohort C1 has been merged into cohort C2")
    assert "no longer exists. Reason: it has become small." in letter["body"]
    assert f"14 educators of {name_of(LEA)} are in cohort C2 now:\n\n- " in letter["body"]
    assert "release time for the sessions of cohort C2:\n\n- Tuesday, September 13, 2022" in letter["body"]
    assert "The start of cohort C1 is no longer agreed with you" in letter["body"]
    with reading() as db:
        assert db.get_one(StartAgreement, ("2022", "C1", LEA)).status == StartStatus.WITHDRAWN
    assert broken() == set()


def test_the_lead_of_a_private_cohort_that_takes_others_in_by_a_merge_reads_who_comes_and_why() -> None:
    combined_and_private()
    merge_two_cohorts.fn("2022", COHORT, SECOND, "too few", ANSWERED, exception_reason=WHY)
    body = leads_told()[LEAD]["body"]
    assert f"10 educators of {name_of(LEA)} are in cohort {SECOND} now:" in body
    assert f"10 participants of {name_of(OTHER)} join the cohort, too, as an exception.\n" in body
    assert f"Reason for the exception: {WHY}." in body
    assert (
        f"Cohort {SECOND} is the private cohort of {name_of(LEA)}, which takes these educators in"
        in leads_told()[OTHER_LEAD]["body"]
    )
    assert broken() == set()


def test_a_lead_whose_cohort_takes_in_only_others_by_a_merge_reads_that_nothing_changes() -> None:
    combined_and_private()
    with transaction() as db:
        db.execute(update(Cohort).values(kind=CohortKind.COMBINED))
    merge_two_cohorts.fn("2022", SECOND, COHORT, "too few", ANSWERED)
    body = leads_told()[OTHER_LEAD]["body"]
    assert f"15 participants of {name_of(LEA)} join the cohort. For your educators nothing changes" in body
    assert "exception" not in body
    assert broken() == set()


def test_who_moves_reads_from_which_cohort_and_so_does_the_lead() -> None:
    combined_and_private()
    move_to_cohort.fn("2022", somebody_of(COHORT, LEA), SECOND, "a class then.", ANSWERED)
    body = told_last("cohort")["body"]
    assert f"You have moved from cohort {COHORT} to cohort {SECOND}. Reason: a class then." in body
    assert leads_told().keys() == {LEAD}
    letter = leads_told()[LEAD]
    assert letter["subject"].endswith(f"is now in cohort {SECOND}")
    assert f"has moved from cohort {COHORT} to cohort {SECOND}." in letter["body"]
    assert "a class then" not in letter["body"], "why somebody wants to move is theirs"
    assert broken() == set()


def somebody_of(cohort_id: str, lea_id: str) -> str:
    mine = (Educator.season == CohortMember.season) & (Educator.email == CohortMember.email)
    query = select(Educator.email).join(CohortMember, mine).where(CohortMember.cohort_id == cohort_id)
    with reading() as db:
        return db.scalars(query.where(Educator.lea_id == lea_id).order_by(Educator.email)).first() or ""


def test_a_guest_in_a_private_cohort_reads_whose_it_is_and_both_leads_read_the_reason() -> None:
    combined_and_private()
    move_to_cohort.fn("2022", GUEST, SECOND, "a class then", ANSWERED, exception_reason=f"{WHY}.")
    body = told_last("cohort")["body"]
    assert (
        f"Your new cohort is {SECOND}, the private cohort of {name_of(LEA)}, which takes you in as an exception."
        in body
    )
    assert f"Reason for the exception: {WHY}." in body
    assert f"the district lead of {name_of(LEA)} can ask for another one" in body
    assert "of one district" not in body
    assert leads_told().keys() == {LEAD, OTHER_LEAD}
    own, host = leads_told()[OTHER_LEAD]["body"], leads_told()[LEAD]
    assert (
        f"Cohort {SECOND} is the private cohort of {name_of(LEA)}, which takes this educator in as an exception. Reason: {WHY}."
        in own
    )
    assert host["subject"] == f"A participant of another district joins your cohort {SECOND}"
    assert (
        f"A participant of {name_of(OTHER)} joins cohort {SECOND}, the private cohort of {name_of(LEA)}, as an exception."
        in host["body"]
    )
    assert f"Reason for the exception: {WHY}." in host["body"]
    assert broken() == set()


def test_an_exception_to_a_time_is_told_to_the_own_lead() -> None:
    combined_and_private()
    with transaction() as db:
        db.get_one(Application, ("2022", LEA)).slots = ["TUE-15:30"]
    move_to_cohort.fn("2022", somebody_of(COHORT, LEA), SECOND, "a class then", ANSWERED, exception_reason=WHY)
    told = f"This is an exception, because your district uses other times. Reason: {WHY}."
    assert told in leads_told()[LEAD]["body"]
    assert "with educators of your district" in told_last("cohort")["body"]
    assert broken() == set()


def test_the_first_letter_names_the_last_day_of_the_portfolio_and_that_it_moves_with_the_start() -> None:
    private_cohort()
    (told, *_) = letters_written("cohort")
    last = "After phase 1, the last day to submit your portfolio is Tuesday, June 13, 2023."
    assert f"{last} If the start moves, so does this day." in told["body"]
    assert broken() == set()


def test_a_letter_about_a_start_that_has_moved_names_the_new_last_day(tmp_path: Path) -> None:
    private_cohort()
    send(tmp_path, start_row("another", "2022-09-27"))
    assert "the last day to submit your portfolio is Tuesday, June 27, 2023." in told_last("start_moved")["body"]


def test_who_comes_when_the_start_is_settled_reads_a_last_day_that_stays() -> None:
    combined_and_private()
    confirm_silent_starts.fn("2022", BEGUN)
    move_to_cohort.fn("2022", somebody_of(COHORT, LEA), SECOND, "a class then", BEGUN)
    body = told_last("cohort")["body"]
    assert "the last day to submit your portfolio is Wednesday, June 14, 2023.\n" in body
    assert "so does this day" not in body


def test_the_auditor_notices_letters_that_do_not_tell_what_changed() -> None:
    combined_and_private()
    move_to_cohort.fn("2022", GUEST, SECOND, "a class then", ANSWERED, exception_reason=WHY)
    merge_two_cohorts.fn("2022", COHORT, SECOND, "too few", AFTER, exception_reason=WHY)
    assert broken(AFTER) == set()
    with transaction() as db:
        db.execute(delete(Outbox).where(Outbox.message_key.like("%/cohort-change/%")))
        for letter in db.scalars(select(Outbox).where(Outbox.message_key.like("%/cohort/%"))):
            letter.payload = {**letter.payload, "body": "You have a place in a cohort."}
    assert broken(AFTER) == CHECKS
