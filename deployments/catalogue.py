"""Every flow of Cadre by its name, as deployed: the one list that the command line, the season run and the tests share."""

from collections.abc import Mapping
from typing import Any

from prefect import Flow

from flows.change_lead import change_lead
from flows.change_session import change_session
from flows.confirm_seats import confirm_seats
from flows.deliver_letters import deliver_letters
from flows.enrol_educators import enrol_educators
from flows.form_cohorts import form_cohorts
from flows.open_season import open_season
from flows.record_results import record_results
from flows.release_seats import release_seats
from flows.renew_certificates import renew_certificates
from flows.report_season import report_season
from flows.request_transcripts import request_transcripts
from flows.review_again import review_again
from flows.route_reviews import route_reviews
from flows.take_in_answers import take_in_answers
from flows.take_in_portfolios import take_in_portfolios
from flows.take_in_selections import take_in_selections
from flows.take_in_surveys import take_in_surveys
from flows.watch_review_sla import watch_review_sla

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
        form_cohorts,
        take_in_portfolios,
        route_reviews,
        record_results,
        watch_review_sla,
        review_again,
        request_transcripts,
        renew_certificates,
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
