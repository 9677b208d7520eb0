"""Every flow of Cadre by its name, as deployed: the one list that the command line, the season run and the tests share."""

from collections.abc import Mapping
from typing import Any

from prefect import Flow

from flows.change_lead import change_lead
from flows.change_office_hour import change_office_hour
from flows.change_session import change_session
from flows.change_webinar import change_webinar
from flows.confirm_seats import confirm_seats
from flows.deliver_letters import deliver_letters
from flows.end_credit_request import end_credit_request
from flows.enrol_educators import enrol_educators
from flows.extend_portfolio import extend_portfolio
from flows.form_cohorts import form_cohorts
from flows.hold_review import hold_review
from flows.invite_to_webinars import invite_to_webinars
from flows.merge_cohorts import merge_cohorts
from flows.move_participant import move_participant
from flows.open_season import open_season
from flows.recommend_courses import recommend_courses
from flows.reconcile_transcripts import reconcile_transcripts
from flows.record_results import record_results
from flows.release_evaluator import release_evaluator
from flows.release_seats import release_seats
from flows.renew_certificates import renew_certificates
from flows.replan_cohorts import replan_cohorts
from flows.report_season import report_season
from flows.request_transcripts import request_transcripts
from flows.reschedule_session import reschedule_session
from flows.resume_review import resume_review
from flows.review_again import review_again
from flows.revoke_certificate import revoke_certificate
from flows.route_reviews import route_reviews
from flows.take_in_answers import take_in_answers
from flows.take_in_portfolios import take_in_portfolios
from flows.take_in_selections import take_in_selections
from flows.take_in_surveys import take_in_surveys
from flows.watch_cohorts import watch_cohorts
from flows.watch_portfolios import watch_portfolios
from flows.watch_review_sla import watch_review_sla
from flows.withdraw_participant import withdraw_participant

FLOWS: Mapping[str, Flow[..., Any]] = {
    item.name: item
    for item in (
        open_season,
        take_in_surveys,
        change_lead,
        confirm_seats,
        take_in_answers,
        enrol_educators,
        release_seats,
        change_session,
        take_in_selections,
        invite_to_webinars,
        change_webinar,
        recommend_courses,
        form_cohorts,
        replan_cohorts,
        watch_cohorts,
        move_participant,
        merge_cohorts,
        reschedule_session,
        withdraw_participant,
        watch_portfolios,
        change_office_hour,
        extend_portfolio,
        take_in_portfolios,
        route_reviews,
        record_results,
        watch_review_sla,
        hold_review,
        resume_review,
        review_again,
        release_evaluator,
        request_transcripts,
        end_credit_request,
        reconcile_transcripts,
        renew_certificates,
        revoke_certificate,
        deliver_letters,
        report_season,
    )
}


def deployment_name(name: str) -> str:
    """What operators call the flow on the screen."""
    return name.replace("-", " ").capitalize()


def entrypoint(name: str) -> str:
    """Where a worker finds the flow of a name: hyphens in the flow's name are underscores in its file's."""
    function = name.replace("-", "_")
    return f"flows/{function}.py:{function}"
