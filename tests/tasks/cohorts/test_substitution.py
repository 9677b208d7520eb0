"""A facilitator who is gone: who takes over can be at every meeting, those that were moved too, and hosts the office hours."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from schemas.statuses import Outcome
from schemas.tables import Cohort, Decision, Facilitator, OfficeHour
from tasks.cohorts.moved_sessions import move_session
from tasks.cohorts.replan import plan_cohorts_again
from tasks.core.database import reading, transaction
from tasks.portfolios.host_changes import pass_office_hours
from tests.factories.cohorts import fill_cohort
from tests.factories.letters.written import letters_written
from tests.factories.season import LEA_IDS, policy, store_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
COHORT = "2022-C001"
MOVED = datetime(2022, 10, 13, 16, 0, tzinfo=policy().zone)
OCTOBER = datetime(2022, 10, 1, 13, 0, tzinfo=UTC)
LATER = datetime(2023, 1, 3, 13, 0, tzinfo=UTC)


def leaders(**slots: str) -> None:
    """Just these facilitators, each for one cohort at most."""
    with transaction() as db:
        for person in db.scalars(select(Facilitator).where(Facilitator.facilitator_id.not_in(slots))):
            person.maximum_cohorts = 0
        for name, slot in slots.items():
            facts = {"name": name, "email": f"{name.lower()}@provider.example", "slots": [slot], "maximum_cohorts": 1}
            db.merge(Facilitator(facilitator_id=name, **facts))


def hosted(lea_id: str, host_id: str, day: date, hour: int) -> None:
    """Office hours of one hour, at a local hour of the day."""
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=policy().zone)
    facts = {"season": "2022", "lea_id": lea_id, "host_id": host_id, "is_canceled": False, "sequence": 0}
    store_rows(
        OfficeHour,
        {**facts, "planned_at": starts_at, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)},
    )


def hosts() -> dict[str, str | None]:
    """Who hosts each district's office hours that are held."""
    with reading() as db:
        query = select(OfficeHour).where(OfficeHour.is_canceled.is_(False))
        return {item.lea_id: item.host_id for item in db.scalars(query)}


@pytest.mark.parametrize(("hour", "leader"), [(16, "F001"), (19, "F008")])
def test_who_hosts_office_hours_when_a_session_was_moved_to_does_not_take_the_cohort_over(
    hour: int, leader: str
) -> None:
    open_season_with_seats()
    fill_cohort(COHORT, 20)
    leaders(F001="MON-15:30", F008="MON-15:30")
    why = {"reason": "a holiday", "exception_reason": "the lead agrees"}
    move_session.fn("2022", COHORT, 3, MOVED, **why, as_of=OCTOBER)
    hosted(LEA_IDS[0], "F008", date(2022, 10, 13), hour)
    plan_cohorts_again.fn("2022", ["F001"], "F001 is ill", OCTOBER)
    with reading() as db:
        asked = db.scalars(select(Decision.subject_key).where(Decision.outcome == Outcome.OPERATOR)).all()
        assert db.get_one(Cohort, ("2022", COHORT)).facilitator_id == leader
    assert asked == ([COHORT] if leader == "F001" else [])


def test_office_hours_of_who_is_gone_are_hosted_by_somebody_else_or_canceled_and_told() -> None:
    open_season_with_seats()
    fill_cohort(COHORT, 20)
    leaders(F001="WED-15:30", F008="WED-15:30")
    hosted(LEA_IDS[0], "F001", date(2023, 1, 11), 16)
    hosted(LEA_IDS[1], "F008", date(2023, 1, 11), 16)
    hosted(LEA_IDS[2], "F001", date(2023, 1, 18), 16)
    leaders(F008="WED-15:30")
    assert [pass_office_hours.fn("2022", "F001 is ill", LATER) for _ in range(2)] == [2, 0]
    assert hosts() == {LEA_IDS[1]: "F008", LEA_IDS[2]: "F008"}
    told = letters_written("office_hour_changed")
    assert len(told) == 20
    assert "F001 is ill" in str(told[0]["body"])
    with reading() as db:
        found = {item.subject_key: item for item in db.scalars(select(Decision).where(Decision.rule == "office-hours"))}
    assert found[LEA_IDS[0]].outcome == Outcome.CANCELED
    assert found[LEA_IDS[2]].reason == "Hosted by F008: 2023-01-18. Reason: F001 is ill."
