"""Where a person's portfolios, certificates, and credits stand, and what comes next: for ``cadre explain``."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.certificates import renewal_fee, renewal_window
from rules.portfolios import extended_window
from rules.reviews.resubmission import admit_resubmission
from rules.wording import count, listed, money
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component, Track
from schemas.statuses import CertificateStatus, CreditStatus, Outcome, RoundStatus
from schemas.tables import Certificate, CreditRequest, Educator, Extension, OfficeHour, Portfolio, ReviewRound
from tasks.certificates.points import newest_term, points_of_term
from tasks.portfolios.submissions import SEAT_OF, phase_one_of, time_for
from tasks.season.history_events import of_person, rows_of

CREDITS: Mapping[str, str] = {
    CreditStatus.PENDING: "wait to be requested from the credit provider",
    CreditStatus.SENDING: "are being requested from the credit provider",
    CreditStatus.REQUESTED: "are with the credit provider, who sends the transcript",
    CreditStatus.CANCELING: "are being canceled with the credit provider",
    CreditStatus.SENT: "are on the transcript that the credit provider has sent",
    CreditStatus.REFUSED: "were refused by the credit provider; they can be requested again",
    CreditStatus.VOID: "were canceled before anything was paid; they can be requested again",
    CreditStatus.REFUNDED: "were canceled and refunded; they can be requested again",
}


def of_results(
    db: Session, policy: Policy, educator: Educator, enrolled: Collection[str], moment: datetime
) -> Iterator[str]:
    """The portfolios that a person may make, and the certificates that came of them."""
    email = educator.email
    for track, component in SEAT_OF.items():
        if component in enrolled:
            yield from of_portfolio(db, policy, email, track, moment)
    held = db.scalars(select(Certificate).where(Certificate.email == email)).all()
    is_librarian = Component.LIBRARIAN in enrolled
    has_way = Component.CERTIFICATION in enrolled or educator.is_already_certified
    if is_librarian and not has_way and not any(item.track == Track.EDUCATOR for item in held):
        name, needed = COMPONENT_NAMES[Component.LIBRARIAN], COMPONENT_NAMES[Component.CERTIFICATION]
        yield (
            f"{name} needs {needed}, in which this person has no seat and no certificate. What would help: a seat in it "
            "from the district lead, or a proof of a certificate sent to program staff."
        )
    for certificate in held:
        yield from of_certificate(db, policy, certificate)


def of_portfolio(db: Session, policy: Policy, email: str, track: str, moment: datetime) -> Iterator[str]:
    """Where a portfolio stands: to be submitted, in review, to be improved, or certified."""
    name = f"{track} portfolio"
    mine = select(ReviewRound).join(Portfolio, Portfolio.portfolio_id == ReviewRound.portfolio_id)
    mine = mine.where(Portfolio.season == policy.season, Portfolio.email == email, Portfolio.track == track)
    newest = db.scalars(mine.order_by(ReviewRound.round_number.desc()).limit(1)).first()
    if newest is None:
        yield from _to_submit(db, policy, email, track, moment)
    elif newest.held_since:
        why = newest.hold_reason.rstrip(".")
        yield f"The review of the {name} waits for the participant: {why}. Once that is settled, the review goes on."
    elif newest.status == RoundStatus.CERTIFIED:
        yield f"The {name} is certified."
    elif newest.status == RoundStatus.NOT_YET:
        yield f"The {name} did not reach {policy.review.pass_percent}% yet. {_again(db, newest, policy.local_day(moment))}"
    else:
        due, limit = policy.local_day(newest.due_at), policy.local_day(newest.breach_at)
        late = " The result is late." if moment > newest.breach_at else ""
        yield f"The {name} is in review. The result is due by {due}, and by {limit} at the latest.{late}"


def _again(db: Session, newest: ReviewRound, today: date) -> str:
    """Whether it can be submitted again, and until when."""
    portfolio = db.get_one(Portfolio, newest.portfolio_id)
    more = db.get(Extension, (portfolio.season, portfolio.email, portfolio.track))
    ruling = admit_resubmission(today, portfolio.resubmit_by, more.until if more else None)
    if ruling.outcome == Outcome.REJECTED:
        return ruling.reason
    until = max(filter(None, (portfolio.resubmit_by, more.until if more else None)))
    return f"It can be submitted again through {until}; the letter with the result says what to improve."


def _to_submit(db: Session, policy: Policy, email: str, track: str, moment: datetime) -> Iterator[str]:
    term = time_for(db, policy, email, track)
    if term is None:
        return
    more = db.get(Extension, (policy.season, email, track))
    window = extended_window(term, more.until if more else None)
    today = policy.local_day(moment)
    if today > window.ends_on:
        yield f"The time for the {track} portfolio ended on {window.ends_on}. Program staff can say whether more is possible."
    else:
        yield f"The {track} portfolio can be submitted from {window.starts_on} through {window.ends_on}."
        if phase_one_of(db, policy.season, email) is None:
            yield from _without_cohort(db, policy, email, track, moment)


def _without_cohort(db: Session, policy: Policy, email: str, track: str, moment: datetime) -> Iterator[str]:
    """What comes next for who needs no cohort: what to submit, and who helps."""
    artifacts = [name.replace("-", " ") for name in policy.portfolio.artifacts[Track(track).value]]
    yield f"It needs no cohort. Submit the {listed(artifacts)}."
    mine = (OfficeHour.season == policy.season, OfficeHour.is_canceled.is_(False), OfficeHour.starts_at > moment)
    of_district = select(func.min(OfficeHour.starts_at)).where(*mine)
    lea_id = db.get_one(Educator, (policy.season, email)).lea_id
    following = db.scalar(of_district.where(OfficeHour.lea_id == lea_id))
    if following:
        yield f"For questions, the next office hours of the district are on {policy.local_day(following)}."


def of_certificate(db: Session, policy: Policy, certificate: Certificate) -> Iterator[str]:
    """How a certificate stands, and when and for what fee it can be renewed."""
    what = f"The {certificate.track} certificate {certificate.certificate_id}"
    if certificate.status != CertificateStatus.VALID:
        yield f"{what} is {certificate.status}; it was valid through {certificate.expires_on}."
        return
    window = renewal_window(certificate.expires_on, policy.certificates)
    points = points_of_term(db, newest_term(db, certificate.certificate_id))
    fee = money(renewal_fee(points, policy.certificates).fee_cents)
    yield (
        f"{what} is valid through {window.ends_on}. The renewal can be paid from {window.starts_on} on; "
        f"with {count(points, 'point')} so far it costs {fee}."
    )


def of_requests(db: Session, policy: Policy, email: str) -> Iterator[str]:
    """How the newest request for credits of each component stands."""
    newest = {
        item.component: item for item in db.scalars(rows_of(CreditRequest, *of_person(CreditRequest, policy, email)))
    }
    for component, request in sorted(newest.items()):
        credits_asked = count(request.credits, "graduate credit")
        is_one = request.credits == 1
        stands = CREDITS[request.status]
        if is_one:
            stands = stands.replace("wait ", "waits ", 1).replace("were ", "was ", 1).replace("are ", "is ", 1)
            stands = stands.replace("they can", "it can")
        yield f"{credits_asked} for {COMPONENT_NAMES[Component(component)]} {stands}."
