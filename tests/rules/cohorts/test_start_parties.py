"""With whom a start is agreed, and until when it may move."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.cohorts.start_answers import Agreement, LeadAnswer, StartFacts, StartFit, answer_start, confirm_in_silence
from rules.cohorts.start_parties import close_agreement, include_district, open_until
from schemas.kinds import ConfirmedBy
from schemas.statuses import CohortKind, Outcome, StartAnswer, StartStatus

TODAY, FIRST = date(2022, 8, 19), date(2022, 9, 13)
COHORT = StartFacts("2022-C001", CohortKind.COMBINED, "TUE-15:30", FIRST)
OPEN = Agreement(StartStatus.PROPOSED, date(2022, 8, 15), date(2022, 8, 25))
LEAD = replace(OPEN, status=StartStatus.CONFIRMED, confirmed_by=ConfirmedBy.LEAD)
STAFF = replace(LEAD, confirmed_by=ConfirmedBy.OPERATOR)
LATER = replace(OPEN, status=StartStatus.ANOTHER_ASKED, confirm_by=date(2022, 8, 29))
GONE = replace(LEAD, status=StartStatus.WITHDRAWN)


@pytest.mark.parametrize(
    ("others", "today", "outcome", "told"),
    [
        ((), TODAY, Outcome.PROPOSED, "its start on 2022-09-13 is proposed to the lead"),
        ((LEAD, OPEN), TODAY, Outcome.PROPOSED, "is proposed"),
        ((LEAD, LATER), TODAY, Outcome.PROPOSED, "is proposed"),
        ((LEAD, STAFF), TODAY, Outcome.CONFIRMED, "was confirmed before"),
        ((), FIRST, Outcome.CONFIRMED, "2022-C001 started on 2022-09-13, before"),
        ((OPEN,), FIRST + timedelta(days=9), Outcome.CONFIRMED, "started on"),
    ],
)
def test_a_lead_is_asked_while_the_start_is_open_and_told_it_once_it_is_not(
    others: tuple[Agreement, ...], today: date, outcome: Outcome, told: str
) -> None:
    ruling = include_district(COHORT, others, today)
    assert ruling.outcome == outcome
    assert told in ruling.reason


def test_who_is_no_longer_in_a_cohort_is_asked_nothing_and_answers_nothing() -> None:
    ruling = close_agreement(COHORT)
    assert ruling.outcome == Outcome.WITHDRAWN
    assert "Nobody of the district is in 2022-C001 any more" in ruling.reason
    assert confirm_in_silence(COHORT, replace(OPEN, status=StartStatus.WITHDRAWN), FIRST) is None
    answered = answer_start(COHORT, GONE, LeadAnswer(StartAnswer.CONFIRM, None, TODAY), StartFit(()), TODAY)
    assert answered.outcome == Outcome.REJECTED
    assert "Nobody of this district is in 2022-C001 any more" in answered.reason


@pytest.mark.parametrize(
    ("found", "today", "expected"),
    [
        ((OPEN, LATER), TODAY, LATER.confirm_by),
        ((LEAD,), TODAY, LEAD.confirm_by),
        ((LEAD,), LEAD.confirm_by, LEAD.confirm_by),
        ((LEAD, OPEN), date(2022, 8, 26), None),
        ((STAFF,), TODAY, None),
        ((), TODAY, None),
        ((OPEN,), FIRST, None),
    ],
)
def test_a_start_may_move_until_the_last_day_on_which_a_lead_can_ask_for_another(
    found: tuple[Agreement, ...], today: date, expected: date | None
) -> None:
    assert open_until(COHORT, found, today) == expected
    assert open_until(replace(COHORT, is_over=True), found, today) is None
