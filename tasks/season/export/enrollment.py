"""People, and the seats that they have."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from tasks.season.export.contract import ExportTable, Looked, Scope, kind, moment, prepared, refers, season_of, text
from tasks.season.export.queries import in_words_of

EDUCATORS = """
SELECT email, first_name, last_name
FROM (SELECT email, first_name, last_name, row_number() OVER (PARTITION BY email ORDER BY season DESC) AS place
      FROM educator WHERE season IN :seasons) e WHERE place = 1"""
ENDED = """
SELECT season, subject_key, max(decided_at) AS at FROM decision
WHERE subject_kind = 'enrollment' AND outcome IN ('lapsed', 'replaced', 'withdrawn') AND season IN :seasons
GROUP BY season, subject_key"""
# Of two enrollments of one person, whose records were merged, the one with the seat counts, else the newer one.
TWINS = """
SELECT season, email, component
FROM (SELECT n.season, n.email, n.component,
             row_number() OVER (PARTITION BY n.season, n.component, coalesce(p.merged_into, p.person_id)
                                ORDER BY CASE WHEN n.status IN ('awaiting_form', 'enrolled') THEN 0 ELSE 1 END,
                                         n.enrolled_at DESC, n.email) AS place
      FROM enrollment n JOIN person p ON p.email = n.email
      WHERE n.season IN :seasons
        AND (p.merged_into IS NOT NULL OR p.person_id IN (SELECT merged_into FROM person WHERE merged_into IS NOT NULL))) n
WHERE place > 1"""
# By what name somebody was met last who has no line of a roster: a lead, or whose line stands under a merged record.
NAMES = """
SELECT k.person_id, h.name FROM person_role h JOIN person m ON m.person_id = h.person_id
JOIN person k ON k.person_id = coalesce(m.merged_into, m.person_id) LEFT JOIN export_educator e ON e.email = k.email
WHERE h.season IN :seasons AND h.role IN ('educator', 'lead') AND e.email IS NULL
ORDER BY h.season, h.since, h.role"""


def _names(db: Session, scope: Scope) -> Iterable[Mapping[str, Any]]:
    rows = db.execute(sa.text(in_words_of(db.get_bind().dialect.name, NAMES, scope)))
    newest = {person: name for person, name in rows.tuples() if name}
    split = ((person, *name.rpartition(" ")) for person, name in newest.items())
    return [{"person_id": person, "first_name": first, "last_name": last} for person, first, _, last in split]


PREPARED = (
    Looked("export_twin", ("season", "email", "component"), TWINS),
    Looked("export_educator", ("email",), EDUCATORS),
    prepared("export_name", _names, person_id=sa.Text(), first_name=sa.Text(), last_name=sa.Text()),
    Looked("export_ended", ("season", "subject_key"), ENDED),
)

PERSONS = """
FROM person p
LEFT JOIN export_educator e ON e.email = p.email
LEFT JOIN export_name h ON h.person_id = p.person_id
WHERE p.merged_into IS NULL
  AND p.person_id IN (SELECT coalesce(m.merged_into, m.person_id) FROM person_role o JOIN person m ON m.person_id = o.person_id
                      WHERE o.season IN :seasons AND o.role IN ('educator', 'lead'))"""

ENROLLMENTS = """
FROM enrollment n
LEFT JOIN person p ON p.email = n.email
LEFT JOIN person r ON r.email = n.replaces
LEFT JOIN export_ended x
       ON x.season = n.season AND x.subject_key = n.email || '/' || n.component
      AND n.status IN ('lapsed', 'replaced', 'withdrawn')
WHERE n.season IN :seasons AND NOT EXISTS (SELECT 1 FROM export_twin w WHERE w.season = n.season AND w.email = n.email
                                             AND w.component = n.component)"""

NEWEST_ADDRESS = (
    "(SELECT g.address FROM person_address g JOIN person q ON q.email = g.email "
    "WHERE coalesce(q.merged_into, q.person_id) = p.person_id ORDER BY g.since DESC LIMIT 1)"
)

TABLES = (
    ExportTable(
        "persons",
        "Persons",
        "Everybody whom a district enrolled or named as its lead, across seasons and roles. Names and addresses stand here.",
        1,
        (
            text("person_id", "The person's id; it is drawn at random and says nothing about them.", "p.person_id"),
            text(
                "first_name",
                "The first name; of a lead, all of the name but its last word.",
                "coalesce(e.first_name, h.first_name)",
                is_personal=True,
            ),
            text(
                "last_name",
                "The last name; of a lead, the last word of the name.",
                "coalesce(e.last_name, h.last_name)",
                is_personal=True,
            ),
            text("email", "The newest e-mail address.", f"coalesce({NEWEST_ADDRESS}, p.email)", is_personal=True),
        ),
        PERSONS,
    ),
    ExportTable(
        "enrollments",
        "Enrollments",
        "Everybody who was named for a seat, and how far it went.",
        3,
        (
            season_of("n"),
            text("person_id", "Who was enrolled.", "coalesce(p.merged_into, p.person_id)"),
            kind("component", "What the seat is a place in.", "n.component", Component),
            text("lea_id", "The district whose seat it is.", "n.lea_id"),
            text("session", "The session of Exploring Future Ready Librarianship.", "n.session"),
            kind("status", "Where the enrollment stands.", "n.status", EnrollmentStatus),
            moment("enrolled_at", "When the district named the person.", "n.enrolled_at"),
            moment("signed_at", "When the commitment form was signed.", "n.signed_at"),
            moment("ended_at", "When the enrollment lapsed, passed to somebody else, or was withdrawn.", "x.at"),
            text("replaces_person_id", "Whose seat it was before.", "coalesce(r.merged_into, r.person_id)"),
        ),
        ENROLLMENTS,
        (
            refers("person_id", "persons"),
            refers("lea_id", "districts"),
            refers("replaces_person_id", "persons", "person_id"),
        ),
    ),
)
