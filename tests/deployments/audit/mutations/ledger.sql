-- breaks: nothing-is-decided-outside-of-the-season
UPDATE decision SET decided_at = '2021-01-01 12:00:00.000000' WHERE decision_id = (SELECT min(decision_id) FROM decision);

-- breaks: nothing-is-decided-for-a-day-to-come
UPDATE decision SET decided_at = '2055-01-01 12:00:00.000000' WHERE decision_id = (SELECT min(decision_id) FROM decision);

-- breaks: policies-are-of-their-season
UPDATE policy_version SET season = '2021';

-- breaks: the-agency-approves-before-anything-is-offered
UPDATE seat_round SET approved_at = '2022-07-30 12:00:00.000000';

-- breaks: decisions-name-a-policy-on-record
DELETE FROM policy_version;

-- breaks: decisions-have-a-reason
UPDATE decision SET reason = '' WHERE decision_id = (SELECT min(decision_id) FROM decision);

-- breaks: the-season-runs-by-a-policy-on-record
UPDATE season SET policy_version = 'none';

-- breaks: nothing-acts-on-a-closed-season
UPDATE season SET closed_at = '2022-06-15 13:00:00.000000', closed_by = 'mutation';
