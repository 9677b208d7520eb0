"""Portfolio reviews: routing to the independent panel, results, the SLA, and re-reviews."""

from datetime import date, datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import SeasonPart, Tally
from tasks.core.clock import moment_of_run
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.reviews.conflicts import put_conflict_on_record, withdraw_conflicted_reviews
from tasks.reviews.late_results import tell_late_results
from tasks.reviews.panel import publish_handovers, release_from_panel
from tasks.reviews.results import open_re_review, settle_scores
from tasks.reviews.routing import route_waiting_rounds
from tasks.reviews.sla import follow_evaluators, hold_round, resume_round, watch_rounds
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="record-results")
@acts_in(SeasonPart.REVIEWS)
def record_results(season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None) -> list[Tally]:
    """Record results: import the panel's scores, decide each round with its last score, and certify at 80 percent.

    Owner: program staff
    Impact: a participant waits for the result and the certificate.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: look at the quarantined scores; each names the id that does not match.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.SCORE, moment, files)
    withdraw_conflicted_reviews(season, moment)
    settle_scores(season, moment)
    publish_validation(season, moment, InputKind.SCORE)
    return check_control_totals(season, "score", "reviews", "certificates")


@flow(name="route-reviews")
@acts_in(SeasonPart.REVIEWS)
def route_reviews(season: str, as_of: datetime | None = None, next_run_on: date | None = None) -> list[Tally]:
    """Route waiting portfolios to the independent panel: never the own district, nor a declared conflict.

    Name the day of the next run in *next_run_on* where the schedule is paused until then: late results are told before it.

    Owner: program staff, with the provider
    Impact: a portfolio that is not routed breaks its six to eight weeks.
    Rerun: safe; one plan for one moment, and what is routed stays.
    First triage step: read why a portfolio waits: its decision says whether independence or capacity is missing.
    """
    moment = moment_of_run(as_of)
    withdraw_conflicted_reviews(season, moment)
    route_waiting_rounds(season, moment, next_run_on)
    return check_control_totals(season, "reviews")


@flow(name="watch-review-sla")
@acts_in(SeasonPart.REVIEWS)
def watch_review_sla(season: str, as_of: datetime | None = None, next_run_on: date | None = None) -> list[Tally]:
    """Watch the review SLA: warn early, at six weeks and at eight, tell participants of late results, follow silent evaluators.

    Name the day of the next run in *next_run_on* where the schedule is paused until then: late results are told before it.

    Owner: program staff
    Impact: a late result goes unnoticed.
    Rerun: safe at any time; what was done is found done, and nothing is sent twice.
    First triage step: open the SLA letter; ask the evaluators that it names.
    """
    moment = moment_of_run(as_of)
    watch_rounds(season, moment)
    tell_late_results(season, moment, next_run_on)
    follow_evaluators(season, moment)
    return check_control_totals(season, "reviews")


@flow(name="hold-review")
@acts_in(SeasonPart.REVIEWS)
def hold_review(season: str, portfolio_id: str, reason: str, as_of: datetime | None = None) -> list[Tally]:
    """Hold the review of a portfolio while the participant is waited for (manual action): its clock is paused.

    Owner: program staff
    Impact: only this portfolio.
    Rerun: safe; a round that is held stays so.
    First triage step: check the portfolio id, and that a round of it is open.
    """
    moment = moment_of_run(as_of)
    hold_round(season, portfolio_id, reason, moment)
    return check_control_totals(season, "reviews")


@flow(name="resume-review")
@acts_in(SeasonPart.REVIEWS)
def resume_review(season: str, portfolio_id: str, as_of: datetime | None = None) -> list[Tally]:
    """Let the review of a held portfolio go on (manual action): its days are later by as long as it was held.

    Owner: program staff
    Impact: only this portfolio.
    Rerun: safe; a round that is not held goes on.
    First triage step: check the portfolio id.
    """
    moment = moment_of_run(as_of)
    resume_round(season, portfolio_id, moment)
    return check_control_totals(season, "reviews")


@flow(name="release-evaluator")
@acts_in(SeasonPart.REVIEWS)
def release_evaluator(season: str, evaluator_id: str, reason: str, as_of: datetime | None = None) -> list[Tally]:
    """Take an evaluator off the panel (manual action): the open reviews go to others, with as few changes as possible.

    Owner: program staff
    Impact: the reviews that change hands; both evaluators get a letter.
    Rerun: safe; who has left has left.
    First triage step: look at the run's table of who gave up which review to whom; "nobody" is a portfolio that waits.
    """
    moment = moment_of_run(as_of)
    publish_handovers(season, evaluator_id, release_from_panel(season, evaluator_id, reason, moment), "left the panel")
    return check_control_totals(season, "reviews")


@flow(name="declare-conflict")
@acts_in(SeasonPart.WHOLE)
def declare_conflict(
    season: str, evaluator_id: str, lea_id: str, reason: str, as_of: datetime | None = None
) -> list[Tally]:
    """Declare an evaluator's conflict with a district (manual action): open reviews of its participants go to others, also
    scored ones, and operators read which results rest on a score of this evaluator.

    Owner: program staff
    Impact: the reviews that the evaluator gives up; the evaluator gets a letter.
    Rerun: safe; a conflict is declared once.
    First triage step: look at the run's table of the reviews that were withdrawn, and whether a portfolio waits.
    """
    moment = moment_of_run(as_of)
    withdrawn = put_conflict_on_record(season, evaluator_id, lea_id, reason, moment)
    publish_handovers(season, evaluator_id, withdrawn, f"has a conflict with district {lea_id}")
    route_waiting_rounds(season, moment)
    return check_control_totals(season, "reviews")


@flow(name="review-again")
@acts_in(SeasonPart.REVIEWS)
def review_again(
    season: str, portfolio_id: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Review a portfolio again (manual action), with a reason; the earlier result stays on record, and the newer one counts.

    Owner: program staff
    Impact: only this portfolio; its clock starts anew.
    Rerun: safe; the same request opens one round.
    First triage step: check the portfolio id, and that no round of it is open.
    """
    open_re_review(season, portfolio_id, reason, requested_by, moment_of_run(as_of))
    return check_control_totals(season, "reviews")
