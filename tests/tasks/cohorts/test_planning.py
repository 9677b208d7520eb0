"""The cohort plan from the books: closed days are kept, a change is only tried, and a solver at work can be stopped."""

import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from deployments.cli.main import app
from rules.meetings import WEEKDAYS
from schemas.records import CohortPlan
from schemas.settings import ROOT
from schemas.statuses import Outcome
from schemas.tables import Cohort, CohortMember, CohortSession, Decision, Facilitator, OfficeHour, Outbox, Plan
from tasks.cohorts.planning import Change, OneMore, PlanningInput, closed_for, solve_plan, what_if, who_waits
from tasks.cohorts.replan import plan_cohorts_again, replanned
from tasks.cohorts.schedule import schedule_cohorts_once
from tasks.core.database import reading, transaction
from tasks.core.progress import run_with_progress
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.history import history_of
from tests.factories.enrollment import enroll_educators
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, changed_policy, policy, store_rows
from tests.factories.seats import open_season_with_seats

NOW = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


def leaders(**slots: tuple[str, ...]) -> None:
    """Just these facilitators, each with two cohorts."""
    with transaction() as db:
        for person in db.scalars(select(Facilitator)):
            db.delete(person)
        db.flush()
        for name, free in slots.items():
            email = f"{name}@provider.example"
            db.add(Facilitator(facilitator_id=name, name=name, email=email, slots=list(free), maximum_cohorts=2))


@pytest.mark.usefixtures("database")
def test_a_change_is_tried_and_nothing_is_written() -> None:
    open_season_with_seats()
    enroll_educators("a", 40)
    leaders(F1=("TUE-15:30",))
    before, after = what_if("2022", NOW, Change(facilitators=[OneMore(("TUE-15:30", "WED-15:30"), 1)]))
    assert (before.values["learners_placed"], after.values["learners_placed"]) == (0, 40)
    assert "all taken" not in before.unplaced[LEA_IDS[0]].reason
    with reading() as db:
        assert db.scalar(select(func.count()).select_from(Plan)) == 0
        assert db.scalar(select(func.count()).select_from(Cohort)) == 0


@pytest.mark.usefixtures("database")
def test_office_hours_that_are_over_when_cohorts_begin_take_no_facilitator_from_them() -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    leaders(F1=("TUE-15:30",))
    starts_at = datetime(2022, 9, 6, 20, 30, tzinfo=UTC)
    hour = {"season": "2022", "lea_id": LEA_IDS[0], "host_id": "F1", "planned_at": starts_at, "starts_at": starts_at}
    store_rows(OfficeHour, {**hour, "ends_at": starts_at + timedelta(hours=1), "sequence": 0, "is_canceled": False})
    assert what_if("2022", NOW, Change())[0].values["learners_placed"] == 20


@pytest.mark.usefixtures("database")
def test_a_smaller_minimum_places_a_district_that_is_too_small(capsys: pytest.CaptureFixture[str]) -> None:
    open_season_with_seats()
    enroll_educators("a", 14)
    leaders(F1=("TUE-15:30",))
    arguments = ["cohort", "what-if", "--minimum", "14", "--as-of", NOW.isoformat(), "--season", "2022"]
    with pytest.raises(SystemExit) as ended:
        app(arguments)
    assert ended.value.code == 0
    assert f"Placed by the change: {LEA_IDS[0]}." in capsys.readouterr().out


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (Change(slots={"9999999": ["TUE-15:30"]}), "No learner of district 9999999 waits"),
        (Change(facilitators=[OneMore(("SUN-03:00",), 1)]), "SUN-03:00 is no slot of the season"),
    ],
)
def test_a_change_of_what_is_not_there_is_rejected_with_its_name(change: Change, problem: str) -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    with pytest.raises(OperatorError, match=problem):
        what_if("2022", NOW, change)


@pytest.mark.usefixtures("database")
def test_who_asks_when_nobody_waits_is_told_so() -> None:
    open_season_with_seats()
    with pytest.raises(OperatorError, match="Nobody waits for a cohort"):
        what_if("2022", NOW, Change())


@pytest.mark.usefixtures("database")
def test_no_session_is_on_a_day_on_which_the_district_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    leaders(F1=("TUE-15:30",))
    closed = changed_policy(cohorts__closed_on={LEA_IDS[0]: [date(2022, 9, 13), date(2022, 9, 27)]})
    for module in ("ledger.unit_of_work", "cohorts.schedule"):
        monkeypatch.setattr(f"tasks.{module}.policy_of", lambda _: closed)
    assert schedule_cohorts_once.fn("2022", NOW) == 20
    with reading() as db:
        starts = list(db.scalars(select(CohortSession.starts_at).order_by(CohortSession.starts_at)))
    days = [closed.local_day(moment) for moment in starts]
    assert len(days) == 5
    assert {WEEKDAYS[day.weekday()] for day in days} == {"TUE"}
    assert not set(days) & closed_for(closed, [LEA_IDS[0]])


@pytest.mark.usefixtures("database")
def test_a_district_that_is_closed_in_its_slots_all_autumn_waits_with_that_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    leaders(F1=("TUE-15:30",))
    tuesdays = [date.fromordinal(day) for day in range(date(2022, 9, 1).toordinal(), date(2023, 9, 1).toordinal(), 1)]
    closed = changed_policy(cohorts__closed_on={LEA_IDS[0]: tuesdays})
    for module in ("ledger.unit_of_work", "cohorts.schedule"):
        monkeypatch.setattr(f"tasks.{module}.policy_of", lambda _: closed)
    assert schedule_cohorts_once.fn("2022", NOW) == 0
    with reading() as db:
        assert "on school days" in db.scalars(select(Decision.reason).where(Decision.outcome == Outcome.WAITING)).one()


@pytest.mark.usefixtures("database")
def test_who_signs_while_the_solver_works_is_planned_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    leaders(F1=("TUE-15:30",))
    plans: list[CohortPlan] = []

    def slow(given: PlanningInput) -> CohortPlan:
        if not plans:
            enroll_educators("b", 5)
        plans.append(solve_plan(given))
        return plans[-1]

    monkeypatch.setattr("tasks.cohorts.schedule.solve_plan", slow)
    assert schedule_cohorts_once.fn("2022", NOW) == 25
    assert [plan.values["learners_placed"] for plan in plans] == [20, 25]
    assert schedule_cohorts_once.fn("2022", NOW) == 0


@pytest.mark.usefixtures("database")
def test_a_facilitator_lost_moves_her_cohort_and_no_other_until_it_has_met(capsys: pytest.CaptureFixture[str]) -> None:
    open_season_with_seats()
    enroll_educators("a", 40)
    leaders(F1=("TUE-15:30", "WED-15:30"), F2=("THU-15:30",))
    assert schedule_cohorts_once.fn("2022", NOW) == 40
    arguments = ["cohort", "replan", "--without", "F1", "--season", "2022"]
    with pytest.raises(SystemExit) as ended:
        app([*arguments, "--as-of", NOW.isoformat()])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith("to nowhere") for line in lines) == 2
    with transaction() as db:
        db.get_one(Facilitator, "F2").slots = ["THU-15:30", "TUE-15:30"]
    plan, moves = replanned("2022", NOW, ["F1"])
    assert (plan.values["learners_placed"], plan.values["people_kept"]) == (40, 20)
    assert [(move.from_slot, move.to_slot, move.learners) for move in moves] == [("WED-15:30", "THU-15:30", 20)]
    with pytest.raises(OperatorError, match="nothing to plan"):
        replanned("2022", datetime(2022, 12, 1, tzinfo=UTC), ["F1"])
    with pytest.raises(OperatorError, match="There is no facilitator F9; there are F1, F2"):
        replanned("2022", NOW, ["F9"])


def test_what_a_computation_raises_is_raised_where_it_was_asked_for() -> None:
    def fail(_: object) -> None:
        raise ArithmeticError("no plan")

    with pytest.raises(ArithmeticError, match="no plan"):
        run_with_progress("planning", fail)


STOPPED = """
import sys
from benchmarks.cohorts import learners_of, made_up, planned
from tasks.core.progress import run_with_progress
instance = made_up(learners_of(4_000, 9), 0.8)
print("begun", flush=True)
run_with_progress("planning cohorts", lambda watch: planned(instance, 600))
"""


def test_a_run_that_is_canceled_while_a_solver_works_ends_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"begun\n"
        time.sleep(4)
        assert run.poll() is None
        given = time.monotonic()
        run.send_signal(signal.SIGINT)
        run.wait(timeout=20)
        assert time.monotonic() - given < 10  # of 600; on two busy cores a solver looks up after 3 to 5
        assert run.returncode != 0


def seats() -> dict[str, tuple[str, str, int]]:
    """The cohorts with their slot, leader and size."""
    with reading() as db:
        sizes = Counter(db.scalars(select(CohortMember.cohort_id)))
        return {c.cohort_id: (c.slot, c.facilitator_id, sizes[c.cohort_id]) for c in db.scalars(select(Cohort))}


@pytest.mark.usefixtures("database")
def test_a_facilitator_is_gone_and_the_new_plan_is_made_true_once() -> None:
    open_season_with_seats()
    enroll_educators("a", 40)
    leaders(F1=("TUE-15:30", "WED-15:30"), F2=("THU-15:30",))
    assert schedule_cohorts_once.fn("2022", NOW) == 40
    with transaction() as db:
        db.get_one(Facilitator, "F2").slots = ["THU-15:30", "TUE-15:30"]
    assert seats() == {"2022-C001": ("TUE-15:30", "F1", 20), "2022-C002": ("WED-15:30", "F1", 20)}
    told = plan_cohorts_again.fn("2022", ["F1"], "F1 is ill", NOW)
    assert told == 20
    assert seats() == {"2022-C001": ("TUE-15:30", "F2", 20), "2022-C003": ("THU-15:30", "F2", 20)}
    assert plan_cohorts_again.fn("2022", ["F1"], "F1 is ill", NOW) == 0
    with reading() as db:
        days = [at.astimezone(policy().zone) for at in db.scalars(select(CohortSession.starts_at))]
        outcomes = Counter(db.scalars(select(Decision.outcome).where(Decision.rule == "cohort-replan")))
        moved = db.scalars(select(Outbox).where(Outbox.message_key.startswith("2022/cohort/2022-C003/"))).first()
    assert Counter(day.strftime("%a") for day in days) == {"Tue": 5, "Thu": 5}
    assert outcomes == {Outcome.LEFT: 1, Outcome.DISSOLVED: 1, Outcome.LED_ANEW: 1, Outcome.PLACED: 20}
    assert moved is not None
    told_where = "moved from cohort 2022-C002, which no longer exists, to cohort 2022-C003"
    assert f"You have {told_where}. Reason: F1 is ill." in moved.payload["body"]
    (lead,) = letters_written("cohort_changed_lead")
    assert lead["subject"].startswith("20 educators of ")
    assert f"have {told_where}:\n\n- " in lead["body"]
    assert "\n\nReason: F1 is ill.\n\nPlease give these educators release time for the sessions" in lead["body"]
    names = [item["name"] for item in moved.payload["calendars"]]
    assert names == ["meetings.ics", *(f"canceled-{number}.ics" for number in range(1, 6))]
    assert schedule_cohorts_once.fn("2022", LATER) == 0
    told_of = history_of("2022", "cohort", "2022-C002")
    assert told_of.title == "Cohort 2022-C002, dissolved before it met"
    assert "Dissolved before its first session: F1 is ill." in [event.text for event in told_of.events]


@pytest.mark.usefixtures("database")
def test_who_finds_no_place_in_the_new_plan_waits_and_is_told() -> None:
    open_season_with_seats()
    enroll_educators("a", 40)
    leaders(F1=("WED-15:30",), F2=("TUE-15:30",))
    assert schedule_cohorts_once.fn("2022", NOW) == 40
    assert plan_cohorts_again.fn("2022", ["F2"], "F2 has left", NOW) == 40
    assert seats() == {}
    assert len(letters_written("cohort_dissolved")) == 40
    assert len(who_waits_now()) == 40


def who_waits_now() -> list[str]:
    with reading() as db:
        return [email for emails in who_waits(db, "2022", NOW).values() for email in emails]


@pytest.mark.usefixtures("database")
def test_late_sign_ups_join_the_cohort_of_their_district_and_nobody_else_moves() -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    leaders(F1=("TUE-15:30", "WED-15:30"))
    assert schedule_cohorts_once.fn("2022", NOW) == 20
    enroll_educators("b", 5)
    assert plan_cohorts_again.fn("2022", [], "five came late", LATER) == 5
    assert seats() == {"2022-C001": ("TUE-15:30", "F1", 25)}
    assert Counter(letter["to"][0] for letter in letters_written("cohort")) == {"a": 20, "b": 5}


@pytest.mark.usefixtures("database")
def test_a_cohort_that_has_met_is_taken_over_or_an_operator_is_asked() -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    leaders(F1=("TUE-15:30",), F2=("TUE-15:30",), F3=("WED-15:30",))
    assert schedule_cohorts_once.fn("2022", NOW) == 20
    (cohort_id,), october = seats(), datetime(2022, 10, 1, 13, 0, tzinfo=UTC)
    first = seats()[cohort_id][1]
    other = "F1" if first == "F2" else "F2"
    assert plan_cohorts_again.fn("2022", [first], "ill", october) == 0
    assert seats() == {cohort_id: ("TUE-15:30", other, 20)}
    plan_cohorts_again.fn("2022", [other], "ill too", october + timedelta(days=1))
    with reading() as db:
        given = db.scalars(select(Decision).where(Decision.outcome == Outcome.OPERATOR)).one()
    assert (given.subject_key, given.rule) == (cohort_id, "cohort-replan")
