"""Care for those who make their portfolios: office hours of each district, reminders, and more time."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.portfolios import (
    OfficeHours,
    change_office_hours,
    extend,
    extended_window,
    is_open,
    office_hours,
    plan_office_hours,
    portfolio_window,
    remind,
    tracks_of,
)
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import Component, Term, Track
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import (
    Certificate,
    District,
    Educator,
    Enrollment,
    Extension,
    OfficeHour,
    Portfolio,
    ReviewRound,
)
from tasks.cohorts.members import learners
from tasks.core.database import insert
from tasks.core.districts import districts_by_id
from tasks.core.policies import closed_days
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.calendar_files import Meeting
from tasks.letters.outbox import keys_written
from tasks.letters.write import send_invitation, write_letter
from tasks.portfolios.submissions import phase_one_of


class _Learner(NamedTuple):
    """Somebody in a cohort, with the time for their portfolio."""

    person: Educator
    window: Term


def _learners(work: Work) -> list[_Learner]:
    """Everybody in a cohort, with the time for their portfolio."""
    portfolio = work.policy.portfolio
    return [
        _Learner(item.person, portfolio_window(Term(item.cohort.starts_on, item.cohort.ends_on), portfolio))
        for item in learners(work.db, work.season)
    ]


@step
def offer_office_hours(season: str, as_of: datetime) -> int:
    """Plan each district's office hours once its participants' portfolios open, and invite them; the people invited."""
    with unit_of_work(season, as_of) as work:
        by_district: dict[str, list[_Learner]] = defaultdict(list)
        for learner in _learners(work):
            if is_open(learner.window, work.today):
                by_district[learner.person.lea_id].append(learner)
        invited = keys_written(work.db, season, "office-hours/")
        names = districts_by_id(work.db)
        return sum(_offer(work, names[lea_id], found, invited) for lea_id, found in sorted(by_district.items()))


def _offer(work: Work, district: District, learners: list[_Learner], invited: frozenset[str]) -> int:
    new = [person for person, _ in learners if f"office-hours/{person.email}" not in invited]
    if not new:
        return 0
    _plan(work, district.lea_id, [window for _, window in learners])
    hours = [item for item in _hours(work.db, work.season, district.lea_id) if item.starts_at > work.as_of]
    zone = work.policy.zone
    shown = [(item.starts_at.astimezone(zone), item.ends_at.astimezone(zone)) for item in hours]
    for person in new:
        key, meetings = f"office-hours/{person.email}", [_meeting(item, district.name) for item in hours]
        letter: dict[str, Any] = {"person": person, "district": district.name, "hours": shown}
        send_invitation(work, key, "office_hours", person.email, meetings=meetings, **letter)
    return len(new)


def _plan(work: Work, lea_id: str, windows: list[Term]) -> None:
    """Put the district's office hours on record, once; who joins later finds those that are there."""
    if _hours(work.db, work.season, lea_id, with_canceled=True):
        return
    whole = Term(min(window.starts_on for window in windows), max(window.ends_on for window in windows))
    portfolio = work.policy.portfolio
    begins = time.fromisoformat(portfolio.office_hours_slot[4:])
    rows = []
    for day in office_hours(whole, closed_days(work.policy), portfolio):
        starts_at = datetime.combine(day, begins, work.policy.zone)
        row = {"season": work.season, "lea_id": lea_id, "planned_at": starts_at, "starts_at": starts_at}
        rows.append({**row, "ends_at": starts_at + timedelta(minutes=portfolio.office_hours_minutes)})
    insert(work.db, OfficeHour, rows)
    work.decide(SubjectKind.DISTRICT, lea_id, plan_office_hours(len(rows), whole.ends_on))


def _hours(db: Session, season: str, lea_id: str, *, with_canceled: bool = False) -> list[OfficeHour]:
    query = select(OfficeHour).where(OfficeHour.season == season, OfficeHour.lea_id == lea_id)
    if not with_canceled:
        query = query.where(OfficeHour.is_canceled.is_(False))
    return list(db.scalars(query.order_by(OfficeHour.planned_at)))


def _meeting(item: OfficeHour, district: str) -> Meeting:
    key = f"office-hour-{item.season}-{item.lea_id}-{item.planned_at:%Y%m%d}"
    return Meeting(key, f"Office hours of {district}", item.starts_at, item.ends_at, item.sequence)


@step
def update_office_hour(
    season: str, lea_id: str, day: date, starts_at: datetime | None, *, reason: str, as_of: datetime
) -> int:
    """Move a district's office hours of a day (local time), or cancel them where no new time is named; the people told.

    Raises:
        OperatorError: there are none on that day, or they are over.
    """
    with unit_of_work(season, as_of) as work:
        hours = _hours(work.db, season, lea_id, with_canceled=True)
        by_day = {work.policy.local_day(hour.planned_at): hour for hour in hours}
        planned = [OfficeHours(planned_on, hour.starts_at, hour.is_canceled) for planned_on, hour in by_day.items()]
        local = work.policy.at(starts_at) if starts_at else None
        ruling = change_office_hours(planned, day, local, as_of, reason=reason, policy=work.policy)
        is_repeated = work.was_decided(
            SubjectKind.DISTRICT, lea_id, RuleId.OFFICE_HOURS, Outcome.MOVED, Outcome.CANCELED
        )
        if ruling.outcome != Outcome.REJECTED and (is_repeated or ruling.outcome == Outcome.NONE):
            return 0
        work.require_allowed(SubjectKind.DISTRICT, lea_id, ruling)
        before = by_day[day].starts_at.astimezone(work.policy.zone)
        _change(by_day[day], local)
        return _tell_change(work, by_day[day], before, reason)


def _change(item: OfficeHour, starts_at: datetime | None) -> None:
    item.sequence += 1
    if starts_at is None:
        item.is_canceled = True
        return
    item.ends_at, item.starts_at = starts_at + (item.ends_at - item.starts_at), starts_at


def _tell_change(work: Work, item: OfficeHour, before: datetime, reason: str) -> int:
    district = work.db.get_one(District, item.lea_id).name
    people = [person for person, _ in _learners(work) if person.lea_id == item.lea_id]
    meeting = [_meeting(item, district)]
    for person in people:
        key = f"office-hour-changed/{item.lea_id}/{item.planned_at:%Y-%m-%d}/{item.sequence}/{person.email}"
        coming, off = ((), meeting) if item.is_canceled else (meeting, ())
        context: dict[str, Any] = {
            "person": person,
            "district": district,
            "hour": item,
            "before": before,
            "reason": reason,
        }
        starts = item.starts_at.astimezone(work.policy.zone)
        context |= {"meetings": coming, "off": off}
        send_invitation(work, key, "office_hour_changed", person.email, starts=starts, **context)
    return len(people)


@step
def remind_participants(season: str, as_of: datetime) -> int:
    """Remind those whose portfolio is not in yet, on the policy's days before the end; the reminders written."""
    with unit_of_work(season, as_of) as work:
        written = keys_written(work.db, season, "portfolio-reminder/")
        done, extensions = _submitted(work), _extensions(work)
        librarians = _librarians(work.db, season)
        count = 0
        for person, window in _learners(work):
            for track in tracks_of(is_librarian=person.email in librarians):
                term = extended_window(window, extensions.get((person.email, track.value)))
                is_submitted = (person.email, track.value) in done
                reminder = remind(track, term, is_submitted, work.today, work.policy.portfolio)
                key = f"{person.email}/{track}/{term.ends_on}/{reminder[0] if reminder else ''}"
                if reminder and f"portfolio-reminder/{key}" not in written:
                    with work.because(key):  # one person may be reminded of two portfolios at once
                        work.decide(SubjectKind.EDUCATOR, person.email, reminder[1], track=track)
                    letter = {"person": person, "track": track.value, "ends_on": term.ends_on}
                    write_letter(work, f"portfolio-reminder/{key}", "portfolio_reminder", person.email, **letter)
                    count += 1
    return count


def _submitted(work: Work) -> set[tuple[str, str]]:
    """Whose portfolio has been with the panel, by track."""
    query = select(Portfolio.email, Portfolio.track).join(
        ReviewRound, ReviewRound.portfolio_id == Portfolio.portfolio_id
    )
    query = query.where(Portfolio.season == work.season, ReviewRound.opened_at <= work.as_of)
    return {(row.email, row.track) for row in work.db.execute(query)}


def _extensions(work: Work) -> Mapping[tuple[str, str], date]:
    found = work.db.scalars(select(Extension).where(Extension.season == work.season, Extension.given_at <= work.as_of))
    return {(item.email, item.track): item.until for item in found}


def _librarians(db: Session, season: str) -> set[str]:
    query = select(Enrollment.email).where(Enrollment.season == season, Enrollment.component == Component.LIBRARIAN)
    return set(db.scalars(query.where(Enrollment.status == EnrollmentStatus.ENROLLED)))


@step
def extend_time(season: str, email: str, track: Track, until: date, *, reason: str, as_of: datetime) -> str:
    """Give a participant more time for one portfolio; the reason as it is recorded.

    Raises:
        OperatorError: they are in no cohort, are certified already, or the day or the reason does not do.
    """
    with unit_of_work(season, as_of) as work:
        known = work.db.get(Extension, (season, email, track.value))
        if known and (
            known.until == until or work.was_decided(SubjectKind.EDUCATOR, email, RuleId.PORTFOLIO_EXTENSION)
        ):
            return known.reason  # a repeated run
        term = phase_one_of(work.db, season, email)
        window = portfolio_window(term, work.policy.portfolio) if term else None
        certificate = select(Certificate).where(Certificate.email == email, Certificate.track == track.value)
        is_certified = work.db.scalar(certificate.where(Certificate.season == season)) is not None
        ruling = extend(window, until, reason, work.today, work.policy.portfolio, is_certified=is_certified)
        work.require_allowed(SubjectKind.EDUCATOR, email, ruling, track=track.value)
        if known:
            known.until, known.reason, known.given_at = until, reason.strip(), as_of
        else:
            row = Extension(season=season, email=email, track=track.value, until=until, reason=reason.strip())
            row.given_at = as_of
            work.db.add(row)
        person = work.db.get_one(Educator, (season, email))
        write_letter(
            work, f"extension/{email}/{track}/{work.cause}", "portfolio_extended", email, person=person, ruling=ruling
        )
    return ruling.reason
