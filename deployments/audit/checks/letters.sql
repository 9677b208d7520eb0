-- check: every-letter-arrives-or-fails-with-a-reason
-- promise: A letter that was written two weeks ago was sent, or has failed with the reason.
-- source: Life of a season, 2
SELECT message_key AS id,
       status IN ('pending', 'sending') AND audit.local_day(created_at) < audit.add_days(:today, -14)
       OR status = 'failed' AND answer = '' AS broken
FROM outbox WHERE season = :season AND kind = 'mail';

-- check: sent-letters-have-an-answer
-- promise: A letter that counts as sent was tried, and has the moment of its answer.
-- source: Life of a season, 2
SELECT message_key AS id, attempts < 1 OR answered_at IS NULL AS broken
FROM outbox WHERE season = :season AND kind = 'mail' AND status = 'sent';

-- check: operators-know-of-failed-letters
-- promise: Operators were written to about each letter that failed.
-- source: Life of a season, 2
SELECT message_key AS id, operators_told_at IS NULL AS broken
FROM outbox WHERE season = :season AND kind = 'mail' AND status = 'failed';

-- check: letters-have-a-recipient-and-a-subject
-- promise: Every letter goes to an address, with a subject and a text.
-- source: Life of a season, 2
SELECT message_key AS id, lower(recipient) NOT LIKE '%_@_%' OR subject = '' OR body = '' AS broken FROM letter;

-- check: nobody-is-offered-zero-credits
-- promise: No letter offers graduate credits to whom none are open.
-- source: Life of a season, 9
-- rule: credit-request
SELECT message_key AS id, audit.says(lower(body), ' 0 graduate credits') OR audit.says(lower(body), ' no graduate credits') OR lower(body) LIKE '%up to 0 %credit%' AS broken
FROM letter WHERE audit.says(lower(body), 'graduate credit');

-- check: no-letter-speaks-of-nothing
-- promise: No letter has a word of the program, or a gap, where a name, a number, or a date should be.
-- source: Life of a season, 2
SELECT message_key AS id, audit.is_flawed(subject, body) AS broken FROM letter;

-- check: letters-open-with-their-reader
-- promise: Every letter says whom it is for, and by whom it is written.
-- source: Life of a season, 2
SELECT message_key AS id, lower(body) NOT LIKE 'dear _%' OR audit.ends_with(body, :letters_signature) = 0 AS broken FROM letter;

-- check: days-are-told-as-people-read-them
-- promise: No letter has a day or a moment as machines write it.
-- source: Ruling: time zone, money
SELECT message_key AS id, audit.has_machine_day(body) AS broken FROM letter;

-- check: letters-go-to-whom-they-are-about
-- promise: Every letter goes to the person whom it is about, to a lead of their district, or to the evaluator or the staff concerned, and to nobody else.
-- source: Terms: person; Terms: district lead
SELECT m.message_key AS id,
       NOT EXISTS (SELECT 1 FROM letter_reader r WHERE r.message_key = m.message_key
                   AND (r.email = lower(m.recipient)
                        OR EXISTS (SELECT 1 FROM person_address a WHERE lower(a.address) = r.email AND lower(a.email) = lower(m.recipient))
                        OR EXISTS (SELECT 1 FROM same_person s WHERE lower(s.email) = r.email AND lower(s.also) = lower(m.recipient)
                                   OR lower(s.also) = r.email AND lower(s.email) = lower(m.recipient)))) AS broken
FROM letter m;

-- check: letters-are-of-the-moment-of-their-decision
-- promise: A result, the opening of a review, and the end of the waitlist are told in a letter of the same day.
-- source: Life of a season, 7; Ruling: the waitlist ends
-- rule: portfolio-passes, waitlist-closed
SELECT w.message_key AS id, audit.local_day(w.decided_at) <> w.written_on AS broken
FROM (SELECT m.message_key, m.written_on, r.decided_at FROM letter m
      JOIN review_round r ON r.portfolio_id = m.about AND CAST(r.round_number AS text) = m.detail WHERE m.topic = 'result'
      UNION ALL
      SELECT m.message_key, m.written_on, r.opened_at FROM letter m
      JOIN review_round r ON r.portfolio_id = m.about AND CAST(r.round_number AS text) = m.detail WHERE m.topic = 'round'
      UNION ALL
      SELECT m.message_key, m.written_on, max(r.closed_at) FROM letter m
      JOIN seat_request r ON r.season = :season AND r.lea_id = m.about AND r.closed_at IS NOT NULL
      WHERE m.topic = 'waitlist_closed' GROUP BY m.message_key, m.written_on) w;

-- check: letters-are-sent-soon
-- promise: A letter is sent after it was written, and within two weeks.
-- source: Life of a season, 2
SELECT message_key AS id,
       answered_at < created_at OR audit.days(audit.local_day(created_at), audit.local_day(answered_at)) > CAST(:operation_catch_up_days AS integer) AS broken
FROM outbox WHERE season = :season AND kind = 'mail' AND status = 'sent';
