"""*Advance to next day*: the flow by which a person moves the clock of a practice."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from prefect import Flow, flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed
from prefect.utilities.callables import get_call_parameters
from pydantic import Field

from deployments import conductor
from deployments.practice.play import Practice, play_until
from deployments.practice.record import noon, told_moment
from deployments.run_queries import label
from rules.wording import count
from schemas.policy import Policy
from tasks.core.practice_clock import standing_at
from tasks.ledger.unit_of_work import OperatorError

NAME = "advance-to-next-day"
MOST_DAYS = 60
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]  # Prefect shows the limits of a type, and the description of a default
DAYS = Field(default=1, description="How many days the practice moves on, to noon of the last; 1 to 60.")
UNTIL = Field(
    default=None,
    description="The day to move on to, as 2022-08-15, instead of a number of days; empty: as many days as above.",
)


def advance_flow(play: Callable[[int, date | None], Any]) -> Flow[..., Any]:
    """The flow with its form; ``play`` does it."""

    @flow(name=NAME, persist_result=False)
    def advance_to_next_day(days: Days = DAYS, until: date | None = UNTIL) -> Any:
        """Move the practice on, to noon of a later day: people send their files, and every schedule fires at its moment.

        Owner: whoever practices
        Impact: only this practice, and its days never come back; `make practice-reset` starts over.
        Rerun: safe; it goes on from the day on which the clock stands. *Cancel* ends it with the day that it is at.
        First triage step: read its log: every run that took place is there with its state.
        """
        return play(days, until)

    return advance_to_next_day


def given_to(item: Flow[..., Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """What a run of the flow is given: what its form holds, and the usual for the rest.

    Raises:
        ParameterTypeError: the form holds something else than the flow takes.
    """
    return item.validate_parameters(get_call_parameters(item.fn, (), dict(form)))


def target_of(policy: Policy, days: int, until: date | None, standing: datetime) -> datetime:
    """Noon of the day to which the clock moves.

    Raises:
        OperatorError: the day has come already.
    """
    today = policy.local_day(standing)
    day = until or today + timedelta(days=days)
    if day <= today:
        raise OperatorError(f"The practice is at {today}; name a later day.")
    return noon(policy, day)


def advance(practice: Practice, target: datetime, is_canceled: Callable[[], bool]) -> State[Any]:
    """Move the clock to a moment; its last state says where the practice is, and what waits."""
    runs = play_until(practice, target, is_canceled)
    told = f"It is {told_moment(practice.world.policy)}. {count(runs, 'run')} took place."
    if waiting := conductor.waiting_for_approval(practice.api):
        names = ", ".join(label(practice.api, run) for run in waiting)
        told += f" For the agency's answer waits: {names}."
    return Cancelled(message=told) if standing_at() < target else Completed(message=told)
