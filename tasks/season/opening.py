"""The lists that a season opens with: districts, facilitators, evaluators."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from schemas.contracts import MAILABLE_REMEDY, is_mailable
from schemas.policy import Policy
from schemas.records import Component
from schemas.tables import Capacity, District, Season
from tasks.cohorts.facilitators import LostSlot, update_facilitators
from tasks.core.database import insert_new, transaction
from tasks.core.migrations import migrate
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.intake.inbox import named_arrivals
from tasks.ledger.decision_log import keep_policy
from tasks.ledger.unit_of_work import require_not_closed, unit_of_work
from tasks.reviews.conflicts import update_panel


class ListError(ValueError):
    """A list cannot be taken over as it is; the message names each row and what to do."""


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a list: one of this machine, or one of the inbox, which stays there for the next opening."""
    (arrival, *_) = named_arrivals(path)
    with arrival.open() as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield from csv.DictReader(text)


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


@step
def open_season_books(season: str, as_of: datetime) -> str:
    """Prepare the database, and record the season with its policy and the agency's grant; the policy version.

    Opened again after the grant was changed in the policy file, the season has the new grant.

    Raises:
        SeasonClosedError: the season was closed.
        sqlalchemy.exc.IntegrityError: the new grant is less than what is confirmed already.
    """
    migrate()
    policy = policy_of(season)
    with transaction() as db:
        require_not_closed(db.get(Season, season))
        insert_new(db, Season, [{"season": season, "policy_version": policy.version, "opened_at": as_of}])
        keep_policy(db, policy)
        today = policy.local_day(as_of)
        insert_new(db, Capacity, _capacities(policy, today))
        for grant in _capacities(policy, today):
            db.get_one(Capacity, (season, grant["component"])).capacity_seats = grant["capacity_seats"]
    return policy.version


def _capacities(policy: Policy, today: date) -> Iterable[Mapping[str, Any]]:
    for component in Component:
        seats = policy.seats.granted(component, today)
        yield {"season": policy.season, "component": component.value, "capacity_seats": seats, "seats_confirmed": 0}


@step
def load_districts(path: Path) -> int:
    """Import the season's list of districts (lea_id, name, town, region, enrollment, instructional_staff, also state_code)."""
    numbers = ("enrollment", "instructional_staff")
    rows = [{**row, **{name: int(row[name]) for name in numbers}} for row in _rows(path)]
    with transaction() as db:
        return insert_new(db, District, rows)


@step
def load_panel(season: str, facilitators: Path, evaluators: Path, as_of: datetime) -> list[LostSlot]:
    """Bring the provider's facilitators and the independent panel of evaluators to their newest lists.

    What is new on them counts from now on: open reviews whose evaluator has a conflict wait for others. The cohorts that meet
    when their facilitators no longer can.

    Raises:
        ListError: letters cannot be sent to an address on the lists; nothing of them was taken over.
    """
    for path in (facilitators, evaluators):
        _require_addresses(path)
    with unit_of_work(season, as_of) as work:
        update_panel(work, [_evaluator(row) for row in _rows(evaluators)])
        return update_facilitators(work, [_facilitator(row) for row in _rows(facilitators)])


def _require_addresses(path: Path) -> None:
    wrong = [
        f"{path.name}, row {number}: letters cannot be sent to its address; {MAILABLE_REMEDY}"
        for number, row in enumerate(_rows(path), start=2)
        if not is_mailable(row["email"])
    ]
    if wrong:
        raise ListError("\n".join(wrong))


def _facilitator(row: Mapping[str, str]) -> dict[str, Any]:
    return {**row, "slots": _list(row["slots"]), "maximum_cohorts": int(row["maximum_cohorts"])}


def _evaluator(row: Mapping[str, str]) -> dict[str, Any]:
    lists = {name: _list(row[name]) for name in ("tracks", "grade_bands", "conflicts")}
    return {**row, **lists, "lea_id": row["lea_id"] or None}
