-- check: complete-submissions-have-every-artifact
-- promise: A submission that counts as complete has every artifact of its role.
-- source: Terms: portfolio, artifact; Life of a season, 11
-- rule: complete-portfolio
SELECT s.portfolio_id || '/' || s.submitted_at AS id,
       NOT audit.holds_all(s.artifacts, CASE p.track WHEN 'librarian' THEN :portfolio_artifacts_librarian
                                                     ELSE :portfolio_artifacts_educator END) AS broken
FROM submission s JOIN portfolio p ON p.portfolio_id = s.portfolio_id
WHERE p.season = :season AND audit.length(s.missing) = 0;

-- check: incomplete-submissions-are-told
-- promise: Whoever sent an incomplete portfolio got a letter that names what is missing.
-- source: Life of a season, 6; Terms: portfolio, artifact
-- rule: complete-portfolio
SELECT s.portfolio_id || '/' || s.submitted_at AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'portfolio' AND m.about = s.portfolio_id) AS broken
FROM submission s JOIN portfolio p ON p.portfolio_id = s.portfolio_id
WHERE p.season = :season AND audit.length(s.missing) > 0;

-- check: the-program-takes-nine-months
-- promise: From the start of a cohort to the last day for a first submission there are at most nine months, unless time was added.
-- source: Life of a season, 6
-- rule: portfolio-window
SELECT r.portfolio_id AS id,
       audit.local_day(r.started_at) > audit.add_days(audit.add_months(c.starts_on, CAST(:portfolio_program_months AS integer)), 7)
       AND NOT EXISTS (SELECT 1 FROM extension x WHERE x.season = r.season AND x.email = p.email AND x.track = p.track
                       AND x.until >= audit.local_day(r.started_at)) AS broken
FROM review_round r JOIN portfolio p ON p.portfolio_id = r.portfolio_id
JOIN cohort_member m ON m.season = p.season AND m.email = p.email
JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
WHERE r.season = :season AND r.round_number = 1 AND p.track = 'educator';

-- check: participants-are-reminded-of-the-portfolio
-- promise: Whoever has not submitted when the time is over was reminded before.
-- source: Life of a season, 6
-- rule: portfolio-reminder
SELECT m.email AS id, NOT EXISTS (SELECT 1 FROM letter l WHERE l.topic = 'portfolio-reminder' AND l.about = m.email) AS broken
FROM cohort_member m JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
JOIN enrollment n ON n.season = m.season AND n.email = m.email AND n.component = 'certification' AND n.status = 'enrolled'
WHERE m.season = :season AND audit.add_months(c.ends_on, CAST(:portfolio_months AS integer)) < audit.day(:today)
  AND NOT EXISTS (SELECT 1 FROM portfolio p WHERE p.season = m.season AND p.email = m.email AND p.track = 'educator');

-- check: added-time-is-told
-- promise: Whoever got more time for a portfolio got a letter that says so.
-- source: Life of a season, 6
-- rule: portfolio-extension
SELECT x.email || '/' || x.track AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'extension' AND m.about = x.email AND m.detail = x.track) AS broken
FROM extension x WHERE x.season = :season;

-- check: districts-have-office-hours
-- promise: Each district whose participants are in phase 2 has private office hours, not all of them canceled.
-- source: Life of a season, 6
-- rule: office-hours
SELECT e.lea_id AS id, NOT EXISTS (SELECT 1 FROM office_hour h WHERE h.season = :season AND h.lea_id = e.lea_id AND NOT h.is_canceled) AS broken
FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email
JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
JOIN enrollment n ON n.season = m.season AND n.email = m.email AND n.component = 'certification' AND n.status = 'enrolled'
WHERE m.season = :season
GROUP BY e.lea_id HAVING audit.add_days(max(c.ends_on), 28) < audit.day(:today);

-- check: certified-librarians-need-no-cohort
-- promise: A librarian who is certified as an educator already is in no cohort of this season.
-- source: Life of a season, 11
-- rule: dual-certification
SELECT e.email AS id, EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = e.season AND m.email = e.email)
       AND NOT EXISTS (SELECT 1 FROM enrollment n WHERE n.season = e.season AND n.email = e.email AND n.component = 'certification') AS broken
FROM educator e WHERE e.season = :season AND e.is_already_certified;

-- check: rounds-are-of-complete-submissions
-- promise: A first review or one of a resubmission begins with a submission of which nothing is missing.
-- source: Life of a season, 6; Life of a season, 7
-- rule: complete-portfolio
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM submission s WHERE s.portfolio_id = r.portfolio_id AND s.submitted_at = r.started_at
                   AND audit.length(s.missing) = 0) AS broken
FROM review_round r WHERE r.season = :season AND r.kind IN ('first', 'resubmission');

-- check: complete-submissions-are-reviewed
-- promise: Each complete submission has a round of review.
-- source: Life of a season, 7
-- rule: complete-portfolio
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
-- rule: portfolio-window
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
-- rule: portfolio-extension
SELECT email || '/' || track AS id, reason = '' OR until <= audit.local_day(given_at) AS broken
FROM extension WHERE season = :season;

-- check: office-hours-not-on-closed-days
-- promise: Office hours are not on a holiday of the state, or on a day on which the district is closed.
-- source: Ruling: office hours
-- rule: office-hours
SELECT lea_id || '/' || planned_at AS id, audit.holds_day(:closed_days, audit.local_day(starts_at))
       OR audit.holds_day(audit.days_of(:cohorts_closed_on, lea_id), audit.local_day(starts_at)) AS broken
FROM office_hour WHERE season = :season AND NOT is_canceled;

-- check: office-hours-of-the-policys-length
-- promise: Office hours last as long as the policy says.
-- source: Life of a season, 6
-- rule: office-hours
SELECT lea_id || '/' || planned_at AS id,
       abs(audit.hours(starts_at, ends_at) * 60 - CAST(:portfolio_office_hours_minutes AS integer)) > 0.001 AS broken
FROM office_hour WHERE season = :season;

-- check: office-hours-have-a-host
-- promise: Office hours are hosted by a facilitator, and those ahead by one who has not left.
-- source: Ruling: office hours
-- rule: office-hours
SELECT lea_id || '/' || planned_at AS id,
       NOT EXISTS (SELECT 1 FROM facilitator f WHERE f.facilitator_id = h.host_id
                   AND (f.maximum_cohorts > 0 OR audit.local_day(h.starts_at) <= audit.day(:today))) AS broken
FROM office_hour h WHERE season = :season AND NOT is_canceled;

-- check: hosts-are-in-one-meeting-at-a-time
-- promise: Two districts with the same host do not overlap, and there is a break between them.
-- source: Ruling: office hours; Ruling: facilitators are in one meeting at a time
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

-- check: nobody-is-refused-for-a-later-review
-- promise: A submission is refused since its portfolio was being reviewed only where that review was open when it was submitted.
-- source: Life of a season, 7; Ruling: resubmission
-- rule: one-round-at-a-time
SELECT m.about || '/' || m.detail AS id,
       NOT EXISTS (SELECT 1 FROM review_round r WHERE r.portfolio_id = m.about AND r.started_at <= audit.moment(m.detail)
                   AND (r.decided_at IS NULL OR r.decided_at > audit.moment(m.detail))) AS broken
FROM letter m WHERE m.topic = 'portfolio-refused' AND audit.says(m.body, 'being reviewed');

-- check: refused-submissions-stay-on-record
-- promise: What was sent with a portfolio that was refused stays on record with the reason.
-- source: Life of a season, 6; Ruling: resubmission
-- rule: one-round-at-a-time, portfolio-window, resubmission, commitment-form-first
SELECT m.about || '/' || m.detail AS id,
       NOT EXISTS (SELECT 1 FROM decision d WHERE d.season = :season AND d.subject_kind = 'portfolio' AND d.subject_key = m.about
                   AND d.outcome = 'rejected' AND audit.text_of(d.inputs, 'submitted_at') = m.detail
                   AND audit.has_key(CAST(d.inputs AS text), 'artifacts')) AS broken
FROM letter m WHERE m.topic = 'portfolio-refused';

-- check: certified-librarians-are-guided
-- promise: A librarian who is certified already and needs no cohort got a letter that names the last day for the portfolio.
-- source: Life of a season, 11
-- rule: portfolio-window
SELECT o.email AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'portfolio-space' AND m.about = o.email
                   AND (audit.says(m.body, audit.long_day(o.closes_on))
                        OR EXISTS (SELECT 1 FROM extension x WHERE x.season = :season AND x.email = o.email AND x.track = 'librarian'
                                   AND audit.says(m.body, audit.long_day(x.until))))) AS broken
FROM own_time o WHERE audit.add_days(o.opens_on, 28) < audit.day(:today);

-- check: certified-librarians-submit-in-their-time
-- promise: A librarian without a cohort first submits within six months of the day the seat is complete, or in the time added.
-- source: Life of a season, 11; Life of a season, 6
-- rule: portfolio-window
SELECT r.portfolio_id AS id,
       (audit.local_day(r.started_at) < o.opens_on OR audit.local_day(r.started_at) > o.closes_on)
       AND NOT EXISTS (SELECT 1 FROM extension x WHERE x.season = r.season AND x.email = o.email AND x.track = 'librarian'
                       AND audit.local_day(r.started_at) BETWEEN o.opens_on AND x.until) AS broken
FROM own_time o JOIN portfolio p ON p.season = :season AND p.email = o.email AND p.track = 'librarian'
JOIN review_round r ON r.portfolio_id = p.portfolio_id AND r.round_number = 1;

-- check: certified-librarians-have-office-hours
-- promise: The district of a librarian without a cohort has office hours in the time for the portfolio.
-- source: Life of a season, 11; Life of a season, 6
-- rule: office-hours
SELECT o.email AS id,
       NOT EXISTS (SELECT 1 FROM office_hour h WHERE h.season = :season AND h.lea_id = o.lea_id
                   AND audit.local_day(h.planned_at) BETWEEN o.opens_on AND o.closes_on) AS broken
FROM own_time o WHERE audit.add_days(o.opens_on, 28) < audit.day(:today);

-- check: certified-librarians-are-invited-to-office-hours
-- promise: A librarian without a cohort was invited to the office hours of the district before the last day.
-- source: Life of a season, 11
-- rule: office-hours
SELECT o.email AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'office-hours' AND m.about = o.email
                   AND m.written_on <= o.closes_on) AS broken
FROM own_time o WHERE audit.add_days(o.opens_on, 28) < audit.day(:today);

-- check: certified-librarians-are-reminded
-- promise: A librarian without a cohort who has not submitted when the time is over was reminded before.
-- source: Life of a season, 11; Life of a season, 6
-- rule: portfolio-reminder
SELECT o.email AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'portfolio-reminder' AND m.about = o.email
                   AND m.detail = 'librarian') AS broken
FROM own_time o WHERE o.closes_on < audit.day(:today)
  AND NOT EXISTS (SELECT 1 FROM portfolio p WHERE p.season = :season AND p.email = o.email AND p.track = 'librarian');

-- check: office-hours-are-told-as-they-are-held
-- promise: An invitation to office hours, and its calendar file, have the day and the hours of each as they are held, unless they were changed later.
-- source: Life of a season, 6; Ruling: time zone, money
-- rule: office-hours
SELECT i.message_key || '/' || i.day AS id,
       i.told <> audit.utc_stamp(i.starts_at) || '/' || audit.utc_stamp(i.ends_at) || '/' || i.sequence
       OR NOT audit.says(i.body, audit.long_span(i.starts_at, i.ends_at)) AS broken
FROM office_hour_invitation i WHERE lower(i.told) LIKE '%/' || i.sequence;

-- check: changed-office-hours-are-told
-- promise: Where office hours were moved or canceled, everybody who had been invited to them was told.
-- source: Life of a season, 6; Ruling: office hours
-- rule: office-hours
SELECT i.message_key || '/' || i.day AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'office-hour-changed' AND m.about = i.lea_id AND m.detail = i.day
                   AND m.more = CAST(i.sequence AS text)
                   AND (m.recipient = i.email OR m.recipient IN (SELECT also FROM same_person WHERE email = i.email))) AS broken
FROM office_hour_invitation i WHERE i.sequence > 0 AND lower(i.told) NOT LIKE '%/' || i.sequence;
