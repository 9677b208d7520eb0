-- breaks: complete-submissions-have-every-artifact
UPDATE submission SET artifacts = CAST('["learner-profile"]' AS {json});

-- breaks: incomplete-submissions-are-told
DELETE FROM outbox WHERE message_key LIKE '%/portfolio/%';

-- breaks: the-program-takes-nine-months
UPDATE review_round SET started_at = '2024-01-10 12:00:00.000000' WHERE round_number = 1;

-- breaks: participants-are-reminded-of-the-portfolio
DELETE FROM outbox WHERE message_key LIKE '%/portfolio-reminder/%';
DELETE FROM portfolio;

-- breaks: added-time-is-told
INSERT INTO extension (season, email, track, until, reason, given_at)
VALUES ('2022', 'somebody@lea.example', 'educator', '2023-08-01', 'moved house', '2023-05-01 12:00:00.000000');

-- breaks: districts-have-office-hours
DELETE FROM office_hour;

-- breaks: certified-librarians-need-no-cohort
UPDATE educator SET is_already_certified = true WHERE email = (SELECT min(email) FROM cohort_member);
DELETE FROM enrollment WHERE component = 'certification';

-- breaks: rounds-are-of-complete-submissions
DELETE FROM submission WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: complete-submissions-are-reviewed
DELETE FROM review_round WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: educator-portfolios-are-of-participants
DELETE FROM cohort_member WHERE email = (SELECT min(email) FROM portfolio WHERE track = 'educator');

-- breaks: librarian-portfolios-are-of-librarians
DELETE FROM enrollment WHERE component = 'librarian';

-- breaks: first-submissions-within-six-months
UPDATE review_round SET started_at = '2024-01-10 12:00:00.000000' WHERE round_number = 1;

-- breaks: added-time-has-a-reason-and-a-limit
UPDATE extension SET reason = '';

-- breaks: office-hours-not-on-closed-days
UPDATE office_hour SET starts_at = '2022-12-26 21:00:00.000000';

-- breaks: office-hours-of-the-policys-length
UPDATE office_hour SET ends_at = starts_at;

-- breaks: office-hours-have-a-host
DELETE FROM facilitator;

-- breaks: hosts-are-in-one-meeting-at-a-time
UPDATE office_hour SET host_id = (SELECT min(facilitator_id) FROM facilitator), starts_at = '2023-02-01 21:00:00.000000', ends_at = '2023-02-01 22:00:00.000000';

-- breaks: hosts-are-not-in-a-session
UPDATE office_hour SET host_id = (SELECT min(facilitator_id) FROM cohort WHERE merged_into = ''), starts_at = '2022-10-10 12:00:00.000000', ends_at = '2022-10-10 13:00:00.000000';
UPDATE cohort_session SET starts_at = '2022-10-10 12:00:00.000000', ends_at = '2022-10-10 14:00:00.000000' WHERE session_number = 2;

-- breaks: nobody-is-refused-for-a-later-review
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'What you sent', 'The portfolio is being reviewed. What you sent') AS {json})
WHERE message_key LIKE '%/portfolio-refused/%';
UPDATE review_round SET started_at = '2024-01-10 12:00:00.000000';

-- breaks: refused-submissions-stay-on-record
UPDATE decision SET inputs = CAST('{}' AS {json}) WHERE subject_kind = 'portfolio' AND outcome = 'rejected';

-- breaks: certified-librarians-are-guided
UPDATE educator SET is_already_certified = true;
DELETE FROM enrollment WHERE component = 'certification';
DELETE FROM outbox WHERE message_key LIKE '%/portfolio-space/%';

-- breaks: certified-librarians-submit-in-their-time
UPDATE educator SET is_already_certified = true;
DELETE FROM enrollment WHERE component = 'certification';
UPDATE review_round SET started_at = '2024-01-10 12:00:00.000000' WHERE round_number = 1;

-- breaks: certified-librarians-have-office-hours
UPDATE educator SET is_already_certified = true;
DELETE FROM enrollment WHERE component = 'certification';
DELETE FROM office_hour;

-- breaks: certified-librarians-are-invited-to-office-hours
UPDATE educator SET is_already_certified = true;
DELETE FROM enrollment WHERE component = 'certification';
DELETE FROM outbox WHERE message_key LIKE '%/office-hours/%';

-- breaks: certified-librarians-are-reminded
UPDATE educator SET is_already_certified = true;
DELETE FROM enrollment WHERE component = 'certification';
DELETE FROM outbox WHERE message_key LIKE '%/portfolio-reminder/%';
DELETE FROM portfolio;

-- breaks: office-hours-are-told-as-they-are-held
UPDATE office_hour SET starts_at = '2023-02-01 21:34:00.000000';

-- breaks: changed-office-hours-are-told
UPDATE office_hour SET is_canceled = true, sequence = sequence + 7;
