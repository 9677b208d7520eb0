-- check: merged-cohorts-have-no-members
-- promise: Nobody is left in a cohort that was merged into another.
-- source: Ruling: moves and merges
-- rule: cohort-merge
SELECT c.cohort_id AS id,
       EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id)
       OR NOT EXISTS (SELECT 1 FROM cohort i WHERE i.season = c.season AND i.cohort_id = c.merged_into) AS broken
FROM cohort c WHERE c.season = :season AND c.merged_into <> '';

-- check: private-cohorts-begin-with-twenty
-- promise: A district with private cohorts began with at least 20 participants in them; fewer join a combined one.
-- source: Ruling: certification minimum
-- rule: private-cohort-minimum
SELECT c.cohort_id AS id,
       (SELECT count(DISTINCT m.detail) FROM letter m JOIN cohort p ON p.season = c.season AND p.cohort_id = m.about
        JOIN educator e ON e.season = c.season AND e.email = m.detail
        WHERE m.topic = 'cohort' AND p.kind = 'private'
          AND e.lea_id IN (SELECT e2.lea_id FROM letter m2 JOIN educator e2 ON e2.season = c.season AND e2.email = m2.detail
                           WHERE m2.topic = 'cohort' AND m2.about = c.cohort_id))
       < CAST(:cohorts_private_minimum_participants AS integer) AS broken
FROM cohort c WHERE c.season = :season AND c.kind = 'private';

-- check: combined-cohorts-know-no-regions
-- promise: Nobody waits for a cohort while one that meets in a slot of the district has room and has not begun.
-- source: Ruling: combined cohorts know no regions
-- rule: cohort-replan
SELECT n.email AS id,
       EXISTS (SELECT 1 FROM cohort c JOIN application a ON a.season = c.season AND a.lea_id = n.lea_id
               WHERE c.season = n.season AND c.kind = 'combined' AND c.merged_into = '' AND audit.holds(a.slots, c.slot)
                 AND c.starts_on > audit.day(:today)
                 AND (SELECT count(*) FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id)
                     < CAST(:cohorts_maximum_participants AS integer)) AS broken
FROM enrollment n
WHERE n.season = :season AND n.component = 'certification' AND n.status = 'enrolled'
  AND audit.add_days(audit.first_day(:cohorts_planned_on), CAST(:cohorts_notice_days AS integer)) < audit.day(:today)
  AND NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = n.season AND m.email = n.email);

-- check: nobody-is-told-of-a-start-in-the-past
-- promise: A letter about a new cohort comes before the cohort begins.
-- source: Ruling: moves and merges; Ruling: start agreed with the lead
-- rule: cohort-plan
SELECT m.message_key AS id, m.written_on >= c.starts_on AS broken
FROM letter m JOIN cohort c ON c.season = :season AND c.cohort_id = m.about WHERE m.topic = 'cohort' AND m.more = '';

-- check: cohorts-have-a-facilitator-with-an-address
-- promise: Each cohort is led by a facilitator of the provider who can be written to.
-- source: Terms: provider; Terms: facilitator
-- rule: facilitator-slot
SELECT c.cohort_id AS id,
       NOT EXISTS (SELECT 1 FROM facilitator f WHERE f.facilitator_id = c.facilitator_id AND lower(f.email) LIKE '%_@_%') AS broken
FROM cohort c WHERE c.season = :season;

-- check: attendance-comes-after-its-session
-- promise: Attendance is of a session that has been held.
-- source: Ruling: attendance
-- rule: attendance-of-a-session
SELECT a.email || '/' || a.session_number AS id, s.starts_at > :now AS broken
FROM attendance a JOIN cohort_session s ON s.season = a.season AND s.cohort_id = a.cohort_id AND s.session_number = a.session_number
WHERE a.season = :season;

-- check: missed-sessions-are-told
-- promise: Whoever missed more sessions than expected was told, and so was the lead in a check-in.
-- source: Ruling: attendance
-- rule: phase-one-attendance
SELECT a.email AS id,
       count(*) > CAST(:cohorts_sessions AS integer) - CAST(:cohorts_attendance_expected_sessions AS integer)
       AND NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'attendance' AND m.about = a.email) AS broken
FROM attendance a WHERE a.season = :season AND NOT a.is_present GROUP BY a.email;

-- check: leads-hear-periodically
-- promise: The lead of each district with participants in a cohort got a check-in for every span of the policy's weeks.
-- source: Life of a season, 12; Terms: district lead
-- rule: lead-check-in
SELECT e.lea_id AS id,
       (SELECT count(*) FROM letter k WHERE k.topic = 'check-in' AND k.about = e.lea_id)
       < CAST(:cohorts_weeks AS integer) / CAST(:cohorts_check_in_weeks AS integer) - 1 AS broken
FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email
JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
WHERE m.season = :season
GROUP BY e.lea_id HAVING audit.add_days(max(c.ends_on), CAST(:operation_catch_up_days AS integer)) < audit.day(:today);

-- check: moved-sessions-are-told
-- promise: Everybody in a cohort whose session was moved was told the new time, unless they joined later.
-- source: Life of a season, 5
-- rule: session-moved
SELECT s.cohort_id || '/' || s.session_number || '/' || m.email AS id,
       NOT EXISTS (SELECT 1 FROM letter k WHERE k.topic = 'session-moved' AND k.about = s.cohort_id
                     AND k.recipient IN (SELECT m.email UNION SELECT also FROM same_person WHERE email = m.email)
                   AND k.detail = CAST(s.session_number AS text))
       AND NOT EXISTS (SELECT 1 FROM letter k WHERE k.topic = 'cohort' AND k.about = s.cohort_id AND k.detail = m.email AND k.more <> '') AS broken
FROM cohort_session s JOIN cohort_member m ON m.season = s.season AND m.cohort_id = s.cohort_id
WHERE s.season = :season AND s.sequence > 0;

-- check: leads-are-told-of-moved-sessions
-- promise: Where a participant was told that a session was moved, so was the lead of the district.
-- source: Life of a season, 5; Ruling: moves and merges
-- rule: session-moved
SELECT k.about || '/' || k.detail || '/' || e.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter l WHERE l.topic = 'session-moved-lead' AND l.about = k.about AND l.detail = k.detail AND l.more = e.lea_id) AS broken
FROM letter k JOIN educator e ON e.season = :season AND e.email = k.recipient WHERE k.topic = 'session-moved';

-- check: moved-sessions-are-in-slots-of-every-district
-- promise: A session is in its cohort's slot, or in one that each participant's district marked, where it marked any, but for exceptions that have a reason.
-- source: Ruling: moves and merges
-- rule: session-moved, cohort-move, cohort-merge
SELECT DISTINCT s.cohort_id || '/' || s.session_number || '/' || e.lea_id AS id,
       s.exception_reason = '' AND audit.slot(s.starts_at) <> c.slot AND NOT audit.holds(a.slots, audit.slot(s.starts_at)) AS broken
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
JOIN cohort_member m ON m.season = s.season AND m.cohort_id = s.cohort_id
JOIN educator e ON e.season = m.season AND e.email = m.email
JOIN application a ON a.season = m.season AND a.lea_id = e.lea_id
WHERE s.season = :season AND m.exception_reason = '' AND audit.length(a.slots) > 0
  AND EXISTS (SELECT 1 FROM letter k WHERE k.topic = 'cohort' AND k.about = s.cohort_id AND k.detail = m.email AND k.created_at <= s.starts_at);

-- check: exceptions-of-sessions-are-told
-- promise: Whoever was told of a session at a time that a district did not mark, participant or lead, was told the reason of the exception.
-- source: Ruling: moves and merges
-- rule: session-moved
SELECT k.message_key AS id, NOT audit.says(k.body, s.exception_reason) AS broken
FROM letter k JOIN cohort_session s ON s.season = :season AND s.cohort_id = k.about AND CAST(s.session_number AS text) = k.detail
WHERE k.topic IN ('session-moved', 'session-moved-lead') AND s.exception_reason <> ''
  AND k.created_at = (SELECT max(o.created_at) FROM letter o WHERE o.topic = k.topic AND o.about = k.about AND o.detail = k.detail);

-- check: sessions-are-stored-in-utc-for-local-hours
-- promise: A cohort's sessions begin at the same local hour, also across the change of the clocks.
-- source: Ruling: time zone, money
-- rule: cohort-plan
SELECT s.cohort_id AS id, count(DISTINCT audit.slot(s.starts_at)) > 1 AS broken
FROM cohort_session s WHERE s.season = :season AND NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'session-moved' AND m.about = s.cohort_id
                                        AND m.detail = CAST(s.session_number AS text))
GROUP BY s.cohort_id;

-- check: cohorts-are-not-too-large
-- promise: No cohort has more than 35 participants.
-- source: Ruling: certification minimum
-- rule: cohort-plan, cohort-replan, cohort-merge
SELECT c.cohort_id AS id,
       (SELECT count(*) FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id)
       > CAST(:cohorts_maximum_participants AS integer) AS broken
FROM cohort c WHERE c.season = :season AND c.merged_into = '';

-- check: cohorts-are-not-too-small
-- promise: A cohort has at least 15 participants.
-- source: Ruling: certification minimum
-- rule: cohort-plan, cohort-replan
SELECT c.cohort_id AS id,
       (SELECT count(*) FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id)
       < CAST(:cohorts_minimum_participants AS integer) AS broken
FROM cohort c WHERE c.season = :season AND c.merged_into = '';

-- check: private-cohorts-are-of-one-district
-- promise: Everybody in a private cohort is of the same district, but for exceptions that an operator made with a reason.
-- source: Terms: cohort; Ruling: moves and merges
-- rule: cohort-plan, cohort-move, cohort-merge
SELECT c.cohort_id AS id,
       (SELECT count(DISTINCT e.lea_id) FROM cohort_member m
        JOIN educator e ON e.season = m.season AND e.email = m.email
        WHERE m.season = c.season AND m.cohort_id = c.cohort_id AND m.exception_reason = '') > 1 AS broken
FROM cohort c WHERE c.season = :season AND c.kind = 'private' AND c.merged_into = '';

-- check: members-have-a-certification-seat
-- promise: Whoever is in a cohort has, or had, a certification seat.
-- source: Life of a season, 5
SELECT m.email AS id,
       NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.season = m.season AND e.email = m.email
                   AND e.component = 'certification' AND e.status IN ('enrolled', 'replaced', 'withdrawn')) AS broken
FROM cohort_member m WHERE m.season = :season;

-- check: everybody-has-a-cohort-or-word
-- promise: Whoever is enrolled in certification is in a cohort, or was written to about the choices.
-- source: Ruling: combined cohorts know no regions
-- rule: cohort-plan, cohort-choices
SELECT n.email AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = n.season AND m.email = n.email)
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_key = n.season || '/unplaced/' || n.email) AS broken
FROM enrollment n WHERE n.season = :season AND n.component = 'certification' AND n.status = 'enrolled'
  AND n.signed_at < (SELECT max(w.decided_at) FROM decision w WHERE w.season = :season
                     AND w.rule IN ('phase-one-attendance', 'lead-check-in', 'cohort-merge'));

-- check: seats-without-a-cohort-end
-- promise: When no cohort can be joined any more, nobody keeps a certification seat without a cohort: the seat ends, with a letter.
-- source: Ruling: combined cohorts know no regions
-- rule: cohort-too-late
SELECT n.email AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = n.season AND m.email = n.email) AS broken
FROM enrollment n JOIN last_look_at_cohorts w ON n.signed_at < w.looked_at AND w.looked_on > audit.day(:cohorts_latest_start_on) AND w.joinable = 0
WHERE n.season = :season AND n.component = 'certification' AND n.status = 'enrolled';

-- check: five-sessions
-- promise: Every cohort meets as often as the policy says.
-- source: Life of a season, 5
-- rule: cohort-plan
SELECT c.cohort_id AS id,
       (SELECT count(*) FROM cohort_session s WHERE s.season = c.season AND s.cohort_id = c.cohort_id)
       <> CAST(:cohorts_sessions AS integer) AS broken
FROM cohort c WHERE c.season = :season;

-- check: sessions-of-two-hours
-- promise: A session lasts as long as the policy says.
-- source: Life of a season, 5
SELECT cohort_id || '/' || session_number AS id,
       abs(audit.hours(starts_at, ends_at) - CAST(:cohorts_session_hours AS integer)) > 0.001 AS broken
FROM cohort_session WHERE season = :season;

-- check: sessions-two-weeks-apart
-- promise: Between two sessions of a cohort there are as many days as the policy allows.
-- source: Life of a season, 5
SELECT s.cohort_id || '/' || s.session_number AS id,
       audit.days(audit.local_day(p.starts_at), audit.local_day(s.starts_at))
       NOT BETWEEN CAST(:cohorts_session_gap_minimum_days AS integer) AND CAST(:cohorts_session_gap_maximum_days AS integer) AS broken
FROM cohort_session s JOIN cohort_session p
  ON p.season = s.season AND p.cohort_id = s.cohort_id AND p.session_number = s.session_number - 1
WHERE s.season = :season;

-- check: sessions-at-the-local-time-of-their-slot
-- promise: A session that was not moved begins on the weekday and at the local time of the cohort's slot, whatever the clocks do.
-- source: Life of a season, 5; Ruling: time zone, money
SELECT s.cohort_id || '/' || s.session_number AS id, audit.slot(s.starts_at) <> c.slot AS broken
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
WHERE s.season = :season AND NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'session-moved' AND m.about = s.cohort_id
                                        AND m.detail = CAST(s.session_number AS text));

-- check: sessions-not-on-closed-days
-- promise: No session is on a holiday of the state, or on a day on which a participant's district is closed.
-- source: Ruling: office hours; Life of a season, 5
-- rule: session-moved
SELECT s.cohort_id || '/' || s.session_number AS id,
       audit.holds_day(:closed_days, audit.local_day(s.starts_at))
       OR EXISTS (SELECT 1 FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email
                  WHERE m.season = s.season AND m.cohort_id = s.cohort_id AND audit.has_key(:cohorts_closed_on, e.lea_id)
                    AND audit.holds_day(audit.days_of(:cohorts_closed_on, e.lea_id), audit.local_day(s.starts_at))) AS broken
FROM cohort_session s WHERE s.season = :season;

-- check: facilitators-are-in-one-meeting-at-a-time
-- promise: Two sessions of one facilitator do not overlap, and there is a break between them.
-- source: Ruling: facilitators are in one meeting at a time
-- rule: cohort-plan, facilitator-slot
SELECT id, coalesce(starts_at < max(ends_at) OVER (PARTITION BY facilitator_id ORDER BY starts_at, id
                                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 1 = 0) AS broken
FROM led_session;

-- check: facilitators-lead-in-their-slots
-- promise: A facilitator leads cohorts in slots that they offer.
-- source: Terms: facilitator
-- rule: facilitator-slot
SELECT c.cohort_id AS id, NOT audit.holds(f.slots, c.slot) AS broken
FROM cohort c JOIN facilitator f ON f.facilitator_id = c.facilitator_id WHERE c.season = :season AND c.merged_into = '';

-- check: facilitators-lead-no-more-than-they-offer
-- promise: No facilitator leads more cohorts than they offer.
-- source: Terms: facilitator
-- rule: cohort-plan
SELECT f.facilitator_id AS id,
       (SELECT count(*) FROM cohort c WHERE c.season = :season AND c.facilitator_id = f.facilitator_id AND c.merged_into = '')
       > f.maximum_cohorts AS broken
FROM facilitator f;

-- check: members-meet-in-a-slot-of-their-district
-- promise: A participant's cohort meets in a slot that the district marked, where it marked any, but for exceptions that have a reason.
-- source: Life of a season, 5; Ruling: moves and merges
-- rule: cohort-plan, cohort-move, cohort-merge
SELECT m.email AS id, NOT audit.holds(a.slots, c.slot) AND audit.length(a.slots) > 0 AND m.exception_reason = '' AS broken
FROM cohort_member m JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
JOIN educator e ON e.season = m.season AND e.email = m.email
JOIN application a ON a.season = m.season AND a.lea_id = e.lea_id
WHERE m.season = :season;

-- check: cohorts-begin-in-their-season
-- promise: No cohort begins before the policy's first day.
-- source: Life of a season, 5
SELECT cohort_id AS id, starts_on < audit.day(:cohorts_earliest_start_on) AS broken FROM cohort WHERE season = :season;

-- check: fourteen-weeks
-- promise: Phase 1 takes 14 weeks.
-- source: Life of a season, 5
SELECT cohort_id AS id, ends_on <> audit.add_days(starts_on, 7 * CAST(:cohorts_weeks AS integer) - 1) AS broken
FROM cohort WHERE season = :season;

-- check: sessions-lie-within-phase-one
-- promise: Every session is between the first and the last day of its cohort.
-- source: Life of a season, 5
SELECT s.cohort_id || '/' || s.session_number AS id,
       audit.local_day(s.starts_at) NOT BETWEEN c.starts_on AND c.ends_on AS broken
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id WHERE s.season = :season;

-- check: attendance-is-of-members
-- promise: Attendance is on record for participants of a cohort only.
-- source: Ruling: attendance
-- rule: attendance-of-a-session
SELECT a.email || '/' || a.session_number AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = a.season AND m.email = a.email) AS broken
FROM attendance a WHERE a.season = :season;

-- check: participants-are-told-their-cohort
-- promise: Everybody in a cohort got a letter about it.
-- source: Life of a season, 5
-- rule: cohort-plan, cohort-replan, cohort-move
SELECT m.email AS id,
       NOT EXISTS (SELECT 1 FROM letter o WHERE o.topic = 'cohort' AND o.about = m.cohort_id AND o.detail = m.email) AS broken
FROM cohort_member m WHERE m.season = :season;

-- check: cohorts-begin-with-their-start-agreed
-- promise: A cohort that has begun had its start confirmed for each district that was asked, by the lead, by silence, or by program staff.
-- source: Ruling: start agreed with the lead
-- rule: start-answered, start-silence, start-decided
SELECT c.cohort_id AS id,
       NOT EXISTS (SELECT 1 FROM start_agreement a WHERE a.season = c.season AND a.cohort_id = c.cohort_id AND a.status <> 'withdrawn')
       OR EXISTS (SELECT 1 FROM start_agreement a WHERE a.season = c.season AND a.cohort_id = c.cohort_id AND a.status <> 'withdrawn'
                  AND (a.status <> 'confirmed' OR a.confirmed_by = '')) AS broken
FROM cohort c WHERE c.season = :season AND c.merged_into = '' AND c.starts_on < audit.day(:today)
  AND EXISTS (SELECT 1 FROM cohort_member m WHERE m.season = c.season AND m.cohort_id = c.cohort_id);

-- check: every-district-in-a-cohort-has-its-start-agreed
-- promise: The start of a cohort is agreed, or being agreed, with the lead of each district that has participants there, however they came.
-- source: Ruling: start agreed with the lead; Ruling: moves and merges
-- rule: start-parties
SELECT DISTINCT m.cohort_id || '/' || e.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM start_agreement a WHERE a.season = m.season AND a.cohort_id = m.cohort_id AND a.lea_id = e.lea_id
                   AND a.status <> 'withdrawn') AS broken
FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email WHERE m.season = :season;

-- check: nobody-is-asked-about-the-start-of-a-cohort-they-left
-- promise: A district without participants in a cohort is asked nothing about its start any more.
-- source: Ruling: start agreed with the lead; Ruling: moves and merges
-- rule: start-parties
SELECT a.cohort_id || '/' || a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email
                   WHERE m.season = a.season AND m.cohort_id = a.cohort_id AND e.lea_id = a.lea_id) AS broken
FROM start_agreement a WHERE a.season = :season AND a.status <> 'withdrawn';

-- check: confirmed-starts-say-whether-they-may-move
-- promise: Who is told that a start is confirmed is told until when another district may still move it, or that it is final.
-- source: Ruling: start agreed with the lead
-- rule: start-answered, start-decided
SELECT message_key AS id, lower(body) NOT LIKE '%asks for another start by %final.%' AND lower(body) NOT LIKE '%has asked for another start. we decide on it by %final.%'
       AND NOT audit.says(body, 'This start is final') AS broken
FROM letter WHERE topic = 'start-answer' AND lower(subject) NOT LIKE 'about the start that you asked for%';

-- check: participants-know-until-when-their-start-may-move
-- promise: The first letter about a cohort says until when district leads can ask for another start.
-- source: Ruling: start agreed with the lead
-- rule: cohort-plan, start-proposed
SELECT message_key AS id, lower(body) NOT LIKE '%the start may still move: %can ask for another one until %' AS broken
FROM letter WHERE topic = 'cohort' AND more = '';

-- check: merges-within-a-district-say-so
-- promise: Who decides on merging two private cohorts of one district is told that everybody stays among colleagues.
-- source: Ruling: moves and merges
-- rule: cohort-merge
SELECT m.message_key AS id, NOT audit.says(m.body, 'Both are private cohorts of district ') AS broken
FROM letter m JOIN cohort a ON a.season = :season AND a.cohort_id = m.about AND a.kind = 'private'
JOIN cohort b ON b.season = :season AND b.kind = 'private' AND audit.says(m.body, ' ' || b.cohort_id || ' (')
WHERE m.topic = 'merge';

-- check: leads-are-told-of-starts-ahead
-- promise: No lead was told of a start that had passed, or was the same day.
-- source: Ruling: start agreed with the lead; Ruling: moves and merges
-- rule: start-proposed
SELECT m.message_key AS id, m.written_on >= audit.day(m.more) AS broken FROM letter m WHERE m.topic = 'start';

-- check: starts-outside-a-preferred-time-are-near-it
-- promise: Where a private cohort was proposed to start outside the time that its district prefers, no cohort in the same slot was proposed at that moment to start nearer to it, school days and notice allowing.
-- source: Ruling: start agreed with the lead
-- rule: start-proposed
SELECT m.message_key AS id,
       EXISTS (SELECT 1 FROM letter o JOIN cohort d ON d.season = c.season AND d.cohort_id = o.detail
               WHERE o.topic = 'start' AND o.created_at = m.created_at AND d.slot = c.slot
                 AND audit.days(m.written_on, audit.day(o.more)) >= CAST(:cohorts_notice_days AS integer)
                 AND CASE WHEN audit.day(o.more) < a.start_from THEN audit.days(audit.day(o.more), a.start_from)
                          WHEN audit.day(o.more) > a.start_until THEN audit.days(a.start_until, audit.day(o.more)) ELSE 0 END
                   < CASE WHEN audit.day(m.more) < a.start_from THEN audit.days(audit.day(m.more), a.start_from)
                          WHEN audit.day(m.more) > a.start_until THEN audit.days(a.start_until, audit.day(m.more)) ELSE 0 END) AS broken
FROM letter m JOIN cohort c ON c.season = :season AND c.cohort_id = m.detail AND c.kind = 'private'
JOIN application a ON a.season = c.season AND a.lea_id = m.about
WHERE m.topic = 'start' AND m.created_at = (SELECT min(f.created_at) FROM letter f WHERE f.topic = 'start' AND f.detail = m.detail)
  AND NOT audit.has_key(:cohorts_closed_on, a.lea_id);

-- check: starts-outside-a-preferred-time-say-why
-- promise: A lead whose preferred time was not met is told why: where the season begins or ends, no school days, other districts, or the reason of a move.
-- source: Ruling: start agreed with the lead
-- rule: start-proposed
SELECT message_key AS id, lower(subject) NOT LIKE 'new start%' AND NOT audit.says(body, 'No cohort of this season starts ') AND NOT audit.says(body, 'No cohort can start before ')
       AND NOT audit.says(body, 'No start inside that time') AND NOT audit.says(body, 'No start suits all districts')
       AND NOT audit.says(body, 'The start of this cohort was set before') AS broken
FROM letter WHERE topic = 'start' AND audit.says(body, 'In the survey you named a start ');

-- check: starts-are-proposed-by-letter
-- promise: Whoever could answer for a district was told the start in a letter: with the day until which to ask for another, or as agreed.
-- source: Ruling: start agreed with the lead
-- rule: start-proposed
SELECT a.cohort_id || '/' || a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic IN ('start', 'start-joined') AND m.about = a.lea_id AND m.detail = a.cohort_id) AS broken
FROM start_agreement a WHERE a.season = :season AND NOT (a.confirmed_by = 'operator' AND a.confirm_by = a.starts_on);

-- check: agreed-starts-are-kept
-- promise: A cohort starts on the day to which each of its leads agreed.
-- source: Ruling: start agreed with the lead
-- rule: start-answered, start-decided
SELECT a.cohort_id || '/' || a.lea_id AS id, a.starts_on <> c.starts_on AS broken
FROM start_agreement a JOIN cohort c ON c.season = a.season AND c.cohort_id = a.cohort_id
WHERE a.season = :season AND c.merged_into = '' AND a.status <> 'withdrawn';

-- check: silence-confirms-after-its-days
-- promise: Silence confirmed a start only after the last day to answer, or on the day before which everybody had to answer.
-- source: Ruling: start agreed with the lead
-- rule: start-silence
SELECT a.cohort_id || '/' || a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM decision d WHERE d.season = a.season AND d.subject_kind = 'cohort' AND d.rule = 'start-silence'
                   AND d.subject_key = a.cohort_id || '/' || a.lea_id
                   AND (audit.local_day(d.decided_at) > a.confirm_by OR audit.local_day(d.decided_at) >= a.starts_on)) AS broken
FROM start_agreement a WHERE a.season = :season AND a.confirmed_by = 'silence';

-- check: who-moved-is-told-which-cohort-they-left
-- promise: Whoever moved to another cohort, alone or by a merge, got a letter that names the cohort of their letter before.
-- source: Ruling: moves and merges
-- rule: cohort-move, cohort-merge
SELECT t.email || '/' || t.left_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'cohort' AND m.detail = t.email AND m.created_at = t.decided_at
                   AND audit.says(m.body, 'ohort ' || t.left_id || ' ')) AS broken
FROM (SELECT d.subject_key AS email, d.decided_at,
             (SELECT l.about FROM letter l WHERE l.topic = 'cohort' AND l.detail = d.subject_key AND l.created_at < d.decided_at
              ORDER BY l.created_at DESC LIMIT 1) AS left_id
      FROM decision d WHERE d.season = :season AND d.subject_kind = 'educator' AND d.rule = 'cohort-move' AND d.outcome = 'moved') t
WHERE t.left_id IS NOT NULL;

-- check: leads-hear-who-moved
-- promise: The lead of whoever moved to another cohort, or was placed in one, got a letter then that names both cohorts.
-- source: Ruling: moves and merges; Terms: district lead
-- rule: cohort-move, cohort-merge
SELECT d.subject_key || '/' || e.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'cohort-change' AND m.about = e.lea_id AND m.created_at = d.decided_at
                   AND audit.says(m.body, 'cohort ' || m.detail) AND (m.more = 'none' OR audit.says(m.body, 'ohort ' || m.more || ' '))) AS broken
FROM decision d JOIN educator e ON e.season = d.season AND e.email = d.subject_key
WHERE d.season = :season AND d.subject_kind = 'educator' AND d.rule = 'cohort-move' AND d.outcome = 'moved';

-- check: leads-hear-of-merges
-- promise: Each lead with participants in a cohort into which another was merged got a letter about the merge, wherever they came from.
-- source: Ruling: moves and merges; Terms: district lead
-- rule: cohort-merge
SELECT c.cohort_id || '/' || a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'cohort-change' AND m.about = a.lea_id AND m.detail = c.merged_into
                   AND m.more = c.cohort_id) AS broken
FROM cohort c JOIN decision d ON d.season = c.season AND d.subject_kind = 'cohort' AND d.subject_key = c.cohort_id
  AND d.rule = 'cohort-merge' AND d.outcome = 'merged'
JOIN start_agreement a ON a.season = c.season AND a.cohort_id = c.merged_into AND a.status <> 'withdrawn' AND a.proposed_at <= d.decided_at
WHERE c.season = :season;

-- check: exceptions-of-places-are-told
-- promise: Whoever is in a cohort as an exception, and the own lead, were told the reason.
-- source: Ruling: moves and merges
-- rule: cohort-move, cohort-merge
SELECT m.email AS id,
       NOT EXISTS (SELECT 1 FROM letter k WHERE k.topic = 'cohort' AND k.about = m.cohort_id AND k.detail = m.email
                   AND audit.says(k.body, m.exception_reason))
       OR NOT EXISTS (SELECT 1 FROM letter k WHERE k.topic = 'cohort-change' AND k.about = e.lea_id AND k.detail = m.cohort_id
                      AND audit.says(k.body, m.exception_reason)) AS broken
FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email
WHERE m.season = :season AND m.exception_reason <> '';

-- check: hosts-of-guests-are-told
-- promise: The lead of a private cohort was told of each guest of another district that joins it, with the reason of the exception.
-- source: Ruling: moves and merges; Terms: cohort
-- rule: cohort-move, cohort-merge
SELECT m.email AS id,
       NOT EXISTS (SELECT 1 FROM letter k WHERE k.topic = 'cohort-change' AND k.detail = m.cohort_id AND k.about <> e.lea_id
                   AND audit.says(k.body, 'Reason for the exception: ' || m.exception_reason)
                   AND k.about IN (SELECT o.lea_id FROM cohort_member h JOIN educator o ON o.season = h.season AND o.email = h.email
                                   WHERE h.season = m.season AND h.cohort_id = m.cohort_id AND h.exception_reason = '')) AS broken
FROM cohort_member m JOIN educator e ON e.season = m.season AND e.email = m.email
JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id AND c.kind = 'private'
WHERE m.season = :season AND m.exception_reason <> ''
  AND NOT EXISTS (SELECT 1 FROM cohort_member h JOIN educator o ON o.season = h.season AND o.email = h.email
                  WHERE h.season = m.season AND h.cohort_id = m.cohort_id AND h.exception_reason = '' AND o.lea_id = e.lea_id)
  AND EXISTS (SELECT 1 FROM cohort_member h WHERE h.season = m.season AND h.cohort_id = m.cohort_id AND h.exception_reason = '');

-- check: participants-know-the-last-day-of-their-portfolio
-- promise: The newest letter to a participant about the cohort names the last day to submit the portfolio: six months after phase 1, at most nine after its start.
-- source: Life of a season, 6
-- rule: portfolio-window
SELECT m.message_key AS id,
       NOT audit.says(m.body, 'last day to submit your portfolio is ' || audit.long_day(
         CASE WHEN audit.add_months(c.ends_on, CAST(:portfolio_months AS integer)) < audit.add_months(c.starts_on, CAST(:portfolio_program_months AS integer))
              THEN audit.add_months(c.ends_on, CAST(:portfolio_months AS integer))
              ELSE audit.add_months(c.starts_on, CAST(:portfolio_program_months AS integer)) END) || '.') AS broken
FROM letter m JOIN cohort_member s ON s.season = :season AND s.cohort_id = m.about AND s.email = m.detail
JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
WHERE m.topic = 'cohort'
  AND m.created_at = (SELECT max(k.created_at) FROM letter k WHERE k.topic = 'cohort' AND k.about = m.about AND k.detail = m.detail);

-- check: participants-are-told-the-hours-of-their-sessions
-- promise: A letter to each participant, and its calendar file, have the day and the hours of every session of the cohort as it is held, but of those held before somebody joined.
-- source: Life of a season, 5; Ruling: time zone, money
-- rule: cohort-plan, cohort-move, session-moved
SELECT s.cohort_id || '/' || s.session_number || '/' || b.email AS id,
       coalesce(min(CASE WHEN lower(k.told) NOT LIKE '%/' || s.sequence THEN NULL
                         WHEN k.told = audit.utc_stamp(s.starts_at) || '/' || audit.utc_stamp(s.ends_at) || '/' || s.sequence
                              AND audit.says(k.body, audit.long_span(s.starts_at, s.ends_at)) THEN 1 ELSE 0 END), 0) = 0 AS broken
FROM cohort_member b JOIN cohort_session s ON s.season = b.season AND s.cohort_id = b.cohort_id
LEFT JOIN (SELECT m.about, n.session_number, CASE m.topic WHEN 'cohort' THEN m.detail ELSE audit.part(m.message_key, 6) END AS email, m.body,
                  audit.event(m.calendars, 'session-' || n.cohort_id || '-' || n.session_number) AS told
           FROM letter m JOIN cohort_session n ON n.season = :season AND n.cohort_id = m.about
           WHERE m.topic = 'cohort' OR m.topic = 'session-moved' AND m.detail = CAST(n.session_number AS text)) k
  ON k.about = s.cohort_id AND k.session_number = s.session_number
  AND (k.email = b.email OR EXISTS (SELECT 1 FROM same_person q WHERE q.email = k.email AND q.also = b.email))
WHERE b.season = :season
  AND s.starts_at > (SELECT max(j.created_at) FROM letter j WHERE j.topic = 'cohort' AND j.about = b.cohort_id AND j.detail = b.email)
GROUP BY s.cohort_id, s.session_number, s.sequence, b.email;
