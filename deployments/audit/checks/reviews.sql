-- check: scores-far-apart-have-a-third
-- promise: Where the scores of two evaluators are further apart than the policy allows, a third one has scored.
-- source: Life of a season, 7; Terms: facilitator
-- rule: third-evaluator
SELECT r.portfolio_id || '/' || r.round_number AS id,
       max(a.score_hundredths) - min(a.score_hundredths) > 100 * CAST(:review_spread_points AS integer)
       AND count(*) <= CAST(:review_reviews_per_portfolio AS integer) AS broken
FROM review_round r JOIN assignment a ON a.portfolio_id = r.portfolio_id AND a.round_number = r.round_number
WHERE r.season = :season AND r.status IN ('certified', 'not_yet') AND a.scored_at IS NOT NULL AND a.withdrawn_at IS NULL
GROUP BY r.portfolio_id, r.round_number;

-- check: one-open-round-for-each-portfolio
-- promise: A portfolio is in one round of review at a time.
-- source: Life of a season, 7
-- rule: one-round-at-a-time
SELECT portfolio_id AS id, sum(CASE WHEN decided_at IS NULL THEN 1 ELSE 0 END) > 1 AS broken
FROM review_round WHERE season = :season GROUP BY portfolio_id;

-- check: silent-evaluators-lose-the-review
-- promise: Nobody holds a review of an open round without a score for two weeks more than the policy's days of silence.
-- source: Life of a season, 7; Ruling: the SLA clock
-- rule: evaluator-silence
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id,
       audit.add_days(audit.local_day(a.assigned_at), CAST(:review_evaluator_silence_days AS integer) + CAST(:operation_catch_up_days AS integer))
       < audit.day(:today) AS broken
FROM assignment a JOIN review_round r ON r.portfolio_id = a.portfolio_id AND r.round_number = a.round_number
WHERE r.season = :season AND r.decided_at IS NULL AND r.held_since IS NULL AND a.scored_at IS NULL AND a.withdrawn_at IS NULL;

-- check: who-left-the-panel-has-no-open-review
-- promise: An evaluator who has left the panel has no open review.
-- source: Ruling: who reviews
-- rule: panel-leave
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id, e.left_at < :now AS broken
FROM assignment a JOIN evaluator e ON e.evaluator_id = a.evaluator_id
JOIN review_round r ON r.portfolio_id = a.portfolio_id AND r.round_number = a.round_number
WHERE r.season = :season AND r.decided_at IS NULL AND a.scored_at IS NULL AND a.withdrawn_at IS NULL AND e.left_at IS NOT NULL;

-- check: scores-follow-their-assignment
-- promise: A score was given after the review was assigned.
-- source: Life of a season, 7
-- rule: score-of-the-panel
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id, a.score_hundredths IS NULL OR a.scored_at < a.assigned_at AS broken
FROM assignment a JOIN portfolio p ON p.portfolio_id = a.portfolio_id WHERE p.season = :season AND a.scored_at IS NOT NULL;

-- check: evaluators-are-told-of-their-reviews
-- promise: Each evaluator with a review got a letter on the day on which it was assigned.
-- source: Ruling: who reviews
-- rule: independent-panel
SELECT DISTINCT a.evaluator_id || '/' || audit.local_day(a.assigned_at) AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'reviews' AND m.about = a.evaluator_id
                   AND m.written_on = audit.local_day(a.assigned_at)) AS broken
FROM assignment a JOIN portfolio p ON p.portfolio_id = a.portfolio_id WHERE p.season = :season AND a.withdrawn_at IS NULL;

-- check: paused-clocks-have-a-reason
-- promise: A review whose clock is paused has the reason, and its participant was told.
-- source: Ruling: the SLA clock
-- rule: sla-hold
SELECT r.portfolio_id || '/' || r.round_number AS id,
       r.hold_reason = '' OR NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'hold' AND m.about = r.portfolio_id) AS broken
FROM review_round r WHERE r.season = :season AND (r.held_since IS NOT NULL OR r.hold_reason <> '');

-- check: late-rounds-are-reported
-- promise: Operators were written to about each round that is past its target, after it was.
-- source: Ruling: the SLA clock
-- rule: sla-overdue, sla-breached, sla-warned
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.template = 'sla_report' AND m.created_at >= r.due_at
                   AND audit.says(m.body, r.portfolio_id || ', round ' || r.round_number || ':')) AS broken
FROM review_round r WHERE r.season = :season AND r.clock_state IN ('overdue', 'breached') AND r.decided_at IS NULL;

-- check: participants-know-their-round
-- promise: Whoever's portfolio is reviewed got a letter with the date of the result.
-- source: Life of a season, 7
-- rule: sla-clock
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'round' AND m.about = r.portfolio_id AND m.detail = CAST(r.round_number AS text)) AS broken
FROM review_round r WHERE r.season = :season;

-- check: reviewers-are-new-to-a-resubmission
-- promise: Whoever reviewed an earlier round of a portfolio reviews it again only where no two others of the panel could.
-- source: Ruling: who reviews
-- rule: independent-panel
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id,
       EXISTS (SELECT 1 FROM assignment b WHERE b.portfolio_id = a.portfolio_id AND b.evaluator_id = a.evaluator_id
               AND b.round_number < a.round_number AND b.scored_at IS NOT NULL)
       AND (SELECT count(*) FROM evaluator e WHERE coalesce(e.lea_id, '') <> p.lea_id AND NOT audit.holds(e.conflicts, p.lea_id)
            AND audit.holds(e.tracks, p.track) AND e.left_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM panel_member j WHERE j.evaluator_id = e.evaluator_id AND j.joined_at > a.assigned_at)
            AND NOT EXISTS (SELECT 1 FROM assignment c WHERE c.portfolio_id = a.portfolio_id AND c.evaluator_id = e.evaluator_id))
           >= CAST(:review_reviews_per_portfolio AS integer) AS broken
FROM assignment a JOIN portfolio p ON p.portfolio_id = a.portfolio_id
WHERE p.season = :season AND a.round_number > 1 AND a.withdrawn_at IS NULL;

-- check: due-after-six-weeks
-- promise: A result is due six weeks after the clock started, and later only by the time that it was paused.
-- source: Life of a season, 7; Ruling: the SLA clock
-- rule: sla-clock
SELECT portfolio_id || '/' || round_number AS id,
       audit.local_day(due_at) < audit.add_days(audit.local_day(started_at), 7 * CAST(:review_target_weeks AS integer)) AS broken
FROM review_round WHERE season = :season;

-- check: the-limit-is-two-weeks-after-the-target
-- promise: The limit is eight weeks after the clock started, which is two weeks after the target.
-- source: Life of a season, 7; Ruling: the SLA clock
-- rule: sla-clock
SELECT portfolio_id || '/' || round_number AS id,
       audit.days(audit.local_day(due_at), audit.local_day(breach_at))
       <> 7 * (CAST(:review_breach_weeks AS integer) - CAST(:review_target_weeks AS integer)) AS broken
FROM review_round WHERE season = :season;

-- check: late-results-count-as-breached
-- promise: A result after its limit is a breach, whether or not anybody watched.
-- source: Ruling: the SLA clock
-- rule: sla-breached
SELECT portfolio_id || '/' || round_number AS id, decided_at > breach_at AND clock_state <> 'breached' AS broken
FROM review_round WHERE season = :season AND status IN ('certified', 'not_yet');

-- check: only-late-results-count-as-breached
-- promise: No result within its limit counts as a breach.
-- source: Ruling: the SLA clock
-- rule: sla-breached
SELECT portfolio_id || '/' || round_number AS id, coalesce(decided_at, :now) <= breach_at AS broken
FROM review_round WHERE season = :season AND clock_state = 'breached';

-- check: nobody-reviews-their-own-district
-- promise: No evaluator reviews a portfolio of their own district, unless they came there after the result, and operators know.
-- source: Ruling: who reviews
-- rule: independent-panel
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id, coalesce(e.lea_id, '') = p.lea_id
       AND NOT EXISTS (SELECT 1 FROM letter m WHERE m.template = 'conflicted_results' AND audit.says(m.body, a.portfolio_id || ', round ' || a.round_number || ', evaluator ' || a.evaluator_id || ':')) AS broken
FROM assignment a JOIN evaluator e ON e.evaluator_id = a.evaluator_id
JOIN portfolio p ON p.portfolio_id = a.portfolio_id WHERE p.season = :season AND a.withdrawn_at IS NULL;

-- check: nobody-reviews-against-a-conflict
-- promise: No evaluator has a review of a district with which a conflict is declared in an open round, scored or not.
-- source: Ruling: who reviews
-- rule: independent-panel, conflict-declared
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id, audit.holds(e.conflicts, p.lea_id) AS broken
FROM assignment a JOIN evaluator e ON e.evaluator_id = a.evaluator_id
JOIN portfolio p ON p.portfolio_id = a.portfolio_id
JOIN review_round r ON r.portfolio_id = a.portfolio_id AND r.round_number = a.round_number
WHERE p.season = :season AND a.withdrawn_at IS NULL AND (a.scored_at IS NULL OR r.decided_at IS NULL);

-- check: conflicted-results-are-reported
-- promise: Operators were told of each result with a score of an evaluator whose conflict with the district is on record, or who works there.
-- source: Ruling: who reviews
-- rule: conflict-declared
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id,
       CASE WHEN coalesce(e.lea_id, '') = p.lea_id OR audit.holds(e.conflicts, p.lea_id) THEN
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.template = 'conflicted_results' AND audit.says(m.body, a.portfolio_id || ', round ' || a.round_number || ', evaluator ' || a.evaluator_id || ':'))
       AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.season <> :season AND d.subject_kind = 'evaluator'
                       AND d.subject_key = a.evaluator_id AND d.rule = 'conflict-declared' AND d.decided_at >
                       (SELECT max(q.planned_at) FROM plan q WHERE q.season = :season AND q.kind = 'routing')) ELSE false END AS broken
FROM assignment a JOIN evaluator e ON e.evaluator_id = a.evaluator_id
JOIN portfolio p ON p.portfolio_id = a.portfolio_id
JOIN review_round r ON r.portfolio_id = a.portfolio_id AND r.round_number = a.round_number
WHERE r.season = :season AND r.status IN ('certified', 'not_yet') AND a.scored_at IS NOT NULL AND a.withdrawn_at IS NULL;

-- check: eighty-percent-certifies
-- promise: A score of 80 % or more certifies, and no lower one does.
-- source: Life of a season, 7
-- rule: portfolio-passes
SELECT portfolio_id || '/' || round_number AS id,
       score_hundredths IS NULL
       OR (status = 'certified') <> (score_hundredths >= 100 * CAST(:review_pass_percent AS integer)) AS broken
FROM review_round WHERE season = :season AND status IN ('certified', 'not_yet');

-- check: scores-are-those-of-the-panel
-- promise: The score of a round lies between the lowest and the highest that its evaluators gave.
-- source: Life of a season, 7
-- rule: portfolio-passes
SELECT r.portfolio_id || '/' || r.round_number AS id,
       r.score_hundredths NOT BETWEEN
         (SELECT min(a.score_hundredths) FROM assignment a WHERE a.portfolio_id = r.portfolio_id AND a.round_number = r.round_number
          AND a.scored_at IS NOT NULL)
         AND (SELECT max(a.score_hundredths) FROM assignment a WHERE a.portfolio_id = r.portfolio_id
              AND a.round_number = r.round_number AND a.scored_at IS NOT NULL) AS broken
FROM review_round r WHERE r.season = :season AND r.status IN ('certified', 'not_yet');

-- check: enough-reviews
-- promise: A result rests on as many reviews as the policy wants.
-- source: Life of a season, 7
-- rule: independent-panel
SELECT r.portfolio_id || '/' || r.round_number AS id,
       (SELECT count(*) FROM assignment a WHERE a.portfolio_id = r.portfolio_id AND a.round_number = r.round_number
        AND a.scored_at IS NOT NULL AND a.withdrawn_at IS NULL) < r.reviews_wanted
       OR r.reviews_wanted < CAST(:review_reviews_per_portfolio AS integer) AS broken
FROM review_round r WHERE r.season = :season AND r.status IN ('certified', 'not_yet');

-- check: results-come-after-scores
-- promise: No round is decided before its last score.
-- source: Life of a season, 7
-- rule: score-of-the-panel
SELECT r.portfolio_id || '/' || r.round_number AS id,
       r.decided_at < (SELECT max(a.scored_at) FROM assignment a
                       WHERE a.portfolio_id = r.portfolio_id AND a.round_number = r.round_number) AS broken
FROM review_round r WHERE r.season = :season AND r.status IN ('certified', 'not_yet');

-- check: rounds-are-counted-without-gaps
-- promise: A later round has the one before it, decided before it was opened.
-- source: Ruling: re-review
-- rule: one-round-at-a-time
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM review_round p WHERE p.portfolio_id = r.portfolio_id AND p.round_number = r.round_number - 1
                   AND p.decided_at <= r.opened_at) AS broken
FROM review_round r WHERE r.season = :season AND r.round_number > 1;

-- check: resubmissions-follow-not-yet
-- promise: Somebody resubmits only after a result that does not certify.
-- source: Life of a season, 7; Ruling: resubmission
-- rule: one-round-at-a-time
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM review_round p WHERE p.portfolio_id = r.portfolio_id AND p.status = 'not_yet' AND p.round_number =
                   (SELECT max(o.round_number) FROM review_round o WHERE o.portfolio_id = r.portfolio_id
                    AND o.round_number < r.round_number AND o.status <> 'superseded')) AS broken
FROM review_round r WHERE r.season = :season AND r.kind = 'resubmission';

-- check: re-reviews-have-a-reason
-- promise: A re-review was started with a reason.
-- source: Ruling: re-review
-- rule: re-review
SELECT portfolio_id || '/' || round_number AS id, reason = '' AS broken
FROM review_round WHERE season = :season AND kind = 're_review';

-- check: a-re-review-ends-only-for-an-earlier-submission
-- promise: A re-review ends without a result only where the portfolio had been submitted again before it; that is reviewed next, and operators know.
-- source: Ruling: re-review; Ruling: resubmission
-- rule: one-round-at-a-time
SELECT r.portfolio_id || '/' || r.round_number AS id,
       r.kind <> 're_review' OR NOT EXISTS (
         SELECT 1 FROM review_round n WHERE n.portfolio_id = r.portfolio_id AND n.round_number = r.round_number + 1
         AND n.kind = 'resubmission' AND n.started_at < r.started_at AND n.opened_at = r.decided_at)
       OR NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 're-review-ended' AND m.about = r.portfolio_id
                      AND m.detail = CAST(r.round_number AS text)) AS broken
FROM review_round r WHERE r.season = :season AND r.status = 'superseded';

-- check: results-are-told
-- promise: Everybody whose round is decided got a letter with the result.
-- source: Life of a season, 7
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.message_key = r.season || '/result/' || r.portfolio_id || '/' || r.round_number) AS broken
FROM review_round r WHERE r.season = :season AND r.status IN ('certified', 'not_yet');

-- check: late-results-are-told-before-the-target
-- promise: Whose result comes after its promised day, the target, got a letter before that day, if anybody looked ahead to it since it was promised.
-- source: Ruling: the SLA clock
-- rule: sla-overdue, late-result-told
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'late-result' AND m.about = r.portfolio_id
                   AND m.detail = CAST(r.round_number AS text) AND m.more = CAST(audit.local_day(r.due_at) AS text)
                   AND m.written_on < audit.local_day(r.due_at))
       AND EXISTS (SELECT 1 FROM plan q WHERE q.season = r.season AND q.kind = 'routing' AND q.planned_at >= r.promised_at
                   AND audit.local_day(q.planned_at) < audit.local_day(r.due_at)
                   AND (audit.text_of(q.achieved, 'told_through') >= CAST(audit.local_day(r.due_at) AS text)
                        OR audit.add_days(audit.local_day(q.planned_at), CAST(:review_late_notice_days_before AS integer))
                           >= audit.local_day(r.due_at))) AS broken
FROM promised_result r WHERE audit.local_day(coalesce(r.decided_at, :now)) > audit.local_day(r.due_at);

-- check: outstanding-results-are-told
-- promise: Whose result is outstanding after its promised day got a letter about it, as soon as anybody looked at the reviews.
-- source: Ruling: the SLA clock
-- rule: late-result-told
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'late-result' AND m.about = r.portfolio_id
                   AND m.detail = CAST(r.round_number AS text) AND m.more = CAST(audit.local_day(r.due_at) AS text))
       AND EXISTS (SELECT 1 FROM plan q WHERE q.season = r.season AND q.kind = 'routing' AND q.planned_at >= r.promised_at
                   AND q.planned_at > r.due_at) AS broken
FROM promised_result r WHERE r.decided_at IS NULL AND audit.day(:today) > audit.local_day(r.due_at);

-- check: late-results-say-so
-- promise: The letter with a result that comes after its promised date says so, and no other one does.
-- source: Ruling: the SLA clock
-- rule: late-result-told
SELECT r.portfolio_id || '/' || r.round_number AS id,
       (audit.local_day(r.decided_at) > audit.local_day(r.due_at)) <> (audit.says(audit.text_of(m.payload, 'body'), 'This result comes later than')) AS broken
FROM review_round r JOIN outbox m ON m.message_key = r.season || '/result/' || r.portfolio_id || '/' || r.round_number
WHERE r.season = :season AND r.decided_at IS NOT NULL;

-- check: lost-certificates-are-told
-- promise: Where a newer result takes a certificate away, its letter says so.
-- source: Ruling: re-review
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT audit.says(audit.text_of(m.payload, 'body'), c.certificate_id || ' is no longer valid') AS broken
FROM review_round r
JOIN review_round b ON b.portfolio_id = r.portfolio_id AND b.round_number = r.round_number - 1 AND b.status = 'certified'
JOIN certificate c ON c.portfolio_id = r.portfolio_id AND c.status = 'withdrawn'
JOIN outbox m ON m.message_key = r.season || '/result/' || r.portfolio_id || '/' || r.round_number
WHERE r.season = :season AND r.status = 'not_yet';

-- check: resubmissions-inside-their-days
-- promise: A portfolio comes again at most ninety days after the letter with its result, or within the time that was added.
-- source: Ruling: resubmission
-- rule: resubmission
SELECT r.portfolio_id || '/' || r.round_number AS id,
       audit.local_day(r.started_at) > audit.add_days(audit.local_day(b.decided_at), CAST(:portfolio_resubmission_days AS integer))
       AND NOT EXISTS (SELECT 1 FROM extension x JOIN portfolio p ON p.season = x.season AND p.email = x.email AND p.track = x.track
                       WHERE p.portfolio_id = r.portfolio_id AND x.until >= audit.local_day(r.started_at)) AS broken
FROM review_round r
JOIN review_round b ON b.portfolio_id = r.portfolio_id AND b.round_number =
  (SELECT max(o.round_number) FROM review_round o WHERE o.portfolio_id = r.portfolio_id
   AND o.round_number < r.round_number AND o.status <> 'superseded')
WHERE r.season = :season AND r.kind = 'resubmission';

-- check: results-state-the-day-to-submit-again
-- promise: Whose newest result does not certify may come again for ninety days, where anything is offered, and nobody else may.
-- source: Ruling: resubmission
-- rule: resubmission
SELECT p.portfolio_id AS id,
       CASE WHEN r.status <> 'not_yet' THEN r.status = 'certified' AND p.resubmit_by IS NOT NULL
            ELSE coalesce(p.resubmit_by <> audit.add_days(audit.local_day(r.decided_at), CAST(:portfolio_resubmission_days AS integer)), false)
                 OR p.resubmit_by IS NULL AND NOT audit.says(audit.text_of(m.payload, 'body'), 'cannot be submitted again') END AS broken
FROM portfolio p JOIN review_round r ON r.portfolio_id = p.portfolio_id
LEFT JOIN outbox m ON m.message_key = r.season || '/result/' || r.portfolio_id || '/' || r.round_number
WHERE p.season = :season AND NOT EXISTS (SELECT 1 FROM review_round n WHERE n.portfolio_id = r.portfolio_id AND n.round_number > r.round_number);

-- check: weekly-capacity
-- promise: Nobody is given more than the weekly capacity allows until the target date while another independent evaluator has room.
-- source: Ruling: fair load
WITH given AS (
  SELECT a.portfolio_id, a.round_number, a.evaluator_id, a.assigned_at, a.scored_at, a.withdrawn_at, r.due_at, p.lea_id, r.season,
         CAST(:review_evaluator_weekly_reviews AS integer)
         * ((audit.days(audit.local_day(a.assigned_at), audit.local_day(r.due_at)) + 6) / 7) AS capacity
  FROM assignment a JOIN review_round r ON r.portfolio_id = a.portfolio_id AND r.round_number = a.round_number
  JOIN portfolio p ON p.portfolio_id = a.portfolio_id),
heavy AS (
  SELECT g.portfolio_id, g.round_number, g.evaluator_id, g.assigned_at, g.lea_id, g.capacity,
         count(*) > g.capacity AND g.capacity > 0 AS is_heavy
  FROM given g JOIN given o ON o.evaluator_id = g.evaluator_id AND o.assigned_at <= g.assigned_at AND o.due_at <= g.due_at
  AND (o.scored_at IS NULL OR o.scored_at > g.assigned_at) AND (o.withdrawn_at IS NULL OR o.withdrawn_at > g.assigned_at)
  WHERE g.season = :season
  GROUP BY g.portfolio_id, g.round_number, g.evaluator_id, g.assigned_at, g.lea_id, g.capacity)
SELECT h.portfolio_id || '/' || h.round_number || '/' || h.evaluator_id AS id,
       CASE WHEN h.is_heavy THEN EXISTS (
         SELECT 1 FROM evaluator e WHERE (e.left_at IS NULL OR e.left_at > h.assigned_at)
           AND NOT EXISTS (SELECT 1 FROM panel_member j WHERE j.evaluator_id = e.evaluator_id AND j.joined_at > h.assigned_at) AND coalesce(e.lea_id, '') <> h.lea_id
         AND NOT audit.holds(e.conflicts, h.lea_id)
         AND NOT EXISTS (SELECT 1 FROM given s WHERE s.portfolio_id = h.portfolio_id AND s.evaluator_id = e.evaluator_id)
         AND (SELECT count(*) FROM given o WHERE o.evaluator_id = e.evaluator_id AND o.assigned_at <= h.assigned_at
              AND (o.scored_at IS NULL OR o.scored_at > h.assigned_at) AND (o.withdrawn_at IS NULL OR o.withdrawn_at > h.assigned_at))
             < h.capacity) ELSE false END AS broken
FROM heavy h;

-- check: even-loads
-- promise: Nobody is given a review who has more than twice as many (and four) as another independent evaluator who has not seen the portfolio.
-- source: Ruling: fair load
-- rule: independent-panel
WITH given AS (
  SELECT a.portfolio_id, a.round_number, a.evaluator_id, a.assigned_at, a.scored_at, a.withdrawn_at, p.lea_id
  FROM assignment a JOIN portfolio p ON p.portfolio_id = a.portfolio_id WHERE p.season = :season),
moments AS (SELECT DISTINCT assigned_at AS at FROM given),
desks AS (
  SELECT t.at, e.evaluator_id, count(o.portfolio_id) AS open
  FROM moments t JOIN evaluator e ON (e.left_at IS NULL OR e.left_at > t.at)
    AND NOT EXISTS (SELECT 1 FROM panel_member j WHERE j.evaluator_id = e.evaluator_id AND j.joined_at > t.at)
  LEFT JOIN assignment o ON o.evaluator_id = e.evaluator_id AND o.assigned_at <= t.at
  AND (o.scored_at IS NULL OR o.scored_at > t.at) AND (o.withdrawn_at IS NULL OR o.withdrawn_at > t.at)
  WHERE NOT audit.has_key(:review_absent_weeks, e.evaluator_id) GROUP BY t.at, e.evaluator_id)
SELECT g.portfolio_id || '/' || g.round_number || '/' || g.evaluator_id AS id,
       EXISTS (SELECT 1 FROM desks l JOIN evaluator e ON e.evaluator_id = l.evaluator_id
               WHERE l.at = g.assigned_at AND 2 * l.open + 4 < m.open AND coalesce(e.lea_id, '') <> g.lea_id
               AND NOT audit.holds(e.conflicts, g.lea_id)
               AND NOT EXISTS (SELECT 1 FROM given s WHERE s.portfolio_id = g.portfolio_id AND s.evaluator_id = e.evaluator_id)) AS broken
FROM given g JOIN desks m ON m.at = g.assigned_at AND m.evaluator_id = g.evaluator_id;

-- check: no-review-waits-for-ever
-- promise: No round that was opened a year ago is still undecided.
-- source: Life of a season, 7
SELECT portfolio_id || '/' || round_number AS id,
       decided_at IS NULL AND audit.local_day(opened_at) < audit.add_days(:today, -365) AS broken
FROM review_round WHERE season = :season;

-- check: result-letters-say-what-was-decided
-- promise: The letter with a result congratulates whoever is certified and nobody else, and names the score.
-- source: Life of a season, 7
-- rule: portfolio-passes
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT audit.says(m.body, ' scored ' || (r.score_hundredths / 100) || '.' || substr(CAST(100 + r.score_hundredths % 100 AS text), 2) || '%')
       OR CASE WHEN r.status = 'certified'
               THEN audit.says(m.body, 'does not certify')
                    OR NOT audit.says(m.body, 'Congratulations! You have earned your ' || p.track || ' certification.')
                    AND NOT (r.kind = 're_review' AND audit.says(m.body, 'has reviewed your ' || p.track || ' portfolio.'))
               ELSE audit.says(lower(m.subject || m.body), 'congratulations') OR audit.says(lower(m.body), 'you have earned')
                    OR NOT audit.says(m.body, 'Your ' || p.track || ' portfolio does not certify yet.') AND NOT audit.says(m.body, ' is no longer valid: ')
          END AS broken
FROM review_round r JOIN portfolio p ON p.portfolio_id = r.portfolio_id
JOIN letter m ON m.topic = 'result' AND m.about = r.portfolio_id AND m.detail = CAST(r.round_number AS text)
WHERE r.season = :season AND r.status IN ('certified', 'not_yet');

-- check: result-letters-name-the-last-day-to-submit-again
-- promise: The letter with a result that does not certify names the last of the ninety days to submit again, or says that none are left.
-- source: Ruling: resubmission
-- rule: resubmission
SELECT r.portfolio_id || '/' || r.round_number AS id,
       CASE WHEN r.status = 'certified' THEN audit.says(m.body, 'submit it again')
            ELSE NOT audit.says(m.body, 'submit it again through ' || audit.long_day(
                   audit.add_days(audit.local_day(r.decided_at), CAST(:portfolio_resubmission_days AS integer))) || '.')
                 AND (audit.says(m.body, 'submit it again through') OR NOT audit.says(m.body, 'cannot be submitted again')) END AS broken
FROM review_round r JOIN letter m ON m.topic = 'result' AND m.about = r.portfolio_id AND m.detail = CAST(r.round_number AS text)
WHERE r.season = :season AND r.status IN ('certified', 'not_yet');

-- check: late-result-letters-name-the-promised-day
-- promise: The letter about a result that is late names the day that was promised, and the latest that the program allows.
-- source: Ruling: the SLA clock
-- rule: late-result-told
SELECT m.message_key AS id,
       NOT audit.says(m.body, ' portfolio by ' || audit.long_day(audit.day(m.more)) || '.')
       OR NOT audit.says(m.body, audit.long_day(audit.add_days(audit.day(m.more),
            7 * (CAST(:review_breach_weeks AS integer) - CAST(:review_target_weeks AS integer))))) AS broken
FROM letter m WHERE m.topic = 'late-result';

-- check: letters-of-a-round-name-the-day-of-its-result
-- promise: Whose portfolio begins to be reviewed is told the day of the result: six weeks after the clock started.
-- source: Life of a season, 7; Ruling: the SLA clock
-- rule: sla-clock
SELECT r.portfolio_id || '/' || r.round_number AS id,
       NOT audit.says(m.body, 'The result is due by ' || audit.long_day(
         audit.add_days(audit.local_day(r.started_at), 7 * CAST(:review_target_weeks AS integer))) || ',') AS broken
FROM review_round r JOIN letter m ON m.topic = 'round' AND m.about = r.portfolio_id AND m.detail = CAST(r.round_number AS text)
WHERE r.season = :season;
