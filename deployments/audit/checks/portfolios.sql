-- check: rounds-are-of-complete-submissions
-- promise: A first review or one of a resubmission begins with a submission of which nothing is missing.
-- source: Life of a season, 6 and 7
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM submission s WHERE s.portfolio_id = r.portfolio_id AND s.submitted_at = r.started_at
                   AND audit.length(s.missing) = 0) AS broken
FROM review_round r WHERE r.season = :season AND r.kind IN ('first', 'resubmission');

-- check: complete-submissions-are-reviewed
-- promise: Each complete submission has a round of review.
-- source: Life of a season, 7
SELECT s.portfolio_id || '/' || s.submitted_at AS id,
       NOT EXISTS (SELECT 1 FROM review_round r WHERE r.portfolio_id = s.portfolio_id AND r.started_at = s.submitted_at) AS broken
FROM submission s JOIN portfolio p ON p.portfolio_id = s.portfolio_id
WHERE p.season = :season AND audit.length(s.missing) = 0;

-- check: educator-portfolios-are-of-participants
-- promise: An educator portfolio is of somebody who was in a cohort.
-- source: Life of a season, 6
SELECT p.portfolio_id AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = p.season AND m.email = p.email) AS broken
FROM portfolio p WHERE p.season = :season AND p.track = 'educator';

-- check: librarian-portfolios-are-of-librarians
-- promise: A librarian portfolio is of somebody with a seat in the librarian certification.
-- source: Life of a season, 11
SELECT p.portfolio_id AS id,
       NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.season = p.season AND e.email = p.email AND e.component = 'librarian'
                   AND e.status = 'enrolled') AS broken
FROM portfolio p WHERE p.season = :season AND p.track = 'librarian';

-- check: first-submissions-within-six-months
-- promise: A portfolio is first submitted within six months of the end of phase 1, or of the time that was added.
-- source: Life of a season, 6
SELECT r.portfolio_id AS id,
       audit.local_day(r.started_at) > audit.add_months(c.ends_on, CAST(:portfolio_months AS integer))
       AND NOT EXISTS (SELECT 1 FROM extension x WHERE x.season = r.season AND x.email = p.email AND x.track = p.track
                       AND x.until >= audit.local_day(r.started_at)) AS broken
FROM review_round r JOIN portfolio p ON p.portfolio_id = r.portfolio_id
JOIN cohort_member m ON m.season = p.season AND m.email = p.email
JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
WHERE r.season = :season AND r.round_number = 1 AND p.track = 'educator';

-- check: added-time-has-a-reason-and-a-limit
-- promise: More time for a portfolio is given with a reason.
-- source: Life of a season, 6
SELECT email || '/' || track AS id, reason = '' OR until <= audit.local_day(given_at) AS broken
FROM extension WHERE season = :season;

-- check: office-hours-not-on-closed-days
-- promise: Office hours are not on a day that the policy closes.
-- source: Ruling: office hours
SELECT lea_id || '/' || planned_at AS id, audit.holds_day(:cohorts_closed_on, audit.local_day(starts_at)) AS broken
FROM office_hour WHERE season = :season AND NOT is_canceled;

-- check: office-hours-of-the-policys-length
-- promise: Office hours last as long as the policy says.
-- source: Life of a season, 6
SELECT lea_id || '/' || planned_at AS id,
       abs(audit.hours(starts_at, ends_at) * 60 - CAST(:portfolio_office_hours_minutes AS integer)) > 0.001 AS broken
FROM office_hour WHERE season = :season;

-- check: office-hours-have-a-host
-- promise: Office hours are hosted by a facilitator.
-- source: Ruling: office hours
SELECT lea_id || '/' || planned_at AS id,
       NOT EXISTS (SELECT 1 FROM facilitator f WHERE f.facilitator_id = h.host_id) AS broken
FROM office_hour h WHERE season = :season AND NOT is_canceled;

-- check: hosts-are-in-one-meeting-at-a-time
-- promise: Two districts with the same host do not overlap, and there is a break between them.
-- source: Ruling: office hours; facilitators are in one meeting at a time
SELECT h.lea_id || '/' || h.planned_at AS id,
       EXISTS (SELECT 1 FROM office_hour o WHERE o.host_id = h.host_id AND NOT o.is_canceled
               AND (o.season <> h.season OR o.lea_id <> h.lea_id OR o.planned_at <> h.planned_at)
               AND audit.hours(h.ends_at, o.starts_at) * 60 < CAST(:cohorts_facilitator_break_minutes AS integer) - 0.01
               AND audit.hours(o.ends_at, h.starts_at) * 60 < CAST(:cohorts_facilitator_break_minutes AS integer) - 0.01) AS broken
FROM office_hour h WHERE h.season = :season AND NOT h.is_canceled;

-- check: hosts-are-not-in-a-session
-- promise: No facilitator hosts office hours during a session that they lead, or too close to it.
-- source: Ruling: facilitators are in one meeting at a time
SELECT h.lea_id || '/' || h.planned_at AS id,
       EXISTS (SELECT 1 FROM cohort c JOIN cohort_session s ON s.season = c.season AND s.cohort_id = c.cohort_id
               WHERE c.facilitator_id = h.host_id AND c.merged_into = ''
               AND audit.hours(h.ends_at, s.starts_at) * 60 < CAST(:cohorts_facilitator_break_minutes AS integer) - 0.01
               AND audit.hours(s.ends_at, h.starts_at) * 60 < CAST(:cohorts_facilitator_break_minutes AS integer) - 0.01) AS broken
FROM office_hour h WHERE h.season = :season AND NOT h.is_canceled;
