-- What several checks look at, once for an audit: temporary tables, gone with the connection. Moments are stored as they are.

-- A letter of the season by the parts of its key (season/topic/about/detail/...) and by whom and when it was written to. Whoever
-- has told another address is named by the one that their rows have; where it went is looked at by letters-go-to-the-newest-address.
CREATE TEMPORARY TABLE letter (message_key text, topic text, about text, detail text, more text, template text,
                               recipient text, subject text, body text, written_on {day}, created_at {moment}, status text);

INSERT INTO letter
SELECT message_key, audit.part(message_key, 2), audit.part(message_key, 3), audit.part(message_key, 4),
       audit.part(message_key, 5), payload ->> 'template', coalesce(nullif(payload ->> 'written_to', ''), a.email, payload ->> 'to'), payload ->> 'subject', payload ->> 'body', audit.local_day(created_at), created_at, status
FROM outbox LEFT JOIN person_address a ON a.address = payload ->> 'to' WHERE season = :season AND kind = 'mail';

CREATE INDEX audit_letter_key ON letter (message_key);

CREATE INDEX audit_letter_topic ON letter (topic, about, detail);

CREATE INDEX audit_letter_recipient ON letter (recipient, template);

-- Addresses of record of one person, where records were merged: each with each of the others.
CREATE TEMPORARY TABLE same_person (email text, also text);

INSERT INTO same_person
SELECT p.email, o.email FROM person p JOIN person o ON o.person_id <> p.person_id
WHERE p.email IS NOT NULL AND o.email IS NOT NULL AND (o.person_id = p.merged_into OR p.person_id = o.merged_into OR p.merged_into = o.merged_into);

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
