-- breaks: activities-lie-in-a-term
UPDATE activity SET done_on = '2019-01-01' WHERE certificate_id = (SELECT min(certificate_id) FROM activity)
  AND done_on = (SELECT min(done_on) FROM activity WHERE certificate_id = (SELECT min(certificate_id) FROM activity))
  AND activity = (SELECT min(activity) FROM activity a WHERE a.certificate_id = activity.certificate_id AND a.done_on = activity.done_on);

-- breaks: revoked-certificates-are-told
UPDATE certificate SET status = 'revoked' WHERE certificate_id = (SELECT min(certificate_id) FROM certificate WHERE status = 'valid');

-- breaks: holders-are-reminded-before-the-end
DELETE FROM outbox WHERE message_key LIKE '%/reminded/%';

-- breaks: one-certificate-for-each-role
UPDATE certificate SET email = 'somebody.else@lea.example' WHERE certificate_id = (SELECT min(certificate_id) FROM certificate);

-- breaks: certificates-begin-with-their-result
UPDATE certificate_term SET starts_on = '2022-10-01' WHERE term_number = 1 AND certificate_id = (SELECT min(certificate_id) FROM certificate);

-- breaks: certificates-rest-on-the-newest-result
UPDATE review_round SET status = 'not_yet' WHERE portfolio_id = (SELECT min(portfolio_id) FROM certificate WHERE status IN ('valid', 'expired'));

-- breaks: certified-portfolios-have-a-certificate
UPDATE certificate SET portfolio_id = 'P22-NOBODY' WHERE certificate_id = (SELECT min(certificate_id) FROM certificate WHERE status = 'valid' OR status = 'expired');

-- breaks: terms-of-three-years
UPDATE certificate_term SET ends_on = '2024-01-01' WHERE certificate_id = (SELECT min(certificate_id) FROM certificate) AND term_number = 1;

-- breaks: terms-follow-each-other
DELETE FROM certificate_term WHERE term_number = 1;

-- breaks: certificates-end-with-their-newest-term
UPDATE certificate SET expires_on = '2031-01-01' WHERE certificate_id = (SELECT min(certificate_id) FROM certificate);

-- breaks: expired-certificates-are-marked
UPDATE certificate SET status = 'valid', expires_on = '2024-01-01' WHERE certificate_id = (SELECT min(certificate_id) FROM certificate);

-- breaks: the-first-term-is-free
UPDATE certificate_term SET fee_cents = 9900 WHERE certificate_id = (SELECT min(certificate_id) FROM certificate) AND term_number = 1;

-- breaks: fees-slide-with-the-points
UPDATE certificate_term SET fee_cents = fee_cents - 2 WHERE term_number = 2;

-- breaks: all-points-of-a-term-count
INSERT INTO activity (certificate_id, activity, done_on, points)
SELECT t.certificate_id, 'grant-won-twice', t.starts_on, 40 FROM certificate_term t WHERE t.term_number = 1;

-- breaks: activities-give-the-policys-points
UPDATE activity SET points = points + 1 WHERE certificate_id = (SELECT min(certificate_id) FROM activity);

-- breaks: certificates-carry-a-credential
DELETE FROM outbox WHERE message_key LIKE '%/result/%';

-- breaks: renewals-and-ends-are-told
DELETE FROM outbox WHERE message_key LIKE '%/expired';

-- breaks: renewals-are-paid-inside-their-window
UPDATE certificate_term SET paid_on = '2022-01-01' WHERE term_number = 2;

-- breaks: early-payments-are-settled
UPDATE certificate_term SET paid_cents = paid_cents + 1 WHERE term_number = 2;

-- breaks: refunds-are-told
UPDATE certificate_term SET refunded_cents = refunded_cents + 1 WHERE term_number = 2;

-- breaks: renewals-are-told
DELETE FROM outbox WHERE message_key LIKE '%/renewed/2';

-- breaks: certificate-letters-name-their-days
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), ', through ', ', until ') AS {json}) WHERE message_key LIKE '%/result/%';

-- breaks: renewal-letters-name-the-term-and-the-payment
UPDATE certificate_term SET paid_cents = paid_cents + 1 WHERE term_number = 2;

-- breaks: refund-letters-name-what-is-paid-back
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'You get $', 'You get $1') AS {json}) WHERE message_key LIKE '%/refunded/%';
