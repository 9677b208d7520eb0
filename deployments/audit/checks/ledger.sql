-- check: nothing-is-decided-outside-of-the-season
-- promise: No decision of a season was made before its survey opened.
-- source: Life of a season, 1; Terms: season
-- rule: season-part
SELECT CAST(decision_id AS text) AS id, audit.local_day(decided_at) < audit.day(:survey_opens_on) AS broken
FROM decision WHERE season = :season;

-- check: nothing-is-decided-for-a-day-to-come
-- promise: No decision was made for a moment to come.
-- source: Ruling: time zone, money
-- rule: season-part
SELECT CAST(decision_id AS text) AS id, decided_at > :now AS broken FROM decision WHERE season = :season;

-- check: policies-are-of-their-season
-- promise: Every decision was made by a policy of its own season.
-- source: Terms: season
SELECT CAST(d.decision_id AS text) AS id, p.season <> d.season AS broken
FROM decision d JOIN policy_version p ON p.policy_version = d.policy_version WHERE d.season = :season;

-- check: the-agency-approves-before-anything-is-offered
-- promise: No offer of a round is older than the agency's approval.
-- source: Terms: agency; Life of a season, 2
-- rule: approved-round
SELECT o.offer_id AS id, o.offered_at < r.approved_at AS broken
FROM offer o JOIN seat_round r ON r.season = o.season AND r.round_number = o.round_number WHERE o.season = :season;

-- check: decisions-name-a-policy-on-record
-- promise: Every decision names the policy that it was made by, and that policy is kept.
-- source: Domain: numbers are policy data
SELECT CAST(d.decision_id AS text) AS id,
       NOT EXISTS (SELECT 1 FROM policy_version p WHERE p.policy_version = d.policy_version) AS broken
FROM decision d WHERE d.season = :season;

-- check: decisions-have-a-reason
-- promise: Every decision has a reason and a cause.
-- source: Domain: numbers are policy data
SELECT CAST(decision_id AS text) AS id, reason = '' OR cause = '' AS broken
FROM decision WHERE season = :season;

-- check: the-season-runs-by-a-policy-on-record
-- promise: The policy that a season was opened with is kept.
-- source: Domain: numbers are policy data
SELECT s.season AS id, NOT EXISTS (SELECT 1 FROM policy_version p WHERE p.policy_version = s.policy_version) AS broken
FROM season s WHERE s.season = :season;

-- check: nothing-acts-on-a-closed-season
-- promise: Once a season is closed nothing of it is decided or written, no certificate of it is valid, and no seat of it waits.
-- source: Terms: season
-- rule: season-closed
SELECT s.season AS id,
       s.closed_at IS NOT NULL AND (
         EXISTS (SELECT 1 FROM decision d WHERE d.season = s.season AND d.decided_at > s.closed_at)
         OR EXISTS (SELECT 1 FROM outbox m WHERE m.season = s.season AND (m.created_at > s.closed_at OR m.status = 'pending'))
         OR EXISTS (SELECT 1 FROM certificate c WHERE c.season = s.season AND c.status = 'valid')
         OR EXISTS (SELECT 1 FROM seat_request r WHERE r.season = s.season AND r.seats_waitlisted > 0)) AS broken
FROM season s WHERE s.season = :season;
