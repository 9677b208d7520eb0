"""Who joins a cohort or leaves it: its start is agreed with each district that has people there, and with no other."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from schemas.kinds import ConfirmedBy
from schemas.records import Component
from schemas.statuses import CohortKind, StartStatus
from schemas.tables import Application, Cohort, CohortMember, Facilitator, StartAgreement
from tasks.cohorts.changes import merge_two_cohorts, move_to_cohort
from tasks.cohorts.replan import plan_cohorts_again
from tasks.cohorts.start_answers import decide_on_start, record_start_answer
from tasks.cohorts.starts import confirm_silent_starts, propose_starts
from tasks.core.database import reading, transaction
from tasks.enrollment.withdrawals import withdraw_from
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.audit import audit
from tasks.season.history import history_of
from tests.factories.cohorts import fill_cohort
from tests.factories.enrollment import enroll_by_roster, roster_row, sign_form
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS
from tests.tasks.cohorts.starts import (
    AFTER,
    ANSWERED,
    COHORT,
    LATER,
    LEA,
    OTHER,
    combined_cohort,
    reasons,
    send,
    start_row,
    told_last,
)

pytestmark = pytest.mark.usefixtures("database")
SECOND = "2022-C002"
BEGUN = datetime(2022, 9, 15, 13, 0, tzinfo=UTC)
WHY = "the lead agrees"
ANYBODY = "b00@other.example"


def two_cohorts() -> None:
    """Ten educators of each of two districts in the first cohort, sixteen of the first district in the second one."""
    combined_cohort()
    with transaction() as db:
        facts = {"name": "Uma", "email": "uma@provider.example", "slots": ["WED-15:30"], "maximum_cohorts": 2}
        db.add(Facilitator(facilitator_id="F002", **facts))
        db.get_one(Application, ("2022", OTHER)).slots = ["TUE-15:30"]
    fill_cohort(SECOND, 16, "WED-15:30")
    assert propose_starts.fn("2022", ANSWERED) == 1


def move(*emails: str, as_of: datetime = ANSWERED, to: str = SECOND) -> None:
    for email in emails:
        move_to_cohort.fn("2022", email, to, "a class at that time", as_of, exception_reason=WHY)


def agreements() -> Mapping[tuple[str, str], tuple[str, str]]:
    with reading() as db:
        found = db.scalars(select(StartAgreement)).all()
        return {(item.cohort_id[-4:], item.lea_id): (item.status, item.confirmed_by) for item in found}


def others() -> list[str]:
    return [f"b{n:02d}@other.example" for n in range(10)]


def told_to_other(template: str) -> list[dict[str, Any]]:
    return [letter for letter in letters_written(template) if letter["to"] == "lead@other.example"]


def broken(as_of: datetime) -> set[str]:
    return {item.check.name for item in audit("2022", as_of) if item.violations and "start" in item.check.name}


def test_the_lead_of_somebody_who_is_moved_to_a_cohort_is_asked_about_its_start_while_it_is_open() -> None:
    two_cohorts()
    move(ANYBODY)
    assert agreements()["C002", OTHER] == (StartStatus.PROPOSED, ConfirmedBy.NOBODY)
    assert agreements()["C001", OTHER] == (StartStatus.PROPOSED, ConfirmedBy.NOBODY), "nine are there still"
    letter = told_to_other("start_proposed")[-1]
    assert f"We propose that cohort {SECOND}, with 1 educator of" in letter["body"]
    assert broken(ANSWERED) == set()


def test_a_lead_whose_people_come_to_an_agreed_start_is_told_it_and_asked_nothing(tmp_path: Path) -> None:
    two_cohorts()
    confirm_silent_starts.fn("2022", AFTER + timedelta(days=6))
    move(*others()[:2], as_of=AFTER + timedelta(days=6))
    assert agreements()["C002", OTHER] == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR)
    (first,) = told_to_other("start_joined")
    assert "It starts on Wednesday, September 14, 2022." in first["body"]
    assert "- Wednesday, September 14, 2022, 3:30 p.m. to 5:30 p.m. ET" in first["body"]
    asked = start_row("another", "2022-09-28", OTHER, cohort_id=SECOND, answered_on="2022-09-01")
    assert send(tmp_path, asked, as_of=AFTER + timedelta(days=7)) == 0
    assert "Program staff have decided on this start" in reasons()[0]
    assert broken(BEGUN) == set()


def test_a_lead_whose_people_come_to_a_cohort_that_has_begun_is_told_the_sessions_that_are_left() -> None:
    two_cohorts()
    confirm_silent_starts.fn("2022", BEGUN)
    move(ANYBODY, as_of=BEGUN)
    (letter,) = told_to_other("start_joined")
    assert letter["subject"].startswith("1 educator of ")
    assert "It started on Wednesday, September 14, 2022." in letter["body"]
    assert "the sessions that are still to come:\n\n- Wednesday, September 28, 2022" in letter["body"]
    assert agreements()["C002", OTHER] == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR)
    assert broken(BEGUN) == set()


def test_when_the_last_of_a_district_has_left_nobody_asks_its_lead_about_the_start_any_more(tmp_path: Path) -> None:
    two_cohorts()
    move(*others()[:9])
    withdraw_from.fn("2022", others()[9], Component.CERTIFICATION, "another post", ANSWERED)
    assert agreements()["C001", OTHER] == (StartStatus.WITHDRAWN, ConfirmedBy.NOBODY)
    assert send(tmp_path, start_row("another", "2022-09-27", OTHER), as_of=ANSWERED + timedelta(hours=1)) == 0
    assert f"Nobody of this district is in {COHORT} any more" in reasons()[0]
    before = len(told_to_other("start_proposed"))
    decide_on_start.fn("2022", COHORT, LATER, "the school year begins late", ANSWERED + timedelta(hours=2))
    assert len(told_to_other("start_proposed")) == before
    confirm_silent_starts.fn("2022", AFTER + timedelta(days=6))
    assert agreements()["C001", OTHER][0] == StartStatus.WITHDRAWN
    standing = history_of("2022", "district", OTHER, AFTER).standing
    assert not any(COHORT in told for told in standing)
    assert broken(BEGUN + timedelta(days=20)) == set()


def test_people_who_come_back_bring_the_agreement_back() -> None:
    two_cohorts()
    move(*others())
    assert agreements()["C001", OTHER][0] == StartStatus.WITHDRAWN
    move(ANYBODY, as_of=ANSWERED + timedelta(hours=1), to=COHORT)
    assert agreements()["C001", OTHER] == (StartStatus.PROPOSED, ConfirmedBy.NOBODY)
    assert len(told_to_other("start_proposed")) == 3


def test_a_merge_takes_the_agreements_along() -> None:
    two_cohorts()
    with transaction() as db:
        for email in [f"a{n:02d}@lea.example" for n in range(5)]:
            db.delete(db.get_one(CohortMember, ("2022", email)))
    merge_two_cohorts.fn("2022", COHORT, SECOND, "too small", ANSWERED, exception_reason=WHY)
    assert {key: status for key, (status, _) in agreements().items()} == {
        ("C001", LEA): StartStatus.WITHDRAWN,
        ("C001", OTHER): StartStatus.WITHDRAWN,
        ("C002", LEA): StartStatus.PROPOSED,
        ("C002", OTHER): StartStatus.PROPOSED,
    }
    assert "with 10 educators of" in told_to_other("start_proposed")[-1]["body"]
    assert broken(ANSWERED) == set()


def test_a_new_plan_leaves_no_agreement_with_who_is_gone_and_asks_who_has_come() -> None:
    two_cohorts()
    for email in others():
        withdraw_from.fn("2022", email, Component.CERTIFICATION, "another post", ANSWERED)
    plan_cohorts_again.fn("2022", ["F1"], "F1 is ill", ANSWERED + timedelta(hours=1))
    assert broken(ANSWERED) == set()
    assert propose_starts.fn("2022", ANSWERED + timedelta(hours=1)) == 0


def test_who_takes_the_place_of_the_last_of_a_district_brings_its_agreement_back(tmp_path: Path) -> None:
    two_cohorts()
    leaver = f"{SECOND.lower()}-00@lea.example"
    move(*[f"{SECOND.lower()}-{n:02d}@lea.example" for n in range(1, 16)], to=COHORT)
    assert agreements()["C002", LEA][0] == StartStatus.PROPOSED
    enroll_by_roster(tmp_path, [roster_row("new", replaces=leaver)], ANSWERED + timedelta(hours=1))
    assert agreements()["C002", LEA][0] == StartStatus.WITHDRAWN
    sign_form(tmp_path, "new@lea.example", ANSWERED + timedelta(hours=2))
    assert agreements()["C002", LEA][0] == StartStatus.PROPOSED


def test_a_private_cohort_does_not_move_for_the_lead_of_a_guest() -> None:
    two_cohorts()
    with transaction() as db:
        db.get_one(Cohort, ("2022", SECOND)).kind = CohortKind.PRIVATE
    move(ANYBODY)
    assert "The cohort has educators of other districts too" in told_to_other("start_proposed")[-1]["body"]
    wanted, at = date(2022, 9, 28), ANSWERED + timedelta(hours=1)
    record_start_answer.fn("2022", OTHER, SECOND, wanted, requested_by="district lead", as_of=at)
    with reading() as db:
        assert db.get_one(Cohort, ("2022", SECOND)).starts_on == date(2022, 9, 14)
    assert "program staff decide whether it moves" in told_last("start_answered")["body"]
    with pytest.raises(OperatorError, match="No start of 2022-C002 was proposed to this district"):
        record_start_answer.fn("2022", LEA_IDS[2], SECOND, wanted, requested_by="nobody", as_of=at)


def test_the_audit_finds_a_district_without_an_agreement_and_an_agreement_without_its_district() -> None:
    two_cohorts()
    with transaction() as db:
        db.get_one(StartAgreement, ("2022", COHORT, LEA)).status = StartStatus.WITHDRAWN
        for email in others():
            db.delete(db.get_one(CohortMember, ("2022", email)))
    found = {item.check.name: item.ids for item in audit("2022", ANSWERED) if item.violations}
    assert found["every-district-in-a-cohort-has-its-start-agreed"] == (f"{COHORT}/{LEA}",)
    assert found["nobody-is-asked-about-the-start-of-a-cohort-they-left"] == (f"{COHORT}/{OTHER}",)
