"""What was agreed about the starts of cohorts that have not begun: for ``cadre explain``."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.wording import count
from schemas.policy import Policy
from schemas.statuses import StartStatus
from schemas.tables import Cohort, StartAgreement


def start_of_cohort(db: Session, policy: Policy, cohort: Cohort, today: date) -> Iterator[str]:
    """How many of a cohort's districts have confirmed its start, or asked for another; nothing once it has begun."""
    mine = select(StartAgreement).filter_by(season=policy.season, cohort_id=cohort.cohort_id)
    found = list(db.scalars(mine.where(StartAgreement.status != StartStatus.WITHDRAWN)))
    if not found or cohort.starts_on <= today:
        return
    told = f"The start of cohort {cohort.cohort_id} on {cohort.starts_on}"
    confirmed, asked = _number(found, StartStatus.CONFIRMED), _number(found, StartStatus.ANOTHER_ASKED)
    if confirmed == len(found):
        yield f"{told} is confirmed."
        return
    has = "has" if confirmed == 1 else "have"
    yield f"{told} is proposed: {confirmed} of {count(len(found), 'district')} {has} confirmed it."
    if asked:
        yield f"{count(asked, 'district has', 'districts have')} asked for another start; program staff decide."


def _number(found: Sequence[StartAgreement], status: StartStatus) -> int:
    return sum(item.status == status for item in found)


def starts_of_district(db: Session, policy: Policy, lea_id: str, today: date) -> Iterator[str]:
    """Where a district's lead stands with each start that is ahead."""
    mine = (Cohort.season == StartAgreement.season) & (Cohort.cohort_id == StartAgreement.cohort_id)
    query = select(StartAgreement).join(Cohort, mine).where(StartAgreement.season == policy.season)
    query = query.where(StartAgreement.lea_id == lea_id, StartAgreement.status != StartStatus.WITHDRAWN)
    query = query.where(Cohort.merged_into == "", Cohort.starts_on > today)
    for item in db.scalars(query.order_by(StartAgreement.cohort_id)):
        told = f"The start of cohort {item.cohort_id} on {item.starts_on} is"
        if item.status == StartStatus.CONFIRMED:
            yield f"{told} confirmed."
        elif item.status == StartStatus.PROPOSED:
            yield f"{told} proposed; ask for another by {item.confirm_by}."
        else:
            yield f"{told} proposed, and another was asked for; without a change it is confirmed after {item.confirm_by}."
