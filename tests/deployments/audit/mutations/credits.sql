-- breaks: credits-come-after-the-work
UPDATE credit_request SET requested_at = '2022-07-01 12:00:00.000000' WHERE component = 'certification';

-- breaks: requests-for-credits-are-told
DELETE FROM outbox WHERE message_key LIKE '%/credit-requested/%';

-- breaks: refused-credits-are-told
DELETE FROM outbox WHERE message_key LIKE '%/credit-refused/%' OR message_key LIKE '%/credit-ended/%';

-- breaks: requests-count-up
UPDATE credit_request SET request_number = request_number + 10;

-- breaks: money-is-whole-cents
UPDATE credit_request SET fee_cents = -1 WHERE request_key = (SELECT min(request_key) FROM credit_request);

-- breaks: requests-are-sent-in-time
UPDATE credit_request SET status = 'pending' WHERE request_key = (SELECT min(request_key) FROM credit_request WHERE status = 'sent');

-- breaks: credits-cost-what-the-policy-says
UPDATE credit_request SET fee_cents = fee_cents + 1 WHERE request_key = (SELECT min(request_key) FROM credit_request);

-- breaks: credits-within-their-maximum
UPDATE credit_request SET credits = 5 WHERE request_key = (SELECT min(request_key) FROM credit_request);

-- breaks: one-open-request-for-each
DROP INDEX uq_credit_request_open;
INSERT INTO credit_request (season, email, component, request_number, credits, fee_cents, status, request_key, requested_at,
                            provider_reference, reason, ended_by, attempts, claimed_by)
SELECT season, email, component, 9, credits, fee_cents, status, request_key || '/9', requested_at, provider_reference, '', '', 1, ''
FROM credit_request WHERE status = 'sent';

-- breaks: credits-only-for-what-was-completed
DELETE FROM enrollment WHERE email = (SELECT min(email) FROM credit_request);

-- breaks: academy-credits-are-earned-by-hours
UPDATE selection SET completed_on = NULL WHERE email = (SELECT min(email) FROM credit_request WHERE component = 'academy');

-- breaks: answered-requests-name-the-provider
UPDATE credit_request SET provider_reference = '' WHERE status = 'sent';

-- breaks: refused-requests-say-why
UPDATE credit_request SET status = 'void', reason = '' WHERE request_key = (SELECT min(request_key) FROM credit_request);

-- breaks: transcripts-are-told
DELETE FROM outbox WHERE message_key LIKE '%/transcript-sent/%';

-- breaks: credits-are-requested-again-only-when-ended
UPDATE credit_request SET request_number = request_number + 10 WHERE request_number > 1;

-- breaks: the-endorsement-counts-what-was-requested
UPDATE credit_request SET credits = credits + 10 WHERE component = 'certification';
