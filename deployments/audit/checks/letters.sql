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
SELECT message_key AS id,
       audit.text_of(payload, 'to') NOT LIKE '%_@_%' OR audit.text_of(payload, 'subject') = ''
       OR audit.text_of(payload, 'body') = '' AS broken
FROM outbox WHERE season = :season AND kind = 'mail';

-- check: nobody-is-offered-zero-credits
-- promise: No letter offers graduate credits to whom none are open.
-- source: Life of a season, 9
SELECT message_key AS id,
       audit.text_of(payload, 'body') LIKE '% 0 graduate credits%' OR audit.text_of(payload, 'body') LIKE '%up to zero %credit%' AS broken
FROM outbox WHERE season = :season AND kind = 'mail';

-- check: no-letter-speaks-of-nothing
-- promise: No letter has a word of the program where a name or a date should be.
-- source: Life of a season, 2
SELECT message_key AS id,
       audit.text_of(payload, 'body') LIKE '%None%,%None%' OR audit.text_of(payload, 'body') LIKE '%{{%'
       OR audit.text_of(payload, 'body') LIKE '%Undefined%' AS broken
FROM outbox WHERE season = :season AND kind = 'mail';
