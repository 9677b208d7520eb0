-- check: cohorts-are-not-too-large
-- promise: No cohort has more than 35 participants.
-- source: Ruling: certification minimum; FAQ I
SELECT c.cohort_id AS id,
       (SELECT count(*) FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id)
       > CAST(:cohorts_maximum_participants AS integer) AS broken
FROM cohort c WHERE c.season = :season AND c.merged_into = '';

-- check: cohorts-are-not-too-small
-- promise: A cohort has at least 15 participants.
-- source: Ruling: certification minimum; FAQ I
SELECT c.cohort_id AS id,
       (SELECT count(*) FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id)
       < CAST(:cohorts_minimum_participants AS integer) AS broken
FROM cohort c WHERE c.season = :season AND c.merged_into = '';

-- check: private-cohorts-are-of-one-district
-- promise: Everybody in a private cohort is of the same district, but for exceptions that an operator made with a reason.
-- source: Terms: cohort; Ruling: moves and merges
SELECT c.cohort_id AS id,
       (SELECT count(DISTINCT e.lea_id) FROM cohort_member m
        JOIN educator e ON e.season = m.season AND e.email = m.email
        WHERE m.season = c.season AND m.cohort_id = c.cohort_id AND m.exception_reason = '') > 1 AS broken
FROM cohort c WHERE c.season = :season AND c.kind = 'private' AND c.merged_into = '';

-- check: members-have-a-certification-seat
-- promise: Whoever is in a cohort has, or had, a certification seat.
-- source: Life of a season, 5
SELECT m.email AS id,
       NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.season = m.season AND e.email = m.email
                   AND e.component = 'certification' AND e.status IN ('enrolled', 'replaced', 'withdrawn')) AS broken
FROM cohort_member m WHERE m.season = :season;

-- check: everybody-has-a-cohort-or-word
-- promise: Whoever is enrolled in certification is in a cohort, or was written to about the choices.
-- source: Ruling: combined cohorts know no regions
SELECT n.email AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = n.season AND m.email = n.email)
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_key = n.season || '/unplaced/' || n.email) AS broken
FROM enrollment n WHERE n.season = :season AND n.component = 'certification' AND n.status = 'enrolled'
  AND n.signed_at < (SELECT max(w.decided_at) FROM decision w WHERE w.season = n.season
                     AND w.rule IN ('phase-one-attendance', 'lead-check-in', 'cohort-merge'));

-- check: five-sessions
-- promise: Every cohort meets as often as the policy says.
-- source: Life of a season, 5
SELECT c.cohort_id AS id,
       (SELECT count(*) FROM cohort_session s WHERE s.season = c.season AND s.cohort_id = c.cohort_id)
       <> CAST(:cohorts_sessions AS integer) AS broken
FROM cohort c WHERE c.season = :season;

-- check: sessions-of-two-hours
-- promise: A session lasts as long as the policy says.
-- source: Life of a season, 5
SELECT cohort_id || '/' || session_number AS id,
       abs(audit.hours(starts_at, ends_at) - CAST(:cohorts_session_hours AS integer)) > 0.001 AS broken
FROM cohort_session WHERE season = :season;

-- check: sessions-two-weeks-apart
-- promise: Between two sessions of a cohort there are as many days as the policy allows.
-- source: Life of a season, 5
SELECT s.cohort_id || '/' || s.session_number AS id,
       audit.days(audit.local_day(p.starts_at), audit.local_day(s.starts_at))
       NOT BETWEEN CAST(:cohorts_session_gap_minimum_days AS integer) AND CAST(:cohorts_session_gap_maximum_days AS integer) AS broken
FROM cohort_session s JOIN cohort_session p
  ON p.season = s.season AND p.cohort_id = s.cohort_id AND p.session_number = s.session_number - 1
WHERE s.season = :season;

-- check: sessions-at-the-local-time-of-their-slot
-- promise: A session that was not moved begins on the weekday and at the local time of the cohort's slot, whatever the clocks do.
-- source: Life of a season, 5; Ruling: time zone
SELECT s.cohort_id || '/' || s.session_number AS id, audit.slot(s.starts_at) <> c.slot AS broken
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
WHERE s.season = :season AND s.sequence = 0;

-- check: sessions-not-on-closed-days
-- promise: No session is on a day that the policy closes.
-- source: Ruling: office hours; Life of a season, 5
SELECT cohort_id || '/' || session_number AS id,
       audit.holds_day(:cohorts_closed_on, audit.local_day(starts_at)) AS broken
FROM cohort_session WHERE season = :season;

-- check: facilitators-are-in-one-meeting-at-a-time
-- promise: Two sessions of one facilitator do not overlap, and there is a break between them.
-- source: Ruling: facilitators are in one meeting at a time
SELECT s.cohort_id || '/' || s.session_number AS id,
       EXISTS (SELECT 1 FROM cohort d JOIN cohort_session o ON o.season = d.season AND o.cohort_id = d.cohort_id
               WHERE d.facilitator_id = c.facilitator_id AND d.merged_into = ''
                 AND (o.season <> s.season OR o.cohort_id <> s.cohort_id)
                 AND audit.hours(s.ends_at, o.starts_at) * 60 < CAST(:cohorts_facilitator_break_minutes AS integer) - 0.01
                 AND audit.hours(o.ends_at, s.starts_at) * 60 < CAST(:cohorts_facilitator_break_minutes AS integer) - 0.01) AS broken
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
WHERE s.season = :season AND c.merged_into = '';

-- check: facilitators-lead-in-their-slots
-- promise: A facilitator leads cohorts in slots that they offer.
-- source: Terms: facilitator
SELECT c.cohort_id AS id, NOT audit.holds(f.slots, c.slot) AS broken
FROM cohort c JOIN facilitator f ON f.facilitator_id = c.facilitator_id WHERE c.season = :season AND c.merged_into = '';

-- check: facilitators-lead-no-more-than-they-offer
-- promise: No facilitator leads more cohorts than they offer.
-- source: Terms: facilitator
SELECT f.facilitator_id AS id,
       (SELECT count(*) FROM cohort c WHERE c.season = :season AND c.facilitator_id = f.facilitator_id AND c.merged_into = '')
       > f.maximum_cohorts AS broken
FROM facilitator f;

-- check: members-meet-in-a-slot-of-their-district
-- promise: A participant's cohort meets in a slot that the district marked, but for exceptions that have a reason.
-- source: Life of a season, 5; Ruling: moves and merges
SELECT m.email AS id, NOT audit.holds(a.slots, c.slot) AND m.exception_reason = '' AS broken
FROM cohort_member m JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
JOIN educator e ON e.season = m.season AND e.email = m.email
JOIN application a ON a.season = m.season AND a.lea_id = e.lea_id
WHERE m.season = :season;

-- check: cohorts-begin-in-their-season
-- promise: No cohort begins before the policy's first day.
-- source: Life of a season, 5
SELECT cohort_id AS id, starts_on < audit.day(:cohorts_earliest_start_on) AS broken FROM cohort WHERE season = :season;

-- check: fourteen-weeks
-- promise: Phase 1 takes 14 weeks.
-- source: Life of a season, 5
SELECT cohort_id AS id, ends_on <> audit.add_days(starts_on, 7 * CAST(:cohorts_weeks AS integer) - 1) AS broken
FROM cohort WHERE season = :season;

-- check: sessions-lie-within-phase-one
-- promise: Every session is between the first and the last day of its cohort.
-- source: Life of a season, 5
SELECT s.cohort_id || '/' || s.session_number AS id,
       audit.local_day(s.starts_at) NOT BETWEEN c.starts_on AND c.ends_on AS broken
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id WHERE s.season = :season;

-- check: attendance-is-of-members
-- promise: Attendance is on record for participants of a cohort only.
-- source: Ruling: attendance
SELECT a.email || '/' || a.session_number AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = a.season AND m.email = a.email) AS broken
FROM attendance a WHERE a.season = :season;

-- check: participants-are-told-their-cohort
-- promise: Everybody in a cohort got a letter about it.
-- source: Life of a season, 5
SELECT m.email AS id,
       NOT EXISTS (SELECT 1 FROM outbox o WHERE o.season = m.season AND o.kind = 'mail'
                   AND (o.message_key LIKE m.season || '/cohort/%/' || m.email OR o.message_key LIKE m.season || '/move%' || m.email || '%'
                        OR o.message_key LIKE m.season || '/merge%' || m.email || '%')) AS broken
FROM cohort_member m WHERE m.season = :season;
