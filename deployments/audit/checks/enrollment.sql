-- check: everybody-has-one-id
-- promise: Every educator has a stable id of their own.
-- source: Terms: person
-- rule: enrollment-needs-a-seat
SELECT e.email AS id, (SELECT count(*) FROM person p WHERE p.email = e.email) <> 1 AS broken FROM educator e WHERE e.season = :season;

-- check: leavers-are-told
-- promise: Whoever left a seat, or whose seat went to somebody else, got a letter about it.
-- source: Life of a season, 3; Life of a season, 12
-- rule: participant-leaves, leaver-is-replaced
SELECT n.email || '/' || n.component AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic IN ('withdrawn', 'replaced') AND m.about = n.email AND m.detail = n.component) AS broken
FROM enrollment n WHERE n.season = :season AND n.status IN ('withdrawn', 'replaced');

-- check: leavers-are-in-no-cohort
-- promise: Whoever has left the certification is not in a cohort that is still to begin.
-- source: Life of a season, 5; Terms: educator
-- rule: participant-leaves
SELECT n.email AS id,
       EXISTS (SELECT 1 FROM cohort_member m JOIN cohort c ON c.season = m.season AND c.cohort_id = m.cohort_id
               WHERE m.season = n.season AND m.email = n.email AND c.starts_on > audit.day(:today)) AS broken
FROM enrollment n WHERE n.season = :season AND n.component = 'certification' AND n.status IN ('withdrawn', 'replaced', 'lapsed');

-- check: educators-have-a-seat-or-had-one
-- promise: Every educator on record was named for a seat.
-- source: Terms: educator
-- rule: enrollment-needs-a-seat
SELECT e.email AS id, NOT EXISTS (SELECT 1 FROM enrollment n WHERE n.season = e.season AND n.email = e.email) AS broken
FROM educator e WHERE e.season = :season;

-- check: nobody-is-enrolled-before-enrollment-opens
-- promise: Nobody is enrolled before enrollment opens.
-- source: Life of a season, 3
-- rule: season-part
SELECT email || '/' || component AS id, audit.local_day(enrolled_at) < audit.day(:enrollment_opens_on) AS broken
FROM enrollment WHERE season = :season;

-- check: leads-are-reminded-before-the-deadline
-- promise: A lead with empty seats at the deadline had been reminded of it in the week before.
-- source: Ruling: seats not filled
-- rule: release-unfilled-seats
SELECT DISTINCT b.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'reminder' AND m.about = b.lea_id
                   AND m.written_on BETWEEN audit.add_days(b.enroll_by, -7) AND b.enroll_by) AS broken
FROM seat_block b JOIN offer o ON o.season = b.season AND o.lea_id = b.lea_id AND o.component = b.component
JOIN seat_round s ON s.season = o.season AND s.round_number = o.round_number
WHERE b.season = :season AND o.answer = 'accepted' AND o.seats_held > 0 AND audit.day(:today) > b.enroll_by
  AND o.answered_on < audit.add_days(b.enroll_by, -7)
  AND audit.local_day(s.approved_at) < audit.add_days(b.enroll_by, -21)
  AND o.seats_held > (SELECT count(*) FROM enrollment e WHERE e.season = o.season AND e.lea_id = o.lea_id AND e.component = o.component
                      AND audit.local_day(e.enrolled_at) < b.enroll_by);

-- check: changes-of-the-course-session-are-told
-- promise: Whoever changed the session of Exploring Future Ready Librarianship is in the one of the newest letter.
-- source: Life of a season, 10
-- rule: session-of-the-course
SELECT n.email AS id, n.session <> (SELECT m.detail FROM letter m WHERE m.topic = 'session' AND m.about = n.email
                                    ORDER BY m.created_at DESC LIMIT 1) AS broken
FROM enrollment n WHERE n.season = :season AND n.component = 'exfrl' AND n.status = 'enrolled'
  AND EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'session' AND m.about = n.email);

-- check: nobody-without-a-signed-form
-- promise: Whoever is enrolled has signed the commitment form.
-- source: Life of a season, 3; Life of a season, 12
-- rule: commitment-form-first
SELECT email || '/' || component AS id, signed_at IS NULL OR signed_at > :now AS broken
FROM enrollment WHERE season = :season AND status = 'enrolled';

-- check: unsigned-seats-lapse
-- promise: After the last day of releases no seat waits for a form.
-- source: Ruling: seats not filled
-- rule: commitment-form-first
SELECT email || '/' || component AS id,
       status = 'awaiting_form' AND :today > audit.add_days(:enrollment_last_release_on, 14) AS broken
FROM enrollment WHERE season = :season;

-- check: educators-sit-in-their-districts-seats
-- promise: A person has a seat of the district that named them.
-- source: Life of a season, 3
-- rule: enrollment-needs-a-seat
SELECT n.email || '/' || n.component AS id, e.lea_id <> n.lea_id AS broken
FROM enrollment n JOIN educator e ON e.season = n.season AND e.email = n.email WHERE n.season = :season;

-- check: districts-are-not-overfilled
-- promise: No district has more people in a component than seats.
-- source: Terms: seat
-- rule: enrollment-needs-a-seat
SELECT b.lea_id || '/' || b.component AS id,
       (SELECT count(*) FROM enrollment e WHERE e.season = b.season AND e.lea_id = b.lea_id AND e.component = b.component
        AND e.status IN ('enrolled', 'awaiting_form')) > b.seats_confirmed AS broken
FROM seat_block b WHERE b.season = :season;

-- check: librarians-have-the-educator-certification
-- promise: A librarian in the librarian certification is also in the educator certification, or certified already.
-- source: Ruling: librarian certification needs the educator certification
-- rule: dual-certification, librarian-needs-certification
SELECT n.email AS id,
       NOT e.is_already_certified AND NOT EXISTS (
           SELECT 1 FROM enrollment c WHERE c.season = n.season AND c.email = n.email AND c.component = 'certification'
             AND c.status = 'enrolled')
       AND NOT EXISTS (SELECT 1 FROM certificate k WHERE k.track = 'educator'
                       AND k.email IN (SELECT n.email UNION ALL SELECT also FROM same_person s WHERE s.email = n.email)) AS broken
FROM enrollment n JOIN educator e ON e.season = n.season AND e.email = n.email
WHERE n.season = :season AND n.component = 'librarian' AND n.status = 'enrolled';

-- check: claimed-certificates-are-in-the-register
-- promise: Whoever counts as certified already has a certificate of an earlier season in the register, or showed proof of one.
-- source: Ruling: librarian certification needs the educator certification
SELECT e.email AS id,
       NOT EXISTS (SELECT 1 FROM certificate k WHERE k.track = 'educator' AND k.season < e.season
                   AND k.email IN (SELECT e.email UNION ALL SELECT also FROM same_person s WHERE s.email = e.email))
       AND NOT EXISTS (SELECT 1 FROM certification_proof p WHERE p.season = e.season
                       AND p.email IN (SELECT e.email UNION ALL SELECT also FROM same_person s WHERE s.email = e.email)) AS broken
FROM educator e WHERE e.season = :season AND e.is_already_certified;

-- check: proofs-say-what-was-seen
-- promise: Proof of a certificate names what was seen and by whom, and was valid when it was recorded.
-- source: Ruling: librarian certification needs the educator certification
-- rule: librarian-needs-certification
SELECT email AS id, proof = '' OR recorded_by = '' OR valid_until < audit.local_day(recorded_at) AS broken
FROM certification_proof WHERE season = :season;

-- check: librarian-seats-fit-the-certification-seats
-- promise: Once enrollment is over, a district has no more librarian seats than certification seats and certified librarians.
-- source: Ruling: librarian certification needs the educator certification
SELECT b.lea_id AS id,
       b.is_closed AND b.seats_confirmed > coalesce((SELECT c.seats_confirmed FROM seat_block c WHERE c.season = b.season
                                                     AND c.lea_id = b.lea_id AND c.component = 'certification'), 0)
                         + (SELECT count(*) FROM educator e WHERE e.season = b.season AND e.lea_id = b.lea_id
                            AND e.is_already_certified) AS broken
FROM seat_block b WHERE b.season = :season AND b.component = 'librarian';

-- check: librarian-seats-are-confirmed-for-possible-librarians
-- promise: Librarian seats were offered up to the certification seats offered and the librarians declared certified.
-- source: Ruling: librarian certification needs the educator certification
-- rule: librarian-needs-certification
SELECT a.lea_id AS id,
       (SELECT coalesce(sum(o.seats_held), 0) FROM offer o WHERE o.season = a.season AND o.lea_id = a.lea_id AND o.component = 'librarian')
       > a.certified_librarians + (SELECT coalesce(sum(o.seats_offered), 0) FROM offer o WHERE o.season = a.season
                                   AND o.lea_id = a.lea_id AND o.component = 'certification') AS broken
FROM application a WHERE a.season = :season;

-- check: who-replaces-somebody-replaces-a-leaver
-- promise: Whoever is named in a leaver's place takes the place of somebody who had left; who comes back has another seat.
-- source: Life of a season, 3
-- rule: leaver-is-replaced
SELECT n.email || '/' || n.component AS id,
       NOT EXISTS (SELECT 1 FROM enrollment o WHERE o.season = n.season AND o.component = n.component
                   AND lower(o.email) = lower(n.replaces)
                   AND (o.status IN ('replaced', 'withdrawn') OR o.enrolled_at > n.enrolled_at)) AS broken
FROM enrollment n WHERE n.season = :season AND n.replaces <> '' AND n.status = 'enrolled';

-- check: who-lost-a-seat-was-told
-- promise: Whoever lost a seat because no form was signed in time got a letter.
-- source: Ruling: seats not filled
-- rule: commitment-form-first
SELECT email || '/' || component AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'seat-lapsed' AND m.about = enrollment.email AND m.detail = enrollment.component) AS broken
FROM enrollment WHERE season = :season AND status = 'lapsed';

-- check: leads-are-told-of-rejected-roster-rows
-- promise: A lead whose roster named people for whom there was no seat got a letter about it.
-- source: Ruling: librarian certification needs the educator certification; Life of a season, 3
-- rule: enrollment-needs-a-seat
SELECT CAST(d.decision_id AS text) AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'roster-rejected' AND m.about = d.inputs ->> 'lea_id'
                   AND m.created_at = d.decided_at) AS broken
FROM decision d JOIN application a ON a.season = d.season AND a.lea_id = d.inputs ->> 'lea_id'
WHERE d.season = :season AND d.subject_kind = 'enrollment' AND d.outcome = 'rejected'
  AND d.rule IN ('enrollment-needs-a-seat', 'librarian-needs-certification');

-- check: exfrl-sessions-are-named
-- promise: Everybody in Exploring Future Ready Librarianship is in the summer or the fall session.
-- source: Life of a season, 10
-- rule: session-of-the-course
SELECT email AS id, session NOT IN ('summer', 'fall') AS broken
FROM enrollment WHERE season = :season AND component = 'exfrl' AND status = 'enrolled';

-- check: exfrl-sessions-are-not-overfull
-- promise: A session of Exploring Future Ready Librarianship has no more people than places.
-- source: Life of a season, 10
-- rule: session-of-the-course
SELECT session AS id,
       count(*) > CASE session WHEN 'summer' THEN CAST(:exfrl_sessions_summer_capacity_seats AS integer)
                               ELSE CAST(:exfrl_sessions_fall_capacity_seats AS integer) END AS broken
FROM enrollment WHERE season = :season AND component = 'exfrl' AND status = 'enrolled' GROUP BY session;

-- check: nobody-joins-a-session-that-has-begun
-- promise: Nobody is put into a session of Exploring Future Ready Librarianship that has begun.
-- source: Ruling: ExFRL session already begun
-- rule: session-of-the-course
SELECT email AS id,
       audit.local_day(enrolled_at) > CASE session WHEN 'summer' THEN audit.day(:exfrl_sessions_summer_opens_on)
                                                   ELSE audit.day(:exfrl_sessions_fall_opens_on) END AS broken
FROM enrollment WHERE season = :season AND component = 'exfrl' AND status = 'enrolled';

-- check: educators-get-the-commitment-form
-- promise: Everybody who was named got the letter with the commitment form, or took a leaver's place by letter.
-- source: Life of a season, 3
-- rule: commitment-form-first
SELECT n.email || '/' || n.component AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'commitment' AND m.about = n.email AND m.detail = n.component) AS broken
FROM enrollment n WHERE n.season = :season;

-- check: exfrl-participants-are-welcomed
-- promise: Everybody in Exploring Future Ready Librarianship got a welcome with the days of a session.
-- source: Life of a season, 10
SELECT n.email AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.season = n.season AND m.kind = 'mail'
                   AND m.message_key IN (n.season || '/course-welcome/' || n.email || '/summer',
                                         n.season || '/course-welcome/' || n.email || '/fall')) AS broken
FROM enrollment n WHERE n.season = :season AND n.component = 'exfrl' AND n.status = 'enrolled';

-- check: exfrl-participants-are-told-the-end
-- promise: A week after a session of Exploring Future Ready Librarianship everybody in it was told that it is over.
-- source: Life of a season, 10
SELECT n.email AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.season = n.season AND m.kind = 'mail'
                   AND m.message_key = n.season || '/course-over/' || n.email) AS broken
FROM enrollment n WHERE n.season = :season AND n.component = 'exfrl' AND n.status = 'enrolled'
  AND audit.day(:today) > audit.add_days(CASE n.session WHEN 'summer' THEN audit.day(:exfrl_sessions_summer_closes_on)
                                                       ELSE audit.day(:exfrl_sessions_fall_closes_on) END, 7);

-- check: addresses-belong-to-one-person
-- promise: No address is that of two people.
-- source: Terms: person
-- rule: address-changed
SELECT a.address AS id, EXISTS (SELECT 1 FROM person p WHERE p.email = a.address AND p.email <> a.email) AS broken
FROM person_address a;

-- check: letters-go-to-the-newest-address
-- promise: Whoever has told us another address, or has several records, gets letters at the address told last and at no other one.
-- source: Terms: person
-- rule: address-changed
SELECT m.message_key AS id, m.recipient <> k.address AS broken
FROM (SELECT message_key, created_at, audit.text_of(payload, 'to') AS recipient FROM outbox
      WHERE season = :season AND kind = 'mail' AND created_at > (SELECT min(since) FROM newest_address)) m
JOIN owned_address o ON o.address = m.recipient
JOIN newest_address k ON k.person_id = o.person_id
WHERE m.created_at > k.since;

-- check: everybody-is-a-person-in-their-role
-- promise: Educators, leads, evaluators, and facilitators are persons with an id that stays, whatever they are in which season.
-- source: Terms: person
SELECT r.role || ' ' || r.email AS id,
       NOT EXISTS (SELECT 1 FROM person_role h JOIN person p ON p.person_id = h.person_id
                   WHERE (h.season = :season OR r.role IN ('evaluator', 'facilitator')) AND h.role = r.role
                     AND p.email IN (r.email, (SELECT a.email FROM person_address a WHERE a.address = r.email))) AS broken
FROM (SELECT 'educator' AS role, email FROM educator WHERE season = :season
      UNION SELECT 'lead', lead_email FROM application WHERE season = :season
      UNION SELECT 'evaluator', email FROM evaluator UNION SELECT 'facilitator', email FROM facilitator) r;

-- check: merged-records-belong-to-one-person
-- promise: Two records that were merged are one person's: nobody belongs to somebody who belongs to somebody else.
-- source: Terms: person
-- rule: persons-merged
SELECT p.person_id AS id, p.merged_into IS NOT NULL AND k.merged_into IS NOT NULL AS broken
FROM person p LEFT JOIN person k ON k.person_id = p.merged_into;

-- check: nobody-holds-two-seats-of-a-component
-- promise: One person holds one seat of a component, whatever addresses the rosters have.
-- source: Terms: person
-- rule: persons-merged
SELECT min(n.email) || '/' || n.component AS id, count(*) > 1 AS broken
FROM enrollment n JOIN person p ON p.email = n.email
WHERE n.season = :season AND n.status IN ('awaiting_form', 'enrolled')
GROUP BY coalesce(p.merged_into, p.person_id), n.component;

-- check: letters-follow-merged-persons
-- promise: A letter that is about one record of a person goes to an address of that person.
-- source: Terms: person
-- rule: persons-merged
SELECT m.message_key AS id, o.person_id IS NULL OR o.person_id <> w.person_id AS broken
FROM (SELECT message_key, audit.text_of(payload, 'to') AS recipient, audit.text_of(payload, 'written_to') AS written_to FROM outbox
      WHERE season = :season AND kind = 'mail' AND audit.text_of(payload, 'written_to') <> '') m
JOIN owned_address w ON w.address = m.written_to LEFT JOIN owned_address o ON o.address = m.recipient
WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.rule = 'persons-merged' AND d.outcome = 'parted' AND d.subject_key IN (m.written_to, m.recipient));

-- check: recognized-persons-were-on-record
-- promise: Only somebody who was on record in the same district, and not yet in the season, is recognized behind a new address.
-- source: Terms: person
-- rule: person-recognized
SELECT d.subject_key AS id,
       NOT EXISTS (SELECT 1 FROM person n JOIN person_role t ON t.person_id = n.person_id AND t.season = d.season
                   JOIN person k ON k.person_id = n.merged_into JOIN person r ON coalesce(r.merged_into, r.person_id) = k.person_id
                   JOIN person_role h ON h.person_id = r.person_id AND h.lea_id = t.lea_id
                   WHERE n.email = d.subject_key AND h.since < d.decided_at)
       OR EXISTS (SELECT 1 FROM person n JOIN person r ON coalesce(r.merged_into, r.person_id) = n.merged_into AND r.person_id <> n.person_id
                  JOIN person_role h ON h.person_id = r.person_id AND h.season = d.season
                  WHERE n.email = d.subject_key AND h.since < d.decided_at) AS broken
FROM decision d
WHERE d.season = :season AND d.rule = 'person-recognized'
  AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.rule = 'persons-merged' AND u.outcome = 'parted' AND u.subject_key = d.subject_key);

-- check: nobody-reviews-themselves
-- promise: Nobody judges a portfolio of their own.
-- source: Ruling: who reviews
SELECT a.portfolio_id || '/' || a.round_number || '/' || a.evaluator_id AS id,
       CASE WHEN e.person_id = w.person_id
            THEN NOT EXISTS (SELECT 1 FROM decision d WHERE d.rule = 'persons-merged' AND d.decided_at > a.assigned_at
                             AND d.subject_key IN (p.email, v.email))
            ELSE false END AS broken
FROM assignment a JOIN portfolio p ON p.portfolio_id = a.portfolio_id
JOIN evaluator v ON v.evaluator_id = a.evaluator_id
LEFT JOIN owned_address w ON w.address = p.email LEFT JOIN owned_address e ON e.address = v.email
WHERE p.season = :season AND a.withdrawn_at IS NULL;
