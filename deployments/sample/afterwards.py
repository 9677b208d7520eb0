"""What certified people do afterwards: opt in to credits, earn points, pay for the renewal or let it lapse."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from deployments.sample.chance import chance, happens
from deployments.sample.enrollment import Move, told_addresses
from deployments.sample.world import World, write_csv
from rules.certificates import renewal_fee
from rules.credits import ENDED
from schemas.kinds import InputKind
from schemas.statuses import CertificateStatus, CreditStatus, RoundKind, RoundStatus
from schemas.tables import Certificate, CreditRequest, IntakeRow, ReviewRound, Selection
from tasks.certificates.points import newest_term, points_of_term
from tasks.core.database import reading

Row = Mapping[str, object]


def opt_ins(world: World, day: date) -> list[Path]:
    """Who opts in to graduate credits by a day; a few ask for more than there are."""
    return world.incoming(day, "credits.csv", lambda: _opt_in_rows(world, day))


def _opt_in_rows(world: World, day: date) -> Iterable[Row]:
    season = world.policy.season
    with reading() as db:
        query = select(IntakeRow.natural_key).where(IntakeRow.season == season, IntakeRow.kind == InputKind.CREDIT)
        asked = set(db.scalars(query))
        completed = select(Selection.email).where(Selection.season == season, Selection.completed_on.is_not(None))
        holders = select(Certificate.email).where(Certificate.season == season, Certificate.issued_on < day)
        people = [(email, "academy", 0.12) for email in sorted(set(db.scalars(completed)))]
        people += [(email, "certification", 0.35) for email in sorted(set(db.scalars(holders)))]
        ended = {(item.email, item.component) for item in db.scalars(_newest_requests(season)) if item.status in ENDED}
    for email, component, share in people:
        draw = chance(world.seed, "credits", email, component)
        goes_on = (email, component) in ended and happens(0.5, world.seed, "credits again", email, component, day)
        if draw.random() > share or (f"{email}/{component}" in asked and not goes_on):
            continue
        most = world.policy.credits.certification_maximum if component == "certification" else 2
        number = most + 1 if happens(0.03, world.seed, "too many", email, component, day) else draw.randint(1, most)
        yield {"email": email, "component": component, "credits": number, "opted_in_at": world.at(day, 6).isoformat()}


def _newest_requests(season: str) -> Select[tuple[CreditRequest]]:
    other = aliased(CreditRequest)
    newer = select(other.request_key).where(
        other.season == CreditRequest.season,
        other.email == CreditRequest.email,
        other.component == CreditRequest.component,
        other.request_number > CreditRequest.request_number,
    )
    return select(CreditRequest).where(CreditRequest.season == season, ~newer.exists())


def activities(world: World, day: date, since: date) -> list[Path]:
    """What holders of certificates did toward their renewal between two days."""
    return world.incoming(day, "activities.csv", lambda: _activity_rows(world, day, since))


def _activity_rows(world: World, day: date, since: date) -> Iterable[Row]:
    catalog = sorted(world.policy.certificates.activities)
    with reading() as db:
        query = select(Certificate).where(
            Certificate.season == world.policy.season, Certificate.status == CertificateStatus.VALID
        )
        for certificate in db.scalars(query.order_by(Certificate.certificate_id)):
            draw = chance(world.seed, "activity", certificate.certificate_id, day)
            first = max(since, certificate.issued_on)
            for activity in draw.sample(catalog, draw.choices((0, 1, 2), (60, 30, 10))[0]):
                done_on = first + timedelta(days=draw.randint(0, max((day - first).days - 1, 0)))
                yield {"certificate_id": certificate.certificate_id, "activity": activity, "done_on": done_on}


def addresses_of_holders(world: World, day: date) -> list[Path]:
    """The holders of certificates whose address has changed in the years since: they work elsewhere by now."""
    return world.incoming(day, "addresses.csv", lambda: _holder_rows(world, day))


def _holder_rows(world: World, day: date) -> Iterable[Row]:
    with reading() as db:
        query = select(Certificate.email).where(
            Certificate.season == world.policy.season, Certificate.status == CertificateStatus.VALID
        )
        holders = sorted(set(db.scalars(query)))
    yield from told_addresses(world, day, holders, Move("works elsewhere", 0.08, f"{day.year}."))


def payments(world: World, day: date) -> list[Path]:
    """The renewal fees paid by a day; some pay too little at first, some never pay."""
    return world.incoming(day, "payments.csv", lambda: _payment_rows(world, day))


def _payment_rows(world: World, day: date) -> Iterable[Row]:
    """Most pay in the last weeks; a few so early that the renewal window is not open yet, who have to pay again."""
    soon = day + timedelta(days=45)
    too_early = day + timedelta(days=world.policy.certificates.renewal_window_days + 45)
    with reading() as db:
        query = select(Certificate).where(
            Certificate.season == world.policy.season,
            Certificate.status == CertificateStatus.VALID,
            Certificate.expires_on >= day,
            Certificate.expires_on <= too_early,
        )
        for certificate in db.scalars(query.order_by(Certificate.certificate_id)):
            wants = happens(0.65, world.seed, "renews", certificate.certificate_id)
            hurries = happens(0.02, world.seed, "pays before the window", certificate.certificate_id, day)
            if not wants or (certificate.expires_on > soon and not hurries):
                continue
            term = newest_term(db, certificate.certificate_id)
            fee = renewal_fee(points_of_term(db, term), world.policy.certificates).fee_cents
            short = happens(0.05, world.seed, "pays short", certificate.certificate_id, day)
            yield {
                "certificate_id": certificate.certificate_id,
                "term_number": term.term_number + 1,
                "paid_cents": fee - 1000 if short else fee,
                "paid_on": day - timedelta(days=1),
            }


def appeals(world: World, day: date, most: int) -> list[str]:
    """Portfolios just below the limit whose participants ask for a re-review, as a list kept for the day."""
    paths = world.kept(day, "appeals.csv", lambda path: write_csv(path, list(_appeal_rows(world, most))))
    lines = paths[0].read_text(encoding="utf-8").split()[1:] if paths else []
    return [line.strip() for line in lines]


def _appeal_rows(world: World, most: int) -> Iterable[Row]:
    with reading() as db:
        newest = (
            select(ReviewRound.portfolio_id, func.max(ReviewRound.round_number).label("round_number"))
            .where(ReviewRound.season == world.policy.season)
            .group_by(ReviewRound.portfolio_id)
            .subquery()
        )
        query = (
            select(ReviewRound.portfolio_id)
            .join(
                newest,
                (newest.c.portfolio_id == ReviewRound.portfolio_id)
                & (newest.c.round_number == ReviewRound.round_number),
            )
            .where(ReviewRound.status == RoundStatus.NOT_YET, ReviewRound.kind != RoundKind.RE_REVIEW)
            .order_by(ReviewRound.score_hundredths.desc(), ReviewRound.portfolio_id)
        )
        yield from ({"portfolio_id": portfolio_id} for portfolio_id in db.scalars(query.limit(most)))


def revoked_certificate(world: World, day: date) -> Mapping[str, object]:
    """A certificate that turns out to rest on somebody else's work."""
    with reading() as db:
        query = select(Certificate.certificate_id).where(
            Certificate.season == world.policy.season,
            Certificate.status == CertificateStatus.VALID,
            Certificate.issued_on < day,
        )
        found = sorted(db.scalars(query))
    if not found:
        return {"skip": True}
    return {"certificate_id": found[-1], "reason": "the artifacts were somebody else's", "requested_by": "operator"}


def ended_request(world: World, _day: date) -> Mapping[str, object]:
    """Somebody takes a request for credits back while the provider works on it."""
    with reading() as db:
        query = select(CreditRequest).where(
            CreditRequest.season == world.policy.season, CreditRequest.status == CreditStatus.REQUESTED
        )
        found = db.scalars(query.order_by(CreditRequest.email, CreditRequest.component)).first()
    if found is None:
        return {"skip": True}
    who = {"email": found.email, "component": found.component}
    return {**who, "reason": "has changed their mind", "requested_by": "participant"}
