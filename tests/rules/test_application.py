from rules.application import admit, claims_of
from schemas.records import Component, Line, SurveyAnswer
from tests.builders import answer, changed_policy, policy


def line(of: SurveyAnswer, component: Component) -> Line:
    return next(item for item in admit(of, policy()) if item.component is component)


def test_a_request_for_information_asks_for_no_seats() -> None:
    assert admit(answer(None, certification=20), policy()) == ()


def test_an_option_takes_only_its_own_components_and_the_rest_stands() -> None:
    lines = admit(answer(2, certification=20, academy=60), policy())
    assert {item.component.value: item.seats_admitted for item in lines} == {"certification": 0, "academy": 60}
    assert "the rest of the application stands" in lines[0].rulings[0].reason


def test_an_add_on_goes_with_options_1_and_3_only() -> None:
    assert [line(answer(o, librarian=3), Component.LIBRARIAN).seats_admitted for o in (1, 2, 3)] == [3, 0, 3]


def test_an_add_on_over_five_seats_keeps_five_and_reports_the_excess() -> None:
    found = line(answer(1, exfrl=7), Component.EXFRL)
    assert (found.seats_asked, found.seats_admitted) == (7, 5)
    assert "2 cannot be given" in found.rulings[0].reason


def test_five_add_on_seats_are_within_the_limit() -> None:
    assert line(answer(1, exfrl=5), Component.EXFRL).rulings == ()


def test_few_academy_seats_are_a_warning_and_never_a_refusal() -> None:
    few, enough = line(answer(2, academy=19), Component.ACADEMY), line(answer(2, academy=20), Component.ACADEMY)
    assert (few.seats_admitted, few.rulings[0].outcome) == (19, "warning")
    assert enough.rulings == ()


def test_under_twenty_certification_seats_join_the_combined_pool() -> None:
    few, enough = (
        line(answer(1, certification=19), Component.CERTIFICATION),
        line(answer(1, certification=20), Component.CERTIFICATION),
    )
    assert (few.seats_admitted, few.rulings[0].outcome) == (19, "combined")
    assert enough.rulings == ()


def test_a_district_maximum_holds_only_where_the_policy_sets_one() -> None:
    asked = answer(1, certification=50)
    limited = admit(asked, changed_policy(seats__district_maximum_seats=40))
    assert (admit(asked, policy())[0].seats_admitted, limited[0].seats_admitted) == (50, 40)


def history(*answers: SurveyAnswer) -> list[tuple[SurveyAnswer, tuple[Line, ...]]]:
    return [(item, admit(item, policy())) for item in answers]


def test_a_resubmission_keeps_its_place_and_queues_the_increase() -> None:
    claims = claims_of(history(answer(1, 0, certification=20), answer(1, 30, certification=28)))
    assert [(c.seats_asked, c.place_key) for c in claims] == [(20, "R0000"), (8, "R0030")]


def test_a_decrease_gives_up_the_newest_places_first() -> None:
    claims = claims_of(
        history(answer(1, 0, certification=20), answer(1, 5, certification=30), answer(1, 9, certification=24))
    )
    assert [(c.seats_asked, c.place_key) for c in claims] == [(20, "R0000"), (4, "R0005")]


def test_the_order_in_which_submissions_are_read_does_not_matter() -> None:
    first, second = history(answer(1, 0, certification=20), answer(1, 30, certification=28))
    assert claims_of([first, second]) == claims_of([second, first])


def test_an_excess_is_declined_in_the_claim_so_that_what_was_asked_is_conserved() -> None:
    (claim,) = claims_of(history(answer(1, librarian=8)))
    assert (claim.seats_asked, claim.seats_declined, claim.seats_open) == (8, 3, 5)


def test_a_line_refused_whole_is_still_a_claim() -> None:
    (claim,) = claims_of(history(answer(2, librarian=2)))
    assert (claim.seats_asked, claim.seats_declined, claim.seats_open) == (2, 2, 0)


def test_an_application_withdrawn_to_information_leaves_no_claims() -> None:
    assert claims_of(history(answer(1, 0, certification=20), answer(None, 5))) == ()


def test_no_submission_makes_no_claim() -> None:
    assert claims_of([]) == ()
