"""The agency's approval: the run suspends until a person answers a typed form, and the answer is kept in our table."""

from datetime import timedelta
from typing import Literal

from prefect import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field

from schemas.statuses import SeatRoundStatus
from schemas.tables import SeatRound
from tasks.core.database import reading, transaction
from tasks.core.policies import policy_of

ANSWERED = {"approve": SeatRoundStatus.APPROVED, "reject": SeatRoundStatus.REJECTED}


class SeatApproval(RunInput):
    """The agency's answer to a proposal of seats."""

    decision: Literal["approve", "reject"] = Field(
        description="Approve, and every district gets its letter; or reject."
    )
    approved_by: str = Field(min_length=2, description="Who answers for the agency.")
    note: str = Field(default="", description="Kept with the decision; say here what must change when you reject.")


def ask_agency(season: str, round_number: int | None) -> None:
    """Suspend the run until the agency has answered; an answer that is on record already is not asked for again.

    The process ends while it waits. On resume the flow starts from the top, finds the same round and comes here again.
    """
    if round_number is None:
        return
    round_ = _round(season, round_number)
    if round_.status != SeatRoundStatus.PROPOSED:
        return
    answer = suspend_flow_run(
        wait_for_input=SeatApproval.with_initial_data(description=_question(round_)),
        timeout=int(timedelta(days=policy_of(season).seats.approval_deadline_days).total_seconds()),
        key=f"approve-seats-{season}-{round_number}",
    )
    _keep(season, round_number, answer)


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


def _keep(season: str, round_number: int, answer: SeatApproval) -> None:
    with transaction() as db:
        round_ = db.get_one(SeatRound, (season, round_number))
        if round_.status == SeatRoundStatus.PROPOSED:
            round_.status = ANSWERED[answer.decision]
            round_.approved_by, round_.note = answer.approved_by, answer.note
