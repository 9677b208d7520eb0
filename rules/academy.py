"""The Summer Learning Academy: which courses an educator may take, and the hours they make. Source: FAQ II."""

from collections.abc import Collection
from datetime import date

from schemas.policy import Academy
from schemas.records import Ruling

RULE = "academy-selection"


def choose_course(course: str, chosen: Collection[str], is_enrolled: bool, day: date, academy: Academy) -> Ruling:
    """Whether the course joins the educator's selection: enrolled, in the window, known, and at most four courses."""
    if not is_enrolled:
        return Ruling(
            RULE, "refused", "No signed enrolment in the Summer Learning Academy is on record for this person."
        )
    if course not in academy.courses:
        return Ruling(RULE, "refused", f"The course {course} is not in the catalogue; choose one of its codes.")
    if not academy.holds(day):
        return Ruling(RULE, "refused", f"Courses are open from {academy.opens_on} to {academy.closes_on}.")
    if course not in chosen and len(chosen) >= academy.maximum_courses:
        return Ruling(RULE, "refused", f"{academy.maximum_courses} courses are chosen already; drop one first.")
    return Ruling(RULE, "accepted", f"{academy.courses[course].title} is part of the summer pathway.")


def hours_warning(chosen: Collection[str], academy: Academy) -> Ruling | None:
    """A warning where the chosen courses make fewer or more hours than the source names; never a refusal."""
    hours = chosen_hours(chosen, academy)
    if academy.minimum_hours <= hours <= academy.maximum_hours:
        return None
    reason = f"The chosen courses make {hours} hours; {academy.minimum_hours} to {academy.maximum_hours} are expected."
    return Ruling("academy-hours", "warning", reason)


def chosen_hours(chosen: Collection[str], academy: Academy) -> int:
    """The hours of the courses together."""
    return sum(academy.courses[course].hours for course in chosen)
