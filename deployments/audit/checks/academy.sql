-- check: at-most-four-courses
-- promise: Nobody has more courses than the policy allows.
-- source: Life of a season, 4
SELECT email AS id, count(*) > CAST(:academy_maximum_courses AS integer) AS broken
FROM selection WHERE season = :season GROUP BY email;

-- check: courses-are-in-the-catalog
-- promise: A course that somebody chose is in the season's catalog.
-- source: Life of a season, 4
SELECT email || '/' || course AS id, NOT audit.has_key(:academy_courses, course) AS broken
FROM selection WHERE season = :season;

-- check: hours-within-the-maximum
-- promise: The courses that somebody chose take no more hours than the policy allows.
-- source: Life of a season, 4
SELECT email AS id, sum(audit.hours_of(:academy_courses, course)) > CAST(:academy_maximum_hours AS integer) AS broken
FROM selection WHERE season = :season GROUP BY email;

-- check: courses-completed-in-the-academy-time
-- promise: A course is completed after it was chosen, while the academy is open.
-- source: Life of a season, 4
SELECT email || '/' || course AS id,
       completed_on < selected_on OR completed_on NOT BETWEEN :academy_opens_on AND :academy_closes_on AS broken
FROM selection WHERE season = :season AND completed_on IS NOT NULL;

-- check: courses-need-an-academy-seat
-- promise: Whoever chose a course has an academy seat.
-- source: Life of a season, 4
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
