from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.surveys.application import (
    admit,
    admitted_seats,
    change_lead,
    fewer_after_confirmation,
    is_another_lead,
    is_corrected_in_time,
    needs_correction,
    note_start,
    place_of,
    requests_after_confirmation,
    requests_of_places,
    stack_places,
)
from schemas.records import Component, Lead, Line, PlacedSeats, PlaceInOrder, SeatRequest, SurveyAnswer
from schemas.statuses import Outcome
from tests.factories.season import changed_policy, policy
from tests.factories.surveys import FIRST_SUBMITTED, survey_answer


def line(of: SurveyAnswer, component: Component) -> Line:
    return next(item for item in admit(of, policy()) if item.component is component)


def test_a_request_for_information_asks_for_no_seats() -> None:
    assert admit(survey_answer(None, certification=20), policy()) == ()


def test_an_option_takes_only_its_own_components_and_the_rest_stands() -> None:
    lines = admit(survey_answer(2, certification=20, academy=60), policy())
    assert {item.component.value: item.seats_admitted for item in lines} == {"certification": 0, "academy": 60}
    assert "the rest of the application stands" in lines[0].rulings[0].reason


def test_an_add_on_goes_with_options_1_and_3_only() -> None:
    assert [line(survey_answer(o, librarian=3), Component.LIBRARIAN).seats_admitted for o in (1, 2, 3)] == [3, 0, 3]


def test_an_add_on_over_five_seats_keeps_five_and_reports_the_excess() -> None:
    found = line(survey_answer(1, exfrl=7), Component.EXFRL)
    assert (found.seats_requested, found.seats_admitted) == (7, 5)
    assert "2 cannot be given" in found.rulings[0].reason


def test_five_add_on_seats_are_within_the_limit() -> None:
    assert line(survey_answer(1, exfrl=5), Component.EXFRL).rulings == ()


def test_few_academy_seats_are_a_warning_and_never_a_rejection() -> None:
    few, enough = (
        line(survey_answer(2, academy=19), Component.ACADEMY),
        line(survey_answer(2, academy=20), Component.ACADEMY),
    )
    assert (few.seats_admitted, few.rulings[0].outcome) == (19, Outcome.WARNING)
    assert enough.rulings == ()


def test_under_twenty_certification_seats_join_the_combined_pool() -> None:
    few, enough = (
        line(survey_answer(1, certification=19), Component.CERTIFICATION),
        line(survey_answer(1, certification=20), Component.CERTIFICATION),
    )
    assert (few.seats_admitted, few.rulings[0].outcome) == (19, Outcome.COMBINED)
    assert enough.rulings == ()


def test_a_district_maximum_holds_only_where_the_policy_sets_one() -> None:
    asked = survey_answer(1, certification=50)
    limited = admit(asked, changed_policy(seats__district_maximum_seats=40))
    assert (admit(asked, policy())[0].seats_admitted, limited[0].seats_admitted) == (50, 40)


def test_a_resubmission_keeps_its_place_and_queues_the_increase() -> None:
    assert stack_places([20, 28]) == [(0, 20), (1, 8)]


def test_a_decrease_gives_up_the_newest_places_first() -> None:
    assert stack_places([20, 30, 24]) == [(0, 20), (1, 4)]


def test_what_is_asked_again_after_it_was_given_up_stands_at_the_end() -> None:
    assert stack_places([20, 5, 20]) == [(0, 5), (2, 15)]


def test_an_application_withdrawn_to_information_leaves_no_places() -> None:
    assert stack_places([20, 0]) == []


@given(st.lists(st.integers(0, 60), max_size=12))
def test_the_places_always_hold_exactly_what_the_last_submission_asks(admitted: list[int]) -> None:
    places = stack_places(admitted)
    assert sum(seats for _, seats in places) == (admitted[-1] if admitted else 0)
    assert [index for index, _ in places] == sorted({index for index, _ in places})
    assert all(seats > 0 for _, seats in places)


def test_seats_admitted_are_those_of_the_line() -> None:
    assert admitted_seats(Component.LIBRARIAN, 8, 1, policy()) == 5
    assert admitted_seats(Component.LIBRARIAN, 8, None, policy()) == 0


def placed(key: str, seats: int) -> PlacedSeats:
    return PlacedSeats(PlaceInOrder(FIRST_SUBMITTED, key), seats)


def requests(places: list[PlacedSeats], rejected: int) -> list[tuple[int, int, int, str]]:
    found = requests_of_places("0900002", Component.LIBRARIAN, places, rejected, PlaceInOrder(FIRST_SUBMITTED, "R2"))
    return [(c.seats_requested, c.seats_declined, c.seats_open, c.place_key) for c in found]


def test_an_excess_is_declined_in_the_newest_request_so_that_what_was_requested_is_accounted_for() -> None:
    assert requests([placed("R1", 3), placed("R2", 2)], 3) == [(3, 0, 3, "R1"), (5, 3, 2, "R2")]


def test_a_line_rejected_whole_is_still_a_request() -> None:
    assert requests([], 2) == [(2, 2, 0, "R2")]


def test_nothing_requested_makes_no_request() -> None:
    assert requests([], 0) == []


def place(days: int, key: str) -> PlaceInOrder:
    return PlaceInOrder(FIRST_SUBMITTED + timedelta(days=days), key)


def test_a_response_put_right_within_the_grace_period_keeps_the_first_place() -> None:
    rejected = [place(2, "Q2"), place(0, "Q0")]
    assert place_of(place(10, "R"), rejected, 10) == place(0, "Q0")


def test_after_the_grace_period_the_place_is_that_of_the_correction() -> None:
    assert place_of(place(11, "R"), [place(0, "Q0")], 10) == place(11, "R")


def test_a_rejection_after_the_submission_gives_it_no_place() -> None:
    assert place_of(place(1, "R"), [place(2, "Q")], 10) == place(1, "R")


def test_a_correction_on_the_last_day_of_grace_is_in_time() -> None:
    assert [is_corrected_in_time(FIRST_SUBMITTED, FIRST_SUBMITTED + timedelta(days=days), 10) for days in (10, 11)] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("sent_us", "newest_us", "is_told"),
    [(5, None, True), (None, None, True), (5, 4, True), (5, 5, False), (5, 6, False), (None, 4, False)],
)
def test_who_has_sent_a_valid_response_since_has_nothing_to_correct(
    sent_us: int | None, newest_us: int | None, is_told: bool
) -> None:
    assert needs_correction(sent_us, newest_us) is is_told


def seats(component: Component, number: int, key: str) -> SeatRequest:
    return SeatRequest("0900002", component, number, 5, FIRST_SUBMITTED, key)


def test_what_was_decided_stays_and_what_is_new_of_the_component_is_numbered_on() -> None:
    before = [seats(Component.LIBRARIAN, 1, "R1"), seats(Component.EXFRL, 1, "R1"), seats(Component.EXFRL, 2, "R2")]
    found = [seats(Component.EXFRL, 1, "R2"), seats(Component.EXFRL, 2, "R3"), seats(Component.LIBRARIAN, 1, "R3")]
    assert requests_after_confirmation(Component.EXFRL, found, before) == [seats(Component.EXFRL, 3, "R3")]
    assert requests_after_confirmation(Component.LIBRARIAN, found, before) == [seats(Component.LIBRARIAN, 2, "R3")]
    assert requests_after_confirmation(Component.ACADEMY, found, before) == []


def test_another_address_is_another_lead_and_another_way_to_write_a_name_is_not() -> None:
    ada = Lead("Ada", "ada@lea.example")
    assert is_another_lead(ada, Lead("Ada", "vera@lea.example"))
    assert not is_another_lead(ada, Lead("Ada Holmann", "ada@lea.example"))
    assert not is_another_lead(None, ada)


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (Lead("Vera Holmland", "vera@lea.example"), "changed"),
        (Lead("Ada Holmann", "ada@lea.example"), "rejected"),
        (Lead(" ", "vera@lea.example"), "rejected"),
        (Lead("Vera Holmland", "vera at lea"), "rejected"),
    ],
)
def test_a_new_lead_needs_a_name_and_an_address_and_is_somebody_else(after: Lead, outcome: Outcome) -> None:
    assert change_lead(Lead("Ada Holmann", "ada@lea.example"), after).outcome == outcome


def test_after_the_confirmation_fewer_seats_wait_for_an_operator_and_as_many_or_more_do_not() -> None:
    ruling = fewer_after_confirmation(25, 24)
    assert ruling
    assert ruling.outcome == Outcome.OPERATOR
    assert ruling.reason == "24 seats requested instead of 25 after the confirmation: an operator releases the rest."
    assert fewer_after_confirmation(25, 25) is None
    assert fewer_after_confirmation(25, 26) is None


@pytest.mark.parametrize(
    ("earliest", "latest", "told"),
    [
        (None, None, ""),
        (date(2022, 9, 19), date(2022, 10, 7), ""),
        (date(2022, 10, 31), None, ""),
        (None, date(2022, 9, 12), ""),
        (date(2022, 11, 1), date(2022, 12, 1), "not before 2022-11-01"),
        (date(2022, 8, 1), date(2022, 9, 11), "by 2022-09-11"),
    ],
)
def test_a_preferred_start_outside_the_seasons_is_a_note_on_the_certification_and_never_a_rejection(
    earliest: date | None, latest: date | None, told: str
) -> None:
    note = note_start(earliest, latest, policy())
    assert (note.outcome if note else None) == (Outcome.WARNING if told else None)
    assert told in (note.reason if note else "")
    asked = replace(survey_answer(3, certification=25, academy=30), start_from=earliest, start_until=latest)
    rulings = {item.component: item.rulings for item in admit(asked, policy())}
    assert rulings == {Component.CERTIFICATION: (note,) if note else (), Component.ACADEMY: ()}
    assert [item.seats_admitted for item in admit(asked, policy())] == [25, 30]
