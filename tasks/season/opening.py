"""A season opens with its lists, all of it together or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from schemas.policy import Policy
from schemas.records import Component
from schemas.tables import Capacity, District, Season
from tasks.cohorts.facilitators import LostSlot, update_facilitators
from tasks.core.database import insert_new
from tasks.core.migrations import migrate
from tasks.core.step import step
from tasks.ledger.decision_log import keep_policy
from tasks.ledger.unit_of_work import Work, require_not_closed, unit_of_work
from tasks.reviews.conflicts import update_panel
from tasks.season.lists import SeasonFiles, SeasonRows, read_lists


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of opening a season; ``lost_slots`` are the cohorts that meet when their facilitators no longer can."""

    policy_version: str
    districts_added: int
    lost_slots: Sequence[LostSlot]


@step
def open_with_lists(season: str, districts: Path, facilitators: Path, evaluators: Path, as_of: datetime) -> Opening:
    """Record a season with its policy, the agency's grant, and its lists, after all lists were read and checked.

    Opened again, it has the newest lists and the grant that the policy file has by now. What is new counts from now on: open
    reviews whose evaluator has a conflict wait for others. Nobody is taken off a list.

    Raises:
        ListError: something is wrong with the lists; the season is as it was.
        SeasonClosedError: the season was closed.
        sqlalchemy.exc.IntegrityError: the new grant is less than what is confirmed already.
    """
    rows = read_lists(SeasonFiles(districts, facilitators, evaluators))
    migrate()
    with unit_of_work(season, as_of, begin=open_books) as work:
        added = insert_new(work.db, District, rows.districts)
        return Opening(work.policy.version, added, take_over_panel(work, rows))


def open_books(db: Session, policy: Policy, as_of: datetime) -> None:
    """Record a season with its policy and the agency's grant; one that is on record gets the grant of the policy.

    Raises:
        SeasonClosedError: the season was closed.
    """
    require_not_closed(db.get(Season, policy.season))
    insert_new(db, Season, [{"season": policy.season, "policy_version": policy.version, "opened_at": as_of}])
    keep_policy(db, policy)
    today = policy.local_day(as_of)
    insert_new(db, Capacity, _capacities(policy, today))
    for grant in _capacities(policy, today):
        db.get_one(Capacity, (policy.season, grant["component"])).capacity_seats = grant["capacity_seats"]


def _capacities(policy: Policy, today: date) -> Iterable[Mapping[str, Any]]:
    for component in Component:
        seats = policy.seats.granted(component, today)
        yield {"season": policy.season, "component": component.value, "capacity_seats": seats, "seats_confirmed": 0}


def take_over_panel(work: Work, rows: SeasonRows) -> list[LostSlot]:
    """Bring the independent panel and the provider's facilitators to newer lists; the slots that are lost by it."""
    update_panel(work, rows.evaluators)
    return update_facilitators(work, rows.facilitators)
