"""What people meet for: sessions of cohorts, office hours, webinars, and check-ins with leads; and who was there."""

from schemas.kinds import MeetingKind
from schemas.statuses import MeetingStatus
from tasks.season.export.contract import ExportTable, flag, kind, moment, number, refers, season_of, text, unless_kept

SESSION_ID = "cohort_id || '-S' || {alias}.session_number"

MEETINGS = f"""
FROM (SELECT s.season, s.{SESSION_ID.format(alias="s")} AS meeting_id, 'session' AS kind, s.cohort_id,
             CAST(NULL AS text) AS lea_id, s.session_number AS number, s.starts_at, s.ends_at, c.facilitator_id AS host_id,
             CASE WHEN c.merged_into <> '' AND s.starts_at > x.at THEN 1 ELSE 0 END AS is_off
      FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
      LEFT JOIN (SELECT season, subject_key, min(decided_at) AS at FROM decision
                 WHERE season IN :seasons AND subject_kind = 'cohort' AND outcome = 'merged' GROUP BY season, subject_key) x
             ON x.season = s.season AND x.subject_key = s.cohort_id
      WHERE s.season IN :seasons
      UNION ALL
      SELECT h.season, 'OH-' || h.lea_id || '-' || export.stamp(h.planned_at), 'office_hours', CAST(NULL AS text), h.lea_id,
             CAST(row_number() OVER (PARTITION BY h.season, h.lea_id ORDER BY h.planned_at) AS integer),
             h.starts_at, h.ends_at, h.host_id, CASE WHEN h.is_canceled THEN 1 ELSE 0 END
      FROM office_hour h WHERE h.season IN :seasons
      UNION ALL
      SELECT w.season, w.webinar_id, 'webinar', CAST(NULL AS text), CAST(NULL AS text),
             CAST(row_number() OVER (PARTITION BY w.season ORDER BY w.webinar_id) AS integer),
             w.starts_at, w.ends_at, CAST(NULL AS text), CASE WHEN w.is_canceled THEN 1 ELSE 0 END
      FROM webinar w WHERE w.season IN :seasons
      UNION ALL
      SELECT o.season, 'CI-' || o.lea_id || '-' || o.due_on, 'check_in', CAST(NULL AS text), o.lea_id,
             CAST(row_number() OVER (PARTITION BY o.season, o.lea_id ORDER BY o.due_on) AS integer),
             o.created_at, CAST(NULL AS timestamptz), CAST(NULL AS text), 0
      FROM (SELECT season, created_at, export.part(message_key, 3) AS lea_id, export.part(message_key, 4) AS due_on FROM outbox
            WHERE kind = 'mail' AND season IN :seasons AND message_key LIKE '____/check-in/%') o) m"""  # noqa: S608 - our own words

STATUS = "CASE WHEN m.is_off = 1 THEN 'canceled' WHEN coalesce(m.ends_at, m.starts_at) <= :as_of THEN 'held' ELSE 'planned' END"

TABLES = (
    ExportTable(
        "meetings",
        "Meetings",
        "Sessions of cohorts, office hours of districts, webinars, and check-ins of the provider with district leads.",
        2,
        (
            season_of("m"),
            text("meeting_id", "The meeting's id.", "m.meeting_id"),
            kind("kind", "What kind of meeting it is.", "m.kind", MeetingKind),
            text("cohort_id", "The cohort that meets.", "m.cohort_id"),
            text("lea_id", "The district that it is for.", "m.lea_id"),
            number("number", "Which of its kind it is: of the cohort, of the district, or of the season.", "m.number"),
            moment("starts_at", "When it begins; of a check-in, when the lead was written to.", "m.starts_at"),
            moment("ends_at", "When it ends.", "m.ends_at"),
            text("host_id", "The facilitator who hosts it.", "m.host_id"),
            kind("status", "Where it stands at the moment of the export.", STATUS, MeetingStatus),
        ),
        MEETINGS,
        (
            refers("cohort_id", "cohorts"),
            refers("lea_id", "districts"),
            refers("host_id", "facilitators", "facilitator_id"),
        ),
    ),
    ExportTable(
        "attendance",
        "Attendance",
        "Who was there in a session of a cohort; advisory.",
        3,
        (
            season_of("a"),
            text("meeting_id", "The session.", f"a.{SESSION_ID.format(alias='a')}"),
            text("person_id", "The participant.", "coalesce(p.merged_into, p.person_id)"),
            flag("is_present", "Whether they were there.", "a.is_present"),
            number(
                "independent_hours", "Learning on one's own since the session before.", "a.independent_hours", "hours"
            ),
        ),
        "FROM attendance a LEFT JOIN person p ON p.email = a.email WHERE a.season IN :seasons"
        f" AND {unless_kept('attendance', 'a', 'cohort_id', 'session_number')}",
        (refers(("season", "meeting_id"), "meetings"), refers("person_id", "persons")),
    ),
)
