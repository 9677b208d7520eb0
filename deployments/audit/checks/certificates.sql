-- check: activities-lie-in-a-term
-- promise: An activity counts on a day on which the certificate is valid.
-- source: Life of a season, 8
-- rule: activity-in-term
SELECT a.certificate_id || '/' || a.activity || '/' || a.done_on AS id,
       NOT EXISTS (SELECT 1 FROM certificate_term t WHERE t.certificate_id = a.certificate_id AND a.done_on BETWEEN t.starts_on AND t.ends_on) AS broken
FROM activity a JOIN certificate c ON c.certificate_id = a.certificate_id WHERE c.season = :season;

-- check: revoked-certificates-are-told
-- promise: Whoever's certificate was revoked got a letter with the reason.
-- source: Life of a season, 8
-- rule: certificate-revoked
SELECT c.certificate_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'certificate' AND m.about = c.certificate_id AND m.detail = 'revoked') AS broken
FROM certificate c WHERE c.season = :season AND c.status = 'revoked';

-- check: holders-are-reminded-before-the-end
-- promise: Whoever let a certificate expire was reminded before its last day.
-- source: Life of a season, 8
-- rule: certificate-renewal
SELECT c.certificate_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'certificate' AND m.about = c.certificate_id AND m.detail = 'reminded'
                   AND m.written_on <= c.expires_on) AS broken
FROM certificate c WHERE c.season = :season AND c.status = 'expired';

-- check: one-certificate-for-each-role
-- promise: A certificate is for the role and the person of its portfolio.
-- source: Life of a season, 11; Life of a season, 8
-- rule: dual-certification, certificate-validity
SELECT c.certificate_id AS id,
       NOT EXISTS (SELECT 1 FROM portfolio p WHERE p.portfolio_id = c.portfolio_id AND p.email = c.email AND p.track = c.track) AS broken
FROM certificate c WHERE c.season = :season;

-- check: certificates-begin-with-their-result
-- promise: The first term begins on the day of a result that certifies.
-- source: Life of a season, 8
-- rule: certificate-validity
SELECT c.certificate_id AS id,
       NOT EXISTS (SELECT 1 FROM review_round r WHERE r.portfolio_id = c.portfolio_id AND r.status = 'certified'
                   AND audit.local_day(r.decided_at) = t.starts_on) AS broken
FROM certificate c JOIN certificate_term t ON t.certificate_id = c.certificate_id AND t.term_number = 1 WHERE c.season = :season;

-- check: certificates-rest-on-the-newest-result
-- promise: Whoever has a certificate was certified by the newest result of the portfolio.
-- source: Ruling: re-review
-- rule: newest-result-stands
SELECT c.certificate_id AS id,
       (SELECT r.status FROM review_round r WHERE r.portfolio_id = c.portfolio_id AND r.decided_at IS NOT NULL
        ORDER BY r.round_number DESC LIMIT 1) <> 'certified' AS broken
FROM certificate c WHERE c.season = :season AND c.status IN ('valid', 'expired');

-- check: certified-portfolios-have-a-certificate
-- promise: Whoever's newest result certifies has a certificate.
-- source: Life of a season, 8
-- rule: portfolio-passes, newest-result-stands
SELECT r.portfolio_id AS id,
       NOT EXISTS (SELECT 1 FROM certificate c WHERE c.portfolio_id = r.portfolio_id AND c.status <> 'withdrawn') AS broken
FROM review_round r WHERE r.season = :season AND r.status = 'certified'
  AND NOT EXISTS (SELECT 1 FROM review_round n WHERE n.portfolio_id = r.portfolio_id AND n.round_number > r.round_number
                  AND n.decided_at IS NOT NULL);

-- check: terms-of-three-years
-- promise: A term of validity is three years long.
-- source: Life of a season, 8
-- rule: certificate-validity
SELECT t.certificate_id || '/' || t.term_number AS id,
       t.ends_on <> audit.add_days(audit.add_months(t.starts_on, 12 * CAST(:certificates_valid_years AS integer)), -1) AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id WHERE c.season = :season;

-- check: terms-follow-each-other
-- promise: A renewal begins the day after the term before it ends.
-- source: Life of a season, 8
-- rule: certificate-renewal
SELECT t.certificate_id || '/' || t.term_number AS id,
       NOT EXISTS (SELECT 1 FROM certificate_term p WHERE p.certificate_id = t.certificate_id
                   AND p.term_number = t.term_number - 1 AND t.starts_on = audit.add_days(p.ends_on, 1)) AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.term_number > 1;

-- check: certificates-end-with-their-newest-term
-- promise: A certificate expires on the last day of its newest term.
-- source: Life of a season, 8
-- rule: certificate-validity
SELECT c.certificate_id AS id,
       c.expires_on <> (SELECT max(t.ends_on) FROM certificate_term t WHERE t.certificate_id = c.certificate_id) AS broken
FROM certificate c WHERE c.season = :season;

-- check: expired-certificates-are-marked
-- promise: No certificate counts as valid a month after its last day.
-- source: Life of a season, 8
-- rule: certificate-renewal
SELECT certificate_id AS id, status = 'valid' AND audit.add_days(expires_on, 31) < :today AS broken
FROM certificate WHERE season = :season;

-- check: the-first-term-is-free
-- promise: The first term costs nothing, and a renewal between $99 and $250.
-- source: Life of a season, 8
-- rule: renewal-fee
SELECT t.certificate_id || '/' || t.term_number AS id,
       CASE WHEN t.term_number = 1 THEN t.fee_cents <> 0
            ELSE t.fee_cents NOT BETWEEN CAST(:certificates_renewal_minimum_fee_cents AS integer)
                                     AND CAST(:certificates_renewal_maximum_fee_cents AS integer) END AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id WHERE c.season = :season;

-- check: fees-slide-with-the-points
-- promise: The fee falls evenly from $250 without points to $99 with the most, to the cent.
-- source: Life of a season, 8
-- rule: renewal-fee
SELECT t.certificate_id || '/' || t.term_number AS id,
       abs(t.fee_cents - (CAST(:certificates_renewal_maximum_fee_cents AS integer)
           - (CAST(:certificates_renewal_maximum_fee_cents AS integer) - CAST(:certificates_renewal_minimum_fee_cents AS integer))
             * 1.0 * CASE WHEN t.points < CAST(:certificates_points_for_minimum_fee AS integer) THEN t.points
                          ELSE CAST(:certificates_points_for_minimum_fee AS integer) END
             / CAST(:certificates_points_for_minimum_fee AS integer))) > 1 AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.term_number > 1;

-- check: all-points-of-a-term-count
-- promise: The points of a renewal are those of the whole term that ends with it.
-- source: Ruling: renewal
-- rule: renewal-fee
SELECT t.certificate_id || '/' || t.term_number AS id,
       t.points <> (SELECT coalesce(sum(a.points), 0) FROM activity a JOIN certificate_term p
                    ON p.certificate_id = a.certificate_id AND p.term_number = t.term_number - 1
                    WHERE a.certificate_id = t.certificate_id AND a.done_on BETWEEN p.starts_on AND p.ends_on) AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.term_number > 1;

-- check: activities-give-the-policys-points
-- promise: An activity gives the points that the policy says.
-- source: Life of a season, 8
SELECT a.certificate_id || '/' || a.activity || '/' || a.done_on AS id,
       a.points <> coalesce(audit.number_of(:certificates_activities, a.activity), -1) AS broken
FROM activity a JOIN certificate c ON c.certificate_id = a.certificate_id WHERE c.season = :season;

-- check: certificates-carry-a-credential
-- promise: Whoever was certified got a letter with the signed credential.
-- source: Life of a season, 8
SELECT c.certificate_id AS id,
       c.certificate_id NOT IN (SELECT m.payload ->> 'credential' FROM outbox m
                                WHERE m.season = :season AND m.kind = 'mail' AND m.payload ->> 'credential' IS NOT NULL) AS broken
FROM certificate c WHERE c.season = :season;

-- check: renewals-and-ends-are-told
-- promise: Whoever's certificate has expired got a letter that says so.
-- source: Life of a season, 8
-- rule: certificate-renewal
SELECT c.certificate_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'certificate' AND m.about = c.certificate_id AND m.detail = 'expired') AS broken
FROM certificate c WHERE c.season = :season AND c.status = 'expired';

-- check: renewals-are-paid-inside-their-window
-- promise: A renewal was paid in the last days of the term before it, as many as the policy says.
-- source: Ruling: renewal
SELECT t.certificate_id || '/' || t.term_number AS id,
       t.paid_on IS NULL OR t.paid_on NOT BETWEEN audit.add_days(t.starts_on, -1 - CAST(:certificates_renewal_window_days AS integer))
                                              AND audit.add_days(t.starts_on, -1) AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.term_number > 1;

-- check: early-payments-are-settled
-- promise: When a term has ended, who renewed has paid the fee by all of its points, and nothing above it.
-- source: Ruling: renewal
SELECT t.certificate_id || '/' || t.term_number AS id, t.paid_cents - t.refunded_cents <> t.fee_cents AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.term_number > 1 AND t.starts_on <= audit.add_days(:today, -1);

-- check: refunds-are-told
-- promise: Whoever gets money back of a renewal got a letter with the amount.
-- source: Ruling: renewal
-- rule: renewal-refund
SELECT t.certificate_id || '/' || t.term_number AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.season = c.season AND m.kind = 'mail'
                   AND m.message_key = c.season || '/certificate/' || t.certificate_id || '/refunded/' || t.term_number || '/'
                                       || t.refunded_cents) AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.refunded_cents > 0;

-- check: renewals-are-told
-- promise: Whoever renewed got a letter with the fee and the new term.
-- source: Ruling: renewal
SELECT t.certificate_id || '/' || t.term_number AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.season = c.season AND m.kind = 'mail'
                   AND m.message_key = c.season || '/certificate/' || t.certificate_id || '/renewed/' || t.term_number) AS broken
FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id
WHERE c.season = :season AND t.term_number > 1;

-- check: certificate-letters-name-their-days
-- promise: Whoever is certified is told the number of the certificate with its first and its last day.
-- source: Life of a season, 8
-- rule: certificate-validity
SELECT m.message_key AS id,
       NOT EXISTS (SELECT 1 FROM certificate c JOIN certificate_term t ON t.certificate_id = c.certificate_id AND t.term_number = 1
                   WHERE c.portfolio_id = m.about AND audit.says(m.body, 'Your certificate ' || c.certificate_id || ' is valid from '
                     || audit.long_day(audit.local_day(r.decided_at)) || ', through ' || audit.long_day(audit.add_days(
                        audit.add_months(audit.local_day(r.decided_at), 12 * CAST(:certificates_valid_years AS integer)), -1)) || '.')) AS broken
FROM letter m JOIN review_round r ON r.portfolio_id = m.about AND CAST(r.round_number AS text) = m.detail
WHERE m.topic = 'result' AND audit.says(lower(m.body), 'you have earned');

-- check: renewal-letters-name-the-term-and-the-payment
-- promise: Whoever renewed is told the last day of the new term and what was paid.
-- source: Life of a season, 8; Ruling: renewal
-- rule: certificate-renewal, renewal-fee
SELECT m.message_key AS id,
       NOT audit.says(m.body, 'Your certificate ' || t.certificate_id || ' is renewed. It is now valid through ' || audit.long_day(t.ends_on) || '.')
       OR NOT audit.says(m.body, 'you paid ' || audit.dollars(t.paid_cents) || '.') AS broken
FROM letter m JOIN certificate_term t ON t.certificate_id = m.about AND CAST(t.term_number AS text) = m.more
WHERE m.topic = 'certificate' AND m.detail = 'renewed';

-- check: refund-letters-name-what-is-paid-back
-- promise: The letter about a refund names what is paid back to the cent, in its subject and in its text.
-- source: Ruling: renewal; Ruling: time zone, money
-- rule: renewal-refund
SELECT m.message_key AS id,
       NOT audit.says(m.subject, 'We refund ' || audit.dollars(m.cents) || ' ') OR NOT audit.says(m.body, 'You get ' || audit.dollars(m.cents) || ' back ')
       OR m.cents > t.refunded_cents AS broken
FROM (SELECT l.message_key, l.about, l.more, l.subject, l.body,
             audit.seats(audit.part(l.message_key, 6)) - coalesce((
               SELECT max(audit.seats(audit.part(o.message_key, 6))) FROM letter o
               WHERE o.topic = l.topic AND o.about = l.about AND o.detail = l.detail AND o.more = l.more
                 AND audit.seats(audit.part(o.message_key, 6)) < audit.seats(audit.part(l.message_key, 6))), 0) AS cents
      FROM letter l WHERE l.topic = 'certificate' AND l.detail = 'refunded') m
JOIN certificate_term t ON t.certificate_id = m.about AND CAST(t.term_number AS text) = m.more;
