-- check: decisions-name-a-policy-on-record
-- promise: Every decision names the policy that it was made by, and that policy is kept.
-- source: Domain: numbers are policy data
SELECT CAST(d.decision_id AS text) AS id,
       NOT EXISTS (SELECT 1 FROM policy_version p WHERE p.policy_version = d.policy_version) AS broken
FROM decision d WHERE d.season = :season;

-- check: decisions-have-a-reason
-- promise: Every decision has a reason and a cause.
-- source: Domain: rulings
SELECT CAST(decision_id AS text) AS id, reason = '' OR cause = '' AS broken
FROM decision WHERE season = :season;

-- check: the-season-runs-by-a-policy-on-record
-- promise: The policy that a season was opened with is kept.
-- source: Domain: numbers are policy data
SELECT s.season AS id, NOT EXISTS (SELECT 1 FROM policy_version p WHERE p.policy_version = s.policy_version) AS broken
FROM season s WHERE s.season = :season;
