"""What keeps a flow from acting on a season in which it has nothing to do: it completes, says so, and writes nothing."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar

from prefect.client.schemas.objects import State
from prefect.states import Completed
from sqlalchemy import inspect as look_into

from rules.season import may_act
from schemas.records import SeasonPart
from schemas.statuses import Outcome
from schemas.tables import Season
from tasks.core.clock import moment_of_run
from tasks.core.database import reading
from tasks.core.faults import without_values
from tasks.core.policies import policy_of
from tasks.core.progress import run_log
from tasks.core.step import is_transport_fault

P = ParamSpec("P")
R = TypeVar("R")

NOTHING_TO_DO = "Nothing to do"
PART = "season_part"


def acts_in(part: SeasonPart) -> Callable[[Callable[P, R]], Callable[P, R | State[None]]]:
    """Let a flow run only in its part of the season; elsewhere its run ends as *Nothing to do* with the reason.

    The flow's parameters ``season`` and ``as_of`` say which season and when; the flow gets the moment that was judged.
    """

    def guarded(function: Callable[P, R]) -> Callable[P, R | State[None]]:
        parameters = signature(function)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R | State[None]:
            given = parameters.bind(*args, **kwargs)
            moment = moment_of_run(given.arguments.get("as_of"))
            reason = reason_to_do_nothing(part, given.arguments["season"], moment)
            if reason:
                run_log().info(reason)
                return Completed(name=NOTHING_TO_DO, message=reason)
            given.arguments["as_of"] = moment
            return function(*given.args, **given.kwargs)

        told = without_values(run, is_transport_fault)
        setattr(told, PART, part)
        return told

    return guarded


def part_of(function: Callable[..., object]) -> SeasonPart:
    """The part of the season in which a flow's function may act."""
    part: SeasonPart = getattr(function, PART)
    return part


def reason_to_do_nothing(part: SeasonPart, season: str, moment: datetime) -> str:
    """Why a flow of this part has nothing to do at the moment; empty where it may act.

    Raises:
        PolicyError: there is no policy file for the season, or it does not validate.
    """
    policy, found = policy_of(season), _on_record(season)
    is_closed = found is not None and found.closed_at is not None
    ruling = may_act(part, policy.local_day(moment), found is not None, policy, is_closed=is_closed)
    return "" if ruling.outcome == Outcome.OPEN else ruling.reason


def _on_record(season: str) -> Season | None:
    """The season on record; none where it was never opened, or the database is still empty."""
    with reading() as db:
        if not look_into(db.connection()).has_table(Season.__tablename__):
            return None
        return db.get(Season, season)
