-- check: credits-cost-what-the-policy-says
-- promise: A request costs the fee of each of its credits.
-- source: Life of a season, 9
SELECT request_key AS id, fee_cents <> credits * CAST(:credits_fee_per_credit_cents AS integer) AS broken
FROM credit_request WHERE season = :season;

-- check: credits-within-their-maximum
-- promise: At most 4 credits for certification, and 1 or 2 for the academy.
-- source: Life of a season, 9
SELECT request_key AS id,
       credits < 1 OR credits > CASE component WHEN 'academy' THEN CAST(:credits_academy_maximum AS integer)
                                               ELSE CAST(:credits_certification_maximum AS integer) END AS broken
FROM credit_request WHERE season = :season;

-- check: one-open-request-for-each
-- promise: Nobody has two open requests for the same component.
-- source: Ruling: credits refused or refunded
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
SELECT request_key AS id, reason = '' AS broken
FROM credit_request WHERE season = :season AND status IN ('refused', 'void', 'refunded');

-- check: transcripts-are-told
-- promise: Whoever's transcript was sent got a letter that says so.
-- source: Life of a season, 9
SELECT c.request_key AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.season = c.season AND m.kind = 'mail'
                   AND m.message_key = c.season || '/transcript-sent/' || c.request_key) AS broken
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
                   AND audit.text_of(m.payload, 'body') LIKE '% ' || c.credits || ' of ' || CAST(:credits_endorsement_required_credits AS integer)
                                                             || ' required%'
                   AND (:credits_endorsement_counts_toward_computer_science <> 'undetermined'
                        OR audit.text_of(m.payload, 'body') LIKE '%is undetermined%')) AS broken
FROM credit_request c WHERE c.season = :season AND c.component = 'certification';
