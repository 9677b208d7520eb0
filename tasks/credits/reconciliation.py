"""Comparing our books with the credit provider's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from prefect.artifacts import create_table_artifact
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.credits import reconcile, settle_reconciliation
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import Difference, TranscriptRecord
from schemas.settings import settings
from schemas.statuses import CreditStatus, Outcome, TranscriptStatus
from schemas.tables import CreditRequest
from tasks.core.database import batches, reading
from tasks.core.page_rendering import render_page, write_page
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.credits.provider import list_transcripts, provider_client
from tasks.ledger.persons import person_ids
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.write import write_letter

NOT_OURS = "a request of the provider's alone"
NOT_SENT = (CreditStatus.PENDING, CreditStatus.SENDING, CreditStatus.VOID)
AS_THE_PROVIDER_SAYS = {
    CreditStatus.REFUNDED.value: TranscriptStatus.CANCELED,
    CreditStatus.CANCELING.value: TranscriptStatus.REQUESTED,
}


@step
def reconcile_requests(season: str, as_of: datetime) -> int:
    """Compare our requests with the provider's list, and show and tell the differences; how many there are.

    Raises:
        ServiceDownError: the provider was not reached.
        ServiceSetupError: we are set up wrong, or its answer is none that it documents.
    """
    with provider_client() as client:
        theirs = list_transcripts(client, season)
    with unit_of_work(season, as_of) as work:
        ours, unanswered = _ours(work.db, season), _unanswered(work.db, season)
        differences = reconcile(ours, {key: known for key, known in theirs.items() if key not in unanswered})
        if not work.was_decided(SubjectKind.SEASON, season, RuleId.RECONCILIATION):  # by a run of this moment
            _tell_differences(work, len(ours), differences)
    _publish(season, as_of, len(ours), differences)
    return len(differences)


def _tell_differences(work: Work, requests: int, differences: Sequence[Difference]) -> None:
    ruling = settle_reconciliation(requests, differences)
    work.decide(SubjectKind.SEASON, work.season, ruling, differences=[item.key for item in differences])
    if differences:
        named = told(work.db, differences, with_names=True)
        context: dict[str, Any] = {"differences": named, "as_of": work.as_of}
        key = f"reconciliation/{work.as_of.isoformat()}"
        write_letter(work, key, "reconciliation", work.policy.letters.operators, **context)


def told(db: Session, differences: Sequence[Difference], *, with_names: bool) -> list[Difference]:
    """The differences with the person's id in the place of the request's key; with names only where Prefect keeps nothing.

    A request that only the provider knows has nothing but its own key, which may hold an address.
    """
    requests: dict[str, CreditRequest] = {}
    for some in batches([item.key for item in differences]):
        query = select(CreditRequest).where(CreditRequest.request_key.in_(some))
        requests |= {row.request_key: row for row in db.scalars(query)}
    ids = person_ids(db, (row.email for row in requests.values()))

    def name_of(key: str) -> str:
        if key not in requests:
            return key if with_names else NOT_OURS
        row = requests[key]
        name = f"{ids.get(row.email, '')} {row.component}".strip()
        return f"{name} ({row.email})" if with_names else name

    return [replace(item, key=name_of(item.key)) for item in differences]


def _ours(db: Session, season: str) -> dict[str, TranscriptRecord]:
    """What the provider should have: everything that was sent to it."""
    query = select(CreditRequest).where(CreditRequest.season == season, CreditRequest.status.not_in(NOT_SENT))
    return {
        row.request_key: TranscriptRecord(AS_THE_PROVIDER_SAYS.get(row.status, row.status), row.credits, row.fee_cents)
        for row in db.scalars(query.where(CreditRequest.provider_reference != ""))
    }


def _unanswered(db: Session, season: str) -> set[str]:
    """What may be at the provider without our knowing: the next run of *Request transcripts* asks for it."""
    query = select(CreditRequest.request_key).where(CreditRequest.season == season)
    waiting = (CreditStatus.PENDING, CreditStatus.SENDING, CreditStatus.CANCELING)
    return set(db.scalars(query.where(CreditRequest.status.in_(waiting), CreditRequest.provider_reference == "")))


def _publish(season: str, as_of: datetime, requests: int, differences: Sequence[Difference]) -> None:
    with reading() as db:
        shown, named = (told(db, differences, with_names=with_names) for with_names in (False, True))
    table = [{"request": item.key, "what": item.kind, "reason": item.reason} for item in shown]
    create_table_artifact(
        key=f"reconciliation-{season}",
        table=table or [{"request": "all", "what": Outcome.AGREES, "reason": f"{requests} requests"}],
        description=f"Season {season}: our requests and the credit provider's list",
    )
    policy = policy_of(season)
    page = render_page(
        "reconciliation.html",
        season=season,
        as_of=as_of.astimezone(policy.zone),
        requests=requests,
        differences=named,
    )
    write_page(settings().folder / "report" / f"reconciliation-{season}.html", page)
