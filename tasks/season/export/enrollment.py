"""People, and the seats that they have."""

from schemas.records import Component
from schemas.statuses import EnrollmentStatus
from tasks.season.export.contract import ExportTable, Looked, kind, moment, refers, season_of, text

EDUCATORS = """
SELECT email, first_name, last_name
FROM (SELECT email, first_name, last_name, row_number() OVER (PARTITION BY email ORDER BY season DESC) AS place
      FROM educator WHERE season IN :seasons) e WHERE place = 1"""
LEADS = """
SELECT lead_email, lead_first_name, lead_last_name
FROM (SELECT lead_email, lead_first_name, lead_last_name,
             row_number() OVER (PARTITION BY lead_email ORDER BY is_current DESC, submitted_at DESC, response_id) AS place
      FROM export_submission) s WHERE place = 1"""
ENDED = """
SELECT season, subject_key, max(decided_at) AS at FROM decision
WHERE subject_kind = 'enrollment' AND outcome IN ('lapsed', 'replaced', 'withdrawn') AND season IN :seasons
GROUP BY season, subject_key"""
PREPARED = (
    Looked("export_educator", ("email",), EDUCATORS),
    Looked("export_lead", ("lead_email",), LEADS),
    Looked("export_ended", ("season", "subject_key"), ENDED),
)

PERSONS = """
FROM person p
LEFT JOIN export_educator e ON e.email = p.email
LEFT JOIN export_lead s ON s.lead_email = p.email
WHERE e.email IS NOT NULL OR s.lead_email IS NOT NULL OR :is_everything"""

ENROLLMENTS = """
FROM enrollment n
LEFT JOIN person p ON p.email = n.email
LEFT JOIN person r ON r.email = n.replaces
LEFT JOIN export_ended x
       ON x.season = n.season AND x.subject_key = n.email || '/' || n.component
      AND n.status IN ('lapsed', 'replaced', 'withdrawn')
WHERE n.season IN :seasons"""

NEWEST_ADDRESS = "(SELECT g.address FROM person_address g WHERE g.email = p.email ORDER BY g.since DESC LIMIT 1)"

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
                "coalesce(e.first_name, s.lead_first_name)",
                is_personal=True,
            ),
            text(
                "last_name",
                "The last name; of a lead, the last word of the name.",
                "coalesce(e.last_name, s.lead_last_name)",
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
            text("person_id", "Who was enrolled.", "p.person_id"),
            kind("component", "What the seat is a place in.", "n.component", Component),
            text("lea_id", "The district whose seat it is.", "n.lea_id"),
            text("session", "The session of Exploring Future Ready Librarianship.", "n.session"),
            kind("status", "Where the enrollment stands.", "n.status", EnrollmentStatus),
            moment("enrolled_at", "When the district named the person.", "n.enrolled_at"),
            moment("signed_at", "When the commitment form was signed.", "n.signed_at"),
            moment("ended_at", "When the enrollment lapsed, passed to somebody else, or was withdrawn.", "x.at"),
            text("replaces_person_id", "Whose seat it was before.", "r.person_id"),
        ),
        ENROLLMENTS,
        (
            refers("person_id", "persons"),
            refers("lea_id", "districts"),
            refers("replaces_person_id", "persons", "person_id"),
        ),
    ),
)
