"""The agency's approval: the run suspends until a person answers a typed form, and the answer is kept in our table."""

from datetime import datetime
from typing import Literal

from prefect import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field
from sqlalchemy import update

from schemas.statuses import SeatRoundStatus
from schemas.tables import SeatRound
from tasks.core.clock import moment_of_action, timeout_seconds
from tasks.core.database import reading, transaction
from tasks.core.policies import policy_of
from tasks.ledger.unit_of_work import OperatorError

ANSWERED = {"approve": SeatRoundStatus.APPROVED, "reject": SeatRoundStatus.REJECTED}


class SeatApproval(RunInput):
    """The agency's answer to a proposal of seats."""

    decision: Literal["approve", "reject"] = Field(
        description="Approve, and every district gets its letter; or reject."
    )
    approved_by: str = Field(min_length=2, description="Who answers for the agency.")
    note: str = Field(default="", description="Kept with the decision; say here what must change when you reject.")


def ask_agency(season: str, round_number: int | None, as_of: datetime) -> None:
    """Suspend the run until the agency has answered; an answer that is on record already is not asked for again.

    The process ends while it waits. On resume the flow starts from the top, finds the same round and comes here again. The form
    is of one proposal: its key has the proposal's hash, so that no answer is taken for another one.
    """
    if round_number is None:
        return
    round_ = _round(season, round_number)
    if round_.status != SeatRoundStatus.PROPOSED:
        return
    answer = suspend_flow_run(
        wait_for_input=SeatApproval.with_initial_data(description=_question(round_)),
        timeout=timeout_seconds(policy_of(season).seats.approval_deadline_days),
        key=f"approve-seats-{season}-{round_number}-{round_.proposal_hash[:12]}",
    )
    keep_answer(round_, answer, moment_of_action(as_of))


def _round(season: str, round_number: int) -> SeatRound:
    with reading() as db:
        return db.get_one(SeatRound, (season, round_number))


def _question(round_: SeatRound) -> str:
    rows = "\n".join(
        f"| {name} | {part['districts']} | {part['seats_requested']} | {part['seats_confirmed']} | {part['seats_waitlisted']} |"
        for name, part in round_.summary.items()
    )
    return (
        f"## Season {round_.season}: seats for the agency to confirm (round {round_.round_number})\n\n"
        "| component | districts | requested | confirmed | on the waitlist |\n|---|---|---|---|---|\n"
        f"{rows}\n\nOn approval every district gets its letter. Nothing is sent before."
    )


def keep_answer(asked: SeatRound, answer: SeatApproval, moment: datetime) -> None:
    """Keep the agency's answer to the proposal that it was asked about, with the moment; given again, it changes nothing.

    Raises:
        OperatorError: another answer is on record.
    """
    values = {"status": ANSWERED[answer.decision], "approved_by": answer.approved_by, "note": answer.note}
    mine = SeatRound.season == asked.season, SeatRound.round_number == asked.round_number
    with transaction() as db:
        is_open = update(SeatRound).where(SeatRound.status == SeatRoundStatus.PROPOSED)
        keep = is_open.where(*mine, SeatRound.proposal_hash == asked.proposal_hash).values(**values, approved_at=moment)
        if db.execute(keep.returning(SeatRound.round_number)).first():
            return
        found = db.get_one(SeatRound, (asked.season, asked.round_number))
    if found.status == SeatRoundStatus.PROPOSED:
        raise OperatorError(
            f"Round {found.round_number} is another proposal than the one that {answer.approved_by} was shown; "
            "the answer changes nothing. Start the confirmation again."
        )
    if (found.status == SeatRoundStatus.REJECTED) != (answer.decision == "reject"):
        raise OperatorError(
            f"Round {found.round_number} has the answer of {found.approved_by or 'nobody'} already ({found.status}); "
            f"{answer.approved_by} answered {answer.decision!r}, which changes nothing."
        )
