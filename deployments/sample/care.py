"""Manual actions of phase 2: office hours that change, more time for somebody, reviews that wait."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select

from deployments.sample.world import World
from rules.portfolios import portfolio_window
from schemas.records import Term
from schemas.statuses import RoundStatus
from schemas.tables import Cohort, CohortMember, OfficeHour, Portfolio, ReviewRound
from tasks.core.database import reading

SKIP: Mapping[str, object] = {"skip": True}


def office_hour(world: World, day: date, number: int) -> Mapping[str, object]:
    """The next office hours of a district are an hour later, and those of another are canceled."""
    with reading() as db:
        query = select(OfficeHour).where(OfficeHour.season == world.policy.season)
        query = query.where(OfficeHour.starts_at > world.at(day + timedelta(days=1)))
        first = {
            item.lea_id: item for item in db.scalars(query.order_by(OfficeHour.lea_id, OfficeHour.planned_at.desc()))
        }
    if number >= len(first):
        return SKIP
    item = [first[lea_id] for lea_id in sorted(first)][number]
    local = item.starts_at.astimezone(world.policy.zone)
    change = {"starts_at": (local + timedelta(hours=1)).replace(tzinfo=None).isoformat()} if number == 0 else {}
    which = {"lea_id": item.lea_id, "planned_on": world.policy.local_day(item.planned_at).isoformat()}
    return {**which, **change, "reason": "the school is closed in the afternoon"}


def extension(world: World, day: date, number: int) -> Mapping[str, object]:
    """Somebody whose time ends soon, and who has submitted nothing, asks for more."""
    season = world.policy.season
    with reading() as db:
        done = set(db.scalars(select(Portfolio.email).where(Portfolio.season == season)))
        query = select(CohortMember.email, Cohort.starts_on, Cohort.ends_on).join(
            Cohort, (Cohort.season == CohortMember.season) & (Cohort.cohort_id == CohortMember.cohort_id)
        )
        late = [
            (email, portfolio_window(Term(starts_on, ends_on), world.policy.portfolio).ends_on)
            for email, starts_on, ends_on in db.execute(query.where(CohortMember.season == season))
            if email not in done
        ]
    waiting = sorted((email, ends_on) for email, ends_on in late if ends_on >= day)
    if number >= len(waiting):
        return SKIP
    email, ends_on = waiting[number]
    until = ends_on + timedelta(days=30)
    return {"email": email, "track": "educator", "until": until.isoformat(), "reason": "was ill for a month"}


def held_review(world: World, _day: date) -> Mapping[str, object]:
    """A file of a portfolio cannot be opened: the review waits for the participant."""
    with reading() as db:
        query = select(ReviewRound.portfolio_id).where(
            ReviewRound.season == world.policy.season,
            ReviewRound.status == RoundStatus.ASSIGNED,
            ReviewRound.held_since.is_(None),
        )
        found = db.scalars(query.order_by(ReviewRound.opened_at.desc(), ReviewRound.portfolio_id)).first()
    return {"portfolio_id": found, "reason": "a file of the portfolio cannot be opened"} if found else SKIP


def resumed_review(world: World, _day: date) -> Mapping[str, object]:
    """The participant has sent the file again."""
    with reading() as db:
        query = select(ReviewRound.portfolio_id).where(
            ReviewRound.season == world.policy.season, ReviewRound.held_since.is_not(None)
        )
        found = db.scalars(query.order_by(ReviewRound.portfolio_id)).first()
    return {"portfolio_id": found} if found else SKIP
