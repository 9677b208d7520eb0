"""Seat rounds: propose to the agency, keep the proposal line by line, and apply exactly what the agency approved."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rules.rule_ids import RuleId
from rules.seats.offers import enroll_confirmed_seats_by
from rules.seats.rounds import apply_line, too_many_seats, without_waitlist, would_overtake
from rules.seats.waitlist import is_waitlist_over
from schemas.records import Component, Ruling, SeatDecision, SeatRequest
from schemas.statuses import Outcome, SeatRoundStatus
from schemas.tables import Capacity, SeatRequestRow, SeatRound
from tasks.core.clock import moment_of_action
from tasks.core.database import reading, transaction
from tasks.core.policies import policy_of
from tasks.core.progress import run_log
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, take_turn, unit_of_work
from tasks.seats.offers import Occasion, give_seats, open_requests, record_of, seats_in_order, seats_left
from tasks.seats.waitlist import offer_to_waitlist

OPEN = (SeatRoundStatus.PROPOSED, SeatRoundStatus.APPROVED)
Line = dict[str, Any]


class RoundNotApplicableError(RuntimeError):
    """An approved round can no longer be applied; the message names the requests, and the next run proposes anew."""


@step
def propose_seats(season: str, as_of: datetime) -> int | None:
    """Propose seats for the requests without a decision, and for those on the waitlist where seats are left; the round's
    number, or none where nothing is to be decided.

    All of them are served in one order: who is on the waitlist comes before who asked later, also where the grant has grown.
    While a round is open it is the proposal, whatever was requested since: the agency decides about what it was shown, and
    newer requests wait for the next round. After the waitlist has ended there is nothing to propose.
    """
    with unit_of_work(season, as_of) as work:
        is_open = work.db.scalar(select(SeatRound).where(SeatRound.season == season, SeatRound.status.in_(OPEN)))
        if is_open:
            return is_open.round_number
        decisions = [] if is_waitlist_over(work.today, work.policy) else _to_propose(work)
        if not decisions:
            return None
        number = (work.db.scalar(select(func.max(SeatRound.round_number)).where(SeatRound.season == season)) or 0) + 1
        lines = [_line_of(decision) for decision in decisions]
        round_ = SeatRound(season=season, round_number=number, proposal=lines, proposal_hash=hash_of(lines))
        round_.status, round_.summary, round_.proposed_at = SeatRoundStatus.PROPOSED, _summary(decisions), as_of
        work.db.add(round_)
        return number


def _to_propose(work: Work) -> list[SeatDecision]:
    """What is new for a request; who waits and goes on waiting is no line of a proposal."""
    _grow_grants(work)
    new = {record_of(row).key for row in open_requests(work.db, work.season, work.as_of) if row.seats_undecided}
    return [
        decision
        for decision in seats_in_order(work)
        if decision.seats_confirmed or decision.seats_declined or decision.request.key in new
    ]


def _grow_grants(work: Work) -> None:
    """Take over what the agency has added to its grant; a round gives it, since the agency approves a change of the grant."""
    for row in work.db.scalars(select(Capacity).where(Capacity.season == work.season)):
        before, now = (work.policy.seats.granted(row.component, day) for day in (date.min, work.today))
        if now > before:
            row.capacity_seats = max(row.capacity_seats, now)


def hash_of(lines: Sequence[Line]) -> str:
    """What an approval is bound to: every line of the proposal, in order."""
    return hashlib.sha256(orjson.dumps(lines, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _line_of(decision: SeatDecision) -> Line:
    request, ruling = decision.request, decision.ruling
    return {
        "lea_id": request.lea_id,
        "component": request.component.value,
        "request_number": request.request_number,
        "seats_requested": request.seats_requested,
        "placed_at": request.placed_at.isoformat(),
        "place_key": request.place_key,
        "seats_settled": request.seats_confirmed,
        "seats_declined": request.seats_declined,
        "seats_confirmed": decision.seats_confirmed,
        "seats_waitlisted": decision.seats_waitlisted,
        "waitlist_position": decision.waitlist_position,
        "rule": ruling.rule,
        "outcome": ruling.outcome,
        "reason": ruling.reason,
        "excess_seats": decision.seats_declined,
        "excess_reason": decision.excess.reason if decision.excess else "",
    }


def _decision_of(line: Line) -> SeatDecision:
    request = SeatRequest(
        lea_id=line["lea_id"],
        component=Component(line["component"]),
        request_number=line["request_number"],
        seats_requested=line["seats_requested"],
        placed_at=datetime.fromisoformat(line["placed_at"]),
        place_key=line["place_key"],
        seats_confirmed=line["seats_settled"],
        seats_declined=line["seats_declined"],
    )
    ruling = Ruling(line["rule"], Outcome(line["outcome"]), line["reason"])
    given, waiting, position = line["seats_confirmed"], line["seats_waitlisted"], line["waitlist_position"]
    declined, why = (
        line.get("excess_seats", 0),
        line.get("excess_reason", ""),
    )  # rounds of earlier releases have neither
    excess = Ruling(RuleId.LIBRARIAN_NEEDS_CERTIFICATION, Outcome.DECLINED, why) if why else None
    return SeatDecision(request, given, waiting, position, ruling, declined, excess)


def _summary(decisions: Sequence[SeatDecision]) -> dict[str, Any]:
    """For each component what is asked, proposed and would wait: the page that the agency approves."""
    table: dict[str, Any] = {}
    for component in Component:
        mine = [decision for decision in decisions if decision.request.component is component]
        table[component.value] = {
            "districts": len({decision.request.lea_id for decision in mine}),
            "seats_requested": sum(decision.request.seats_open for decision in mine),
            "seats_confirmed": sum(decision.seats_confirmed for decision in mine),
            "seats_waitlisted": sum(decision.seats_waitlisted for decision in mine),
        }
    return table


@step
def apply_approved_rounds(season: str, as_of: datetime) -> int:
    """Give the seats of every approved round as it was proposed, tell each district, and keep each decision; the lines applied.

    What follows from an approval counts from the moment of the approval; where it is applied only on a later day, from the
    moment at which that is done, for whenever the run was scheduled: no offer has lost days before its district can know of it.
    That moment is on record with the offers, or nothing of the round is: a run that is tried again finds it, or counts anew.

    Raises:
        RoundNotApplicableError: there is no room for it any more; the round is void, and nothing of it was given.
    """
    with reading() as db:
        query = select(SeatRound).where(SeatRound.season == season, SeatRound.status == SeatRoundStatus.APPROVED)
        approved = {round_.round_number: round_.approved_at or round_.proposed_at for round_ in db.scalars(query)}
    local_day, moment = policy_of(season).local_day, moment_of_action(as_of)
    return sum(
        _apply(season, number, moment if local_day(moment) > local_day(approved_at) else approved_at)
        for number, approved_at in sorted(approved.items())
    )


def _apply(season: str, number: int, moment: datetime) -> int:
    try:
        with unit_of_work(season, moment) as work:
            round_ = work.db.get_one(SeatRound, (season, number), with_for_update=True)
            if round_.status != SeatRoundStatus.APPROVED:  # another run has applied it meanwhile
                return 0
            lines = _still_requested(work, round_)
            _give(work, round_, lines)
            round_.status = SeatRoundStatus.APPLIED
            offer_to_waitlist(work, f"round-{number}")  # what came back while the agency decided
    except RoundNotApplicableError as error:
        _make_void(season, number, str(error))
        raise
    _tell_operator(number, lines)
    return len(lines)


def _still_requested(work: Work, round_: SeatRound) -> list[SeatDecision]:
    """The approved lines, as far as they are still requested.

    Raises:
        RoundNotApplicableError: the proposal is not the one that was approved, or its seats are no longer there.
    """
    name = f"Round {round_.round_number} was approved by {round_.approved_by} and cannot be applied"
    again = 'Run "Confirm seats" again: it makes a new proposal.'
    if hash_of(round_.proposal) != round_.proposal_hash:
        raise RoundNotApplicableError(f"{name}: its proposal is not the one that was approved. {again}")
    found = [_decision_of(line) for line in round_.proposal]
    lines = [apply_line(line, _seats_open(work.db, work.season, line.request)) for line in found]
    reason = too_many_seats(lines, seats_left(work.db, work.season)) or would_overtake(lines, seats_in_order(work))
    if reason:
        raise RoundNotApplicableError(f"{name}: it gives {reason}. {again}")
    last_day = work.policy.enrollment.last_release_on
    return [without_waitlist(line, last_day) for line in lines] if is_waitlist_over(work.today, work.policy) else lines


def _seats_open(db: Session, season: str, request: SeatRequest) -> int:
    row = db.get(SeatRequestRow, (season, request.lea_id, request.component.value, request.request_number))
    return record_of(row).seats_open if row else 0


def _give(work: Work, round_: SeatRound, lines: Sequence[SeatDecision]) -> None:
    enroll_by = enroll_confirmed_seats_by(work.today, work.policy)
    give_seats(work, Occasion(f"round-{round_.round_number}", enroll_by, round_.round_number), lines)


def _make_void(season: str, number: int, reason: str) -> None:
    """Close a round that cannot be applied, so that the next run makes a new proposal."""
    mine = SeatRound.season == season, SeatRound.round_number == number
    with transaction() as db:
        take_turn(db, season)
        note = SeatRound.note + f" ({reason})"
        approved = update(SeatRound).where(*mine, SeatRound.status == SeatRoundStatus.APPROVED)
        db.execute(approved.values(status=SeatRoundStatus.VOID, note=note))


def _tell_operator(number: int, lines: Iterable[SeatDecision]) -> None:
    for line in lines:
        if line.ruling.rule == RuleId.APPROVED_ROUND:
            run_log().warning("Round %s, request %s: %s", number, line.request.key, line.ruling.reason)
