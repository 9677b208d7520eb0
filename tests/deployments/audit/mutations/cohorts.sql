-- breaks: merged-cohorts-have-no-members
UPDATE cohort SET merged_into = '2022-C999' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: private-cohorts-begin-with-twenty
UPDATE cohort SET kind = 'private', cohort_id = '2022-C999' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: combined-cohorts-know-no-regions
UPDATE cohort SET starts_on = '2035-01-01', kind = 'combined';
DELETE FROM cohort_member;

-- breaks: nobody-is-told-of-a-start-in-the-past
UPDATE cohort SET starts_on = '2022-06-01' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort WHERE merged_into = '');

-- breaks: cohorts-have-a-facilitator-with-an-address
UPDATE facilitator SET email = '' WHERE facilitator_id = (SELECT min(facilitator_id) FROM cohort);

-- breaks: attendance-comes-after-its-session
UPDATE cohort_session SET starts_at = '2035-01-05 12:00:00.000000' WHERE cohort_id = (SELECT min(cohort_id) FROM attendance);

-- breaks: missed-sessions-are-told
DELETE FROM outbox WHERE message_key LIKE '%/attendance/%';
UPDATE attendance SET is_present = false WHERE email = (SELECT min(email) FROM attendance);

-- breaks: leads-hear-periodically
DELETE FROM outbox WHERE message_key LIKE '%/check-in/%';

-- breaks: moved-sessions-are-told
UPDATE cohort_session SET sequence = 1 WHERE session_number = 1;

-- breaks: leads-are-told-of-moved-sessions
DELETE FROM outbox WHERE message_key LIKE '%/session-moved-lead/%';

-- breaks: moved-sessions-are-in-slots-of-every-district
UPDATE cohort_session SET starts_at = '2022-12-18 14:05:00.000000', exception_reason = '' WHERE session_number = 5;

-- breaks: exceptions-of-sessions-are-told
UPDATE cohort_session SET exception_reason = 'nobody was told this';

-- breaks: sessions-are-stored-in-utc-for-local-hours
UPDATE cohort_session SET starts_at = '2022-10-10 12:00:00.000000' WHERE session_number = 2 AND cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: cohorts-are-not-too-large
UPDATE cohort_member SET cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: cohorts-are-not-too-small
DELETE FROM cohort_member WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: private-cohorts-are-of-one-district
UPDATE cohort SET kind = 'private' WHERE kind = 'combined';

-- breaks: members-have-a-certification-seat
DELETE FROM enrollment WHERE component = 'certification' AND email = (SELECT min(email) FROM cohort_member);

-- breaks: everybody-has-a-cohort-or-word
DELETE FROM cohort_member WHERE email = (
    SELECT min(m.email) FROM cohort_member m JOIN enrollment n ON n.email = m.email
    WHERE n.component = 'certification' AND n.status = 'enrolled');

-- breaks: seats-without-a-cohort-end
DELETE FROM cohort_member WHERE email = (SELECT min(email) FROM cohort_member);

-- breaks: five-sessions
DELETE FROM cohort_session WHERE session_number = 3 AND cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: sessions-of-two-hours
UPDATE cohort_session SET ends_at = starts_at WHERE session_number = 3 AND cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: sessions-two-weeks-apart
UPDATE cohort_session SET starts_at = (
    SELECT p.starts_at FROM cohort_session p WHERE p.cohort_id = cohort_session.cohort_id AND p.session_number = 1) WHERE session_number = 2;

-- breaks: sessions-at-the-local-time-of-their-slot
UPDATE cohort SET slot = 'SUN-06:15' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort WHERE merged_into = '');

-- breaks: sessions-not-on-closed-days
UPDATE cohort_session SET starts_at = '2022-11-24 20:00:00.000000' WHERE session_number = 2 AND cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: facilitators-are-in-one-meeting-at-a-time
UPDATE cohort SET facilitator_id = (SELECT min(facilitator_id) FROM facilitator), slot = cohort_id;
UPDATE cohort_session SET starts_at = '2022-10-10 12:00:00.000000', ends_at = '2022-10-10 14:00:00.000000' WHERE session_number = 2;

-- breaks: facilitators-lead-in-their-slots
UPDATE cohort SET slot = 'SUN-06:15' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort WHERE merged_into = '');

-- breaks: facilitators-lead-no-more-than-they-offer
UPDATE facilitator SET maximum_cohorts = 0;

-- breaks: members-meet-in-a-slot-of-their-district
UPDATE cohort SET slot = 'SUN-06:15' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: cohorts-begin-in-their-season
UPDATE cohort SET starts_on = '2022-09-01' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: fourteen-weeks
UPDATE cohort SET ends_on = '2022-12-01' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: sessions-lie-within-phase-one
UPDATE cohort SET ends_on = '2022-09-30' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort);

-- breaks: attendance-is-of-members
DELETE FROM cohort_member WHERE email = (SELECT min(a.email) FROM attendance a JOIN cohort_member m ON m.email = a.email);

-- breaks: participants-are-told-their-cohort
DELETE FROM outbox WHERE message_key LIKE '%/cohort/%';

-- breaks: cohorts-begin-with-their-start-agreed
UPDATE start_agreement SET status = 'proposed', confirmed_by = '' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort WHERE merged_into = '');

-- breaks: every-district-in-a-cohort-has-its-start-agreed
UPDATE start_agreement SET status = 'withdrawn' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: nobody-is-asked-about-the-start-of-a-cohort-they-left
DELETE FROM cohort_member WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: confirmed-starts-say-whether-they-may-move
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), ' final', ' confirmed') AS {json})
WHERE message_key LIKE '%/start-answer/%';

-- breaks: participants-know-until-when-their-start-may-move
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'The start may still move', 'The start is settled') AS {json})
WHERE message_key LIKE '%/cohort/%';

-- breaks: merges-within-a-district-say-so
UPDATE cohort SET kind = 'private';
UPDATE outbox SET message_key = '2022/merge/2022-C001/14',
    payload = CAST(replace(CAST(payload AS text), '"body":"', '"body":"2022-C001 is small; 2022-C002 (Tuesdays) has room. ') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail' AND message_key LIKE '%/cohort/%');

-- breaks: leads-are-told-of-starts-ahead
UPDATE outbox SET created_at = '2022-12-15 13:00:00.000000' WHERE message_key LIKE '%/start/%';

-- breaks: starts-outside-a-preferred-time-are-near-it
UPDATE application SET start_from = '2022-11-30', start_until = NULL;
UPDATE cohort SET kind = 'private', slot = 'TUE-15:30';
UPDATE outbox SET created_at = '2022-08-15 13:00:00.000000' WHERE message_key LIKE '%/start/%';

-- breaks: starts-outside-a-preferred-time-say-why
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'We propose that', 'In the survey you named a start by Friday. We propose that') AS {json})
WHERE message_key LIKE '%/start/%';

-- breaks: starts-are-proposed-by-letter
DELETE FROM outbox WHERE message_key LIKE '%/start/%' OR message_key LIKE '%/start-joined/%';

-- breaks: agreed-starts-are-kept
UPDATE start_agreement SET starts_on = '2022-10-30';

-- breaks: silence-confirms-after-its-days
UPDATE start_agreement SET confirmed_by = 'silence', confirm_by = '2035-01-01', starts_on = '2035-01-02';

-- breaks: who-moved-is-told-which-cohort-they-left
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'ohort 2022-C', 'ohort ') AS {json}) WHERE message_key LIKE '%/cohort/%';

-- breaks: leads-hear-who-moved
DELETE FROM outbox WHERE message_key LIKE '%/cohort-change/%';

-- breaks: leads-hear-of-merges
DELETE FROM outbox WHERE message_key LIKE '%/cohort-change/%';
UPDATE start_agreement SET proposed_at = '2022-08-15 12:00:00.000000';
UPDATE cohort SET merged_into = (SELECT max(cohort_id) FROM start_agreement WHERE status <> 'withdrawn') WHERE cohort_id = (SELECT min(cohort_id) FROM cohort);
UPDATE decision SET subject_kind = 'cohort', rule = 'cohort-merge', outcome = 'merged', decided_at = '2022-10-15 12:00:00.000000',
    subject_key = (SELECT min(cohort_id) FROM cohort) WHERE decision_id = (SELECT min(decision_id) FROM decision);

-- breaks: exceptions-of-places-are-told
UPDATE cohort_member SET exception_reason = 'nobody was told this' WHERE email = (SELECT min(email) FROM cohort_member);

-- breaks: hosts-of-guests-are-told
UPDATE cohort SET kind = 'private';
UPDATE educator SET lea_id = '0999999' WHERE email = (SELECT min(email) FROM cohort_member);
UPDATE cohort_member SET exception_reason = 'nobody was told this' WHERE email = (SELECT min(email) FROM cohort_member);

-- breaks: participants-know-the-last-day-of-their-portfolio
UPDATE cohort SET starts_on = '2022-09-01', ends_on = '2022-12-01' WHERE cohort_id = (SELECT min(cohort_id) FROM cohort_member);

-- breaks: participants-are-told-the-hours-of-their-sessions
UPDATE cohort_session SET starts_at = '2022-12-15 12:34:00.000000' WHERE session_number = 5;
