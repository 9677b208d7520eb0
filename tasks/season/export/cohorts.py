"""Who leads cohorts, the cohorts, who was in them from when to when, and who has none."""

from schemas.statuses import CohortKind, CohortStatus
from tasks.season.export.contract import (
    ExportTable,
    Looked,
    day,
    items,
    kind,
    moment,
    number,
    refers,
    season_of,
    text,
    unless_kept,
)

STATUS = """CASE WHEN c.merged_into <> '' THEN 'merged' WHEN c.starts_on > :today THEN 'planned'
 WHEN c.ends_on < :today THEN 'finished' ELSE 'running' END"""

# Whoever joins a cohort gets a letter about it in the same transaction: it says since when.
JOINED = """
SELECT o.season, o.cohort_id, o.email, min(o.created_at) AS joined_at
FROM (SELECT season, created_at, export.part(message_key, 3) AS cohort_id, export.part(message_key, 4) AS email FROM outbox
      WHERE kind = 'mail' AND season IN :seasons AND message_key LIKE '____/cohort/%') o
GROUP BY o.season, o.cohort_id, o.email"""

# Out of a cohort: into another one, out of the component, or out of one that could not be held.
LEFT = """
SELECT season, export.part(subject_key, 1) AS email, max(decided_at) AS at FROM decision
WHERE season IN :seasons AND (subject_kind = 'enrollment' AND outcome IN ('replaced', 'withdrawn')
      AND export.part(subject_key, 2) = 'certification'
   OR subject_kind = 'educator' AND rule = 'cohort-replan' AND outcome = 'waiting')
GROUP BY season, export.part(subject_key, 1)"""

PREPARED = (
    Looked("export_joined", ("season", "email"), JOINED),
    Looked("export_left", ("season", "email"), LEFT),
)

MEMBERS = f"""
FROM (SELECT m.season, m.cohort_id, m.email, j.joined_at, CAST(NULL AS timestamptz) AS left_at
      FROM cohort_member m LEFT JOIN export_joined j
        ON j.season = m.season AND j.cohort_id = m.cohort_id AND j.email = m.email
      WHERE m.season IN :seasons
      UNION ALL
      SELECT j.season, j.cohort_id, j.email, j.joined_at, coalesce(j.next_at, x.at) AS left_at
      FROM (SELECT i.season, i.cohort_id, i.email, i.joined_at,
                   lead(i.joined_at) OVER (PARTITION BY i.season, i.email ORDER BY i.joined_at) AS next_at
            FROM export_joined i) j
      JOIN cohort c ON c.season = j.season AND c.cohort_id = j.cohort_id
      LEFT JOIN cohort_member m ON m.season = j.season AND m.email = j.email AND m.cohort_id = j.cohort_id
      LEFT JOIN export_left x ON x.season = j.season AND x.email = j.email
      WHERE m.email IS NULL) m
JOIN person p ON p.email = m.email
WHERE {unless_kept("export_joined", "m", "cohort_id")}"""  # noqa: S608 - our own words

UNPLACED = """
FROM enrollment n
LEFT JOIN person p ON p.email = n.email
LEFT JOIN cohort_member m ON m.season = n.season AND m.email = n.email
LEFT JOIN (SELECT season, subject_key, reason, row_number() OVER (PARTITION BY season, subject_kind, subject_key
                                                          ORDER BY decided_at DESC, decision_id DESC) AS place
           FROM decision WHERE season IN :seasons AND subject_kind = 'district' AND outcome = 'waiting') d
       ON d.season = n.season AND d.subject_key = n.lea_id AND d.place = 1
LEFT JOIN (SELECT season, subject_key, reason, row_number() OVER (PARTITION BY season, subject_kind, subject_key
                                                          ORDER BY decided_at DESC, decision_id DESC) AS place
           FROM decision WHERE season IN :seasons AND subject_kind = 'educator' AND outcome = 'waiting') e
       ON e.season = n.season AND e.subject_key = n.email AND e.place = 1
LEFT JOIN (SELECT season, email, max(created_at) AS told_at
           FROM (SELECT season, created_at, export.part(message_key, 3) AS email FROM outbox
                 WHERE kind = 'mail' AND season IN :seasons
                   AND (message_key LIKE '____/cohort-dissolved/%' OR message_key LIKE '____/unplaced/%')) o
           GROUP BY season, email) t ON t.season = n.season AND t.email = n.email
WHERE n.season IN :seasons AND n.component = 'certification' AND m.email IS NULL
  AND (n.status = 'enrolled' OR (n.status = 'withdrawn' AND EXISTS (
       SELECT 1 FROM decision x WHERE x.season = n.season AND x.subject_kind = 'enrollment'
       AND x.subject_key = n.email || '/certification' AND x.rule = 'cohort-too-late')))
  AND (d.reason IS NOT NULL OR e.reason IS NOT NULL OR t.told_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM export_twin w WHERE w.season = n.season AND w.email = n.email AND w.component = n.component)"""

TABLES = (
    ExportTable(
        "facilitators",
        "Facilitators",
        "Who leads cohorts, and when they can.",
        1,
        (
            text("facilitator_id", "The facilitator's id.", "f.facilitator_id"),
            items("slots", "The weekly slots in which they can lead.", "f.slots"),
            number("maximum_cohorts", "How many cohorts they lead at most.", "f.maximum_cohorts", "cohorts"),
        ),
        "FROM facilitator f",
    ),
    ExportTable(
        "cohorts",
        "Cohorts",
        "Participants who take phase 1 together. A cohort that was dissolved before it met is not among them.",
        2,
        (
            season_of("c"),
            text("cohort_id", "The cohort's id.", "c.cohort_id"),
            kind("kind", "Whether it is of one district or of several.", "c.kind", CohortKind),
            text("slot", "The weekly slot in which it meets.", "c.slot"),
            text("facilitator_id", "Who leads it.", "c.facilitator_id"),
            day("starts_on", "The first day of phase 1.", "c.starts_on"),
            day("ends_on", "The last day of phase 1.", "c.ends_on"),
            kind("status", "Where it stands at the moment of the export.", STATUS, CohortStatus),
            text("merged_into", "The cohort that it was merged into.", "c.merged_into"),
        ),
        "FROM cohort c WHERE c.season IN :seasons",
        (refers("facilitator_id", "facilitators"), refers("merged_into", "cohorts", "cohort_id")),
    ),
    ExportTable(
        "cohort_members",
        "Members of cohorts",
        "Who is, or was, in which cohort.",
        3,
        (
            season_of("m"),
            text("cohort_id", "The cohort.", "m.cohort_id"),
            text("person_id", "The participant.", "coalesce(p.merged_into, p.person_id)"),
            moment("joined_at", "When they were put into it.", "m.joined_at"),
            moment("left_at", "When they left it.", "m.left_at"),
        ),
        MEMBERS,
        (refers(("season", "cohort_id"), "cohorts"), refers("person_id", "persons")),
    ),
    ExportTable(
        "unplaced",
        "Participants without a cohort",
        "Who was enrolled in certification and could not be placed; the seat ends when no cohort can be joined.",
        2,
        (
            season_of("n"),
            text("person_id", "The participant.", "coalesce(p.merged_into, p.person_id)"),
            text("reason", "Why.", "coalesce(e.reason, d.reason)", may_quote=True),
            moment("told_at", "When the participant was written to about it.", "t.told_at"),
        ),
        UNPLACED,
        (refers("person_id", "persons"),),
    ),
)
