"""The databases themselves refuse two meetings of one facilitator at a time: sessions, office hours, and changes of either."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from schemas.statuses import CohortKind
from schemas.tables import Cohort, CohortSession, OfficeHour
from tasks.core.database import transaction
from tests.factories.cohorts import FIRST_SESSION, store_cohort
from tests.factories.season import LEA_IDS, store_rows
from tests.factories.seats import open_season_with_seats

TOLD = "one meeting at a time"
REFUSED = (IntegrityError, sqlite3.IntegrityError, psycopg.errors.ExclusionViolation)  # rows in bulk go past SQLAlchemy
HOUR = timedelta(hours=1)
LONG_AFTER = datetime(2023, 1, 11, 21, 0, tzinfo=UTC)


def session(number: int, starts_at: datetime, cohort_id: str = "C2") -> dict[str, Any]:
    key = {"season": "2022", "cohort_id": cohort_id, "session_number": number}
    return {**key, "starts_at": starts_at, "ends_at": starts_at + 2 * HOUR}


def office_hour(starts_at: datetime, lea_id: str = LEA_IDS[0], **more: Any) -> dict[str, Any]:
    key = {"season": "2022", "lea_id": lea_id, "planned_at": starts_at, "host_id": "F001"}
    return {**key, "starts_at": starts_at, "ends_at": starts_at + HOUR, **more}


@pytest.fixture(autouse=True)
def _two_cohorts(database: str) -> None:
    """C1 of F001 with five sessions, and C2 of F001 without any yet."""
    assert database
    open_season_with_seats()
    store_cohort("C1", ())
    facts = {"season": "2022", "cohort_id": "C2", "kind": CohortKind.COMBINED, "slot": "MON-16:30", "merged_into": ""}
    days = {"starts_on": FIRST_SESSION.date(), "ends_on": FIRST_SESSION.date() + timedelta(days=97)}
    store_rows(Cohort, {**facts, **days, "facilitator_id": "F001"})


@pytest.mark.parametrize("after", [-119, -1, 0, 1, 119])
def test_a_session_that_overlaps_another_one_of_the_facilitator_is_refused(after: int) -> None:
    with pytest.raises(REFUSED, match=TOLD):
        store_rows(CohortSession, session(1, FIRST_SESSION + timedelta(minutes=after)))


@pytest.mark.parametrize("after", [-120, 120])
def test_a_session_right_before_or_after_another_one_is_none_of_the_databases_business(after: int) -> None:
    store_rows(CohortSession, session(1, FIRST_SESSION + timedelta(minutes=after)))


def move(starts_at: datetime) -> None:
    with transaction() as db:
        item = db.get_one(CohortSession, ("2022", "C2", 1))
        item.starts_at, item.ends_at = starts_at, starts_at + 2 * HOUR


def test_a_session_that_is_moved_onto_another_one_is_refused_and_one_that_stays_is_not() -> None:
    store_rows(CohortSession, session(1, LONG_AFTER))
    with pytest.raises(REFUSED, match=TOLD):
        move(FIRST_SESSION + HOUR)
    move(LONG_AFTER + HOUR)


def test_two_sessions_written_at_once_are_refused_as_well() -> None:
    with pytest.raises(REFUSED, match=TOLD):
        store_rows(CohortSession, session(1, LONG_AFTER), session(2, LONG_AFTER + HOUR))


def test_office_hours_overlap_neither_a_session_nor_other_office_hours_of_their_host() -> None:
    with pytest.raises(REFUSED, match=TOLD):
        store_rows(OfficeHour, office_hour(FIRST_SESSION + HOUR))
    store_rows(OfficeHour, office_hour(LONG_AFTER))
    with pytest.raises(REFUSED, match=TOLD):
        store_rows(OfficeHour, office_hour(LONG_AFTER + HOUR / 2, LEA_IDS[1]))
    with pytest.raises(REFUSED, match=TOLD):
        store_rows(CohortSession, session(1, LONG_AFTER))
    store_rows(OfficeHour, office_hour(LONG_AFTER + HOUR / 2, LEA_IDS[1], host_id="F002"))
    with pytest.raises(REFUSED, match=TOLD), transaction() as db:
        db.get_one(OfficeHour, ("2022", LEA_IDS[1], LONG_AFTER + HOUR / 2)).host_id = "F001"


def test_canceled_office_hours_and_merged_cohorts_are_in_nobodys_way_until_they_are_held_again() -> None:
    store_rows(OfficeHour, office_hour(FIRST_SESSION, is_canceled=True))
    with pytest.raises(REFUSED, match=TOLD), transaction() as db:
        db.get_one(OfficeHour, ("2022", LEA_IDS[0], FIRST_SESSION)).is_canceled = False
    with transaction() as db:
        db.get_one(Cohort, ("2022", "C1")).merged_into = "C2"
        db.flush()
        db.get_one(OfficeHour, ("2022", LEA_IDS[0], FIRST_SESSION)).is_canceled = False
    with pytest.raises(REFUSED, match=TOLD), transaction() as db:
        db.get_one(Cohort, ("2022", "C1")).merged_into = ""


def test_a_cohort_is_not_handed_to_a_facilitator_who_is_in_another_meeting() -> None:
    with transaction() as db:
        db.get_one(Cohort, ("2022", "C2")).facilitator_id = "F002"
    store_rows(CohortSession, session(1, FIRST_SESSION))
    with pytest.raises(REFUSED, match=TOLD), transaction() as db:
        db.get_one(Cohort, ("2022", "C2")).facilitator_id = "F001"
