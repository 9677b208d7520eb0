"""The Summer Learning Academy: which courses an educator may take, and the hours they make. Source: FAQ II."""

from collections.abc import Collection
from datetime import date, datetime

from rules.rule_ids import RuleId
from schemas.policy import Academy
from schemas.records import Ruling

RULE = RuleId.ACADEMY_SELECTION


def choose_course(course: str, chosen: Collection[str], is_enrolled: bool, day: date, academy: Academy) -> Ruling:
    """Whether the course joins the educator's selection: enrolled, in the window, known, and at most four courses."""
    if not is_enrolled:
        return Ruling(
            RULE, "rejected", "No signed enrollment in the Summer Learning Academy is on record for this person."
        )
    if course not in academy.courses:
        return Ruling(RULE, "rejected", f"The course {course} is not in the catalogue; choose one of its codes.")
    if not academy.holds(day):
        return Ruling(RULE, "rejected", f"Courses are open from {academy.opens_on} to {academy.closes_on}.")
    if course not in chosen and len(chosen) >= academy.maximum_courses:
        return Ruling(RULE, "rejected", f"{academy.maximum_courses} courses are chosen already; drop one first.")
    return Ruling(RULE, "accepted", f"{academy.courses[course].title} is part of the summer pathway.")


def hours_warning(chosen: Collection[str], academy: Academy) -> Ruling | None:
    """A warning where the chosen courses make fewer or more hours than the source names; never a rejection."""
    hours = chosen_hours(chosen, academy)
    if academy.minimum_hours <= hours <= academy.maximum_hours:
        return None
    reason = f"The chosen courses make {hours} hours; {academy.minimum_hours} to {academy.maximum_hours} are expected."
    return Ruling(RuleId.ACADEMY_HOURS, "warning", reason)


def chosen_hours(chosen: Collection[str], academy: Academy) -> int:
    """The hours of the courses together."""
    return sum(academy.courses[course].hours for course in chosen)


def completion(completed_hours: int, academy: Academy) -> Ruling | None:
    """The academy is completed with the least hours that the source names; nothing before. Source: FAQ II, 8 to 26 hours."""
    if completed_hours < academy.minimum_hours:
        return None
    credits_earned = completed_hours // academy.hours_per_credit
    reason = f"{completed_hours} hours are completed; they can make {credits_earned} graduate credits."
    return Ruling(RuleId.ACADEMY_COMPLETED, "completed", reason)


def recommend(courses: Collection[str], academy: Academy) -> Ruling:
    """A lead's recommendation: a message to the district's educators, which never limits what they choose. Source: FAQ II."""
    unknown = sorted(set(courses) - set(academy.courses))
    if unknown or not courses:
        return Ruling(
            RuleId.COURSE_RECOMMENDATION,
            "rejected",
            f"Choose courses of the catalogue; not known: {', '.join(unknown)}.",
        )
    titles = "; ".join(academy.courses[course].title for course in sorted(courses))
    return Ruling(
        RuleId.COURSE_RECOMMENDATION,
        "recommended",
        f"The district lead recommends: {titles}. Everybody chooses freely.",
    )


def change_webinar(starts_at: datetime, is_canceled: bool, as_of: datetime, wants_recording: bool) -> Ruling:
    """What may be done with a webinar: moved or canceled before it begins, and its recording given after. Source: FAQ II."""
    rule = RuleId.WEBINAR_CHANGED
    if is_canceled:
        return Ruling(rule, "rejected", "The webinar is canceled.")
    if wants_recording:
        is_early = as_of < starts_at
        return Ruling(
            rule, *(("rejected", "It has not been held yet.") if is_early else ("recorded", "Its recording is there."))
        )
    if as_of >= starts_at:
        return Ruling(rule, "rejected", "The webinar has begun; only its recording can be given.")
    return Ruling(rule, "changed", "The webinar is changed, and everybody is told.")
