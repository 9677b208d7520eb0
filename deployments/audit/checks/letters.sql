-- check: every-letter-arrives-or-fails-with-a-reason
-- promise: A letter that was written two weeks ago was sent, or has failed with the reason.
-- source: Life of a season, 2
SELECT message_key AS id,
       status IN ('pending', 'sending') AND audit.local_day(created_at) < audit.add_days(:today, -14)
       OR status = 'failed' AND answer = '' AS broken
FROM outbox WHERE season = :season AND kind = 'mail';

-- check: sent-letters-have-an-answer
-- promise: A letter that counts as sent was tried, and has the moment of its answer.
-- source: Life of a season, 2
SELECT message_key AS id, attempts < 1 OR answered_at IS NULL AS broken
FROM outbox WHERE season = :season AND kind = 'mail' AND status = 'sent';

-- check: operators-know-of-failed-letters
-- promise: Operators were written to about each letter that failed.
-- source: Life of a season, 2
SELECT message_key AS id, operators_told_at IS NULL AS broken
FROM outbox WHERE season = :season AND kind = 'mail' AND status = 'failed';

-- check: letters-have-a-recipient-and-a-subject
-- promise: Every letter goes to an address, with a subject and a text.
-- source: Life of a season, 2
SELECT message_key AS id, recipient NOT LIKE '%_@_%' OR subject = '' OR body = '' AS broken FROM letter;

-- check: nobody-is-offered-zero-credits
-- promise: No letter offers graduate credits to whom none are open.
-- source: Life of a season, 9
-- rule: credit-request
SELECT message_key AS id, body LIKE '% 0 graduate credits%' OR body LIKE '% no graduate credits%' OR body LIKE '%up to 0 %credit%' AS broken
FROM letter WHERE body LIKE '%graduate credit%';

-- check: no-letter-speaks-of-nothing
-- promise: No letter has a word of the program, or a gap, where a name, a number, or a date should be.
-- source: Life of a season, 2
SELECT message_key AS id, audit.is_flawed(subject, body) AS broken FROM letter;

-- check: letters-open-with-their-reader
-- promise: Every letter says whom it is for, and by whom it is written.
-- source: Life of a season, 2
SELECT message_key AS id, body NOT LIKE 'Dear _%' OR audit.ends_with(body, :letters_signature) = 0 AS broken FROM letter;

-- check: days-are-told-as-people-read-them
-- promise: No letter has a day or a moment as machines write it.
-- source: Ruling: time zone, money
SELECT message_key AS id, audit.has_machine_day(body) AS broken FROM letter;
