-- What several checks look at, once for an audit: temporary tables, gone with the connection. Moments are stored as they are.

-- A letter of the season by the parts of its key (season/topic/about/detail/...) and by whom and when it was written to. Whoever
-- has told another address is named by the one that their rows have; where it went is looked at by letters-go-to-the-newest-address.
CREATE TEMPORARY TABLE letter (message_key text, topic text, about text, detail text, more text, template text,
                               recipient text, subject text, body text, calendars text, written_on {day}, created_at {moment},
                               status text);

INSERT INTO letter
SELECT message_key, audit.part(message_key, 2), audit.part(message_key, 3), audit.part(message_key, 4),
       audit.part(message_key, 5), payload ->> 'template', coalesce(nullif(payload ->> 'written_to', ''), a.email, payload ->> 'to'),
       payload ->> 'subject', payload ->> 'body', coalesce(payload ->> 'calendars', ''), audit.local_day(created_at), created_at, status
FROM outbox LEFT JOIN person_address a ON a.address = payload ->> 'to' WHERE season = :season AND kind = 'mail';

CREATE INDEX audit_letter_key ON letter (message_key);

CREATE INDEX audit_letter_topic ON letter (topic, about, detail);

CREATE INDEX audit_letter_recipient ON letter (recipient, template);

CREATE INDEX audit_letter_template ON letter (template);

-- Addresses of record of one person, where records were merged: each with each of the others.
CREATE TEMPORARY TABLE same_person (email text, also text);

INSERT INTO same_person
WITH record AS (
    SELECT email, coalesce(merged_into, person_id) AS kept FROM person
    WHERE email IS NOT NULL
      AND (merged_into IS NOT NULL OR person_id IN (SELECT merged_into FROM person WHERE merged_into IS NOT NULL)))
SELECT one.email, other.email FROM record one JOIN record other ON other.kept = one.kept AND other.email <> one.email;

-- Every address of a person, by the record that is kept.
CREATE TEMPORARY TABLE owned_address (address text, person_id text);

INSERT INTO owned_address
SELECT email, coalesce(merged_into, person_id) FROM person WHERE email IS NOT NULL
UNION SELECT a.address, coalesce(p.merged_into, p.person_id) FROM person_address a JOIN person p ON p.email = a.email;

CREATE INDEX audit_owned_address ON owned_address (address);

-- Where the letters of a person go who has told another address or has several records, and since when: the address told last,
-- from the last merger on.
CREATE TEMPORARY TABLE newest_address (person_id text, address text, since {moment});

INSERT INTO newest_address
SELECT n.person_id, n.address, CASE WHEN m.merged_at > n.since THEN m.merged_at ELSE n.since END
FROM (SELECT coalesce(p.merged_into, p.person_id) AS person_id, a.address, a.since,
             row_number() OVER (PARTITION BY coalesce(p.merged_into, p.person_id) ORDER BY a.since DESC) AS place
      FROM person_address a JOIN person p ON p.email = a.email) n
LEFT JOIN (SELECT p.merged_into AS person_id, max(d.decided_at) AS merged_at FROM person p JOIN decision d ON d.subject_key = p.email
           WHERE d.rule IN ('persons-merged', 'person-recognized') GROUP BY p.merged_into) m ON m.person_id = n.person_id
WHERE n.place = 1;

-- Since when somebody is on the panel: those who joined later could be given nothing before.
CREATE TEMPORARY TABLE panel_member (evaluator_id text, joined_at {moment});

INSERT INTO panel_member
SELECT e.evaluator_id, min(h.since) FROM evaluator e JOIN person p ON p.email = e.email
JOIN person_role h ON h.person_id = p.person_id AND h.role = 'evaluator' GROUP BY e.evaluator_id;

-- A session of a cohort that was not merged, with who leads it.
CREATE TEMPORARY TABLE led_session (id text, facilitator_id text, starts_at {moment}, ends_at {moment});

INSERT INTO led_session
SELECT s.cohort_id || '/' || s.session_number, c.facilitator_id, s.starts_at, s.ends_at
FROM cohort_session s JOIN cohort c ON c.season = s.season AND c.cohort_id = s.cohort_id
WHERE s.season = :season AND c.merged_into = '';

-- An accepted response of the survey, as it was sent.
CREATE TEMPORARY TABLE survey_response (response_id text, lea_id text, submitted_at text, fields text, cells text);

INSERT INTO survey_response
SELECT r.natural_key, audit.cell(CAST(f.fields AS text), CAST(r.cells AS text), 'lea_id'),
       audit.cell(CAST(f.fields AS text), CAST(r.cells AS text), 'submitted_at'), CAST(f.fields AS text), CAST(r.cells AS text)
FROM intake_row r JOIN source_file f ON f.file_id = r.file_id
WHERE r.season = :season AND r.kind = 'survey' AND r.disposition = 'accepted';

CREATE INDEX audit_survey_response ON survey_response (response_id);

-- The seats of each component that the current submission of a district asks for.
CREATE TEMPORARY TABLE asked_seats (lea_id text, option integer, component text, seats integer);

INSERT INTO asked_seats
SELECT a.lea_id, a.option, c.component, audit.seats(audit.cell(r.fields, r.cells, c.component || '_seats'))
FROM application a JOIN survey_response r ON r.response_id = a.response_id
CROSS JOIN capacity c WHERE a.season = :season AND c.season = :season AND NOT a.is_information_request;

-- A round with the moment at which its day was promised: when it was opened, or when its clock ran again after a pause. Not one
-- that is paused, or whose pause ended with its result: its day was promised to nobody.
CREATE TEMPORARY TABLE promised_result (portfolio_id text, round_number integer, season text, due_at {moment}, decided_at {moment}, promised_at {moment});

INSERT INTO promised_result
SELECT r.portfolio_id, r.round_number, r.season, r.due_at, r.decided_at,
       coalesce((SELECT max(d.decided_at) FROM decision d WHERE d.season = r.season AND d.subject_kind = 'portfolio'
                 AND d.subject_key = r.portfolio_id AND d.rule = 'sla-hold' AND d.decided_at >= r.opened_at
                 AND d.decided_at <= coalesce(r.decided_at, :now)), r.opened_at)
FROM review_round r WHERE r.season = :season AND r.status <> 'superseded' AND r.held_since IS NULL
  AND coalesce((SELECT d.outcome FROM decision d WHERE d.season = r.season AND d.subject_kind = 'portfolio'
                AND d.subject_key = r.portfolio_id AND d.rule = 'sla-hold' AND d.decided_at >= r.opened_at
                AND d.decided_at <= coalesce(r.decided_at, :now) ORDER BY d.decided_at DESC LIMIT 1), '') <> 'held';

-- A librarian who is certified as an educator already and has no seat that leads to a cohort: the time for the portfolio counts
-- from the day on which the seat was taken and its form signed.
CREATE TEMPORARY TABLE own_time (email text, lea_id text, opens_on {day}, closes_on {day});

INSERT INTO own_time
SELECT w.email, w.lea_id, w.opens_on, audit.add_months(w.opens_on, CAST(:portfolio_months AS integer))
FROM (SELECT n.email, n.lea_id,
             audit.local_day(CASE WHEN n.signed_at > n.enrolled_at THEN n.signed_at ELSE n.enrolled_at END) AS opens_on
      FROM enrollment n JOIN educator e ON e.season = n.season AND e.email = n.email
      WHERE n.season = :season AND n.component = 'librarian' AND n.status = 'enrolled' AND e.is_already_certified
        AND NOT EXISTS (SELECT 1 FROM enrollment c WHERE c.season = n.season AND c.email = n.email
                        AND c.component = 'certification' AND c.status IN ('enrolled', 'awaiting_form'))) w;

-- What a component is called in letters.
CREATE TEMPORARY TABLE told_component (component text, name text);

INSERT INTO told_component VALUES ('certification', 'ISTE Certification for Educators'), ('academy', 'the Summer Learning Academy'),
  ('librarian', 'ISTE Certification for Librarians'), ('exfrl', 'Exploring Future Ready Librarianship');

-- Which requests the offers of a district serve: its seats are offered in the order of its requests, so that the first seats
-- offered are the first request's. A request was given what it holds and what went back. decided_at is when the order was looked at.
CREATE TEMPORARY TABLE served_request (offer_id text, lea_id text, component text, request_number integer, placed_at {moment},
                                       place_key text, seats integer, offered_at {moment}, decided_at {moment});

INSERT INTO served_request
SELECT o.offer_id, o.lea_id, o.component, r.request_number, r.placed_at, r.place_key,
       CASE WHEN o.up_to < r.up_to THEN o.up_to ELSE r.up_to END
       - CASE WHEN o.up_to - o.seats > r.up_to - r.seats THEN o.up_to - o.seats ELSE r.up_to - r.seats END,
       o.offered_at, coalesce(p.proposed_at, o.offered_at)
FROM (SELECT season, offer_id, lea_id, component, round_number, offered_at, seats_offered AS seats,
             sum(seats_offered) OVER (PARTITION BY lea_id, component ORDER BY offered_at, offer_id) AS up_to
      FROM offer WHERE season = :season) o
JOIN (SELECT lea_id, component, request_number, placed_at, place_key, seats_confirmed + seats_released AS seats,
             sum(seats_confirmed + seats_released) OVER (PARTITION BY lea_id, component ORDER BY request_number) AS up_to
      FROM seat_request WHERE season = :season) r
  ON r.lea_id = o.lea_id AND r.component = o.component AND o.up_to > r.up_to - r.seats AND r.up_to > o.up_to - o.seats
LEFT JOIN seat_round p ON p.season = o.season AND p.round_number = o.round_number;

CREATE INDEX audit_served_request ON served_request (component, lea_id, request_number);

-- When declined librarian seats of a district were requested again: such requests keep their place.
CREATE TEMPORARY TABLE taken_up (lea_id text, component text, taken_up_at {moment});

INSERT INTO taken_up
SELECT audit.part(subject_key, 1), audit.part(subject_key, 2), min(decided_at) FROM decision
WHERE season = :season AND rule = 'librarian-needs-certification' AND outcome = 'waitlisted' AND subject_kind = 'seat_request'
GROUP BY audit.part(subject_key, 1), audit.part(subject_key, 2);

-- When cohorts were looked at last, and how many could still be joined then.
CREATE TEMPORARY TABLE last_look_at_cohorts (looked_at {moment}, looked_on {day}, joinable integer);

INSERT INTO last_look_at_cohorts
SELECT w.looked_at, audit.local_day(w.looked_at),
       (SELECT count(*) FROM cohort c WHERE c.season = :season AND c.merged_into = ''
        AND (SELECT count(*) FROM cohort_session s WHERE s.season = c.season AND s.cohort_id = c.cohort_id AND s.starts_at > w.looked_at)
            >= CAST(:cohorts_sessions AS integer) - CAST(:cohorts_moves_until_session AS integer))
FROM (SELECT max(decided_at) AS looked_at FROM decision
      WHERE season = :season AND rule IN ('phase-one-attendance', 'lead-check-in', 'cohort-merge')) w
WHERE w.looked_at IS NOT NULL;

-- A request with the moment at which it became known: when its file came, or when it was made. And until when it waited for what
-- it was never offered: it was turned away with the waitlist, or it left the waitlist when the district took less than offered.
CREATE TEMPORARY TABLE waiting_request (lea_id text, component text, request_number integer, placed_at {moment}, place_key text,
                                        known_at {moment}, seats integer, seats_never_offered integer, waits_until {moment});

INSERT INTO waiting_request
SELECT r.lea_id, r.component, r.request_number, r.placed_at, r.place_key,
       coalesce((SELECT t.taken_up_at FROM taken_up t WHERE t.lea_id = r.lea_id AND t.component = r.component
                   AND EXISTS (SELECT 1 FROM seat_request o WHERE o.season = r.season AND o.lea_id = r.lea_id AND o.component = r.component
                               AND o.place_key = r.place_key AND o.request_number < r.request_number)),
                (SELECT min(f.received_at) FROM intake_row w JOIN source_file f ON f.file_id = w.file_id
                 WHERE w.season = r.season AND w.kind = 'survey' AND w.natural_key = r.place_key AND w.disposition <> 'quarantined'), r.placed_at),
       r.seats_requested, r.seats_waitlisted + r.seats_undecided + r.seats_declined,
       CASE WHEN r.seats_waitlisted + r.seats_undecided > 0 THEN :now WHEN r.seats_declined > 0 THEN r.closed_at END
FROM seat_request r WHERE r.season = :season;

CREATE INDEX audit_waiting_request ON waiting_request (component, lea_id, request_number);

-- Whoever may be written to for a district: its lead of the newest submission, and everybody who was its lead this season.
CREATE TEMPORARY TABLE district_lead (lea_id text, email text);

INSERT INTO district_lead
SELECT lea_id, lower(lead_email) FROM application WHERE season = :season
UNION SELECT r.lea_id, lower(p.email) FROM person_role r JOIN person p ON p.person_id = r.person_id
WHERE r.season = :season AND r.role = 'lead';

-- Whom a letter is for: the person, the lead, the evaluator, or program staff whom its key is about.
CREATE TEMPORARY TABLE letter_reader (message_key text, email text);

INSERT INTO letter_reader
SELECT message_key, lower(CASE WHEN topic = 'cohort' THEN detail WHEN topic IN ('recommendation', 'webinar-change') THEN more
                               WHEN topic IN ('office-hour-changed', 'session-moved') THEN audit.part(message_key, 6) ELSE about END)
FROM letter WHERE topic IN ('academy-completed', 'address-changed', 'attendance', 'cohort', 'cohort-dissolved', 'commitment', 'course-over',
  'course-welcome', 'credit-ended', 'credit-requested', 'extension', 'office-hour-changed', 'office-hours', 'portfolio-reminder',
  'portfolio-space', 'recommendation', 'replaced', 'seat-lapsed', 'session', 'session-missed', 'session-moved', 'session-offered', 'unplaced',
  'webinar-change', 'webinars', 'withdrawn') OR topic = 'credit-refused' AND audit.says(about, '@');

INSERT INTO letter_reader
SELECT m.message_key, lower(c.email) FROM credit_request c JOIN letter m
  ON m.message_key IN (c.season || '/credit-refused/' || c.request_key, c.season || '/transcript-sent/' || c.request_key)
WHERE c.season = :season;

INSERT INTO letter_reader
SELECT m.message_key, lower(p.email) FROM letter m JOIN portfolio p ON p.portfolio_id = m.about
WHERE m.topic IN ('hold', 'late-result', 'portfolio', 'result', 'resubmission-reminder', 'round');

INSERT INTO letter_reader
SELECT DISTINCT m.message_key, lower(audit.text_of(d.inputs, 'email')) FROM letter m
JOIN decision d ON d.season = :season AND d.subject_kind = 'portfolio' AND d.subject_key = m.about AND d.outcome = 'rejected'
WHERE m.topic = 'portfolio-refused';

INSERT INTO letter_reader
SELECT m.message_key, lower(c.email) FROM letter m JOIN certificate c ON c.certificate_id = m.about WHERE m.topic = 'certificate';

INSERT INTO letter_reader
SELECT m.message_key, l.email FROM letter m
JOIN district_lead l ON l.lea_id = CASE m.topic WHEN 'seats' THEN m.detail WHEN 'session-moved-lead' THEN m.more ELSE m.about END
WHERE m.topic IN ('check-in', 'cohort-change', 'lead', 'more_seats', 'released', 'reminder', 'roster-rejected', 'seats', 'session-moved-lead',
  'start', 'start-answer', 'start-joined', 'unplaced-lead', 'waitlist_closed');

INSERT INTO letter_reader
SELECT m.message_key, lower(m.recipient) FROM letter m JOIN intake_row r ON r.season = :season AND r.kind = 'survey' AND r.natural_key = m.about
WHERE m.topic IN ('application_received', 'information', 'response_rejected') AND audit.says(lower(CAST(r.cells AS text)), lower(m.recipient));

INSERT INTO letter_reader
SELECT m.message_key, e.email FROM letter m
JOIN (SELECT evaluator_id, lower(email) AS email FROM evaluator
      UNION SELECT v.evaluator_id, lower(p.email) FROM evaluator v JOIN person_role h ON h.role = 'evaluator' AND h.name = v.name
      JOIN person p ON p.person_id = h.person_id) e
  ON e.evaluator_id = CASE m.topic WHEN 'reviews' THEN m.about WHEN 'sla' THEN audit.part(m.message_key, 6) ELSE m.more END
WHERE m.topic IN ('passed-on', 'reviews', 'silence', 'sla');

INSERT INTO letter_reader
SELECT message_key, lower(:letters_operators) FROM letter
WHERE topic IN ('audit', 'conflicted-results', 'conflicts', 'credentials-wait', 'letters-failed', 'merge', 're-review-ended', 'reconciliation',
  'refunds', 'sla', 'sla-results', 'unsure-persons')
UNION ALL SELECT message_key, lower(:letters_agency) FROM letter WHERE topic IN ('sla-agency', 'sla-results-agency');

CREATE INDEX audit_letter_reader ON letter_reader (message_key);

-- Office hours with each letter that invited to them, and the first and the last moment and the version that its calendar file has.
CREATE TEMPORARY TABLE office_hour_invitation (message_key text, email text, body text, told text, lea_id text, day text, starts_at {moment},
                                               ends_at {moment}, sequence integer);

INSERT INTO office_hour_invitation
SELECT message_key, email, body, told, lea_id, day, starts_at, ends_at, sequence
FROM (SELECT m.message_key, m.about AS email, m.body, h.lea_id, h.day, h.starts_at, h.ends_at, h.sequence,
             audit.event(m.calendars, 'office-hour-' || CAST(:season AS text) || '-' || h.lea_id || '-' || replace(h.day, '-', '')) AS told
      FROM letter m JOIN educator e ON e.season = :season AND e.email = m.about
      JOIN (SELECT lea_id, starts_at, ends_at, sequence, CAST(audit.local_day(planned_at) AS text) AS day FROM office_hour WHERE season = :season) h
        ON h.lea_id = e.lea_id
      WHERE m.topic = 'office-hours') i WHERE told IS NOT NULL;

-- Which requests of certification and of the academy waited when a round had been applied: with seats that had not been offered,
-- and that they were offered later, gave up later, or were turned away from with the end of the waitlist.
CREATE TEMPORARY TABLE round_waiting (round_number integer, lea_id text, component text, request_number integer, placed_at {moment}, place_key text);

INSERT INTO round_waiting
SELECT p.round_number, w.lea_id, w.component, w.request_number, w.placed_at, w.place_key
FROM seat_round p JOIN waiting_request w ON w.known_at <= p.proposed_at AND w.component IN ('certification', 'academy')
WHERE p.season = :season AND p.status = 'applied'
  AND w.seats > (SELECT coalesce(sum(s.seats), 0) FROM served_request s WHERE s.component = w.component AND s.lea_id = w.lea_id
                 AND s.request_number = w.request_number AND s.offered_at <= p.approved_at)
  AND (w.waits_until >= p.approved_at
       OR EXISTS (SELECT 1 FROM served_request s WHERE s.component = w.component AND s.lea_id = w.lea_id
                  AND s.request_number = w.request_number AND s.offered_at >= p.approved_at));
