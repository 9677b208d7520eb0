-- breaks: requests-are-what-districts-asked
UPDATE seat_request SET seats_requested = seats_requested - 1 WHERE component = 'academy';

-- breaks: granted-add-ons-are-on-record
DELETE FROM seat_request WHERE component IN ('librarian', 'exfrl');

-- breaks: later-requests-stand-behind
UPDATE seat_request SET placed_at = '2022-04-18 12:00:00.000000' WHERE request_number = 2;
UPDATE seat_request SET placed_at = '2022-05-18 12:00:00.000000' WHERE request_number = 1;

-- breaks: places-are-times-of-submission
UPDATE seat_request SET placed_at = '2022-01-18 12:00:00.000000' WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: unfilled-seats-are-released
UPDATE seat_block SET seats_confirmed = seats_filled + 100 WHERE lea_id = (SELECT min(lea_id) FROM seat_block);

-- breaks: leads-are-told-of-released-seats
DELETE FROM outbox WHERE message_key LIKE '%/released/%';

-- breaks: offers-stay-within-what-was-asked
UPDATE seat_block SET seats_confirmed = 9999 WHERE lea_id = (SELECT min(lea_id) FROM seat_block);

-- breaks: the-recruitment-kit-comes-with-the-seats
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), 'recruitment kit', 'nothing') AS {json}) WHERE message_key LIKE '%/seats/%';

-- breaks: seat-requests-accounted-for
UPDATE seat_request SET seats_requested = seats_requested + 1 WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: grant-not-exceeded
UPDATE capacity SET capacity_seats = 0 WHERE component = 'certification';

-- breaks: grant-as-in-policy
UPDATE capacity SET capacity_seats = 1 WHERE component = 'certification';

-- breaks: grant-counted-right
UPDATE capacity SET seats_confirmed = seats_confirmed + 1 WHERE component = 'certification';

-- breaks: district-holds-what-was-confirmed
UPDATE seat_request SET seats_confirmed = seats_confirmed + 1 WHERE lea_id = (SELECT min(lea_id) FROM seat_block);

-- breaks: district-holds-what-was-offered
UPDATE offer SET seats_held = seats_held + 1 WHERE offer_id = (SELECT min(offer_id) FROM offer);

-- breaks: filled-seats-are-people
UPDATE seat_block SET seats_filled = seats_filled + 1 WHERE lea_id = (SELECT min(lea_id) FROM seat_block);

-- breaks: add-on-maximum
UPDATE seat_request SET seats_requested = 6, seats_declined = 0 WHERE component = 'librarian';

-- breaks: add-on-only-with-certification-packages
UPDATE application SET option = 2;

-- breaks: certification-only-with-its-packages
UPDATE application SET option = 2;

-- breaks: academy-only-with-its-packages
UPDATE application SET option = 1;

-- breaks: nobody-overtaken
UPDATE seat_request SET seats_declined = 3, closed_at = '2022-07-31 13:00:00.000000', placed_at = '2022-04-01 12:00:00.000000'
WHERE component = 'academy' AND lea_id = (SELECT min(lea_id) FROM seat_request WHERE component = 'academy');

-- breaks: information-requests-hold-no-seats
UPDATE application SET is_information_request = true;

-- breaks: no-seat-undecided-after-the-last-round
UPDATE seat_request SET seats_undecided = 1 WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: the-waitlist-ends
UPDATE seat_request SET seats_waitlisted = 1 WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: waitlist-positions-are-unique
UPDATE seat_request SET seats_waitlisted = 1, waitlist_position = 1;

-- breaks: offers-leave-time-to-answer
UPDATE offer SET answer_by = '2022-06-20' WHERE round_number IS NOT NULL AND offer_id = (SELECT min(offer_id) FROM offer WHERE round_number IS NOT NULL);

-- breaks: offers-answered-in-time
UPDATE offer SET answered_on = '2022-12-01' WHERE answer = 'accepted';

-- breaks: no-offer-open-after-its-day
UPDATE offer SET answer = '' WHERE round_number IS NOT NULL;

-- breaks: declined-offers-hold-nothing
UPDATE offer SET answer = 'declined' WHERE seats_held > 0;

-- breaks: rounds-are-approved
UPDATE seat_round SET approved_by = '' WHERE round_number = 1;

-- breaks: offers-are-of-applied-rounds
UPDATE seat_round SET status = 'proposed' WHERE round_number = 1;

-- breaks: districts-are-told-of-their-seats
DELETE FROM outbox WHERE message_key LIKE '%/seats/%';

-- breaks: applications-are-acknowledged
DELETE FROM outbox WHERE message_key LIKE '%/application_received/%';

-- breaks: the-district-maximum-holds
-- policy: seats_district_maximum_seats = 50
UPDATE seat_block SET seats_confirmed = 100000 WHERE lea_id = (SELECT min(lea_id) FROM seat_block);

-- breaks: closed-requests-wait-for-nothing
UPDATE seat_request SET closed_at = '2022-08-01 12:00:00.000000', seats_waitlisted = 1 WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: closed-districts-got-their-letter
UPDATE seat_request SET closed_at = '2022-08-01 12:00:00.000000' WHERE lea_id = (SELECT min(lea_id) FROM seat_request);
DELETE FROM outbox WHERE message_key LIKE '%/waitlist_closed/%';

-- breaks: no-letter-promises-a-closed-waitlist
UPDATE seat_request SET closed_at = '2022-06-01 12:00:00.000000';
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"body":"', '"body":"You do not need to do anything to stay on the waitlist. ') AS {json})
WHERE message_key LIKE '%/seats/%';

-- breaks: a-roster-is-an-answer
UPDATE offer SET answer = 'lapsed', answer_by = '2022-12-31';

-- breaks: who-takes-less-does-not-wait
UPDATE seat_request SET seats_waitlisted = 1 WHERE seats_released > 0;

-- breaks: a-request-keeps-its-own-place
UPDATE seat_request SET seats_released = 0;
UPDATE decision SET subject_kind = 'seat_request', rule = 'takes-less-than-offered',
    subject_key = (SELECT min(lea_id || '/' || component || '/' || request_number) FROM seat_request)
WHERE decision_id = (SELECT min(decision_id) FROM decision);

-- breaks: due-seats-are-released-before-the-waitlist-closes
UPDATE seat_request SET closed_at = '2022-07-01 12:00:00.000000';

-- breaks: nobody-is-turned-away-while-seats-are-free
UPDATE capacity SET capacity_seats = 100000;
UPDATE seat_request SET closed_at = '2022-08-20 12:00:00.000000' WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: nobody-asked-after-the-waitlist-ended
UPDATE seat_request SET placed_at = '2022-09-01 12:00:00.000000' WHERE lea_id = (SELECT min(lea_id) FROM seat_request);

-- breaks: nobody-is-offered-seats-after-the-waitlist-ended
UPDATE offer SET round_number = NULL, offered_at = '2022-09-01 12:00:00.000000' WHERE offer_id = (SELECT min(offer_id) FROM offer);

-- breaks: offers-are-what-requests-were-given
UPDATE offer SET seats_offered = seats_offered + 1 WHERE offer_id = (SELECT min(offer_id) FROM offer);

-- breaks: declined-seats-have-a-cause
UPDATE application SET option = 3;
UPDATE offer SET seats_held = seats_offered;
UPDATE seat_request SET seats_declined = 1, closed_at = NULL WHERE component = 'academy';

-- breaks: released-offers-leave-time-to-answer
UPDATE offer SET round_number = NULL, answer_by = '2022-06-16' WHERE offer_id = (SELECT min(offer_id) FROM offer WHERE round_number IS NOT NULL);

-- breaks: seat-letters-name-each-offer-and-its-last-day
UPDATE offer SET answer_by = '2022-12-31' WHERE offer_id = (SELECT min(offer_id) FROM offer);

-- breaks: seat-letters-name-every-line
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), ' in ISTE Certification', ' of ISTE Certification') AS {json}) WHERE message_key LIKE '%/seats/%';

-- breaks: seat-letters-tell-the-position-on-the-waitlist
UPDATE seat_request SET seats_requested = seats_requested + 7, seats_waitlisted = 7
WHERE component = 'certification' AND request_number = 1 AND lea_id = (SELECT min(lea_id) FROM offer WHERE component = 'certification' AND round_number IS NOT NULL);

-- breaks: closing-letters-name-what-has-not-become-free
UPDATE seat_request SET closed_at = '2022-07-31 13:00:00.000000', seats_declined = 3
WHERE component = 'certification' AND lea_id = (SELECT min(lea_id) FROM offer WHERE component = 'certification' AND round_number IS NOT NULL);
UPDATE outbox SET created_at = '2022-08-01 13:00:00.000000', message_key = '2022/waitlist_closed/' || (SELECT min(lea_id) FROM offer WHERE component = 'certification' AND round_number IS NOT NULL) || '/2022-08-01'
WHERE message_key = (SELECT min(message_key) FROM outbox WHERE message_key LIKE '%/seats/%');

-- breaks: nothing-is-promised-after-the-waitlist-ended
UPDATE outbox SET payload = CAST(replace(CAST(payload AS text), '"body":"', '"body":"Released seats go to districts on the waitlist. ') AS {json})
WHERE message_key LIKE '%/result/%';
