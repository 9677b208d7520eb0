from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.enrollment import (
    LeaverFacts,
    RosterRequest,
    SeatFacts,
    accept_proof,
    change_session,
    end_librarian_seat,
    fill_percent,
    holds_seat,
    is_reminder_due,
    is_too_late_to_join,
    lapse_unsigned,
    learns_in_cohort,
    pass_seat_on,
    replace_leaver,
    seat_person,
    session_seats_left,
    sign_form,
    take_over_seat,
    take_promised_place,
    withdraw,
)
from rules.rule_ids import RuleId
from schemas.records import Component
from schemas.statuses import EnrollmentStatus, Outcome
from tests.factories.season import changed_policy, policy

REQUEST = RosterRequest("ada@lea.example", "0900002", Component.CERTIFICATION, "", is_librarian=False)
FACTS = SeatFacts(20, 19, is_closed=False, enroll_by=date(2022, 7, 22), other_district=None, session_seats_left=9)
DAY = date(2022, 7, 22)


def test_a_person_takes_a_seat_that_is_left_until_the_last_day() -> None:
    assert seat_person(REQUEST, FACTS, DAY, policy()).outcome == Outcome.AWAITING_FORM


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(FACTS, seats_filled=20), "has filled all 20 seats that it holds"),
        (replace(FACTS, seats_confirmed=1, seats_filled=1), "has filled 1 seat that it holds"),
        (replace(FACTS, seats_confirmed=0), "no confirmed seats"),
        (replace(FACTS, enroll_by=None, seats_confirmed=0), "no confirmed seats"),
        (replace(FACTS, is_closed=True), "deadline"),
        (replace(FACTS, enroll_by=date(2022, 7, 21)), "deadline"),
        (replace(FACTS, other_district="0900009"), "0900009"),
    ],
)
def test_a_rejection_says_what_is_missing(facts: SeatFacts, words: str) -> None:
    ruling = seat_person(REQUEST, facts, DAY, policy())
    assert ruling.outcome == Outcome.REJECTED
    assert words in ruling.reason


def test_librarian_seats_are_for_librarians_who_are_in_the_educator_certification_or_have_it() -> None:
    teacher = replace(REQUEST, component=Component.LIBRARIAN)
    librarian, certified = replace(teacher, is_librarian=True), replace(FACTS, has_certification=True)
    assert seat_person(teacher, certified, DAY, policy()).outcome == Outcome.REJECTED
    assert seat_person(librarian, certified, DAY, policy()).outcome == Outcome.AWAITING_FORM
    rejected = seat_person(librarian, FACTS, DAY, policy())
    assert (rejected.rule, rejected.outcome) == (RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.REJECTED)
    assert "put ada@lea.example on the roster for ISTE Certification for Educators too, or send" in rejected.reason


def test_proof_of_a_certificate_counts_through_its_last_day() -> None:
    assert [accept_proof(DAY, DAY + timedelta(days=n)).outcome for n in (0, 1)] == [Outcome.ACCEPTED, Outcome.REJECTED]


def test_a_librarians_seat_ends_with_the_certification_that_it_needs() -> None:
    ruling = end_librarian_seat("ada@lea.example")
    assert (ruling.outcome, "ends with the one in ISTE Certification for Educators" in ruling.reason) == (
        Outcome.WITHDRAWN,
        True,
    )


def test_the_librarianship_course_needs_one_of_its_sessions() -> None:
    request = replace(REQUEST, component=Component.EXFRL, is_librarian=True)
    outcomes = [seat_person(replace(request, session=s), FACTS, DAY, policy()).outcome for s in ("", "winter", "fall")]
    assert outcomes == [Outcome.REJECTED, Outcome.REJECTED, Outcome.AWAITING_FORM]


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        (None, Outcome.REJECTED, "No roster names this address"),
        (EnrollmentStatus.LAPSED, Outcome.REJECTED, "after the deadline"),
        (EnrollmentStatus.REPLACED, Outcome.REJECTED, "Somebody else has taken this seat"),
        (EnrollmentStatus.WITHDRAWN, Outcome.REJECTED, "participation was ended"),
        (EnrollmentStatus.AWAITING_FORM, Outcome.ENROLLED, "signed on 2022-07-01"),
        (EnrollmentStatus.ENROLLED, Outcome.ENROLLED, "signed on 2022-07-01"),
    ],
)
def test_a_signed_form_begins_participation_for_those_who_wait_for_it(
    status: str | None, outcome: Outcome, words: str
) -> None:
    ruling = sign_form(status, datetime(2022, 7, 1, tzinfo=UTC))
    assert ruling.outcome == outcome
    assert words in ruling.reason


def test_only_who_is_enrolled_or_awaits_the_form_holds_a_seat() -> None:
    assert {status for status in EnrollmentStatus if holds_seat(status)} == {
        EnrollmentStatus.AWAITING_FORM,
        EnrollmentStatus.ENROLLED,
    }
    assert not holds_seat(None)


def test_a_seat_without_a_signed_form_lapses() -> None:
    ruling = lapse_unsigned(DAY)
    assert (ruling.outcome, "came by 2022-07-22" in ruling.reason) == (Outcome.LAPSED, True)


def leaver(**changes: Any) -> LeaverFacts:
    facts: dict[str, Any] = {"email": "leaver@lea.example", "has_seat": True, "sessions_held": 0, "is_over": False}
    return LeaverFacts(**{**facts, **changes})


def test_a_leaver_is_replaced_until_too_many_sessions_have_been_held() -> None:
    most = policy().enrollment.replacement_sessions
    assert most == 1
    held = [replace_leaver(leaver(sessions_held=n), Component.CERTIFICATION, policy()).outcome for n in range(most + 2)]
    assert held == [Outcome.REPLACED, Outcome.REPLACED, Outcome.REJECTED]


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"has_seat": False}, "holds no seat"), ({"is_over": True}, "too late for somebody else to join")],
)
def test_nobody_can_take_a_seat_that_is_not_there(facts: dict[str, Any], why: str) -> None:
    ruling = replace_leaver(leaver(**facts), Component.ACADEMY, policy())
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


def test_a_leaver_is_too_late_by_the_sessions_that_were_held() -> None:
    one, two = changed_policy(enrollment__replacement_sessions=0), policy()
    found = [
        replace_leaver(leaver(sessions_held=held), Component.CERTIFICATION, rules).reason
        for held, rules in ((1, one), (2, two))
    ]
    assert [reason.partition(" been held")[0] for reason in found] == ["1 session has", "2 sessions have"]


def test_the_academy_can_be_joined_through_its_last_day_and_a_course_until_its_session_begins() -> None:
    academy, fall = policy().academy.closes_on, policy().exfrl.sessions["fall"].opens_on
    assert not is_too_late_to_join(Component.ACADEMY, "", academy, policy())
    assert is_too_late_to_join(Component.ACADEMY, "", academy + timedelta(days=1), policy())
    assert not is_too_late_to_join(Component.EXFRL, "fall", fall - timedelta(days=1), policy())
    assert is_too_late_to_join(Component.EXFRL, "fall", fall, policy())
    assert not is_too_late_to_join(Component.EXFRL, "winter", fall, policy())
    assert not is_too_late_to_join(Component.CERTIFICATION, "fall", fall, policy())


def test_who_comes_for_a_leaver_takes_the_last_seat_after_the_deadline() -> None:
    full = replace(FACTS, seats_filled=20, is_closed=True)
    assert take_over_seat(REQUEST, leaver(), full, DAY, policy()).outcome == Outcome.AWAITING_FORM
    assert take_over_seat(REQUEST, leaver(has_seat=False), full, DAY, policy()).outcome == Outcome.REJECTED
    elsewhere = replace(full, other_district="0900009")
    assert take_over_seat(REQUEST, leaver(), elsewhere, DAY, policy()).outcome == Outcome.REJECTED
    course = replace(REQUEST, component=Component.EXFRL, session="fall", is_librarian=True)
    assert (
        take_over_seat(course, leaver(), replace(full, session_seats_left=0), DAY, policy()).outcome
        == Outcome.AWAITING_FORM
    )


def test_a_leaver_is_told_who_comes_and_who_comes_is_told_where() -> None:
    passed_on = pass_seat_on("leaver@lea.example", "ada@lea.example", Component.ACADEMY)
    assert passed_on.outcome == Outcome.REPLACED
    assert passed_on.reason == "ada@lea.example takes the seat of leaver@lea.example in the Summer Learning Academy."
    placed = take_promised_place("leaver@lea.example", "2022-C001")
    assert (placed.outcome, "in cohort 2022-C001" in placed.reason) == (Outcome.PLACED, True)


def test_a_session_has_the_seats_that_nobody_has_taken_and_an_unknown_one_has_none() -> None:
    seats = policy().exfrl.sessions["fall"].capacity_seats
    found = [session_seats_left(name, used, policy()) for name, used in (("fall", 0), ("fall", seats), ("winter", 0))]
    assert found == [seats, 0, 0]


def test_leads_are_reminded_once_for_each_of_the_policys_days() -> None:
    reminded: list[int] = []
    for days in range(40, -5, -1):
        last = DAY - timedelta(days=reminded[-1]) if reminded else None
        if is_reminder_due(1, DAY, DAY - timedelta(days=days), last, policy()):
            reminded.append(days)
    assert reminded == sorted(policy().enrollment.reminder_days_before, reverse=True)


@pytest.mark.parametrize(
    ("days", "last", "is_due"), [(8, None, False), (5, None, True), (5, 7, False), (1, 7, True), (-1, None, False)]
)
def test_a_reminder_whose_day_was_missed_is_made_up_for(days: int, last: int | None, *, is_due: bool) -> None:
    last_on = None if last is None else DAY - timedelta(days=last)
    assert is_reminder_due(1, DAY, DAY - timedelta(days=days), last_on, policy()) is is_due
    assert not is_reminder_due(0, DAY, DAY - timedelta(days=days), last_on, policy())


def test_who_has_a_certification_seat_and_nobody_else_has_a_place_in_a_cohort() -> None:
    assert [component for component in Component if learns_in_cohort(component)] == [Component.CERTIFICATION]


@pytest.mark.parametrize(
    ("current", "wanted", "day", "left", "why"),
    [
        (None, "fall", "2022-06-01", 5, "holds no seat"),
        ("summer", "winter", "2022-06-01", 5, "Choose one of the sessions"),
        ("summer", "summer", "2022-06-01", 5, "in the summer session already"),
        ("fall", "summer", "2022-07-11", 5, "has begun"),
        ("summer", "fall", "2022-07-20", 0, "is full"),
    ],
)
def test_a_session_that_cannot_be_had_is_rejected(
    current: str | None, wanted: str, day: str, left: int, why: str
) -> None:
    ruling = change_session(current, wanted, date.fromisoformat(day), left, policy())
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason


def test_a_participant_moves_to_a_session_that_has_seats_and_has_not_begun() -> None:
    assert change_session("summer", "fall", date(2022, 10, 2), 1, policy()).outcome == Outcome.MOVED


def test_the_fill_rate_is_rounded_down_and_a_district_without_seats_owes_nothing() -> None:
    assert [fill_percent(30, 29), fill_percent(30, 30), fill_percent(3, 0), fill_percent(0, 0)] == [96, 100, 0, 100]


def test_a_full_session_of_the_course_is_rejected() -> None:
    request = RosterRequest("li@lea.example", "0900002", Component.EXFRL, "summer", is_librarian=True)
    facts = SeatFacts(5, 0, is_closed=False, enroll_by=None, other_district=None, session_seats_left=0)
    assert (
        "session of Exploring Future Ready Librarianship is full"
        in seat_person(request, facts, date(2022, 6, 20), policy()).reason
    )


@pytest.mark.parametrize(
    ("has_seat", "reason", "outcome"),
    [
        (True, "another post", Outcome.WITHDRAWN),
        (True, " ", Outcome.REJECTED),
        (False, "x", Outcome.REJECTED),
    ],
)
def test_a_participation_ends_with_a_reason_where_there_is_a_seat(
    has_seat: bool, reason: str, outcome: Outcome
) -> None:
    assert withdraw("ada@lea.example", has_seat, Component.ACADEMY, reason).outcome == outcome


@given(st.integers(0, 8), st.booleans(), st.booleans())
def test_a_leaver_is_replaced_exactly_while_everything_allows_it(held: int, has_seat: bool, is_over: bool) -> None:
    facts = leaver(sessions_held=held, has_seat=has_seat, is_over=is_over)
    ruling = replace_leaver(facts, Component.CERTIFICATION, policy())
    assert (ruling.outcome == Outcome.REPLACED) is (has_seat and held <= 1 and not is_over)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_fill_rate_is_a_percentage_and_full_only_when_every_seat_is_signed(confirmed: int, signed: int) -> None:
    signed = min(signed, confirmed)
    percent = fill_percent(confirmed, signed)
    assert 0 <= percent <= 100
    assert (percent == 100) is (signed == confirmed)
