-- check: completions-are-told
-- promise: Whoever has completed the least hours of the academy got a letter that says so, and nobody else did.
-- source: Life of a season, 4
-- rule: academy-completed
SELECT e.email AS id,
       (coalesce((SELECT sum(audit.hours_of(:academy_courses, s.course)) FROM selection s
                  WHERE s.season = e.season AND s.email = e.email AND s.completed_on IS NOT NULL), 0)
        >= CAST(:academy_minimum_hours AS integer))
       <> EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'academy-completed' AND m.about = e.email) AS broken
FROM enrollment e WHERE e.season = :season AND e.component = 'academy' AND e.status = 'enrolled';

-- check: webinar-changes-are-told
-- promise: A change of a webinar was told to participants of the academy.
-- source: Life of a season, 4
-- rule: webinar-changed
SELECT w.webinar_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'webinar-change' AND m.about = w.webinar_id
                   AND m.detail = CAST(w.sequence AS text)) AS broken
FROM webinar w WHERE w.season = :season AND w.sequence > 0;

-- check: participants-are-invited-to-webinars
-- promise: Whoever had an academy seat before a webinar got the invitations.
-- source: Life of a season, 4
SELECT e.email AS id, NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'webinars' AND m.about = e.email) AS broken
FROM enrollment e WHERE e.season = :season AND e.component = 'academy' AND e.status = 'enrolled'
  AND EXISTS (SELECT 1 FROM webinar w WHERE w.season = e.season AND NOT w.is_canceled AND w.starts_at > e.signed_at
              AND audit.add_days(audit.local_day(w.starts_at), 0) < audit.day(:today)
              AND audit.add_days(audit.local_day(e.signed_at), 14) < audit.local_day(w.starts_at));

-- check: recommendations-go-to-participants
-- promise: Recommended courses were told to people with an academy seat only.
-- source: Life of a season, 4
-- rule: course-recommendation
SELECT m.message_key AS id,
       NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.season = :season AND e.component = 'academy'
                     AND (e.email = m.recipient OR e.email IN (SELECT email FROM same_person WHERE also = m.recipient))) AS broken
FROM letter m WHERE m.topic = 'recommendation';

-- check: at-most-four-courses
-- promise: Nobody has more courses than the policy allows.
-- source: Life of a season, 4
-- rule: academy-selection
SELECT email AS id, count(*) > CAST(:academy_maximum_courses AS integer) AS broken
FROM selection WHERE season = :season GROUP BY email;

-- check: courses-are-in-the-catalog
-- promise: A course that somebody chose is in the season's catalog.
-- source: Life of a season, 4
-- rule: academy-selection
SELECT email || '/' || course AS id, NOT audit.has_key(:academy_courses, course) AS broken
FROM selection WHERE season = :season;

-- check: hours-within-the-maximum
-- promise: The courses that somebody chose take no more hours than the policy allows.
-- source: Life of a season, 4
-- rule: academy-hours
SELECT email AS id, sum(audit.hours_of(:academy_courses, course)) > CAST(:academy_maximum_hours AS integer) AS broken
FROM selection WHERE season = :season GROUP BY email;

-- check: courses-completed-in-the-academy-time
-- promise: A course is completed after it was chosen, while the academy is open.
-- source: Life of a season, 4
-- rule: academy-selection
SELECT email || '/' || course AS id,
       completed_on < selected_on OR completed_on NOT BETWEEN :academy_opens_on AND :academy_closes_on AS broken
FROM selection WHERE season = :season AND completed_on IS NOT NULL;

-- check: courses-need-an-academy-seat
-- promise: Whoever chose a course has an academy seat.
-- source: Life of a season, 4
-- rule: academy-selection, enrollment-needs-a-seat
SELECT s.email || '/' || s.course AS id,
       NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.season = s.season AND e.email = s.email AND e.component = 'academy'
                   AND e.status IN ('enrolled', 'replaced', 'withdrawn')) AS broken
FROM selection s WHERE s.season = :season;

-- check: webinars-last-as-announced
-- promise: A webinar ends after it begins, within the academy's time.
-- source: Life of a season, 4
SELECT webinar_id AS id,
       ends_at <= starts_at OR audit.local_day(starts_at) NOT BETWEEN :academy_opens_on AND :academy_closes_on AS broken
FROM webinar WHERE season = :season;
