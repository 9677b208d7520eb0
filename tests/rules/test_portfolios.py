from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.portfolios import (
    OfficeHours,
    SubmissionFacts,
    admit_submission,
    change_office_hours,
    check_artifacts,
    extend,
    extended_window,
    is_open,
    kind_of_round,
    last_day,
    missing_artifacts,
    pass_office_hours_on,
    plan_office_hours,
    portfolio_window,
    remind,
    reminder_due,
    tracks_of,
)
from rules.reviews.results import RESULTS
from rules.reviews.rounds import PastRound
from rules.rule_ids import RuleId
from schemas.records import Term, Track
from schemas.statuses import Outcome, RoundKind, RoundStatus
from tests.factories.season import policy

PHASE_ONE = Term(date(2022, 9, 12), date(2022, 12, 18))
FACTS = SubmissionFacts((), is_enrolled=True, phase_one=PHASE_ONE)
IN_TIME = datetime(2023, 1, 9, tzinfo=UTC)


def one_round(status: RoundStatus) -> tuple[PastRound, ...]:
    """A first round that began ten days before, and ended five days before if it has a result."""
    ended_at = IN_TIME - timedelta(days=5) if status in RESULTS else None
    return (PastRound(1, RoundKind.FIRST, status, IN_TIME - timedelta(days=10), ended_at),)


def test_the_window_is_six_months_and_never_beyond_nine_from_the_start() -> None:
    assert portfolio_window(PHASE_ONE, policy().portfolio) == Term(date(2022, 12, 18), date(2023, 6, 12))
    short = Term(date(2022, 11, 1), date(2022, 12, 18))
    assert portfolio_window(short, policy().portfolio).ends_on == date(2023, 6, 18)


def test_more_time_never_makes_less_of_the_time_for_a_portfolio() -> None:
    window = Term(date(2022, 12, 18), date(2023, 6, 12))
    found = [extended_window(window, until).ends_on for until in (None, date(2023, 6, 20), date(2023, 6, 1))]
    assert found == [date(2023, 6, 12), date(2023, 6, 20), date(2023, 6, 12)]


def test_a_portfolio_is_being_made_from_the_first_to_the_last_day_of_its_time() -> None:
    window = Term(date(2022, 12, 18), date(2023, 6, 12))
    days = [date(2022, 12, 17), date(2022, 12, 18), date(2023, 6, 12), date(2023, 6, 13)]
    assert [is_open(window, day) for day in days] == [False, True, True, False]


def test_who_has_a_librarians_seat_makes_both_portfolios() -> None:
    assert tracks_of(is_librarian=False) == (Track.EDUCATOR,)
    assert tracks_of(is_librarian=True) == (Track.EDUCATOR, Track.LIBRARIAN)


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        (datetime(2022, 12, 18, 4, 59, tzinfo=UTC), Outcome.REJECTED),
        (datetime(2022, 12, 18, 5, 0, tzinfo=UTC), Outcome.ACCEPTED),
        (datetime(2023, 6, 13, 3, 59, tzinfo=UTC), Outcome.ACCEPTED),
        (datetime(2023, 6, 13, 4, 0, tzinfo=UTC), Outcome.REJECTED),
    ],
)
def test_the_window_opens_and_closes_at_local_midnight(moment: datetime, outcome: Outcome) -> None:
    assert admit_submission(moment, FACTS, policy()).outcome == outcome


def test_without_a_cohort_only_a_certified_librarian_may_submit() -> None:
    nowhere = replace(FACTS, phase_one=None)
    assert admit_submission(IN_TIME, nowhere, policy()).outcome == Outcome.REJECTED
    librarian = replace(nowhere, seat_complete_on=date(2022, 8, 1))
    assert admit_submission(IN_TIME, librarian, policy()).outcome == Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("facts", "rule", "words"),
    [
        (replace(FACTS, rounds=one_round(RoundStatus.WAITING)), RuleId.ONE_ROUND_AT_A_TIME, "is being reviewed"),
        (replace(FACTS, rounds=one_round(RoundStatus.ASSIGNED)), RuleId.ONE_ROUND_AT_A_TIME, "is being reviewed"),
        (replace(FACTS, rounds=one_round(RoundStatus.CERTIFIED)), RuleId.ONE_ROUND_AT_A_TIME, "is certified already"),
        (replace(FACTS, is_enrolled=False), RuleId.COMMITMENT_FORM_FIRST, "No signed commitment form"),
    ],
)
def test_what_is_reviewed_or_certified_or_of_nobody_enrolled_is_rejected(
    facts: SubmissionFacts, rule: RuleId, words: str
) -> None:
    ruling = admit_submission(IN_TIME, facts, policy())
    assert (ruling.rule, ruling.outcome) == (rule, Outcome.REJECTED)
    assert words in ruling.reason


def test_a_portfolio_that_did_not_certify_may_come_again() -> None:
    again = replace(FACTS, rounds=one_round(RoundStatus.NOT_YET), resubmit_by=IN_TIME.date())
    assert admit_submission(IN_TIME, again, policy()).outcome == Outcome.ACCEPTED
    assert kind_of_round(None) is RoundKind.FIRST
    assert kind_of_round(RoundStatus.NOT_YET) is RoundKind.RESUBMISSION


def test_what_did_not_certify_may_come_again_past_the_six_months_and_not_past_the_day_that_was_told() -> None:
    again = replace(FACTS, rounds=one_round(RoundStatus.NOT_YET), resubmit_by=date(2023, 9, 1))
    last = datetime(2023, 9, 2, 3, 59, tzinfo=UTC)  # September 1 is not over in Connecticut
    assert admit_submission(last, again, policy()).outcome == Outcome.ACCEPTED
    too_late = admit_submission(last + timedelta(minutes=1), again, policy())
    assert (too_late.rule, too_late.outcome) == (RuleId.RESUBMISSION, Outcome.REJECTED)
    assert admit_submission(last, replace(again, rounds=()), policy()).outcome == Outcome.REJECTED
    librarian = replace(again, seat_complete_on=date(2022, 7, 8), phase_one=None)
    assert admit_submission(last + timedelta(minutes=1), librarian, policy()).outcome == Outcome.REJECTED


def test_the_last_day_is_that_of_the_window_or_the_one_to_submit_again_or_what_an_operator_gave() -> None:
    again = replace(FACTS, rounds=one_round(RoundStatus.NOT_YET), resubmit_by=date(2023, 9, 1))
    assert last_day(FACTS, policy()) == date(2023, 6, 12)
    assert last_day(replace(FACTS, extended_until=date(2023, 7, 1)), policy()) == date(2023, 7, 1)
    assert last_day(again, policy()) == date(2023, 9, 1)
    assert last_day(replace(again, extended_until=date(2023, 9, 9)), policy()) == date(2023, 9, 9)
    assert last_day(replace(again, resubmit_by=None), policy()) is None
    assert last_day(replace(FACTS, phase_one=None), policy()) is None


def test_an_incomplete_portfolio_is_told_what_it_lacks_in_words() -> None:
    ruling = check_artifacts(("learner-profile", "equity-plan"))
    assert ruling.outcome == Outcome.INCOMPLETE
    assert "it lacks: learner profile, equity plan." in ruling.reason
    assert check_artifacts(()).outcome == Outcome.ACCEPTED


def test_missing_artifacts_are_named_by_role() -> None:
    have = policy().portfolio.artifacts["educator"][1:]
    assert missing_artifacts(Track.EDUCATOR, have, policy().portfolio) == ("learner-profile",)
    assert len(missing_artifacts(Track.LIBRARIAN, have, policy().portfolio)) == 3


WINDOW = Term(date(2022, 12, 18), date(2023, 6, 12))


def test_an_extension_lets_a_portfolio_be_submitted_until_its_own_last_day() -> None:
    late = datetime(2023, 6, 20, 12, 0, tzinfo=UTC)
    assert (
        admit_submission(late, replace(FACTS, extended_until=date(2023, 6, 20)), policy()).outcome == Outcome.ACCEPTED
    )
    assert (
        admit_submission(late, replace(FACTS, extended_until=date(2023, 6, 19)), policy()).outcome == Outcome.REJECTED
    )


@pytest.mark.parametrize(
    ("until", "reason", "today", "outcome"),
    [
        ("2023-08-11", "was ill", "2023-06-01", Outcome.EXTENDED),
        ("2023-08-12", "was ill", "2023-06-01", Outcome.REJECTED),
        ("2023-06-12", "was ill", "2023-06-01", Outcome.REJECTED),
        ("2023-07-01", " ", "2023-06-01", Outcome.REJECTED),
        ("2023-07-01", "was ill", "2023-07-02", Outcome.REJECTED),
    ],
)
def test_an_extension_needs_a_reason_and_ends_within_sixty_days(
    until: str, reason: str, today: str, outcome: Outcome
) -> None:
    ruling = extend(WINDOW, date.fromisoformat(until), reason, date.fromisoformat(today), policy().portfolio)
    assert ruling.outcome == outcome


def test_no_time_is_given_to_somebody_in_no_cohort_or_certified_already() -> None:
    day = date(2023, 7, 1)
    nobody = extend(None, day, "was ill", date(2023, 6, 1), policy().portfolio)
    done = extend(WINDOW, day, "was ill", date(2023, 6, 1), policy().portfolio, is_certified=True)
    assert [nobody.outcome, done.outcome] == [Outcome.REJECTED, Outcome.REJECTED]
    assert "in no cohort" in nobody.reason
    assert "certified already" in done.reason


def test_only_who_has_not_submitted_is_reminded() -> None:
    today = WINDOW.ends_on - timedelta(days=14)
    found = remind(Track.EDUCATOR, WINDOW, False, today, policy().portfolio)
    assert found
    assert (found[0], found[1].outcome) == (14, Outcome.REMINDED)
    assert found[1].reason == "No complete educator portfolio has been submitted; the last day for it is 2023-06-12."
    assert remind(Track.EDUCATOR, WINDOW, True, today, policy().portfolio) is None
    assert remind(Track.EDUCATOR, WINDOW, False, today - timedelta(days=60), policy().portfolio) is None


def test_reminders_are_due_sixty_fourteen_and_three_days_before_the_end() -> None:
    left = (61, 60, 15, 14, 4, 3, 0, -1)
    found = [reminder_due(WINDOW, WINDOW.ends_on - timedelta(days=n), policy().portfolio) for n in left]
    assert found == [None, 60, 60, 14, 14, 3, 3, None]


@pytest.mark.parametrize(
    ("number", "words"), [(0, "no sessions of private office hours are"), (1, "1 session of private office hours is")]
)
def test_planned_office_hours_are_counted_in_words(number: int, words: str) -> None:
    assert plan_office_hours(number, date(2023, 6, 12)).reason.startswith(words)


STARTS = datetime(2022, 12, 21, 20, 30, tzinfo=UTC)
PLANNED = OfficeHours(date(2022, 12, 21), STARTS, is_canceled=False)
CANCELED = replace(PLANNED, is_canceled=True)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("planned", "starts_at", "as_of", "outcome"),
    [
        (PLANNED, STARTS + HOUR, STARTS - HOUR, Outcome.MOVED),
        (PLANNED, None, STARTS - HOUR, Outcome.CANCELED),
        (PLANNED, STARTS, STARTS - HOUR, Outcome.NONE),
        (CANCELED, None, STARTS - HOUR, Outcome.NONE),
        (CANCELED, STARTS + HOUR, STARTS - HOUR, Outcome.CANCELED),
        (PLANNED, STARTS + HOUR, STARTS, Outcome.REJECTED),
        (replace(PLANNED, planned_on=date(2022, 12, 22)), None, STARTS - HOUR, Outcome.REJECTED),
    ],
)
def test_office_hours_to_come_are_moved_or_canceled(
    planned: OfficeHours, starts_at: datetime | None, as_of: datetime, outcome: Outcome
) -> None:
    day = date(2022, 12, 21)
    ruling = change_office_hours([planned], day, starts_at, as_of, reason="a concert", policy=policy())
    assert ruling.outcome == outcome


@pytest.mark.parametrize(
    ("closed", "has_host", "why"),
    [({date(2022, 12, 21)}, True, "closed on 2022-12-21"), ((), False, "Every facilitator has another meeting then")],
)
def test_office_hours_do_not_move_to_a_closed_day_or_to_a_time_without_a_host(
    closed: Collection[date], why: str, *, has_host: bool
) -> None:
    asked = {"reason": "a concert", "policy": policy(), "closed": closed, "has_host": has_host}
    ruling = change_office_hours([PLANNED], date(2022, 12, 21), STARTS + HOUR, STARTS - HOUR, **asked)  # type: ignore[arg-type]
    assert ruling.outcome == Outcome.REJECTED
    assert why in ruling.reason
    assert change_office_hours([PLANNED], date(2022, 12, 21), None, STARTS - HOUR, **asked).outcome == Outcome.CANCELED  # type: ignore[arg-type]


def test_a_change_of_office_hours_says_why_and_a_wrong_day_which_there_are() -> None:
    day = date(2022, 12, 21)
    moved = change_office_hours([PLANNED], day, STARTS + 5 * HOUR, STARTS - HOUR, reason=" ", policy=policy())
    assert moved.reason == "The office hours of 2022-12-21 are moved to 2022-12-21 at 20:30. Reason: none was given."
    other = change_office_hours([PLANNED], day - HOUR * 24, None, STARTS - HOUR, reason="", policy=policy())
    assert other.reason.endswith("planned for 2022-12-20; there are: 2022-12-21.")
    over = change_office_hours([PLANNED], day, None, STARTS, reason="", policy=policy())
    assert over.reason.endswith("there are: none.")


days = st.integers(0, 400).map(lambda n: date(2022, 9, 1) + timedelta(days=n))


@given(days, days)
def test_a_reminder_comes_only_within_the_time_and_nearer_the_end_it_is_a_later_one(first: date, second: date) -> None:
    window = Term(date(2022, 9, 1), date(2023, 6, 12))
    earlier, later = sorted((first, second))
    before, after = (reminder_due(window, day, policy().portfolio) for day in (earlier, later))
    if before and after:
        assert after <= before
    assert later <= window.ends_on or after is None


@given(days, days, days)
def test_an_extension_never_shortens_the_time_nor_passes_its_limit(ends_on: date, until: date, today: date) -> None:
    ruling = extend(Term(date(2022, 9, 1), ends_on), until, "was ill", today, policy().portfolio)
    fits = ends_on < until <= ends_on + timedelta(days=60) and until >= today
    assert (ruling.outcome == Outcome.EXTENDED) is fits


def test_office_hours_whose_host_is_gone_tell_who_hosts_each_or_that_nobody_can() -> None:
    days = {date(2023, 1, 11): "F2", date(2023, 1, 25): None, date(2023, 2, 8): "F2"}
    ruling = pass_office_hours_on(days, "F1 is ill")
    assert ruling.outcome == Outcome.CANCELED
    assert ruling.reason == (
        "Hosted by F2: 2023-01-11, 2023-02-08. Canceled, as nobody can host them: 2023-01-25. Reason: F1 is ill."
    )
    assert pass_office_hours_on({date(2023, 1, 11): "F2"}, "F1 is ill").outcome == Outcome.LED_ANEW
