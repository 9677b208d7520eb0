"""The courses of the Summer Learning Academy that people chose."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tasks.core.policies import policy_of
from tasks.season.export.contract import ExportTable, Scope, day, number, prepared, refers, season_of, text, unless_kept


def _courses(_db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    for season in scope.seasons:
        for course, told in policy_of(season).academy.courses.items():
            yield {"season": season, "course": course, "hours": told.hours}


PREPARED = (prepared("export_course", _courses, season=sa.Text(), course=sa.Text(), hours=sa.Integer()),)

TABLES = (
    ExportTable(
        "course_selections",
        "Course selections",
        "The self-paced courses of the Summer Learning Academy that participants chose.",
        3,
        (
            season_of("s"),
            text("person_id", "Who chose the course.", "coalesce(p.merged_into, p.person_id)"),
            text("course", "The course, as the season's catalog names it.", "s.course"),
            number("hours", "How long the course is.", "c.hours", "hours"),
            day("selected_on", "When it was chosen.", "s.selected_on"),
            day("completed_on", "When it was completed.", "s.completed_on"),
        ),
        "FROM selection s LEFT JOIN person p ON p.email = s.email"
        " LEFT JOIN export_course c ON c.season = s.season AND c.course = s.course WHERE s.season IN :seasons"
        f" AND {unless_kept('selection', 's', 'course')}",
        (refers("person_id", "persons"),),
    ),
)
