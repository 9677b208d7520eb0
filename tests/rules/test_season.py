"""In which part of a season a flow may act."""

from datetime import date, timedelta

import pytest

from rules.season import NAMES, close_season, may_act, part_term
from schemas.records import SeasonPart
from schemas.statuses import Outcome
from tests.factories.season import changed_policy, policy

DAY = timedelta(days=1)

TERMS = {
    SeasonPart.SURVEY: (date(2022, 4, 18), date(2022, 8, 14)),
    SeasonPart.CONFIRMATION: (date(2022, 6, 15), date(2022, 8, 14)),
    SeasonPart.SEATS: (date(2022, 6, 16), date(2022, 9, 14)),
    SeasonPart.ENROLLMENT: (date(2022, 6, 16), date(2023, 6, 26)),
    SeasonPart.ACADEMY: (date(2022, 6, 16), date(2022, 10, 28)),
    SeasonPart.PLANNING: (date(2022, 8, 15), date(2023, 6, 26)),
    SeasonPart.PHASE_ONE: (date(2022, 9, 12), date(2023, 6, 26)),
    SeasonPart.PORTFOLIOS: (date(2022, 6, 16), date(2024, 2, 24)),
    SeasonPart.REVIEWS: (date(2022, 6, 16), date(2027, 2, 24)),
    SeasonPart.CREDITS: (date(2022, 6, 16), date(2027, 2, 24)),
    SeasonPart.CERTIFICATES: (date(2022, 6, 16), date(2030, 2, 24)),
    SeasonPart.WHOLE: (date(2022, 4, 18), date(2030, 2, 24)),
}


def outcome(part: SeasonPart, day: date, *, is_opened: bool = True) -> str:
    return may_act(part, day, is_opened, policy()).outcome


@pytest.mark.parametrize("part", TERMS)
def test_a_part_has_its_first_and_its_last_day_and_nothing_to_do_outside_of_them(part: SeasonPart) -> None:
    first, last = TERMS[part]
    assert (part_term(part, policy()).starts_on, part_term(part, policy()).ends_on) == (first, last)
    assert [outcome(part, day) for day in (first - DAY, first, last, last + DAY)] == [
        Outcome.NOT_YET,
        Outcome.OPEN,
        Outcome.OPEN,
        Outcome.OVER,
    ]


def test_a_season_may_be_opened_at_any_time_until_it_has_ended() -> None:
    assert outcome(SeasonPart.OPENING, date(2021, 1, 1), is_opened=False) == Outcome.OPEN
    assert outcome(SeasonPart.OPENING, date(2030, 2, 25), is_opened=False) == Outcome.OVER


@pytest.mark.parametrize("part", TERMS)
def test_nothing_but_its_opening_acts_on_a_season_that_was_not_opened(part: SeasonPart) -> None:
    assert outcome(part, TERMS[part][0], is_opened=False) == Outcome.NOT_OPENED


def test_the_reason_says_what_ended_or_begins_and_when_in_words_that_people_use() -> None:
    def reason(part: SeasonPart, day: date, *, is_opened: bool = True) -> str:
        return may_act(part, day, is_opened, policy()).reason

    day = date(2031, 1, 1)
    assert reason(SeasonPart.WHOLE, day) == "Season 2022 ended on Sunday, February 24, 2030; nothing to do."
    assert reason(SeasonPart.PHASE_ONE, day) == "Season 2022: phase 1 ended on Monday, June 26, 2023; nothing to do."
    early = "Season 2022: seat confirmation begins on Wednesday, June 15, 2022; nothing to do."
    assert reason(SeasonPart.CONFIRMATION, date(2022, 6, 14)) == early
    closed = reason(SeasonPart.WHOLE, date(2022, 6, 14), is_opened=False)
    assert closed == "Season 2022 has not been opened; nothing to do. Run 'Open season' with its lists first."
    assert reason(SeasonPart.WHOLE, date(2022, 6, 14)) == "Season 2022 is open until Sunday, February 24, 2030."


def test_every_part_has_a_name() -> None:
    assert set(NAMES) == set(SeasonPart)


def test_cohorts_may_be_scheduled_from_the_earliest_start_where_the_policy_names_no_day() -> None:
    unnamed = changed_policy(cohorts__planned_on=())
    assert part_term(SeasonPart.PLANNING, unnamed).starts_on == date(2022, 9, 12)


@pytest.mark.parametrize("part", TERMS)
def test_nothing_acts_on_a_season_that_was_closed(part: SeasonPart) -> None:
    ruling = may_act(part, TERMS[part][0], True, policy(), is_closed=True)
    assert ruling.outcome == Outcome.CLOSED


def test_a_season_is_closed_after_its_last_dated_day_when_nothing_is_left_and_all_that_is_left_is_told() -> None:
    last = date(2024, 2, 24)
    assert close_season(last, {}, policy()).outcome == Outcome.REJECTED
    assert close_season(last + DAY, {"open round": 0}, policy()).outcome == Outcome.CLOSED
    ruling = close_season(last + DAY, {"open round": 2, "unsent letter": 0, "valid certificate": 1}, policy())
    assert ruling.outcome == Outcome.REJECTED
    assert "2 open rounds and 1 valid certificate" in ruling.reason
