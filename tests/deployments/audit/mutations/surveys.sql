-- breaks: districts-have-nces-ids
UPDATE district SET lea_id = 'CT' || lea_id WHERE lea_id = (SELECT min(lea_id) FROM district);

-- breaks: applications-are-of-the-district-that-wrote
UPDATE application SET response_id = (SELECT max(response_id) FROM application);

-- breaks: applications-name-a-lead
UPDATE application SET lead_email = '' WHERE lea_id = (SELECT min(lea_id) FROM application);

-- breaks: changes-of-leads-are-told
DELETE FROM outbox WHERE message_key LIKE '%/lead/%';

-- breaks: applications-choose-an-offering
UPDATE application SET option = 4, is_information_request = false WHERE lea_id = (SELECT min(lea_id) FROM application);

-- breaks: the-newest-valid-response-counts
INSERT INTO intake_row (file_id, row_number, season, kind, disposition, reason, natural_key, cells)
SELECT r.file_id, 100000 + r.row_number, r.season, r.kind, r.disposition, r.reason, 'R_newer',
       CAST(replace(replace(CAST(r.cells AS text), r.natural_key, 'R_newer'), '"2022-', '"2023-') AS {cells})
FROM intake_row r WHERE r.kind = 'survey' AND r.natural_key = (SELECT min(response_id) FROM application) AND r.disposition = 'accepted';

-- breaks: every-row-of-a-file-is-on-record
UPDATE source_file SET row_count = row_count + 1 WHERE file_id = (SELECT min(file_id) FROM source_file);

-- breaks: rejected-rows-say-why
DELETE FROM quarantine_item;

-- breaks: rejected-rows-are-kept
DELETE FROM rejected_row;

-- breaks: no-row-waits-for-ever
UPDATE intake_row SET disposition = 'staged' WHERE kind = 'roster';

-- breaks: no-row-failed-unforeseen
UPDATE intake_row SET disposition = 'error' WHERE kind = 'roster';

-- breaks: applications-come-in-the-survey-time
UPDATE application SET submitted_at = '2022-08-01 12:00:00.000000' WHERE lea_id = (SELECT min(lea_id) FROM application);

-- breaks: applications-are-of-accepted-rows
UPDATE intake_row SET disposition = 'quarantined' WHERE kind = 'survey';

-- breaks: one-current-submission
UPDATE intake_row SET disposition = 'accepted', natural_key = (SELECT min(response_id) FROM application) WHERE kind = 'survey';

-- breaks: starts-outside-the-season-are-noted
DELETE FROM decision WHERE rule = 'start-window';
UPDATE application SET start_from = '2023-03-01', start_until = NULL;

-- breaks: preferred-starts-are-in-order
UPDATE application SET start_from = '2022-10-02', start_until = '2022-09-12';
