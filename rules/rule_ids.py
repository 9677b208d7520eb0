"""Every rule by its id, once: decisions carry it, ``docs/rules.md`` is keyed by it, and ``cadre explain`` prints it."""

from enum import StrEnum


class RuleId(StrEnum):
    """A rule; the text beside it says what it decides."""

    promise: str

    def __new__(cls, value: str, promise: str) -> "RuleId":
        """A member is its id; ``promise`` says what the rule decides."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.promise = promise
        return member

    ACADEMY_COMPLETED = ("academy-completed", "The academy is completed with the least hours that the source names.")
    ACADEMY_HOURS = (
        "academy-hours",
        "Fewer or more hours than the source names; a note, never a rejection.",
    )
    ACADEMY_RECOMMENDATION = (
        "academy-recommendation",
        "Fewer academy seats than recommended; a note, never a rejection.",
    )
    ACADEMY_SELECTION = ("academy-selection", "Which courses an educator may take.")
    ACTIVITY_IN_TERM = (
        "activity-in-term",
        "An activity counts toward the term of the certificate in which it took place.",
    )
    ADDRESS_CHANGED = ("address-changed", "A person gets letters, and is known, at another address.")
    ADD_ON_MAXIMUM = ("add-on-maximum", "At most so many seats of an add-on for a district.")
    REQUESTED_AFTER_CONFIRMATION = (
        "requested-after-confirmation",
        "An increase that came after the seats were confirmed.",
    )
    APPROVED_ROUND = ("approved-round", "An approved round gives what was approved, as far as it is still requested.")
    ATTENDANCE_OF_A_SESSION = (
        "attendance-of-a-session",
        "Attendance is of a session that was held, in the person's cohort.",
    )
    CERTIFICATE_RENEWAL = ("certificate-renewal", "A certificate is renewed, reminded of, or expires.")
    CERTIFICATE_REVOKED = ("certificate-revoked", "A certificate that must not stand.")
    CERTIFICATE_VALIDITY = ("certificate-validity", "How long a certificate is valid.")
    COHORT_CHOICES = ("cohort-choices", "Who has no cohort is told the choices.")
    COHORT_TOO_LATE = ("cohort-too-late", "The seat of who has no cohort ends when none can be joined any more.")
    COHORT_MERGE = ("cohort-merge", "A cohort that has become small joins another.")
    COHORT_MOVE = ("cohort-move", "A participant changes cohorts.")
    COHORT_PLAN = ("cohort-plan", "Who learns together, when, and led by whom.")
    COHORT_REPLAN = ("cohort-replan", "Cohorts planned again when somebody is gone or comes late.")
    COMMITMENT_FORM_FIRST = ("commitment-form-first", "Participation begins with the signed commitment form.")
    COMPLETE_PORTFOLIO = ("complete-portfolio", "A portfolio has all artifacts of its track.")
    CONFLICT_DECLARED = ("conflict-declared", "An evaluator with a conflict reviews nobody of that district.")
    COURSE_RECOMMENDATION = ("course-recommendation", "A district lead recommends courses; everybody chooses freely.")
    CREDIT_REQUEST = ("credit-request", "How many graduate credits may be requested, and their fee.")
    CREDIT_REQUEST_ENDED = ("credit-request-ended", "A request for credits that its participant withdraws.")
    CREDIT_REQUESTED_AGAIN = ("credit-requested-again", "Credits that were refused or ended are requested again.")
    DISTRICT_LEAD = ("district-lead", "Who is the district's lead.")
    DISTRICT_MAXIMUM = ("district-maximum", "The most seats of a district, where policy sets one.")
    DISTRICT_RECOGNIZED = ("district-recognized", "Which district a survey response means.")
    DUAL_CERTIFICATION = ("dual-certification", "Both results of a librarian's dual certification.")
    ENROLLMENT_NEEDS_A_SEAT = ("enrollment-needs-a-seat", "Who may sit in a district's seat.")
    FACILITATOR_SLOT = ("facilitator-slot", "A cohort that meets when its facilitator no longer can.")
    EVALUATOR_SILENCE = ("evaluator-silence", "An evaluator without a score is reminded, and then relieved.")
    FIRST_COME_FIRST_SERVED = ("first-come-first-served", "Seats in the order of the places on the waitlist.")
    INDEPENDENT_PANEL = (
        "independent-panel",
        "Who reviews what: never somebody of the own district or with a conflict.",
    )
    LATE_RESULT_TOLD = ("late-result-told", "A participant whose result will be late is told before the promised date.")
    LEAD_CHECK_IN = ("lead-check-in", "A periodic check-in with a district's lead.")
    LEAVER_IS_REPLACED = ("leaver-is-replaced", "Somebody else takes the seat of a person who leaves.")
    LIBRARIAN_NEEDS_CERTIFICATION = (
        "librarian-needs-certification",
        "Librarian seats are for people who are in the educator certification, or have it.",
    )
    LINE_BELONGS_TO_OPTION = ("line-belongs-to-option", "A request line belongs to the option that the district chose.")
    MORE_SEATS_REQUESTED = ("more-seats-requested", "A district asks for more seats after the survey has closed.")
    NEWEST_RESULT_STANDS = ("newest-result-stands", "The newest result of a portfolio is the one that counts.")
    OFFER_ANSWERED = ("offer-answered", "What a district's answer to its seats, or its silence, does.")
    OFFICE_HOURS = ("office-hours", "Private office hours of a district, planned and changed.")
    ONE_ROUND_AT_A_TIME = ("one-round-at-a-time", "A portfolio is in one review round at a time.")
    PANEL_LEAVE = ("panel-leave", "An evaluator leaves the panel, and the open reviews go to others.")
    PARTICIPANT_LEAVES = ("participant-leaves", "A participation ends without somebody in its place.")
    PERSON_RECOGNIZED = ("person-recognized", "Somebody with another address is a person on record.")
    PERSONS_MERGED = ("persons-merged", "Two records are made one person, or parted again.")
    PHASE_ONE_ATTENDANCE = ("phase-one-attendance", "Where a participant of phase 1 stands.")
    PORTFOLIO_EXTENSION = ("portfolio-extension", "More time for one portfolio.")
    PORTFOLIO_PASSES = ("portfolio-passes", "A portfolio passes at the policy's share of the points.")
    PORTFOLIO_REMINDER = ("portfolio-reminder", "A reminder before the time for a portfolio ends.")
    PORTFOLIO_WINDOW = ("portfolio-window", "When a portfolio may be submitted.")
    PRIVATE_COHORT_MINIMUM = (
        "private-cohort-minimum",
        "Below the private minimum a district joins a combined cohort.",
    )
    RE_REVIEW = ("re-review", "A decided portfolio is reviewed again where an operator asks for it with a reason.")
    RECONCILIATION = ("reconciliation", "Our requests for credits compared with the credit provider's.")
    RELEASE_UNFILLED_SEATS = (
        "release-unfilled-seats",
        "Seats without a participant at the deadline go to the waitlist.",
    )
    RENEWAL_FEE = ("renewal-fee", "What a renewal costs by the points earned.")
    RENEWAL_REFUND = ("renewal-refund", "What of a renewal payment is refunded, by the points of the whole term.")
    RESUBMISSION = ("resubmission", "How long a portfolio that does not certify may be submitted again.")
    SCORE_OF_THE_PANEL = ("score-of-the-panel", "A score is of an assigned member of the panel, for an open round.")
    SEASON_CLOSED = ("season-closed", "A season of which nothing is left open is closed.")
    SEASON_PART = ("season-part", "In which part of a season a flow may act.")
    SESSION_MOVED = ("session-moved", "A session is held on another day.")
    SESSION_OF_THE_COURSE = ("session-of-the-course", "A participant changes the session of the librarianship course.")
    SLA_BREACHED = ("sla-breached", "A result later than the limit of the review clock.")
    SLA_CLOCK = ("sla-clock", "The review clock of a round: its target and its limit.")
    SLA_HOLD = ("sla-hold", "The review clock is paused while a participant is waited for.")
    SLA_OVERDUE = ("sla-overdue", "A result later than the target of the review clock.")
    SLA_WARNED = ("sla-warned", "A result that will be late unless somebody acts.")
    START_ANSWERED = ("start-answered", "A lead confirms the start of a cohort, or asks for another.")
    START_DECIDED = ("start-decided", "An operator moves the start of a cohort, or keeps it.")
    START_PARTIES = (
        "start-parties",
        "A start is agreed with each district that has people in the cohort, and no other.",
    )
    START_PROPOSED = ("start-proposed", "The start of a cohort that suits most of its districts.")
    START_SILENCE = ("start-silence", "Silence confirms the start of a cohort after the policy's days.")
    START_WINDOW = ("start-window", "A preferred start outside the season's; a note, never a rejection.")
    SURVEY_WINDOW = ("survey-window", "When survey responses count.")
    TAKES_LESS_THAN_OFFERED = (
        "takes-less-than-offered",
        "Who takes less than is offered does not wait for more.",
    )
    THIRD_EVALUATOR = ("third-evaluator", "Scores far apart are decided by a third evaluator.")
    WAITLIST_CLOSED = ("waitlist-closed", "The waitlist ends on the last day of releases.")
    WEBINAR_CHANGED = ("webinar-changed", "A webinar is moved, canceled, or recorded.")
