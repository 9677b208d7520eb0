"""The Summer Learning Academy: which courses an educator may take, and the hours they make. Source: FAQ II."""

from collections.abc import Collection
from datetime import date, datetime

from rules.rule_ids import RuleId
from rules.wording import count
from schemas.policy import Academy
from schemas.records import Ruling
from schemas.statuses import Outcome

RULE = RuleId.ACADEMY_SELECTION


def choose_course(course: str, chosen: Collection[str], is_enrolled: bool, day: date, academy: Academy) -> Ruling:
    """Whether the course joins the educator's selection: enrolled, in the window, known, and at most four courses."""
    if not is_enrolled:
        reason = "No signed enrollment in the Summer Learning Academy is on record; ask the district lead."
        return Ruling(RULE, Outcome.REJECTED, reason)
    if course not in academy.courses:
        return Ruling(RULE, Outcome.REJECTED, f"The course {course} is not in the catalog; choose one of its codes.")
    if not academy.holds(day):
        return Ruling(RULE, Outcome.REJECTED, f"Courses are open from {academy.opens_on} to {academy.closes_on}.")
    if course not in chosen and len(chosen) >= academy.maximum_courses:
        most = count(academy.maximum_courses, "course is", "courses are")
        return Ruling(RULE, Outcome.REJECTED, f"{most} chosen already, which is the most; ask program staff.")
    return Ruling(RULE, Outcome.ACCEPTED, f"{academy.courses[course].title} is part of the summer pathway.")


def hours_warning(chosen: Collection[str], academy: Academy) -> Ruling | None:
    """A warning where the chosen courses make fewer or more hours than the source names; never a rejection."""
    hours = chosen_hours(chosen, academy)
    if academy.minimum_hours <= hours <= academy.maximum_hours:
        return None
    expected = f"{academy.minimum_hours} to {academy.maximum_hours} are expected"
    reason = f"The chosen courses add up to {count(hours, 'hour')}; {expected}."
    return Ruling(RuleId.ACADEMY_HOURS, Outcome.WARNING, reason)


def chosen_hours(chosen: Collection[str], academy: Academy) -> int:
    """The hours of the courses together."""
    return sum(academy.courses[course].hours for course in chosen)


def completion(completed_hours: int, academy: Academy) -> Ruling | None:
    """The academy is completed with the least hours that the source names; nothing before. Source: FAQ II, 8 to 26 hours."""
    if completed_hours < academy.minimum_hours:
        return None
    credits_earned = completed_hours // academy.hours_per_credit
    completed = count(completed_hours, "hour is", "hours are")
    enough = (
        f"enough for {count(credits_earned, 'graduate credit')}" if credits_earned else "too few for a graduate credit"
    )
    reason = f"{completed} completed, {enough}."
    return Ruling(RuleId.ACADEMY_COMPLETED, Outcome.COMPLETED, reason)


def recommend(courses: Collection[str], academy: Academy) -> Ruling:
    """A lead's recommendation: a message to the district's educators, which never limits what they choose. Source: FAQ II."""
    unknown = sorted(set(courses) - set(academy.courses))
    if unknown or not courses:
        which = f"The catalog does not have {', '.join(unknown)}" if unknown else "No course is named"
        reason = f"{which}; choose courses by their codes in the catalog."
        return Ruling(RuleId.COURSE_RECOMMENDATION, Outcome.REJECTED, reason)
    titles = "; ".join(academy.courses[course].title for course in sorted(courses))
    reason = f"The district lead recommends: {titles}. Everybody chooses freely."
    return Ruling(RuleId.COURSE_RECOMMENDATION, Outcome.RECOMMENDED, reason)


def change_webinar(starts_at: datetime, is_canceled: bool, as_of: datetime, wants_recording: bool) -> Ruling:
    """What may be done with a webinar: moved or canceled before it begins, and its recording given after. Source: FAQ II."""
    rule = RuleId.WEBINAR_CHANGED
    if is_canceled:
        return Ruling(rule, Outcome.REJECTED, "The webinar is canceled and cannot be changed.")
    if wants_recording:
        if as_of < starts_at:
            return Ruling(rule, Outcome.REJECTED, "The webinar has not begun; add its recording afterwards.")
        return Ruling(rule, Outcome.RECORDED, "The recording of the webinar is available, and everybody is told.")
    if as_of >= starts_at:
        return Ruling(rule, Outcome.REJECTED, "The webinar has begun; only its recording can be added.")
    return Ruling(rule, Outcome.CHANGED, "The webinar is changed, and everybody is told.")
