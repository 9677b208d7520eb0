-- breaks: every-letter-arrives-or-fails-with-a-reason
UPDATE outbox SET status = 'pending' WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: sent-letters-have-an-answer
UPDATE outbox SET answered_at = NULL WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail' AND status = 'sent');

-- breaks: operators-know-of-failed-letters
UPDATE outbox SET status = 'failed', operators_told_at = NULL WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: letters-have-a-recipient-and-a-subject
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"to":"', '"from":"') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"subject":"', '"subject":"","text":"') AS {json})
WHERE message_key = (SELECT max(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: nobody-is-offered-zero-credits
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"body":"', '"body":"You can request 0 graduate credits. ') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: no-letter-speaks-of-nothing
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"body":"Dear ', '"body":"Dear None ') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: letters-open-with-their-reader
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"body":"Dear ', '"body":"') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: days-are-told-as-people-read-them
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"body":"', '"body":"By 2022-06-15, ') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE kind = 'mail');

-- breaks: letters-go-to-whom-they-are-about
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"to":"', '"to":"not.') AS {json})
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE message_key LIKE '%/result/%');

-- breaks: letters-are-of-the-moment-of-their-decision
UPDATE outbox SET created_at = '2024-01-10 12:00:00.000000' WHERE message_key = (SELECT min(message_key) FROM outbox WHERE message_key LIKE '%/result/%');

-- breaks: letters-are-sent-soon
UPDATE outbox SET answered_at = '2035-01-10 12:00:00.000000' WHERE message_key = (SELECT min(message_key) FROM outbox WHERE message_key LIKE '%/result/%' AND status = 'sent');
