-- check: credits-come-after-the-work
-- promise: Credits for the certification are requested after somebody's phase 1 has ended or a portfolio was certified.
-- source: Life of a season, 9
-- rule: credit-request
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m JOIN cohort k ON k.season = m.season AND k.cohort_id = m.cohort_id
                   WHERE m.season = c.season AND m.email = c.email AND k.ends_on <= audit.local_day(c.requested_at))
       AND NOT EXISTS (SELECT 1 FROM certificate t WHERE t.season = c.season AND t.email = c.email
                       AND t.issued_on <= audit.local_day(c.requested_at)) AS broken
FROM credit_request c WHERE c.season = :season AND c.component = 'certification';

-- check: requests-for-credits-are-told
-- promise: Whoever opted into credits got a letter with their number and their price.
-- source: Life of a season, 9; Terms: credit provider
-- rule: credit-request
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'credit-requested' AND m.about = c.email AND m.detail = c.component
                   AND m.more = CASE c.request_number WHEN 1 THEN '' ELSE CAST(c.request_number AS text) END) AS broken
FROM credit_request c WHERE c.season = :season;

-- check: refused-credits-are-told
-- promise: Whoever's request was refused or ended got a letter that says why.
-- source: Ruling: credits refused or refunded
-- rule: credit-request-ended
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.message_key = c.season || '/credit-refused/' || c.request_key
                   OR m.topic = 'credit-ended' AND m.about = c.email AND m.detail = c.component) AS broken
FROM credit_request c WHERE c.season = :season AND c.status IN ('refused', 'void', 'refunded');

-- check: requests-count-up
-- promise: A request that was made again is a new line, after the one before it had ended.
-- source: Ruling: credits refused or refunded
-- rule: credit-requested-again
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM credit_request p WHERE p.season = c.season AND p.email = c.email AND p.component = c.component
                   AND p.request_number = c.request_number - 1 AND p.status IN ('refused', 'void', 'refunded')
                   AND p.request_key <> c.request_key) AS broken
FROM credit_request c WHERE c.season = :season AND c.request_number > 1;

-- check: money-is-whole-cents
-- promise: Money is in whole cents, and never negative.
-- source: Ruling: time zone, money
SELECT request_key AS id, fee_cents < 0 OR fee_cents <> CAST(fee_cents AS integer) AS broken FROM credit_request WHERE season = :season;

-- check: requests-are-sent-in-time
-- promise: A request for credits was sent, or ended, within two weeks.
-- source: Life of a season, 9; Terms: credit provider
-- rule: reconciliation
SELECT request_key AS id, status IN ('pending', 'sending', 'canceling')
       AND audit.add_days(audit.local_day(requested_at), CAST(:operation_catch_up_days AS integer)) < audit.day(:today) AS broken
FROM credit_request WHERE season = :season;

-- check: credits-cost-what-the-policy-says
-- promise: A request costs the fee of each of its credits.
-- source: Life of a season, 9
-- rule: credit-request
SELECT request_key AS id, fee_cents <> credits * CAST(:credits_fee_per_credit_cents AS integer) AS broken
FROM credit_request WHERE season = :season;

-- check: credits-within-their-maximum
-- promise: At most 4 credits for certification, and 1 or 2 for the academy.
-- source: Life of a season, 9
-- rule: credit-request
SELECT request_key AS id,
       credits < 1 OR credits > CASE component WHEN 'academy' THEN CAST(:credits_academy_maximum AS integer)
                                               ELSE CAST(:credits_certification_maximum AS integer) END AS broken
FROM credit_request WHERE season = :season;

-- check: one-open-request-for-each
-- promise: Nobody has two open requests for the same component.
-- source: Ruling: credits refused or refunded
-- rule: credit-requested-again
SELECT email || '/' || component AS id, count(*) > 1 AS broken
FROM credit_request WHERE season = :season AND status NOT IN ('refused', 'void', 'refunded') GROUP BY email, component;

-- check: credits-only-for-what-was-completed
-- promise: Credits are requested by people with a seat of the component only.
-- source: Life of a season, 9
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.season = c.season AND e.email = c.email AND e.status = 'enrolled'
                   AND (e.component = c.component OR c.component = 'certification' AND e.component = 'librarian')) AS broken
FROM credit_request c WHERE c.season = :season;

-- check: academy-credits-are-earned-by-hours
-- promise: For each credit of the academy its hours were completed.
-- source: Life of a season, 9
-- rule: credit-request
SELECT c.request_key AS id,
       c.credits * CAST(:academy_hours_per_credit AS integer) > (
           SELECT coalesce(sum(audit.hours_of(:academy_courses, s.course)), 0) FROM selection s
           WHERE s.season = c.season AND s.email = c.email AND s.completed_on IS NOT NULL) AS broken
FROM credit_request c WHERE c.season = :season AND c.component = 'academy';

-- check: answered-requests-name-the-provider
-- promise: A request that the provider has accepted has its reference.
-- source: Life of a season, 9
SELECT request_key AS id, provider_reference = '' AS broken
FROM credit_request WHERE season = :season AND status IN ('requested', 'sent', 'refunded');

-- check: refused-requests-say-why
-- promise: A request that was refused or ended has a reason.
-- source: Ruling: credits refused or refunded
-- rule: credit-request-ended
SELECT request_key AS id, reason = '' AS broken
FROM credit_request WHERE season = :season AND status IN ('refused', 'void', 'refunded');

-- check: transcripts-are-told
-- promise: Whoever's transcript was sent got a letter that says so.
-- source: Life of a season, 9
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.message_key = c.season || '/transcript-sent/' || c.request_key) AS broken
FROM credit_request c WHERE c.season = :season AND c.status = 'sent';

-- check: credits-are-requested-again-only-when-ended
-- promise: A request after the first follows one that was refused or has ended, under a key of its own.
-- source: Ruling: credits refused or refunded
SELECT n.request_key AS id,
       NOT EXISTS (SELECT 1 FROM credit_request o WHERE o.season = n.season AND o.email = n.email AND o.component = n.component
                   AND o.request_number = n.request_number - 1 AND o.status IN ('refused', 'void', 'refunded')
                   AND o.request_key <> n.request_key) AS broken
FROM credit_request n WHERE n.season = :season AND n.request_number > 1;

-- check: the-endorsement-counts-what-was-requested
-- promise: Whoever requests credits for the certification is told how many of the 30 they are, and what is undetermined.
-- source: Life of a season, 9
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.season = c.season AND m.kind = 'mail'
                   AND m.message_key = c.season || '/credit-requested/' || c.email || '/' || c.component
                       || CASE WHEN c.request_number > 1 THEN '/' || c.request_number ELSE '' END
                   AND audit.says(audit.text_of(m.payload, 'body'), ' ' || c.credits || ' of ' || CAST(:credits_endorsement_required_credits AS integer) || ' required')
                   AND (:credits_endorsement_counts_toward_computer_science <> 'undetermined'
                        OR audit.says(audit.text_of(m.payload, 'body'), 'is undetermined'))) AS broken
FROM credit_request c WHERE c.season = :season AND c.component = 'certification';
