"""``cadre cohort``: what a change would do to the plan, what a new plan would move, and the starts agreed with the leads."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, only_what_we_say, say, say_error
from schemas.records import CohortPlan
from schemas.settings import settings

cohort_app = App(name="cohort", help="Cohorts and their plan.")
R = TypeVar("R")
SHOWN = 20


@cohort_app.command(name="what-if")
def cohort_what_if(
    *,
    facilitator: Annotated[
        list[str] | None, Parameter(help="One more: TUE-15:30,WED-15:30*2 leads two cohorts.")
    ] = None,
    slot: Annotated[list[str] | None, Parameter(help="One more for a district: 0900001=TUE-15:30.")] = None,
    minimum: Annotated[int | None, Parameter(help="The fewest participants of a cohort.")] = None,
    as_of: Annotated[datetime | None, Parameter(help="The moment to plan for; now if left out.")] = None,
    season: str = settings().season,
    as_json: AsJson = False,
) -> int:
    """Plan for those who wait, as things stand and with a change; nothing is written."""
    from tasks.cohorts.planning import what_if  # noqa: PLC0415 - keeps the other commands quick

    plans = _told(
        season, as_of, as_json, lambda at: what_if(season, at, _change(facilitator or [], slot or [], minimum))
    )
    if plans is None:
        return 1
    before, after = plans
    found = compared(before, after)
    say(found, as_json=as_json, text=_text(found))
    return 0


def _told(season: str, as_of: datetime | None, as_json: bool, compute: Callable[[datetime], R]) -> R | None:
    """What is computed for the moment; none, once it has been said why, where it cannot be."""
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    try:
        moment = policy_of(season).at(as_of) if as_of else datetime.now(UTC)
        with only_what_we_say():
            return compute(moment)
    except OperatorError as error:
        say_error(error, as_json=as_json)
        return None


def _change(facilitators: list[str], slots: list[str], minimum: int | None) -> Any:
    from tasks.cohorts.planning import Change, OneMore  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    offers = []
    for text in facilitators:
        named, _, most = text.partition("*")
        if most and not most.isdecimal():
            raise OperatorError(
                f"'{text}' is no facilitator; write TUE-15:30,WED-15:30*2 for two cohorts in one of these."
            )
        offers.append(OneMore(tuple(named.split(",")), int(most or 1)))
    more: dict[str, list[str]] = {}
    for text in slots:
        lea_id, equals, named = text.partition("=")
        if not equals:
            raise OperatorError(f"'{text}' names no slot for a district; write 0900001=TUE-15:30.")
        more.setdefault(lea_id, []).append(named)
    return Change(offers, more, minimum)


def compared(before: CohortPlan, after: CohortPlan) -> dict[str, Any]:
    """Both plans level by level, who is placed by the change, and who would lose the place."""
    return {
        "levels": {
            name: {
                "now": before.values[name],
                "then": after.values[name],
                "is_proven": after.values[name] == after.bounds[name],
            }
            for name in before.values
        },
        "placed": sorted(before.unplaced.keys() - after.unplaced.keys()),
        "not_placed_any_more": sorted(after.unplaced.keys() - before.unplaced.keys()),
        "still_waiting": {lea_id: after.unplaced[lea_id].reason for lea_id in sorted(after.unplaced)},
    }


def _text(found: dict[str, Any]) -> str:
    lines = [
        f"{name.replace('_', ' '):<18}{row['now']:>8,} ->{row['then']:>8,}{'' if row['is_proven'] else '  (not proven)'}"
        for name, row in found["levels"].items()
    ]
    lines.append(f"Placed by the change: {', '.join(found['placed']) or 'nobody'}.")
    if found["not_placed_any_more"]:
        lines.append(f"Not placed any more: {', '.join(found['not_placed_any_more'])}.")
    lines += [f"{lea_id} waits: {reason}" for lea_id, reason in list(found["still_waiting"].items())[:SHOWN]]
    return "\n".join(lines)


@cohort_app.command(name="replan")
def cohort_replan(
    *,
    without: Annotated[list[str] | None, Parameter(help="A facilitator who cannot lead any more.")] = None,
    as_of: Annotated[datetime | None, Parameter(help="The moment to plan for; now if left out.")] = None,
    season: str = settings().season,
    as_json: AsJson = False,
) -> int:
    """Plan again who waits and every cohort that has not met yet, and show who would move; nothing is written."""
    from tasks.cohorts.replan import replanned  # noqa: PLC0415 - see above

    answer = _told(season, as_of, as_json, lambda at: replanned(season, at, without or []))
    if answer is None:
        return 1
    plan, moves = answer
    moved = [asdict(move) for move in moves]
    waiting = {lea_id: ruling.reason for lea_id, ruling in plan.unplaced.items()}
    text = [
        f"{move.lea_id}: {move.learners} from {move.from_slot or 'nowhere'} to {move.to_slot or 'nowhere'}"
        for move in moves
    ]
    text.append(f"{len(plan.cohorts)} cohorts, {plan.values['learners_placed']} learners; the others stay as they are.")
    text += [f"{lea_id} waits: {reason}" for lea_id, reason in waiting.items()]
    found = {"values": dict(plan.values), "bounds": dict(plan.bounds), "moves": moved, "waiting": waiting}
    say(found, as_json=as_json, text="\n".join(text))
    return 0


@cohort_app.command(name="answer")
def cohort_answer(
    district: str,
    cohort: str,
    *,
    by: Annotated[str, Parameter(help="Who says so.")],
    another: Annotated[
        date | None, Parameter(help="The start that would work instead; left out, the start works.")
    ] = None,
    season: str = settings().season,
    as_json: AsJson = False,
) -> int:
    """Record what a district's (NCES id) lead says to the start of a cohort; a private one moves at once where it fits."""
    from tasks.cohorts.start_answers import record_start_answer  # noqa: PLC0415 - see above

    return _acted(
        cohort,
        as_json,
        lambda at: record_start_answer.fn(season, district, cohort, another, requested_by=by, as_of=at),
    )


@cohort_app.command(name="start")
def cohort_start(
    cohort: str,
    starts_on: date,
    *,
    reason: Annotated[str, Parameter(help="Why; the leads are told.")],
    season: str = settings().season,
    as_json: AsJson = False,
) -> int:
    """Move a cohort that has not begun to another start, or keep its own, by naming it."""
    from tasks.cohorts.start_answers import decide_on_start  # noqa: PLC0415 - see above

    return _acted(cohort, as_json, lambda at: decide_on_start.fn(season, cohort, starts_on, reason, at))


def _acted(cohort: str, as_json: bool, act: Callable[[datetime], str]) -> int:
    """Do what an operator asks for now, and say what came of it; exit code 1 where it cannot be done."""
    from tasks.core.clock import now  # noqa: PLC0415 - see above
    from tasks.ledger.unit_of_work import OperatorError  # noqa: PLC0415 - see above

    try:
        told = act(now())
    except OperatorError as error:
        return say_error(error, as_json=as_json)
    say({"cohort": cohort, "told": told}, as_json=as_json, text=told)
    return 0
