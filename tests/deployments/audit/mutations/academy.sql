-- breaks: completions-are-told
DELETE FROM outbox WHERE message_key = (SELECT min(message_key) FROM outbox WHERE message_key LIKE '%/academy-completed/%');

-- breaks: webinar-changes-are-told
UPDATE webinar SET sequence = sequence + 7 WHERE webinar_id = 'SLW-1';

-- breaks: participants-are-invited-to-webinars
DELETE FROM outbox WHERE message_key LIKE '%/webinars/%';

-- breaks: recommendations-go-to-participants
DELETE FROM enrollment WHERE component = 'academy';

-- breaks: at-most-four-courses
INSERT INTO selection (season, email, course, selected_on)
SELECT '2022', (SELECT min(email) FROM selection), 'MORE-' || webinar_id, '2022-07-01' FROM webinar;
INSERT INTO selection (season, email, course, selected_on) VALUES ('2022', (SELECT min(email) FROM selection), 'MORE-5', '2022-07-01');

-- breaks: courses-are-in-the-catalog
UPDATE selection SET course = 'SLA-99' WHERE email = (SELECT min(email) FROM selection) AND course = (
    SELECT min(course) FROM selection WHERE email = (SELECT min(email) FROM selection));

-- breaks: hours-within-the-maximum
DELETE FROM selection WHERE email = (SELECT min(email) FROM selection);
INSERT INTO selection (season, email, course, selected_on)
SELECT '2022', (SELECT max(email) FROM selection), 'SLA-0' || session_number, '2022-07-01' FROM cohort_session s
WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_session) AND NOT EXISTS (
    SELECT 1 FROM selection o WHERE o.email = (SELECT max(email) FROM selection) AND o.course = 'SLA-0' || s.session_number);

-- breaks: courses-completed-in-the-academy-time
UPDATE selection SET completed_on = '2022-12-24' WHERE email = (SELECT min(email) FROM selection WHERE completed_on IS NOT NULL);

-- breaks: courses-need-an-academy-seat
DELETE FROM enrollment WHERE component = 'academy' AND email = (SELECT min(email) FROM selection);

-- breaks: webinars-last-as-announced
UPDATE webinar SET ends_at = starts_at WHERE webinar_id = 'SLW-1';
