-- breaks: everybody-has-one-id
DELETE FROM person WHERE email = (SELECT min(email) FROM educator);

-- breaks: leavers-are-told
DELETE FROM outbox WHERE message_key LIKE '%/withdrawn/%' OR message_key LIKE '%/replaced/%';

-- breaks: leavers-are-in-no-cohort
UPDATE cohort SET starts_on = '2035-01-01';
UPDATE enrollment SET status = 'withdrawn' WHERE component = 'certification' AND email = (SELECT min(email) FROM cohort_member);

-- breaks: educators-have-a-seat-or-had-one
DELETE FROM enrollment WHERE email = (SELECT min(email) FROM educator);

-- breaks: nobody-is-enrolled-before-enrollment-opens
UPDATE enrollment SET enrolled_at = '2022-05-01 12:00:00.000000' WHERE email = (SELECT min(email) FROM enrollment);

-- breaks: leads-are-reminded-before-the-deadline
DELETE FROM outbox WHERE message_key LIKE '%/reminder/%';
DELETE FROM enrollment WHERE lea_id = (SELECT min(lea_id) FROM offer WHERE answer = 'accepted' AND seats_held > 0);

-- breaks: changes-of-the-course-session-are-told
UPDATE enrollment SET session = 'never' WHERE component = 'exfrl';

-- breaks: nobody-without-a-signed-form
UPDATE enrollment SET signed_at = NULL WHERE status = 'enrolled' AND email = (SELECT min(email) FROM enrollment WHERE status = 'enrolled');

-- breaks: unsigned-seats-lapse
UPDATE enrollment SET status = 'awaiting_form' WHERE email = (SELECT min(email) FROM enrollment);

-- breaks: educators-sit-in-their-districts-seats
UPDATE educator SET lea_id = '0900000' WHERE email = (SELECT min(email) FROM enrollment);

-- breaks: districts-are-not-overfilled
UPDATE seat_block SET seats_confirmed = 0 WHERE seats_filled > 0;

-- breaks: librarians-have-the-educator-certification
UPDATE educator SET is_already_certified = false;
DELETE FROM enrollment WHERE component = 'certification';
DELETE FROM certificate;

-- breaks: claimed-certificates-are-in-the-register
UPDATE educator SET is_already_certified = true;

-- breaks: librarian-seats-fit-the-certification-seats
UPDATE seat_block SET seats_confirmed = seats_confirmed + 1000 WHERE component = 'librarian';

-- breaks: who-replaces-somebody-replaces-a-leaver
UPDATE enrollment SET replaces = 'nobody@lea.example' WHERE status = 'enrolled' AND email = (SELECT min(email) FROM enrollment WHERE status = 'enrolled');

-- breaks: who-lost-a-seat-was-told
DELETE FROM outbox WHERE message_key LIKE '%/seat-lapsed/%';

-- breaks: leads-are-told-of-rejected-roster-rows
DELETE FROM outbox WHERE message_key LIKE '%/roster-rejected/%';

-- breaks: exfrl-sessions-are-named
UPDATE enrollment SET session = '' WHERE component = 'exfrl';

-- breaks: exfrl-sessions-are-not-overfull
UPDATE enrollment SET component = 'exfrl', session = 'summer', status = 'enrolled' WHERE component = 'academy';

-- breaks: nobody-joins-a-session-that-has-begun
UPDATE enrollment SET enrolled_at = '2022-12-01 12:00:00.000000' WHERE component = 'exfrl';

-- breaks: educators-get-the-commitment-form
DELETE FROM outbox WHERE message_key = (SELECT min(message_key) FROM outbox WHERE message_key LIKE '%/commitment/%');

-- breaks: proofs-say-what-was-seen
INSERT INTO certification_proof (season, email, lea_id, valid_until, proof, recorded_by, recorded_at)
VALUES ('2022', (SELECT min(email) FROM educator), '0900002', '2024-06-30', '', 'operator', '2022-06-20 12:00:00.000000');

-- breaks: librarian-seats-are-confirmed-for-possible-librarians
UPDATE offer SET component = 'librarian', seats_held = seats_offered WHERE component = 'certification';

-- breaks: exfrl-participants-are-welcomed
DELETE FROM outbox WHERE message_key LIKE '%/course-welcome/%';

-- breaks: exfrl-participants-are-told-the-end
DELETE FROM outbox WHERE message_key LIKE '%/course-over/%';

-- breaks: addresses-belong-to-one-person
UPDATE person_address SET address = (SELECT max(p.email) FROM person p WHERE p.email <> person_address.email)
WHERE address = (SELECT min(address) FROM person_address);

-- breaks: letters-go-to-the-newest-address
UPDATE person_address SET since = '2022-05-01 12:00:00.000000';

-- breaks: everybody-is-a-person-in-their-role
DELETE FROM person_role WHERE role = 'evaluator';

-- breaks: merged-records-belong-to-one-person
UPDATE person SET merged_into = (SELECT max(person_id) FROM person) WHERE person_id = (SELECT min(person_id) FROM person);
UPDATE person SET merged_into = (SELECT min(person_id) FROM person) WHERE person_id = (SELECT max(person_id) FROM person);

-- breaks: nobody-holds-two-seats-of-a-component
UPDATE person SET merged_into = (SELECT p.person_id FROM person p JOIN enrollment n ON n.email = p.email
                                 WHERE n.component = 'certification' AND n.status = 'enrolled' ORDER BY n.email LIMIT 1)
WHERE email = (SELECT max(email) FROM enrollment WHERE component = 'certification' AND status = 'enrolled');

-- breaks: letters-follow-merged-persons
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"to":"', '"written_to":"' || (SELECT min(email) FROM educator) || '","to":"') AS {json})
WHERE message_key = (SELECT max(message_key) FROM outbox WHERE kind = 'mail' AND message_key LIKE '%/commitment/%');

-- breaks: recognized-persons-were-on-record
INSERT INTO decision (season, subject_kind, subject_key, rule, outcome, reason, inputs, policy_version, cause, decided_at)
SELECT season, 'educator', (SELECT max(email) FROM educator), 'person-recognized', 'changed', '', inputs, policy_version,
       'mutation', '2022-04-19 12:00:00.000000' FROM decision ORDER BY decision_id LIMIT 1;

-- breaks: nobody-reviews-themselves
UPDATE evaluator SET email = (SELECT min(p.email) FROM assignment a JOIN portfolio p ON p.portfolio_id = a.portfolio_id
                              WHERE a.evaluator_id = evaluator.evaluator_id AND a.withdrawn_at IS NULL)
WHERE evaluator_id = (SELECT min(evaluator_id) FROM assignment WHERE withdrawn_at IS NULL);
