"""The webinars of the Summer Learning Academy: planned by the policy, in the participants' calendars, changed by operators."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from rules.academy import change_webinar as rule_on_change
from rules.academy import recommend
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.policy import Policy
from schemas.records import Component
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import Application, District, Educator, Enrollment, Webinar
from tasks.core.database import insert_new
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.calendar_files import Meeting
from tasks.letters.outbox import keys_written
from tasks.letters.write import send_invitation, write_letter


@step
def invite_to_webinars(season: str, as_of: datetime) -> int:
    """Put the webinars to come in the calendar of every academy participant who has not got them; the people invited."""
    with unit_of_work(season, as_of) as work:
        insert_new(work.db, Webinar, _planned(work.policy))
        query = select(Webinar).where(
            Webinar.season == season, Webinar.is_canceled.is_(False), Webinar.starts_at > as_of
        )
        coming = list(work.db.scalars(query.order_by(Webinar.starts_at)))
        invited = keys_written(work.db, season, "webinars/")
        people = [person for person in _participants(work) if f"webinars/{person.email}" not in invited]
        for person in people if coming else ():
            key, meetings = f"webinars/{person.email}", [_meeting(item) for item in coming]
            letter: dict[str, Any] = {"person": person, "webinars": _shown(work, coming)}
            send_invitation(work, key, "webinars", person.email, meetings=meetings, **letter)
    return len(people) if coming else 0


def _planned(policy: Policy) -> list[dict[str, Any]]:
    rows = []
    for webinar_id, item in sorted(policy.academy.webinars.items()):
        starts_at = policy.at(item.starts_at)
        row = {"season": policy.season, "webinar_id": webinar_id, "title": item.title, "starts_at": starts_at}
        rows.append({**row, "ends_at": starts_at + timedelta(minutes=item.minutes)})
    return rows


def _participants(work: Work, lea_id: str = "") -> list[Educator]:
    """Everybody who was enrolled in the academy by the moment, of one district or of all."""
    query = (
        select(Educator)
        .join(Enrollment, (Enrollment.season == Educator.season) & (Enrollment.email == Educator.email))
        .where(Educator.season == work.season, Enrollment.component == Component.ACADEMY)
        .where(Enrollment.status == EnrollmentStatus.ENROLLED, Enrollment.signed_at <= work.as_of)
    )
    if lea_id:
        query = query.where(Enrollment.lea_id == lea_id)
    return list(work.db.scalars(query.order_by(Educator.email)))


def _meeting(item: Webinar) -> Meeting:
    about = f"Recording: {item.recording_url}" if item.recording_url else ""
    return Meeting(
        f"webinar-{item.season}-{item.webinar_id}", item.title, item.starts_at, item.ends_at, item.sequence, about=about
    )


def _shown(work: Work, webinars: list[Webinar]) -> list[tuple[str, datetime]]:
    return [(item.title, item.starts_at.astimezone(work.policy.zone)) for item in webinars]


@step
def update_webinar(season: str, webinar_id: str, named: dict[str, Any], requested_by: str, as_of: datetime) -> str:
    """Move a webinar (``starts_at``), cancel it (``is_canceled``), or give its recording (``recording_url``); the reason.

    What is empty in ``named`` stays as it is; a time without a zone is local.

    Raises:
        OperatorError: there is no such webinar, or it is too late or too early for the change.
    """
    with unit_of_work(season, as_of) as work:
        item = work.db.get(Webinar, (season, webinar_id))
        if item is None:
            raise OperatorError(
                f"There is no webinar {webinar_id}; choose one of {', '.join(work.policy.academy.webinars)}."
            )
        change = _change(named, work.policy)
        is_done = work.was_decided(SubjectKind.WEBINAR, webinar_id, RuleId.WEBINAR_CHANGED)
        if is_done or all(getattr(item, name) == value for name, value in change.items()):  # a repeated run
            return "It is so already."
        ruling = rule_on_change(item.starts_at, item.is_canceled, as_of, "recording_url" in change)
        work.require_allowed(
            SubjectKind.WEBINAR, webinar_id, ruling, requested_by=requested_by, **{k: str(v) for k, v in change.items()}
        )
        length = item.ends_at - item.starts_at
        for name, value in change.items():
            setattr(item, name, value)
        item.ends_at, item.sequence = item.starts_at + length, item.sequence + 1
        _tell_change(work, item)
    return ruling.reason


def _change(named: dict[str, Any], policy: Policy) -> dict[str, Any]:
    change = ((name, value) for name, value in named.items() if value)
    return {name: policy.at(value) if name == "starts_at" else value for name, value in change}


def _tell_change(work: Work, item: Webinar) -> None:
    meeting = [_meeting(item)]
    for person in _participants(work):
        key = f"webinar-change/{item.webinar_id}/{item.sequence}/{person.email}"
        coming, off = ((), meeting) if item.is_canceled else (meeting, ())
        starts_at = item.starts_at.astimezone(work.policy.zone)
        letter: dict[str, Any] = {"person": person, "webinar": item, "starts_at": starts_at}
        send_invitation(work, key, "webinar_changed", person.email, meetings=coming, off=off, **letter)


@step
def send_recommendation(season: str, lea_id: str, courses: list[str], message: str, as_of: datetime) -> int:
    """Tell a district's academy participants which courses their lead recommends; the people told now.

    Raises:
        OperatorError: the district takes no part, or a course is not in the catalog.
    """
    with unit_of_work(season, as_of) as work:
        application = work.db.get(Application, (season, lea_id))
        if application is None:
            raise OperatorError(f"No application of district {lea_id} is on record; check the 7-digit id.")
        ruling = recommend(courses, work.policy.academy)
        is_repeated = work.was_decided(SubjectKind.DISTRICT, lea_id, RuleId.COURSE_RECOMMENDATION)
        if is_repeated and ruling.outcome != Outcome.REJECTED:
            return 0
        work.require_allowed(SubjectKind.DISTRICT, lea_id, ruling, courses=sorted(courses))
        people = _participants(work, lea_id)
        titles = [work.policy.academy.courses[course].title for course in sorted(courses)]
        district = work.db.get_one(District, lea_id).name
        for person in people:
            key = f"recommendation/{lea_id}/{work.cause}/{person.email}"
            context = {"person": person, "titles": titles, "message": message, "district": district}
            write_letter(work, key, "courses_recommended", person.email, lead=application.lead_name, **context)
    return len(people)
