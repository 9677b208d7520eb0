-- check: requests-are-what-districts-asked
-- promise: Every seat of certification and of the academy that a district's current submission asks for is on record as requested.
-- source: Ruling: academy seats; Life of a season, 1
-- rule: academy-recommendation, private-cohort-minimum
SELECT a.lea_id || '/' || a.component AS id,
       a.seats > (SELECT coalesce(sum(r.seats_requested), 0) FROM seat_request r
                  WHERE r.season = :season AND r.lea_id = a.lea_id AND r.component = a.component) AS broken
FROM asked_seats a WHERE a.component = 'academy' AND a.option IN (2, 3) OR a.component = 'certification' AND a.option IN (1, 3);

-- check: granted-add-ons-are-on-record
-- promise: Of an add-on that a district may have, the seats up to the maximum are requested, and no more.
-- source: Ruling: add-on seats; Terms: add-on
-- rule: add-on-maximum
SELECT a.lea_id || '/' || a.component AS id,
       (SELECT coalesce(sum(r.seats_requested), 0) FROM seat_request r
        WHERE r.season = :season AND r.lea_id = a.lea_id AND r.component = a.component)
       < CASE WHEN a.seats < CAST(:seats_addon_maximum_seats AS integer) THEN a.seats
              ELSE CAST(:seats_addon_maximum_seats AS integer) END AS broken
FROM asked_seats a WHERE a.component IN ('librarian', 'exfrl') AND a.option IN (1, 3);

-- check: later-requests-stand-behind
-- promise: An increase has the place of its own submission, never that of the request before it.
-- source: Ruling: resubmitted survey
-- rule: requested-after-confirmation
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       NOT EXISTS (SELECT 1 FROM seat_request p WHERE p.season = r.season AND p.lea_id = r.lea_id AND p.component = r.component
                   AND p.request_number = r.request_number - 1
                   AND (p.placed_at < r.placed_at OR p.placed_at = r.placed_at AND p.place_key <= r.place_key)) AS broken
FROM seat_request r WHERE r.season = :season AND r.request_number > 1;

-- check: places-are-times-of-submission
-- promise: A place on the waitlist is the time of a submission: from the survey's opening to the last day of releases.
-- source: Life of a season, 1; Ruling: more seats after the survey closed
-- rule: first-come-first-served
SELECT lea_id || '/' || component || '/' || request_number AS id,
       audit.local_day(placed_at) NOT BETWEEN :survey_opens_on AND :enrollment_last_release_on AS broken
FROM seat_request WHERE season = :season;

-- check: the-district-maximum-holds
-- promise: Where policy sets a maximum for a district, no district has more seats.
-- source: Ruling: maximum per district
-- rule: district-maximum
SELECT lea_id AS id, sum(seats_confirmed) > coalesce(CAST(:seats_district_maximum_seats AS integer), sum(seats_confirmed)) AS broken
FROM seat_block WHERE season = :season GROUP BY lea_id;

-- check: unfilled-seats-are-released
-- promise: Two weeks after its enrollment deadline a district holds no seat without a person, but those of people who have left.
-- source: Ruling: seats not filled; Life of a season, 3
-- rule: release-unfilled-seats
SELECT b.lea_id || '/' || b.component AS id,
       b.seats_confirmed > b.seats_filled + (SELECT count(*) FROM enrollment e WHERE e.season = b.season AND e.lea_id = b.lea_id
                                             AND e.component = b.component AND e.status = 'withdrawn') AS broken
FROM seat_block b WHERE season = :season
  AND audit.add_days(enroll_by, CAST(:operation_catch_up_days AS integer)) < audit.day(:today);

-- check: leads-are-told-of-released-seats
-- promise: A lead whose district gave back seats, or lost them, got a letter that says how many.
-- source: Ruling: seats not filled
-- rule: release-unfilled-seats, offer-answered
SELECT o.offer_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'released' AND m.about = o.lea_id AND m.detail = o.component) AS broken
FROM offer o WHERE o.season = :season AND o.seats_held < o.seats_offered;

-- check: offers-stay-within-what-was-asked
-- promise: No district holds more seats of a component than it requested.
-- source: Ruling: strict order; Terms: seat
-- rule: approved-round
SELECT b.lea_id || '/' || b.component AS id,
       b.seats_confirmed > (SELECT coalesce(sum(r.seats_requested), 0) FROM seat_request r
                            WHERE r.season = b.season AND r.lea_id = b.lea_id AND r.component = b.component) AS broken
FROM seat_block b WHERE b.season = :season;

-- check: the-recruitment-kit-comes-with-the-seats
-- promise: Whoever was first offered seats by a round heard of the recruitment kit with them.
-- source: Life of a season, 3
SELECT DISTINCT o.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'seats' AND m.detail = o.lea_id AND audit.says(m.body, 'recruitment kit')) AS broken
FROM offer o WHERE o.season = :season AND o.round_number IS NOT NULL;

-- check: seat-requests-accounted-for
-- promise: Every seat that a district requested is confirmed, waitlisted, declined, released, or undecided, and nothing twice.
-- source: Life of a season, 2
SELECT lea_id || '/' || component || '/' || request_number AS id,
       seats_requested <> seats_undecided + seats_confirmed + seats_waitlisted + seats_declined + seats_released AS broken
FROM seat_request WHERE season = :season;

-- check: grant-not-exceeded
-- promise: No component has more seats confirmed than the agency grants.
-- source: Life of a season, 1
-- rule: approved-round
SELECT capacity.component AS id,
       capacity.capacity_seats < (SELECT coalesce(sum(r.seats_confirmed), 0) FROM seat_request r
                                  WHERE r.season = capacity.season AND r.component = capacity.component) AS broken
FROM capacity WHERE season = :season;

-- check: grant-as-in-policy
-- promise: What is granted for each component is what the policy says.
-- source: Life of a season, 2
SELECT component AS id,
       capacity_seats <> CASE component WHEN 'certification' THEN CAST(:seats_certification_capacity_seats AS integer)
                                        WHEN 'academy' THEN CAST(:seats_academy_capacity_seats AS integer)
                                        WHEN 'librarian' THEN CAST(:seats_librarian_capacity_seats AS integer)
                                        WHEN 'exfrl' THEN CAST(:seats_exfrl_capacity_seats AS integer) END
       AND capacity_seats <> coalesce(
           CASE component WHEN 'certification' THEN CAST(:seats_certification_grown_capacity_seats AS integer)
                          WHEN 'academy' THEN CAST(:seats_academy_grown_capacity_seats AS integer)
                          WHEN 'librarian' THEN CAST(:seats_librarian_grown_capacity_seats AS integer)
                          WHEN 'exfrl' THEN CAST(:seats_exfrl_grown_capacity_seats AS integer) END, -1) AS broken
FROM capacity WHERE season = :season;

-- check: grant-counted-right
-- promise: The seats taken from a grant are those that requests have.
-- source: Life of a season, 2
SELECT capacity.component AS id,
       capacity.seats_confirmed <> (SELECT coalesce(sum(r.seats_confirmed), 0) FROM seat_request r
                                    WHERE r.season = capacity.season AND r.component = capacity.component) AS broken
FROM capacity WHERE season = :season;

-- check: district-holds-what-was-confirmed
-- promise: The seats that a district holds of a component are those confirmed for its requests.
-- source: Life of a season, 3
SELECT b.lea_id || '/' || b.component AS id,
       b.seats_confirmed <> (SELECT coalesce(sum(r.seats_confirmed), 0) FROM seat_request r
                             WHERE r.season = b.season AND r.lea_id = b.lea_id AND r.component = b.component) AS broken
FROM seat_block b WHERE b.season = :season;

-- check: district-holds-what-was-offered
-- promise: The seats that a district holds came by offers, and nothing else.
-- source: Ruling: offers
SELECT b.lea_id || '/' || b.component AS id,
       b.seats_confirmed <> (SELECT coalesce(sum(o.seats_held), 0) FROM offer o
                             WHERE o.season = b.season AND o.lea_id = b.lea_id AND o.component = b.component) AS broken
FROM seat_block b WHERE b.season = :season;

-- check: filled-seats-are-people
-- promise: Each filled seat has a person who is enrolled, or whose commitment form is awaited.
-- source: Life of a season, 3
SELECT b.lea_id || '/' || b.component AS id,
       b.seats_filled <> (SELECT count(*) FROM enrollment e
                          WHERE e.season = b.season AND e.lea_id = b.lea_id AND e.component = b.component
                            AND e.status IN ('enrolled', 'awaiting_form')) AS broken
FROM seat_block b WHERE b.season = :season;

-- check: add-on-maximum
-- promise: A district has at most 5 seats of an add-on.
-- source: Ruling: add-on seats
-- rule: add-on-maximum
SELECT lea_id || '/' || component AS id, sum(seats_requested - seats_declined - seats_released) > CAST(:seats_addon_maximum_seats AS integer) AS broken
FROM seat_request WHERE season = :season AND component IN ('librarian', 'exfrl')
GROUP BY lea_id, component;

-- check: add-on-only-with-certification-packages
-- promise: An add-on goes with options 1 and 3 only.
-- source: Ruling: add-on with option 2
-- rule: line-belongs-to-option
SELECT r.lea_id || '/' || r.component AS id,
       r.seats_requested > r.seats_declined AND coalesce(a.option, 0) NOT IN (1, 3) AS broken
FROM seat_request r JOIN application a ON a.season = r.season AND a.lea_id = r.lea_id
WHERE r.season = :season AND r.component IN ('librarian', 'exfrl');

-- check: certification-only-with-its-packages
-- promise: Certification goes with options 1 and 3 only.
-- source: Terms: offering
-- rule: line-belongs-to-option
SELECT r.lea_id || '/' || r.component AS id,
       r.seats_requested > r.seats_declined AND coalesce(a.option, 0) NOT IN (1, 3) AS broken
FROM seat_request r JOIN application a ON a.season = r.season AND a.lea_id = r.lea_id
WHERE r.season = :season AND r.component = 'certification';

-- check: academy-only-with-its-packages
-- promise: The academy goes with options 2 and 3 only.
-- source: Terms: offering
-- rule: line-belongs-to-option
SELECT r.lea_id || '/' || r.component AS id,
       r.seats_requested > r.seats_declined AND coalesce(a.option, 0) NOT IN (2, 3) AS broken
FROM seat_request r JOIN application a ON a.season = r.season AND a.lea_id = r.lea_id
WHERE r.season = :season AND r.component = 'academy';

-- check: nobody-overtaken
-- promise: No request was offered seats, by a round or from those released, while an earlier one of the component waited.
-- source: Ruling: strict order
-- rule: first-come-first-served
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       EXISTS (SELECT 1 FROM served_request s
               WHERE s.component = r.component AND (s.placed_at > r.placed_at OR s.placed_at = r.placed_at AND s.place_key > r.place_key)
                 AND s.decided_at >= r.known_at
                 AND (s.offered_at <= r.waits_until
                      OR EXISTS (SELECT 1 FROM served_request own WHERE own.component = r.component AND own.lea_id = r.lea_id
                                 AND own.request_number = r.request_number AND own.offered_at > s.offered_at))) AS broken
FROM waiting_request r;

-- check: offers-are-what-requests-were-given
-- promise: A district was offered the seats that its requests were given, no more and no fewer.
-- source: Ruling: strict order; Ruling: offers
-- rule: approved-round
SELECT r.lea_id || '/' || r.component AS id,
       r.given <> (SELECT coalesce(sum(o.seats_offered), 0) FROM offer o
                   WHERE o.season = :season AND o.lea_id = r.lea_id AND o.component = r.component) AS broken
FROM (SELECT lea_id, component, sum(seats_confirmed + seats_released) AS given FROM seat_request WHERE season = :season
      GROUP BY lea_id, component) r;

-- check: information-requests-hold-no-seats
-- promise: Who asks for more information only has no seats.
-- source: Terms: interest survey
SELECT a.lea_id AS id,
       EXISTS (SELECT 1 FROM seat_request r WHERE r.season = a.season AND r.lea_id = a.lea_id
               AND r.seats_confirmed + r.seats_waitlisted > 0) AS broken
FROM application a WHERE a.season = :season AND a.is_information_request;

-- check: no-seat-undecided-after-the-last-round
-- promise: After the last day of releases no request is undecided.
-- source: Life of a season, 2
SELECT lea_id || '/' || component || '/' || request_number AS id, seats_undecided > 0 AS broken
FROM seat_request WHERE season = :season AND :today > :enrollment_last_release_on;

-- check: the-waitlist-ends
-- promise: After the last day of releases nobody waits any more.
-- source: Ruling: the waitlist ends
SELECT lea_id || '/' || component || '/' || request_number AS id, seats_waitlisted > 0 AS broken
FROM seat_request WHERE season = :season AND :today > :enrollment_last_release_on;

-- check: closed-requests-wait-for-nothing
-- promise: What was closed with the waitlist was closed on its last day or later, and nothing of it waits.
-- source: Ruling: the waitlist ends
-- rule: waitlist-closed
SELECT lea_id || '/' || component || '/' || request_number AS id,
       seats_waitlisted + seats_undecided > 0 OR seats_declined = 0
       OR audit.local_day(closed_at) < audit.day(:enrollment_last_release_on) AS broken
FROM seat_request WHERE season = :season AND closed_at IS NOT NULL;

-- check: closed-districts-got-their-letter
-- promise: A district that waited when the waitlist ended got the closing letter on that day, or its seat letter said so.
-- source: Ruling: the waitlist ends
-- rule: waitlist-closed
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       NOT EXISTS (SELECT 1 FROM outbox m WHERE m.message_key = r.season || '/waitlist_closed/' || r.lea_id || '/'
                                                              || CAST(audit.local_day(r.closed_at) AS text))
       AND NOT EXISTS (SELECT 1 FROM offer o JOIN letter s ON s.topic = 'seats' AND s.detail = o.lea_id AND s.created_at = o.offered_at
                       WHERE o.season = r.season AND o.lea_id = r.lea_id AND o.offered_at = r.closed_at) AS broken
FROM seat_request r WHERE r.season = :season AND r.closed_at IS NOT NULL;

-- check: no-letter-promises-a-closed-waitlist
-- promise: Once a district's request was closed, no letter says that it waits.
-- source: Ruling: the waitlist ends
-- rule: waitlist-closed
SELECT m.message_key AS id, audit.says(m.body, 'stay on the waitlist') AS broken
FROM letter m WHERE m.topic = 'seats' AND EXISTS (SELECT 1 FROM seat_request r WHERE r.season = :season AND r.lea_id = m.detail
                                                  AND r.closed_at <= m.created_at);

-- check: a-roster-is-an-answer
-- promise: No offer lapsed whose district had sent a roster by its last day with more people than its older offers have seats.
-- source: Ruling: offers; Life of a season, 3
-- rule: offer-answered
SELECT o.offer_id AS id,
       (SELECT count(*) FROM enrollment e WHERE e.season = o.season AND e.lea_id = o.lea_id AND e.component = o.component
          AND e.status <> 'replaced' AND e.enrolled_at >= o.offered_at AND audit.local_day(e.enrolled_at) <= o.answer_by)
       > (SELECT coalesce(sum(older.seats_offered), 0) FROM offer older WHERE older.season = o.season AND older.lea_id = o.lea_id
            AND older.component = o.component AND older.offered_at < o.offered_at)
         - (SELECT count(*) FROM enrollment e WHERE e.season = o.season AND e.lea_id = o.lea_id AND e.component = o.component
              AND e.status <> 'replaced' AND e.enrolled_at < o.offered_at) AS broken
FROM offer o WHERE o.season = :season AND o.answer = 'lapsed';

-- check: who-takes-less-does-not-wait
-- promise: A request whose own seats were given back, or went unfilled, does not wait for more.
-- source: Ruling: strict order
-- rule: takes-less-than-offered
SELECT lea_id || '/' || component || '/' || request_number AS id, seats_waitlisted > 0 AS broken
FROM seat_request WHERE season = :season AND seats_released > 0;

-- check: a-request-keeps-its-own-place
-- promise: Nothing of a request left the waitlist because of the seats of another request.
-- source: Ruling: strict order
-- rule: takes-less-than-offered
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id, r.seats_released = 0 AS broken
FROM seat_request r JOIN decision d ON d.season = r.season AND d.subject_kind = 'seat_request' AND d.rule = 'takes-less-than-offered'
  AND d.subject_key = r.lea_id || '/' || r.component || '/' || r.request_number
WHERE r.season = :season;

-- check: due-seats-are-released-before-the-waitlist-closes
-- promise: Seats that were due by the end of the waitlist were released before anybody was turned away.
-- source: Ruling: seats not filled; Ruling: the waitlist ends
-- rule: release-unfilled-seats, waitlist-closed
SELECT m.message_key AS id,
       m.more < :enrollment_last_release_on AND EXISTS (
           SELECT 1 FROM seat_request r WHERE r.season = :season AND r.component = m.detail
             AND r.closed_at IS NOT NULL AND r.closed_at < m.created_at) AS broken
FROM letter m WHERE m.topic = 'released' AND lower(m.more) LIKE '____-__-__';

-- check: nobody-is-turned-away-while-seats-are-free
-- promise: When a request was closed with the waitlist, offers of earlier days held all seats of its component.
-- source: Ruling: the waitlist ends; Ruling: more seats after the survey closed
-- rule: waitlist-closed
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       c.capacity_seats > (SELECT coalesce(sum(o.seats_offered), 0) FROM offer o
                           WHERE o.season = r.season AND o.component = r.component AND o.offered_at <= r.closed_at
                             AND NOT (o.answer = 'declined' AND o.answered_on < audit.local_day(r.closed_at)
                                      OR o.answer = 'lapsed' AND o.answer_by < audit.add_days(audit.local_day(r.closed_at), -1)))
       AND NOT EXISTS (SELECT 1 FROM seat_round p WHERE p.season = r.season AND p.proposed_at <= r.closed_at
                         AND (p.approved_at IS NULL OR p.approved_at >= r.closed_at)) AS broken
FROM seat_request r JOIN capacity c ON c.season = r.season AND c.component = r.component
WHERE r.season = :season AND r.closed_at IS NOT NULL;

-- check: nobody-asked-after-the-waitlist-ended
-- promise: No request joined the waitlist after the last day of releases.
-- source: Ruling: more seats after the survey closed
-- rule: more-seats-requested
SELECT lea_id || '/' || component || '/' || request_number AS id,
       audit.local_day(placed_at) > audit.day(:enrollment_last_release_on) AS broken
FROM seat_request WHERE season = :season;

-- check: nobody-is-offered-seats-after-the-waitlist-ended
-- promise: After the last day of releases no released seats are offered.
-- source: Ruling: the waitlist ends
-- rule: release-unfilled-seats, waitlist-closed
SELECT offer_id AS id, audit.local_day(offered_at) > audit.day(:enrollment_last_release_on) AS broken
FROM offer WHERE season = :season AND round_number IS NULL;

-- check: waitlist-positions-are-unique
-- promise: Of those who wait for a component each has a position of its own.
-- source: Life of a season, 2
-- rule: first-come-first-served
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       r.waitlist_position IS NULL OR EXISTS (
           SELECT 1 FROM seat_request o WHERE o.season = r.season AND o.component = r.component
             AND o.seats_waitlisted > 0 AND o.waitlist_position = r.waitlist_position
             AND (o.lea_id, o.request_number) <> (r.lea_id, r.request_number)) AS broken
FROM seat_request r WHERE r.season = :season AND r.seats_waitlisted > 0;

-- check: offers-leave-time-to-answer
-- promise: A district has the policy's days to answer, counted from the approval.
-- source: Ruling: offers
-- rule: offer-answered
SELECT o.offer_id AS id,
       o.answer_by < audit.add_days(audit.local_day(coalesce(r.approved_at, o.offered_at)), CAST(:seats_answer_days AS integer)) AS broken
FROM offer o LEFT JOIN seat_round r ON r.season = o.season AND r.round_number = o.round_number
WHERE o.season = :season AND o.round_number IS NOT NULL;

-- check: offers-answered-in-time
-- promise: An offer that was answered was answered between its first and its last day.
-- source: Ruling: offers
-- rule: offer-answered
SELECT offer_id AS id, answered_on IS NULL OR answered_on > answer_by OR answered_on < audit.local_day(offered_at) AS broken
FROM offer WHERE season = :season AND answer IN ('accepted', 'declined');

-- check: no-offer-open-after-its-day
-- promise: An offer without an answer lapses on its last day.
-- source: Ruling: offers
-- rule: offer-answered
SELECT offer_id AS id, answer = '' AND answer_by < audit.add_days(:today, -14) AS broken
FROM offer WHERE season = :season AND round_number IS NOT NULL;

-- check: declined-offers-hold-nothing
-- promise: Seats of an offer that was declined, or that lapsed, are held by nobody.
-- source: Ruling: strict order
-- rule: offer-answered
SELECT offer_id AS id, seats_held > 0 AS broken
FROM offer WHERE season = :season AND answer IN ('declined', 'lapsed');

-- check: rounds-are-approved
-- promise: No seats are confirmed without the agency's approval, by name and moment.
-- source: Life of a season, 2
-- rule: approved-round
SELECT CAST(round_number AS text) AS id, approved_by = '' OR approved_at IS NULL OR approved_at < proposed_at AS broken
FROM seat_round WHERE season = :season AND status = 'applied';

-- check: offers-are-of-applied-rounds
-- promise: An offer of a round is of one that was approved and applied.
-- source: Life of a season, 2
-- rule: approved-round
SELECT o.offer_id AS id, r.status <> 'applied' AS broken
FROM offer o JOIN seat_round r ON r.season = o.season AND r.round_number = o.round_number WHERE o.season = :season;

-- check: districts-are-told-of-their-seats
-- promise: From the first confirmation on, every district with a decided request has a letter about its seats, or about the end of the waitlist.
-- source: Life of a season, 2; Ruling: the waitlist ends
SELECT DISTINCT r.lea_id AS id,
       r.lea_id NOT IN (SELECT m.detail FROM letter m WHERE m.topic = 'seats')
       AND (r.lea_id IN (SELECT o.lea_id FROM offer o WHERE o.season = r.season)
            OR r.lea_id NOT IN (SELECT m.about FROM letter m WHERE m.topic = 'waitlist_closed')) AS broken
FROM seat_request r WHERE r.season = :season AND r.seats_undecided < r.seats_requested
  AND EXISTS (SELECT 1 FROM seat_round p WHERE p.season = r.season AND p.status = 'applied');

-- check: applications-are-acknowledged
-- promise: Every current submission of a district got a letter to its lead.
-- source: Life of a season, 1
SELECT a.lea_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = CASE WHEN a.is_information_request THEN 'information' ELSE 'application_received' END
                   AND m.about = a.response_id) AS broken
FROM application a WHERE a.season = :season;

-- check: declined-seats-have-a-cause
-- promise: Seats were declined, but with the end of the waitlist, only where the option, the add-on's or the district's maximum, or the librarian ruling says so, or where the district took less than it was offered.
-- source: Ruling: strict order; Ruling: offers
-- rule: takes-less-than-offered, first-come-first-served
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       r.component <> 'librarian' AND CAST(:seats_district_maximum_seats AS integer) IS NULL
       AND coalesce(a.option, 0) IN (CASE r.component WHEN 'academy' THEN 2 ELSE 1 END, 3)
       AND NOT (r.component = 'exfrl' AND r.seats_requested > CAST(:seats_addon_maximum_seats AS integer))
       AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.season = r.season AND o.lea_id = r.lea_id AND o.component = r.component
                       AND o.seats_held < o.seats_offered) AS broken
FROM seat_request r JOIN application a ON a.season = r.season AND a.lea_id = r.lea_id
WHERE r.season = :season AND r.seats_declined > 0 AND r.closed_at IS NULL;

-- check: released-offers-leave-time-to-answer
-- promise: Who is offered released seats has the policy's days to answer, or all days to enroll where those are fewer.
-- source: Ruling: offers; Ruling: seats not filled
-- rule: offer-answered
SELECT offer_id AS id,
       answer_by < audit.add_days(audit.local_day(offered_at),
         CASE WHEN CAST(:seats_answer_days AS integer) < CAST(:enrollment_waitlist_deadline_days AS integer)
              THEN CAST(:seats_answer_days AS integer) ELSE CAST(:enrollment_waitlist_deadline_days AS integer) END) AS broken
FROM offer WHERE season = :season AND round_number IS NULL;

-- check: seat-letters-name-each-offer-and-its-last-day
-- promise: The letter of the moment of an offer names it with its seats and the last day to answer.
-- source: Ruling: offers; Life of a season, 2
-- rule: offer-answered
SELECT o.offer_id AS id,
       NOT EXISTS (SELECT 1 FROM letter m WHERE m.topic = 'seats' AND m.detail = o.lea_id AND m.created_at = o.offered_at
                   AND audit.says(m.body, '- ' || o.offer_id || ': ' || audit.count_of_seats(o.seats_offered) || ' in ' || n.name)
                   AND audit.says(m.body, '- By ' || audit.long_day(o.answer_by) || ', tell us how many')) AS broken
FROM offer o JOIN told_component n ON n.component = o.component WHERE o.season = :season;

-- check: seat-letters-name-every-line
-- promise: The first letter about a district's seats names every line of its request with what was decided: the seats confirmed, those that wait, and those that cannot be given.
-- source: Life of a season, 2
-- rule: first-come-first-served, approved-round
SELECT t.id,
       CASE WHEN t.is_outside THEN NOT audit.says(t.body, 'does not include ' || t.name)
            ELSE t.given > 0 AND NOT audit.says(t.body, audit.count_of_seats(t.given) || ' in ' || t.name || CASE t.given WHEN 1 THEN ' is confirmed' ELSE ' are confirmed' END)
                 OR t.rest > 0 AND NOT (audit.says(t.body, audit.count_of_seats(t.rest) || ' in ' || t.name || ' wait')
                                        OR audit.says(t.body, audit.count_of_seats(t.rest) || ' in ' || t.name || ' cannot be given')
                                        OR audit.says(t.body, 'The other ' || CASE t.rest WHEN 1 THEN 'one waits' ELSE t.rest || ' wait' END))
                 OR t.is_above AND NOT audit.says(t.body, '- Declined: ' || t.name || ' has at most ') END AS broken
FROM (SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id, m.body, n.name, coalesce(g.seats, 0) AS given,
             CASE WHEN r.component IN ('librarian', 'exfrl') AND r.seats_requested > CAST(:seats_addon_maximum_seats AS integer)
                  THEN CAST(:seats_addon_maximum_seats AS integer) ELSE r.seats_requested END - coalesce(g.seats, 0) AS rest,
             r.component IN ('librarian', 'exfrl') AND r.seats_requested > CAST(:seats_addon_maximum_seats AS integer) AS is_above,
             coalesce(a.option, 0) NOT IN (CASE r.component WHEN 'academy' THEN 2 ELSE 1 END, 3) AS is_outside
      FROM letter m JOIN seat_round p ON p.season = :season AND m.about = 'round-' || p.round_number
      JOIN application a ON a.season = p.season AND a.lea_id = m.detail
      JOIN seat_request r ON r.season = p.season AND r.lea_id = m.detail
      JOIN waiting_request w ON w.lea_id = r.lea_id AND w.component = r.component AND w.request_number = r.request_number AND w.known_at <= p.proposed_at
      JOIN told_component n ON n.component = r.component
      LEFT JOIN (SELECT lea_id, component, request_number, offered_at, sum(seats) AS seats FROM served_request
                 GROUP BY lea_id, component, request_number, offered_at) g
        ON g.lea_id = r.lea_id AND g.component = r.component AND g.request_number = r.request_number AND g.offered_at = m.created_at
      WHERE m.topic = 'seats'
        AND m.created_at = (SELECT min(f.created_at) FROM letter f WHERE f.topic = 'seats' AND f.detail = m.detail)) t;

-- check: seat-letters-tell-the-position-on-the-waitlist
-- promise: Whoever was put on the waitlist by a round was told the position: as many requests of the component with earlier places waited then, and one.
-- source: Life of a season, 2; Ruling: strict order
-- rule: first-come-first-served
SELECT t.id, NOT audit.says(t.body, ' at position ' || t.place || ' on the waitlist') AS broken
FROM (SELECT m.message_key || '/' || w.component || '/' || w.request_number AS id, m.body,
             (SELECT count(*) FROM round_waiting b WHERE b.round_number = w.round_number AND b.component = w.component
              AND (b.placed_at < w.placed_at OR b.placed_at = w.placed_at AND b.place_key <= w.place_key)) AS place
      FROM round_waiting w JOIN letter m ON m.topic = 'seats' AND m.about = 'round-' || w.round_number AND m.detail = w.lea_id
      WHERE NOT EXISTS (SELECT 1 FROM round_waiting b WHERE b.round_number < w.round_number AND b.component = w.component
                        AND b.lea_id = w.lea_id AND b.request_number = w.request_number)
         OR EXISTS (SELECT 1 FROM served_request s WHERE s.component = w.component AND s.lea_id = w.lea_id
                    AND s.request_number = w.request_number AND s.offered_at = m.created_at)) t;

-- check: closing-letters-name-what-has-not-become-free
-- promise: The letter at the end of the waitlist names the seats of each request that was still on it, and the day.
-- source: Ruling: the waitlist ends
-- rule: waitlist-closed
SELECT r.lea_id || '/' || r.component || '/' || r.request_number AS id,
       NOT audit.says(m.body, audit.count_of_seats(r.seats_declined) || ' in ' || n.name || ' ')
       OR NOT audit.says(m.body, ' ended on ' || audit.long_day(audit.day(:enrollment_last_release_on))) AS broken
FROM seat_request r JOIN told_component n ON n.component = r.component
JOIN letter m ON m.topic = 'waitlist_closed' AND m.about = r.lea_id AND m.created_at >= r.closed_at
WHERE r.season = :season AND r.closed_at IS NOT NULL AND r.component <> 'librarian';

-- check: nothing-is-promised-after-the-waitlist-ended
-- promise: No letter written after the last day of releases says anything of the waitlist but that it has ended, or promises seats that may become free; what operators and the panel wrote themselves is theirs.
-- source: Ruling: the waitlist ends
-- rule: waitlist-closed
SELECT message_key AS id,
       audit.says(lower(body), 'released seats go to') OR audit.says(lower(body), 'seats become free') OR audit.says(lower(body), 'become free for your')
       OR topic NOT IN ('result', 'cohort', 'cohort-change', 'extension', 'hold', 'office-hour-changed', 'session-moved', 'session-moved-lead',
                        'start', 'start-answer')
          AND (audit.says(replace(replace(replace(lower(body), 'the waitlist has ended', ''), 'the waitlist ended on', ''),
                                  'the waitlist for this season ended on', ''), 'waitlist')
               OR audit.says(lower(body), 'waiting list') OR audit.says(lower(body), 'another offer')) AS broken
FROM letter WHERE written_on > audit.day(:enrollment_last_release_on);
