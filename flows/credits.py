"""Graduate credits: transcript requests to the credit provider."""

from datetime import datetime

from prefect import flow

from schemas.kinds import InputKind
from schemas.records import PersonId, SeasonPart, Tally
from tasks.core.clock import moment_of_run
from tasks.core.step import require_done
from tasks.credits.reconciliation import reconcile_requests
from tasks.credits.requests import request_credits_again, settle_opt_ins
from tasks.credits.sending import look_up_requests, send_transcript_requests
from tasks.credits.withdrawals import cancel_request
from tasks.intake.inbox import InboxPath
from tasks.intake.pipeline import stage_files
from tasks.intake.validation_report import publish_validation
from tasks.ledger.persons import address_of
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="request-transcripts")
@acts_in(SeasonPart.CREDITS)
def request_transcripts(
    season: str, as_of: datetime | None = None, files: list[InboxPath] | None = None
) -> list[Tally]:
    """Request transcripts for those who opted in to graduate credits, once each, and look up their state.

    Owner: program staff, with the credit provider
    Impact: a participant who paid gets no transcript.
    Rerun: safe; each request carries its key and is made once.
    First triage step: see whether the provider answers; refused requests name the provider's reason.
    """
    moment = moment_of_run(as_of)
    stage_files(season, InputKind.CREDIT, moment, files)
    settle_opt_ins(season, moment)
    sent = send_transcript_requests(season, moment, return_state=True)
    looked_up = look_up_requests(season, moment, return_state=True)
    publish_validation(season, moment, InputKind.CREDIT)
    require_done(sent, looked_up)
    return check_control_totals(season, "credit", "transcripts")


@flow(name="reconcile-transcripts")
@acts_in(SeasonPart.CREDITS)
def reconcile_transcripts(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Compare our requests for transcripts with the credit provider's list, and show and tell the differences.

    Owner: program staff, with the credit provider
    Impact: a credit that was paid for could be lost unnoticed.
    Rerun: safe; it only reads and tells.
    First triage step: open report/reconciliation in the data directory; ask the provider about what it lists.
    """
    moment = moment_of_run(as_of)
    reconcile_requests(season, moment)
    return check_control_totals(season, "transcripts")


@flow(name="end-credit-request")
@acts_in(SeasonPart.CREDITS)
def end_credit_request(
    season: str, person: PersonId, component: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Withdraw a participant's request for graduate credits (manual action): void, or refunded by the provider.

    Owner: program staff, with the credit provider
    Impact: only this request.
    Rerun: safe; the provider is asked with the same reference, and answers the same.
    First triage step: the message says whether the transcript has been sent.
    """
    moment = moment_of_run(as_of)
    cancel_request(
        season, address_of(person, season, component), component, reason, requested_by=requested_by, as_of=moment
    )
    return check_control_totals(season, "transcripts")


@flow(name="request-transcript-again")
@acts_in(SeasonPart.CREDITS)
def request_transcript_again(
    season: str, person: PersonId, component: str, reason: str, requested_by: str, as_of: datetime | None = None
) -> list[Tally]:
    """Request a participant's credits again (manual action), after a request that was refused, refunded, or void.

    Owner: program staff, with the credit provider
    Impact: only these credits; they are a new request with a new key, and the earlier one stays on record.
    Rerun: safe; the same request is made once.
    First triage step: the message says whether the earlier request has ended, and whether the credits may be had now.
    """
    moment = moment_of_run(as_of)
    request_credits_again(
        season, address_of(person, season, component), component, reason, requested_by=requested_by, as_of=moment
    )
    send_transcript_requests(season, moment)
    return check_control_totals(season, "transcripts")
