-- breaks: scores-far-apart-have-a-third
DELETE FROM assignment WHERE withdrawn_at IS NOT NULL;
UPDATE assignment SET score_hundredths = 1000 WHERE evaluator_id = (
    SELECT min(a.evaluator_id) FROM assignment a WHERE a.portfolio_id = assignment.portfolio_id AND a.round_number = assignment.round_number);

-- breaks: one-open-round-for-each-portfolio
UPDATE review_round SET decided_at = NULL, status = 'assigned';

-- breaks: silent-evaluators-lose-the-review
UPDATE review_round SET decided_at = NULL, status = 'assigned', held_since = NULL;
UPDATE assignment SET scored_at = NULL, withdrawn_at = NULL;

-- breaks: who-left-the-panel-has-no-open-review
UPDATE evaluator SET left_at = '2022-08-01 12:00:00.000000';
UPDATE review_round SET decided_at = NULL, status = 'assigned';
UPDATE assignment SET scored_at = NULL, withdrawn_at = NULL;

-- breaks: scores-follow-their-assignment
UPDATE assignment SET scored_at = '2022-08-01 12:00:00.000000' WHERE portfolio_id = (SELECT min(portfolio_id) FROM portfolio);

-- breaks: evaluators-are-told-of-their-reviews
DELETE FROM outbox WHERE message_key LIKE '%/reviews/%';

-- breaks: paused-clocks-have-a-reason
UPDATE review_round SET held_since = '2023-01-10 12:00:00.000000', hold_reason = '';

-- breaks: late-rounds-are-reported
DELETE FROM outbox WHERE message_key LIKE '%/sla/%';
UPDATE review_round SET decided_at = NULL, status = 'assigned', clock_state = 'breached';

-- breaks: participants-know-their-round
DELETE FROM outbox WHERE message_key LIKE '%/round/%';

-- breaks: reviewers-are-new-to-a-resubmission
INSERT INTO evaluator (evaluator_id, name, email, lea_id, tracks, grade_bands, conflicts)
SELECT 'NEW-' || evaluator_id, name, email, NULL, tracks, grade_bands, CAST('[]' AS {json}) FROM evaluator;
INSERT INTO assignment (portfolio_id, round_number, evaluator_id, assigned_at, fit_millionths, feedback, reminders)
SELECT portfolio_id, 9, evaluator_id, assigned_at, 0, '', 0 FROM assignment WHERE round_number = 1 AND scored_at IS NOT NULL;

-- breaks: due-after-six-weeks
UPDATE review_round SET due_at = started_at WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: the-limit-is-two-weeks-after-the-target
UPDATE review_round SET breach_at = due_at WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: late-results-count-as-breached
UPDATE review_round SET breach_at = started_at, clock_state = 'on_time';

-- breaks: only-late-results-count-as-breached
UPDATE review_round SET clock_state = 'breached', breach_at = '2055-01-01 12:00:00.000000' WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: nobody-reviews-their-own-district
UPDATE evaluator SET lea_id = (SELECT lea_id FROM portfolio WHERE portfolio_id = (SELECT min(portfolio_id) FROM assignment WHERE withdrawn_at IS NULL));

-- breaks: nobody-reviews-against-a-conflict
UPDATE evaluator SET conflicts = CAST('["' || (SELECT p.lea_id FROM portfolio p WHERE p.portfolio_id = (
    SELECT min(portfolio_id) FROM assignment WHERE withdrawn_at IS NULL)) || '"]' AS {json});
UPDATE assignment SET scored_at = NULL;

-- breaks: eighty-percent-certifies
UPDATE review_round SET score_hundredths = 7999 WHERE status = 'certified';

-- breaks: scores-are-those-of-the-panel
UPDATE review_round SET score_hundredths = 10001 WHERE status = 'certified';

-- breaks: enough-reviews
UPDATE assignment SET scored_at = NULL WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round WHERE status = 'certified');

-- breaks: results-come-after-scores
UPDATE review_round SET decided_at = '2022-12-20 12:00:00.000000' WHERE status = 'certified';

-- breaks: rounds-are-counted-without-gaps
UPDATE review_round SET round_number = 7 WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round WHERE round_number = 1) AND round_number = 1;

-- breaks: resubmissions-follow-not-yet
UPDATE review_round SET status = 'certified';

-- breaks: re-reviews-have-a-reason
UPDATE review_round SET kind = 're_review', reason = '' WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: results-are-told
DELETE FROM outbox WHERE message_key LIKE '%/result/%';

-- breaks: late-results-are-told-before-the-target
DELETE FROM outbox WHERE message_key LIKE '%/late-result/%';

-- breaks: outstanding-results-are-told
UPDATE review_round SET decided_at = NULL, status = 'assigned' WHERE round_number = 1;
DELETE FROM outbox WHERE message_key LIKE '%/late-result/%';

-- breaks: weekly-capacity
-- policy: review_evaluator_weekly_reviews = 1
UPDATE assignment SET evaluator_id = (SELECT min(evaluator_id) FROM evaluator)
WHERE evaluator_id = (SELECT min(o.evaluator_id) FROM assignment o
                      WHERE o.portfolio_id = assignment.portfolio_id AND o.round_number = assignment.round_number);
UPDATE assignment SET scored_at = assigned_at;
UPDATE assignment SET assigned_at = '2023-03-01 12:00:00.000000', scored_at = NULL, withdrawn_at = NULL
WHERE evaluator_id = (SELECT min(evaluator_id) FROM evaluator);

-- breaks: no-review-waits-for-ever
UPDATE review_round SET decided_at = NULL, opened_at = '2022-01-01 12:00:00.000000' WHERE portfolio_id = (SELECT min(portfolio_id) FROM review_round);

-- breaks: late-results-say-so
UPDATE review_round SET due_at = '2022-12-01 12:00:00.000000' WHERE portfolio_id = (
    SELECT min(portfolio_id) FROM review_round WHERE decided_at <= due_at);

-- breaks: lost-certificates-are-told
UPDATE certificate SET status = 'withdrawn' WHERE portfolio_id IN (
    SELECT portfolio_id FROM review_round WHERE round_number = 2 AND status = 'certified');
UPDATE review_round SET status = CASE round_number WHEN 1 THEN 'certified' ELSE 'not_yet' END
WHERE portfolio_id IN (SELECT portfolio_id FROM certificate WHERE status = 'withdrawn');

-- breaks: resubmissions-inside-their-days
UPDATE review_round SET started_at = '2025-06-01 12:00:00.000000' WHERE kind = 'resubmission';

-- breaks: results-state-the-day-to-submit-again
UPDATE portfolio SET resubmit_by = '2031-01-01';

-- breaks: even-loads
UPDATE assignment SET evaluator_id = (SELECT min(evaluator_id) FROM evaluator)
WHERE evaluator_id = (SELECT min(o.evaluator_id) FROM assignment o
                      WHERE o.portfolio_id = assignment.portfolio_id AND o.round_number = assignment.round_number);
UPDATE assignment SET scored_at = assigned_at;
UPDATE assignment SET assigned_at = '2023-03-01 12:00:00.000000', scored_at = NULL, withdrawn_at = NULL
WHERE evaluator_id = (SELECT min(evaluator_id) FROM evaluator);

-- breaks: a-re-review-ends-only-for-an-earlier-submission
UPDATE review_round SET status = 'superseded' WHERE round_number = 1;

-- breaks: conflicted-results-are-reported
UPDATE evaluator SET conflicts = CAST('["' || (SELECT lea_id FROM portfolio WHERE portfolio_id = (
    SELECT min(portfolio_id) FROM review_round WHERE status = 'certified')) || '"]' AS {json});

-- breaks: result-letters-say-what-was-decided
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'does not certify yet.', 'is excellent. Congratulations!') AS {json}) WHERE message_key LIKE '%/result/%';

-- breaks: result-letters-name-the-last-day-to-submit-again
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'submit it again through ', 'submit it again before ') AS {json}) WHERE message_key LIKE '%/result/%';

-- breaks: late-result-letters-name-the-promised-day
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), ' portfolio by ', ' portfolio after ') AS {json}) WHERE message_key LIKE '%/late-result/%';

-- breaks: letters-of-a-round-name-the-day-of-its-result
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'The result is due by ', 'The result is due after ') AS {json}) WHERE message_key LIKE '%/round/%';
