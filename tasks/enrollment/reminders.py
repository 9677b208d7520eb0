"""Leads are reminded of seats that nobody sits in yet."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.enrollment import fill_percent, is_reminder_due
from schemas.records import COMPONENT_NAMES
from schemas.statuses import EnrollmentStatus
from schemas.tables import Application, Enrollment, SeatBlock
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter
from tasks.seats.offers import seats_first_confirmed


@step
def remind_leads(season: str, as_of: datetime) -> int:
    """Tell each lead, once for each of the policy's days before the deadline, how many seats have no signed participant yet."""
    with unit_of_work(season, as_of) as work:
        open_blocks = work.db.scalars(
            select(SeatBlock)
            .where(SeatBlock.season == season, SeatBlock.is_closed.is_(False), SeatBlock.enroll_by >= work.today)
            .order_by(SeatBlock.lea_id, SeatBlock.component)
        )
        return _remind(work, open_blocks)


def _remind(work: Work, blocks: Iterable[SeatBlock]) -> int:
    signed, first = _signed(work.db, work.season), seats_first_confirmed(work.db, work.season)
    reminded = _last_reminded(work)
    by_district: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for block in blocks:
        missing = block.seats_confirmed - signed[block.lea_id, block.component]
        if is_reminder_due(missing, block.enroll_by, work.today, reminded.get(block.lea_id), work.policy):
            percent = fill_percent(first[block.lea_id, block.component], block.seats_confirmed - missing)
            item = {"name": COMPONENT_NAMES[block.component], "missing": missing, "enroll_by": block.enroll_by}
            item |= {"percent": percent, "first_confirmed": first[block.lea_id, block.component]}
            by_district[block.lea_id].append({**item, "seats": block.seats_confirmed})
    names = districts_by_id(work.db)
    for lea_id, items in by_district.items():
        lead = work.db.get_one(Application, (work.season, lea_id))
        letter = {"application": lead, "district": names[lea_id].name, "items": items}
        write_letter(work, f"reminder/{lea_id}/{work.today}", "reminder", lead.lead_email, **letter)
    return len(by_district)


def _last_reminded(work: Work) -> dict[str, date]:
    """The last day on which each district's lead was reminded."""
    keys = (key.split("/") for key in keys_written(work.db, work.season, "reminder/"))
    return {lea_id: date.fromisoformat(day) for _, lea_id, day in sorted(keys)}


def _signed(db: Session, season: str) -> Counter[tuple[str, str]]:
    query = (
        select(Enrollment.lea_id, Enrollment.component, func.count())
        .where(Enrollment.season == season, Enrollment.status == EnrollmentStatus.ENROLLED)
        .group_by(Enrollment.lea_id, Enrollment.component)
    )
    return Counter({(lea_id, component): number for lea_id, component, number in db.execute(query)})
