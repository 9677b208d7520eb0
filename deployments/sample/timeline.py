"""The decisive days of a sample season, each with its flows: from the survey's opening to the last certificate's end."""

from datetime import date, timedelta
from functools import partial

from deployments.sample import (
    afterwards,
    care,
    enrollment,
    learning,
    moved_sessions,
    offers,
    panel,
    panel_changes,
    phase_one,
    starts,
    survey,
)
from deployments.sample.jobs import Day, Job, Parameters, add, files, manual
from deployments.sample.world import World
from schemas.policy import Policy

REVIEW_STEP_DAYS = 21
REVIEW_STEPS = 22
RESULTS_ONLY_STEPS = 5  # the last: whatever was submitted before has its result by then
APPEAL_STEPS = (6, 10)
RENEWAL_STEP_DAYS = 45
FIRST_WEEKS = 6  # in which cohorts begin
CARE_STEP_DAYS = 12  # between looks at the librarians who have enrolled and need no cohort
EARLY_STEPS = 5  # at which portfolios come in of librarians who need no cohort
LAST_WEEKS = 4  # for cohorts that begin later


def timeline(world: World) -> list[Day]:
    """The decisive days of the season, from its opening to the last certificate's end."""
    days: dict[date, list[Job]] = {}
    for plan in (_spring, _summer, _webinars, _phase_one, _care, _reviews, _panel_changes, _credits, _renewals):
        plan(days, world)
    last = max(days)
    add(days, last, Job("report-season"))
    for jobs in days.values():
        _letters_last(jobs)
    return [Day(world.at(day), tuple(days[day])) for day in sorted(days)]


def _letters_last(jobs: list[Job]) -> None:
    """Letters go out when the day's decisions are made, and the report comes last of all."""
    at = len(jobs) - (1 if jobs[-1].flow_name == "report-season" else 0)
    jobs.insert(at, Job("deliver-letters"))


def _spring(days: dict[date, list[Job]], world: World) -> None:
    policy = world.policy
    add(days, policy.survey.opens_on, Job("open-season", partial(_lists, world)))
    weeks = (policy.survey.closes_on - policy.survey.opens_on).days // 7 + 1
    for number in range(1, weeks + 1):
        day = min(policy.survey.opens_on + timedelta(weeks=number), policy.survey.closes_on + timedelta(days=1))
        add(days, day, Job("import-surveys", files("files", partial(survey.export, world, day, number))))
    add(days, policy.seats.confirmed_on, Job("confirm-seats"))


def _lists(world: World) -> Parameters:
    return {
        name: str(world.sent([path])[0])
        for name, path in {
            "districts": panel.district_list(world),
            "facilitators": panel.facilitator_list(world),
            "evaluators": panel.evaluator_list(world),
        }.items()
    }


def _summer(days: dict[date, list[Job]], world: World) -> None:
    policy = world.policy
    opens, deadline = policy.enrollment.opens_on, policy.enrollment.deadline_on
    prompt = [opens + timedelta(days=n) for n in (6, 12, 18, 24)]
    release = deadline + timedelta(days=1)
    second = release + timedelta(days=policy.enrollment.waitlist_deadline_days + 1)
    last = policy.enrollment.last_release_on + timedelta(days=policy.enrollment.waitlist_deadline_days + 1)
    ends = (deadline, *(day - timedelta(days=1) for day in (second, last)))
    reminders = [end - timedelta(days=n) for end in ends for n in policy.enrollment.reminder_days_before]
    late = [release + timedelta(days=n) for n in (4, 8, policy.enrollment.waitlist_deadline_days)]
    for number, day in enumerate(sorted({*prompt, *reminders, *late})):
        add(days, day, Job("enroll-educators", partial(_enrollment_files, world, day, number)))
    moved = policy.cohorts.earliest_start_on + timedelta(days=3)
    add(days, moved, Job("change-addresses", files("files", partial(enrollment.new_addresses, world, moved))))
    for session in policy.exfrl.sessions.values():
        add(days, session.closes_on + timedelta(days=1), Job("enroll-educators", lambda: {"rosters": [], "forms": []}))
    for day in (release, second, last):  # at last those that were offered on the last day of releases
        add(days, day, Job("release-seats"))
    answers = [opens + timedelta(days=n) for n in (3, 10, policy.seats.answer_days)]
    for day in (*answers, release + timedelta(days=3)):
        add(days, day, Job("import-answers", files("files", partial(offers.answers, world, day))))
    add(days, answers[0], Job("change-lead", partial(_new_lead, world, answers[0])))
    add(days, answers[-1], manual(world, answers[-1], "change-session", partial(enrollment.session_wish, world)))
    _waitlist(days, world, opens, release)
    for day in (second, policy.academy.closes_on - timedelta(days=30)):
        add(days, day, Job("import-selections", files("files", partial(learning.selections, world, day))))
    done = policy.academy.closes_on + timedelta(days=1)
    add(days, done, Job("import-selections", files("files", partial(learning.completions, world, done))))
    for day in policy.cohorts.planned_on:
        add(days, day, Job("schedule-cohorts"))
        _starts(days, world, day)


def _starts(days: dict[date, list[Job]], world: World, planned_on: date) -> None:
    """Leads answer to the starts, operators decide on what was asked, and silence confirms: also of people who come later."""
    answered, decided = planned_on + timedelta(days=4), planned_on + timedelta(days=7)
    add(days, answered, Job("agree-starts", files("files", partial(starts.answers, world, answered))))
    add(days, decided, manual(world, decided, "answer-start", partial(starts.phone_call, world, decided)))
    for number in range(2):
        chosen = partial(starts.decision, world, decided, number)
        add(days, decided, manual(world, decided, "change-start", chosen, number))
    silent = decided + timedelta(days=world.policy.cohorts.start_confirmation_days + 1)
    weeks = [world.policy.cohorts.earliest_start_on + timedelta(days=1, weeks=n) for n in range(FIRST_WEEKS)]
    for day in (silent, *weeks):
        add(days, day, Job("agree-starts", lambda: {"files": []}))


def _waitlist(days: dict[date, list[Job]], world: World, opens: date, release: date) -> None:
    """Proof for librarians before the rosters; more seats in July, with a round for them; the end of the waitlist."""
    last_day = world.policy.enrollment.last_release_on
    proven = opens + timedelta(days=4)
    add(days, proven, Job("record-proof", partial(_proofs, world, proven)))
    asked = [opens + timedelta(days=15), release + timedelta(days=5), last_day + timedelta(days=2)]
    for number, day in enumerate(asked):
        add(days, day, Job("import-seat-requests", files("files", partial(offers.seat_requests, world, day, number))))
    add(days, asked[0], manual(world, asked[0], "request-seats", partial(offers.one_more_request, world)))
    add(days, asked[0] + timedelta(days=2), Job("confirm-seats"))
    add(days, last_day, Job("close-waitlist"))


def _proofs(world: World, day: date) -> Parameters:
    return {"files": [str(path) for path in enrollment.proofs(world, day)], "recorded_by": "program staff"}


def _new_lead(world: World, day: date) -> Parameters:
    return {"files": [str(path) for path in offers.new_leads(world, day)], "requested_by": "superintendent"}


def _webinars(days: dict[date, list[Job]], world: World) -> None:
    """Invitations while people enroll; two webinars change early in summer, and the first one's recording comes after it."""
    starts = [item.starts_at.date() for _, item in sorted(world.policy.academy.webinars.items())]
    first, *_, last = starts
    opens = world.policy.academy.opens_on
    for day in (opens, first - timedelta(days=4), *(day - timedelta(days=1) for day in starts)):
        add(days, day, Job("invite-to-webinars"))
    for day, number, what in (
        (opens + timedelta(days=2), 1, "moved"),
        (opens + timedelta(days=3), 2, "canceled"),
        (first + timedelta(days=1), 0, "recorded"),
    ):
        change = partial(phase_one.changed_webinar, world, number, what)
        add(days, day, manual(world, day, "change-webinar", change))
    day = last - timedelta(days=1)
    add(days, day, manual(world, day, "recommend-courses", partial(phase_one.recommendation, world)))


def _phase_one(days: dict[date, list[Job]], world: World) -> None:
    """People move and leave before the second session; then attendance is imported every two weeks."""
    start = world.policy.cohorts.earliest_start_on
    moved_on = start - timedelta(days=2)
    for number, chosen in enumerate((phase_one.mover, phase_one.excepted_mover)):
        add(days, moved_on, manual(world, moved_on, "move-participant", partial(chosen, world, start), number))
    for number in range(phase_one.MOST_LEAVERS):
        left = partial(phase_one.leaver, world, moved_on, number)
        add(days, moved_on, manual(world, moved_on, "withdraw-participant", left, number))
    for week in range(1, world.policy.cohorts.weeks + LAST_WEEKS + 1, 2):
        day = start + timedelta(days=7 * week)
        add(days, day, Job("watch-cohorts", files("files", partial(phase_one.attendance, world, day))))
    merged_on = start + timedelta(days=8)
    for number in range(phase_one.MOST_MERGES):
        merged = partial(phase_one.merge, world, merged_on, number)
        add(days, merged_on, manual(world, merged_on, "merge-cohorts", merged, number))
    for number, chosen in enumerate((moved_sessions.moved_session, moved_sessions.excepted_session)):
        add(days, merged_on, manual(world, merged_on, "reschedule-session", partial(chosen, world, merged_on), number))


def _enrollment_files(world: World, day: date, number: int) -> Parameters:
    return {
        "rosters": [str(path) for path in enrollment.rosters(world, day, number)],
        "forms": [str(path) for path in enrollment.forms(world, day)],
    }


def review_days(policy: Policy) -> list[date]:
    """Every third week from the end of the first cohorts on, until the last result can be there."""
    first = policy.cohorts.earliest_start_on + timedelta(weeks=policy.cohorts.weeks)
    return [first + timedelta(days=REVIEW_STEP_DAYS * n) for n in range(1, REVIEW_STEPS + 1)]


def _reviews(days: dict[date, list[Job]], world: World) -> None:
    steps = review_days(world.policy)
    _early_reviews(days, world)
    for number, (since, day) in enumerate(zip([early_days(world.policy)[-1], *steps], steps, strict=False)):
        add(days, day, Job("record-results", files("files", partial(learning.scores, world, day))))
        for nth in range(2 if number in APPEAL_STEPS else 0):
            add(days, day, Job("review-again", partial(_appeal, world, day, nth)))
        if number < REVIEW_STEPS - RESULTS_ONLY_STEPS:
            incoming = files("files", partial(learning.portfolios, world, day, since))
            add(days, day, Job("import-portfolios", incoming))
        watch = partial(_until_next_step, day)
        add(days, day, Job("route-reviews", watch), Job("watch-review-sla", watch))


def early_days(policy: Policy) -> list[date]:
    """Every third week before the first cohorts end: librarians who need no cohort submit in the fall."""
    first = review_days(policy)[0]
    return [first - timedelta(days=REVIEW_STEP_DAYS * n) for n in range(EARLY_STEPS, 0, -1)]


def _early_reviews(days: dict[date, list[Job]], world: World) -> None:
    early = early_days(world.policy)
    for since, day in zip([date.min, *early], early, strict=False):
        add(days, day, Job("record-results", files("files", partial(learning.scores, world, day))))
        add(days, day, Job("import-portfolios", files("files", partial(learning.portfolios, world, day, since))))
        watch = partial(_until_next_step, day)
        add(days, day, Job("route-reviews", watch), Job("watch-review-sla", watch))


def _until_next_step(day: date) -> Parameters:
    """Between two steps nobody looks at the reviews: who will be late by the next one is told now."""
    return {"next_run_on": (day + timedelta(days=REVIEW_STEP_DAYS)).isoformat()}


def _care(days: dict[date, list[Job]], world: World) -> None:
    """Portfolio care when librarians who need no cohort have enrolled, and on review days, with manual actions in between."""
    steps = review_days(world.policy)
    enrolling = (early_days(world.policy)[0] - world.policy.enrollment.opens_on).days
    summer = [
        world.policy.enrollment.opens_on + timedelta(days=n) for n in range(CARE_STEP_DAYS, enrolling, CARE_STEP_DAYS)
    ]
    for day in sorted({*summer, *early_days(world.policy), steps[0] - timedelta(days=14), *steps}):
        add(days, day, Job("watch-portfolios"))
    for number in range(2):
        hours, more = (
            partial(care.office_hour, world, steps[1], number),
            partial(care.extension, world, steps[6], number),
        )
        add(days, steps[1], manual(world, steps[1], "change-office-hour", hours, number))
        add(days, steps[6], manual(world, steps[6], "extend-portfolio", more, number))
    held, resumed = steps[3] + timedelta(days=1), steps[3] + timedelta(days=8)
    add(days, held, manual(world, held, "hold-review", partial(care.held_review, world, held)))
    add(days, resumed, manual(world, resumed, "resume-review", partial(care.resumed_review, world, resumed)))


def _panel_changes(days: dict[date, list[Job]], world: World) -> None:
    """On the day after reviews were assigned somebody declares a conflict, twice, and somebody else leaves the panel."""
    steps = review_days(world.policy)
    for number, step in enumerate((steps[2], steps[6])):
        day = step + timedelta(days=1)
        conflict = partial(panel_changes.late_conflict, world, day)
        add(days, day, manual(world, day, "declare-conflict", conflict, number))
    day = steps[4] + timedelta(days=1)
    add(days, day, manual(world, day, "release-evaluator", partial(panel_changes.leaving_member, world, day)))


def _appeal(world: World, day: date, nth: int) -> Parameters:
    found = afterwards.appeals(world, day, 2)
    if nth >= len(found):
        return {"skip": True}
    return {
        "portfolio_id": found[nth],
        "reason": "just below the limit; asks for a second look",
        "requested_by": "operator",
    }


def _credits(days: dict[date, list[Job]], world: World) -> None:
    steps = review_days(world.policy)
    first = world.policy.academy.closes_on + timedelta(days=14)
    for day in (first, first + timedelta(days=14), *steps[4::3], steps[-1] + timedelta(days=14)):
        add(days, day, Job("request-transcripts", files("files", partial(afterwards.opt_ins, world, day))))
    taken_back = first + timedelta(days=1)
    ended = partial(afterwards.ended_request, world, taken_back)
    add(days, taken_back, manual(world, taken_back, "end-credit-request", ended))
    for day in (first + timedelta(days=30), steps[-1] + timedelta(days=30)):
        add(days, day, Job("reconcile-transcripts"))
    revoked = partial(afterwards.revoked_certificate, world, steps[-1])
    add(days, steps[-1], manual(world, steps[-1], "revoke-certificate", revoked))


def _renewals(days: dict[date, list[Job]], world: World) -> None:
    start, end = review_days(world.policy)[0], review_days(world.policy)[-1]
    years = world.policy.certificates.valid_years
    first = start + timedelta(days=365 * years - 90)
    count = (end - start).days // RENEWAL_STEP_DAYS + 4
    stops = [start + timedelta(days=365 * year) for year in range(1, years)]
    stops += [first + timedelta(days=RENEWAL_STEP_DAYS * n) for n in range(count)]
    moved = first - timedelta(days=RENEWAL_STEP_DAYS)
    add(days, moved, Job("change-addresses", files("files", partial(afterwards.addresses_of_holders, world, moved))))
    for day, since in zip(stops, [start, *stops], strict=False):
        add(days, day, Job("renew-certificates", partial(_renewal_files, world, day, since)))


def _renewal_files(world: World, day: date, since: date) -> Parameters:
    return {
        "activities": [str(path) for path in afterwards.activities(world, day, since)],
        "payments": [str(path) for path in afterwards.payments(world, day)],
    }
