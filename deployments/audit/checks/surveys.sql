-- check: districts-have-nces-ids
-- promise: A district is known by its NCES id of seven digits.
-- source: Terms: district
-- rule: district-recognized
SELECT lea_id AS id, length(lea_id) <> 7 OR lea_id NOT BETWEEN '0000000' AND '9999999' AS broken FROM district;

-- check: applications-are-of-the-district-that-wrote
-- promise: A response that names a district by its id is the submission of that district.
-- source: Terms: district; Terms: interest survey
-- rule: district-recognized
SELECT a.lea_id AS id, r.lea_id <> '' AND r.lea_id <> a.lea_id AS broken
FROM application a JOIN survey_response r ON r.response_id = a.response_id WHERE a.season = :season;

-- check: applications-name-a-lead
-- promise: Each current submission names a lead who can be written to.
-- source: Terms: district lead
-- rule: district-lead
SELECT lea_id AS id, lower(lead_email) NOT LIKE '%_@_%' AS broken FROM application WHERE season = :season;

-- check: changes-of-leads-are-told
-- promise: Where a superintendent named another lead, a letter says so.
-- source: Terms: district lead
-- rule: district-lead
SELECT CAST(r.file_id AS text) || '/' || r.row_number AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'lead' AND m.about = audit.cell(CAST(f.fields AS text), CAST(r.cells AS text), 'lea_id')) AS broken
FROM intake_row r JOIN source_file f ON f.file_id = r.file_id
WHERE r.season = :season AND r.kind = 'lead' AND r.disposition = 'accepted';

-- check: applications-choose-an-offering
-- promise: A district chooses option 1, 2, or 3, or asks for more information.
-- source: Terms: offering; Terms: interest survey
-- rule: line-belongs-to-option
SELECT lea_id AS id, NOT is_information_request AND coalesce(option, 0) NOT IN (1, 2, 3) AS broken
FROM application WHERE season = :season;

-- check: the-newest-valid-response-counts
-- promise: The current submission of a district is the latest of its responses that were accepted.
-- source: Ruling: resubmitted survey
-- rule: survey-window
SELECT a.lea_id AS id,
       EXISTS (SELECT 1 FROM survey_response r WHERE r.lea_id = a.lea_id AND r.response_id <> a.response_id
               AND r.submitted_at > (SELECT max(n.submitted_at) FROM survey_response n WHERE n.response_id = a.response_id)) AS broken
FROM application a WHERE a.season = :season;

-- check: every-row-of-a-file-is-on-record
-- promise: Every row of an imported file is on record, and none more.
-- source: Life of a season, 1
SELECT CAST(f.file_id AS text) AS id,
       f.row_count <> (SELECT count(*) FROM intake_row r WHERE r.file_id = f.file_id) AS broken
FROM source_file f WHERE f.season = :season;

-- check: rejected-rows-say-why
-- promise: Each rejected row has a fault with a problem and a remedy.
-- source: Life of a season, 1
SELECT CAST(r.file_id AS text) || '/' || r.row_number AS id,
       NOT EXISTS (SELECT 1 FROM quarantine_item q WHERE q.file_id = r.file_id AND q.row_number = r.row_number
                   AND q.problem <> '' AND q.remedy <> '') AS broken
FROM intake_row r WHERE r.season = :season AND r.disposition IN ('quarantined', 'error');

-- check: rejected-rows-are-kept
-- promise: The bytes of each rejected row are kept as they came.
-- source: Life of a season, 1
SELECT CAST(r.file_id AS text) || '/' || r.row_number AS id,
       NOT EXISTS (SELECT 1 FROM rejected_row k WHERE k.file_id = r.file_id AND k.row_number = r.row_number) AS broken
FROM intake_row r WHERE r.season = :season AND r.disposition IN ('quarantined', 'error');

-- check: no-row-waits-for-ever
-- promise: No row that was received two weeks ago waits for its phase.
-- source: Life of a season, 1
SELECT CAST(r.file_id AS text) || '/' || r.row_number AS id,
       r.disposition = 'staged' AND audit.local_day(f.received_at) < audit.add_days(:today, -14) AS broken
FROM intake_row r JOIN source_file f ON f.file_id = r.file_id WHERE r.season = :season AND r.kind <> 'survey';

-- check: no-row-failed-unforeseen
-- promise: No row is set apart for a fault of the program.
-- source: Life of a season, 1
SELECT CAST(file_id AS text) || '/' || row_number AS id, disposition = 'error' AS broken
FROM intake_row WHERE season = :season;

-- check: applications-come-in-the-survey-time
-- promise: A district's submission was sent while the survey was open.
-- source: Life of a season, 1
-- rule: survey-window
SELECT lea_id AS id,
       audit.local_day(submitted_at) NOT BETWEEN :survey_opens_on AND :survey_closes_on AS broken
FROM application WHERE season = :season;

-- check: applications-are-of-accepted-rows
-- promise: Each application is a response that was accepted.
-- source: Ruling: resubmitted survey
SELECT a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM intake_row r WHERE r.season = a.season AND r.kind = 'survey'
                   AND r.natural_key = a.response_id AND r.disposition = 'accepted') AS broken
FROM application a WHERE a.season = :season;

-- check: one-current-submission
-- promise: A response is accepted once, however often it was sent.
-- source: Ruling: resubmitted survey
SELECT natural_key AS id, count(*) > 1 AS broken
FROM intake_row WHERE season = :season AND kind = 'survey' AND disposition = 'accepted' GROUP BY natural_key;

-- check: starts-outside-the-season-are-noted
-- promise: A district that prefers a start at which no cohort starts, and holds certification seats by its application, was told so.
-- source: Ruling: start agreed with the lead
-- rule: start-window
SELECT a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM decision d WHERE d.season = a.season AND d.subject_kind = 'application' AND d.rule = 'start-window'
                   AND d.subject_key = a.lea_id || '/certification') AS broken
FROM application a JOIN asked_seats s ON s.lea_id = a.lea_id
WHERE a.season = :season AND NOT a.is_information_request AND s.component = 'certification' AND s.seats > 0 AND a.option IN (1, 3)
  AND (a.start_from > audit.day(:cohorts_latest_start_on) OR a.start_until < audit.day(:cohorts_earliest_start_on));

-- check: preferred-starts-are-in-order
-- promise: The latest start that a district prefers is not before its earliest one.
-- source: Ruling: start agreed with the lead
-- rule: start-window
SELECT lea_id AS id, start_until < start_from AS broken FROM application
WHERE season = :season AND start_from IS NOT NULL AND start_until IS NOT NULL;
