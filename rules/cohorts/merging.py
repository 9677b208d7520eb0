"""What becomes of a cohort that has shrunk below 15: which other one it joins, and what else would help.

Source: FAQ I (15 to run a cohort, not more than 35) and ruling on moves and merges.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rules.cohorts.membership import CohortFacts, Mover, exceptions_for
from rules.rule_ids import RuleId
from rules.wording import count, listed
from schemas.policy import Cohorts
from schemas.records import Ruling
from schemas.statuses import CohortKind, Outcome

RULE = RuleId.COHORT_MERGE


@dataclass(frozen=True, slots=True)
class MergeProposal:
    """What operators are told of a cohort with fewer than 15: where it could go (``into``, or an empty text), or what helps.

    ``is_final`` where nobody can change cohorts any more.
    """

    small: CohortFacts
    into: str
    ruling: Ruling
    is_final: bool = False


def merge_proposals(found: Sequence[CohortFacts], movers: Mapping[str, Mover], cohorts: Cohorts) -> list[MergeProposal]:
    """What is proposed today for every cohort with fewer than 15 that goes on, the smallest first.

    All of it can be done: the room that one proposal takes is not there for the next, and a cohort that another one is to join
    is not proposed to go elsewhere. ``movers`` has one for each district.
    """
    then = {item.cohort_id: item for item in found}
    joining: dict[str, list[str]] = defaultdict(list)
    proposals = []
    for small in sorted(found, key=lambda item: (item.size, item.cohort_id)):
        if small.is_over or small.size >= cohorts.minimum_participants or small.cohort_id in joining:
            continue
        mine = [movers[lea_id] for lea_id in sorted(small.lea_ids) if lea_id in movers]
        proposal = _propose(small, then.values(), mine, cohorts)
        if proposal.into:
            target = then[proposal.into]
            then[proposal.into] = replace(target, size=target.size + small.size)
            joining[proposal.into].append(small.cohort_id)
            del then[small.cohort_id]
        elif not proposal.is_final:
            wanted = [item for item in found if item.cohort_id in joining and _can_take(small, item, mine, cohorts)]
            told = [
                f"{_name(item)} has room for them if {listed(joining[item.cohort_id])} does not join it."
                for item in wanted
            ]
            proposal = _tell_more(proposal, *told, *_what_helps(small, then.values(), mine, cohorts))
        proposals.append(proposal)
    return [item for item in proposals if item.small.cohort_id not in joining]  # another one found its way there since


def _propose(
    small: CohortFacts, others: Iterable[CohortFacts], movers: Collection[Mover], cohorts: Cohorts
) -> MergeProposal:
    """Only a cohort that suits all of the small one's districts is proposed. Best is the same slot, then as many sessions held,
    then the fewest people there.
    """
    told = f"{small.cohort_id} has {count(small.size, 'participant')}, fewer than {cohorts.minimum_participants}"
    if small.sessions_held > cohorts.moves_until_session:
        most = count(cohorts.moves_until_session, "session has", "sessions have")
        told = f"{told}. Participants can change cohorts until {most} been held, so it goes on as it is until its last session."
        return MergeProposal(small, "", Ruling(RULE, Outcome.NONE, told), is_final=True)
    able = [other for other in others if _can_take(small, other, movers, cohorts)]
    if not able:
        told = f"{told}; no cohort that suits all of their districts has room for them."
        return MergeProposal(small, "", Ruling(RULE, Outcome.NONE, told))
    best = min(able, key=lambda other: _merge_order(small, other))
    room = f"{told}; {_name(best)} has room for them."
    reason = " ".join(filter(None, (room, _with_whom(small, best))))
    return MergeProposal(small, best.cohort_id, Ruling(RULE, Outcome.PROPOSED, reason))


def _tell_more(proposal: MergeProposal, *sentences: str) -> MergeProposal:
    told = " ".join((proposal.ruling.reason, *sentences))
    return replace(proposal, ruling=replace(proposal.ruling, reason=told))


def _what_helps(
    small: CohortFacts, others: Iterable[CohortFacts], movers: Collection[Mover], cohorts: Cohorts
) -> Iterator[str]:
    """What would help a cohort that no other one can take as things stand: an exception, or more people."""
    able = [other for other in others if _has_room(small, other, cohorts)]
    if able:
        best = min(able, key=lambda other: (other.kind is CohortKind.PRIVATE, _merge_order(small, other)))
        yield f"As an exception they can join {_name(best)}: {' '.join(_against(best, movers))}"
    more = count(cohorts.minimum_participants - small.size, "more participant")
    yield f"{more} would be enough: move people to it who wait for a cohort, or are in a larger one."


def _name(cohort: CohortFacts) -> str:
    return f"{cohort.cohort_id} ({cohort.slot}, {count(cohort.size, 'participant')})"


def _with_whom(small: CohortFacts, other: CohortFacts) -> str:
    """What a private cohort's people should know before they are merged: whether they stay among colleagues."""
    if small.kind is not CohortKind.PRIVATE:
        return ""
    district = f"of district {listed(sorted(small.lea_ids))}"
    if other.kind is CohortKind.PRIVATE:
        return f"Both are private cohorts {district}, so everybody stays among colleagues."
    return f"{small.cohort_id} is a private cohort {district}, and {other.cohort_id} is a combined one."


def _against(other: CohortFacts, movers: Collection[Mover]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for mover in movers for reason in exceptions_for(mover, other)))


def _can_take(small: CohortFacts, other: CohortFacts, movers: Collection[Mover], cohorts: Cohorts) -> bool:
    return _has_room(small, other, cohorts) and not _against(other, movers)


def _has_room(small: CohortFacts, other: CohortFacts, cohorts: Cohorts) -> bool:
    is_other = other.cohort_id != small.cohort_id and not other.is_over
    fits = other.size + small.size <= cohorts.maximum_participants
    return is_other and fits and max(small.sessions_held, other.sessions_held) <= cohorts.moves_until_session


def _merge_order(small: CohortFacts, other: CohortFacts) -> tuple[bool, int, int, str]:
    apart = abs(other.sessions_held - small.sessions_held)
    return other.slot != small.slot, apart, other.size, other.cohort_id
