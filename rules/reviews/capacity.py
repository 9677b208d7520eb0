"""Who reviews what by when, and which weeks will be too full: the panel's weeks against the six and the eight weeks of the SLA.

Levels in order: fewest portfolios past the limit, fewest past the target, fewest reviews that nobody can give, greatest fit.
A review done in a week counts as done in time if the deadline is in that week or later.
Source: FAQ III, 6 to 8 weeks; ruling on who reviews; ruling: an evaluator gives so many reviews a week, none while absent.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple
from zlib import crc32

import numpy as np

from rules.cohorts.solver.programs import Floats, Program, Search, Watch, best_of_levels, nobody_watches

LEVELS = ("breaches", "late", "reviews_missing", "fit")
BY_TARGET, BY_LIMIT, AFTER = range(3)
MOST_MORE = 256  # evaluators
FIRST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Load:
    """One portfolio round under review: the weeks (from now, 0 is this one) of its target and limit, and its reviews.

    ``given`` evaluators owe it a score; ``wanted`` more reviews go to some of those whose ``fits`` (millionths) are told.
    """

    portfolio_id: str
    role: str
    target_week: int
    limit_week: int
    given: tuple[str, ...]
    wanted: int
    fits: Mapping[str, int]

    @property
    def reviews(self) -> int:
        """How many reviews are still to be written."""
        return len(self.given) + self.wanted

    def candidates(self) -> list[str]:
        """Who may write one of them."""
        return sorted({*self.given, *(self.fits if self.wanted else ())})


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Where the panel is too small: by the end of a week, so many reviews of a role more than it can give."""

    role: str
    week: int
    reviews_missing: int


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """Which review is written in which week by whom, what is late all the same, and what stands in the way."""

    weeks: Mapping[tuple[str, str], int]
    late: tuple[str, ...]
    breached: tuple[str, ...]
    reviews_missing: int
    bottleneck: Bottleneck | None
    is_proven: bool


Capacities = Mapping[str, Sequence[int]]


class _Way(NamedTuple):
    """A way to review a portfolio (its number): by whom, and in which period."""

    number: int
    evaluator_id: str
    period: int


@dataclass(slots=True)
class _Model:
    program: Program
    reviews: dict[_Way, int]


def plan_capacity(
    loads: Sequence[Load], capacities: Capacities, *, seconds: float = inf, watch: Watch = nobody_watches
) -> CapacityPlan:
    """The plan with the fewest breaches; ``capacities`` are what each evaluator can give in each week from now on.

    At first each portfolio has only the evaluators who fit it best: where nothing is late with them, nothing would be less late
    with all of them, and the fit is the greatest among these. Otherwise all of them are asked.
    """
    search = Search(seconds=seconds, watch=watch)
    few = [_with_the_best(number, load) for number, load in enumerate(loads)]
    plan = _plan(few, capacities, search, len(LEVELS))
    return plan if not plan.late or few == list(loads) else _plan(loads, capacities, search, len(LEVELS))


def _with_the_best(number: int, load: Load) -> Load:
    """The load with the evaluators who fit it best; among equals others for each portfolio, so that they are spread."""
    ranked = sorted(load.fits, key=lambda who: (-load.fits[who], crc32(f"{number} {who}".encode())))
    return replace(load, fits={who: load.fits[who] for who in ranked[:FIRST_CANDIDATES]})


def _plan(loads: Sequence[Load], capacities: Capacities, search: Search, levels: int) -> CapacityPlan:
    model = _model(loads, capacities)
    known: Floats = np.zeros(len(model.program.mosts))
    known[_flags(loads)] = [flag for load in loads for flag in _worst(load)]
    found = best_of_levels(model.program, known, search, levels)
    known, proven = found[-1].values, all(level.cost == level.bound for level in found)
    chosen = [key for key, variable in model.reviews.items() if known[variable]]
    flags = known[_flags(loads)].reshape(-1, 3)
    late = tuple(load.portfolio_id for load, flag in zip(loads, flags, strict=True) if flag[1])
    breached = tuple(load.portfolio_id for load, flag in zip(loads, flags, strict=True) if flag[0])
    bottleneck = bottleneck_of(loads, capacities, by_limit=bool(breached)) if late else None
    return CapacityPlan(
        _in_weeks(loads, capacities, chosen), late, breached, int(flags[:, 2].sum()), bottleneck, proven
    )


def _flags(loads: Sequence[Load]) -> slice:
    """The first variables: of each portfolio whether it is breached, whether it is late, and its reviews that nobody gives."""
    return slice(0, 3 * len(loads))


def _worst(load: Load) -> tuple[float, float, float]:
    """Nobody reviews anything."""
    return (float(load.reviews > 0), float(load.reviews > 0), float(load.reviews))


def _model(loads: Sequence[Load], capacities: Capacities) -> _Model:
    program = Program(len(LEVELS))
    for load in loads:
        program.variable(1, 1)
        program.variable(1, 0, 1)
        program.variable(load.reviews, 0, 0, 1)
    model = _Model(program, {})
    by_deadline: dict[str, dict[int, list[int]]] = {who: defaultdict(list) for who in capacities}
    for number, load in enumerate(loads):
        _add_load(model, number, load, by_deadline)
    for who, deadlines in by_deadline.items():
        done: list[int] = []
        for week, reviews in sorted(deadlines.items()):
            done += reviews
            program.row([(review, 1) for review in done], upper=float(sum(capacities[who][: week + 1])))
    return model


def _add_load(model: _Model, number: int, load: Load, by_deadline: Mapping[str, dict[int, list[int]]]) -> None:
    """The ways to review a portfolio: whoever it is, by the target, by the limit, or after it."""
    program = model.program
    breach, late, missing = (3 * number + flag for flag in range(3))
    by_period: list[list[int]] = [[], [], []]
    free: list[int] = []
    for who in load.candidates():
        fit = 0 if who in load.given else -load.fits[who] // 1000
        mine = []
        for period, week in ((BY_TARGET, load.target_week), (BY_LIMIT, load.limit_week), (AFTER, LAST_WEEK)):
            if week >= 0:
                review = model.reviews[_Way(number, who, period)] = program.variable(1, 0, 0, 0, fit)
                mine.append(review)
                by_period[period].append(review)
                by_deadline[who][week].append(review)
        program.row([(review, 1) for review in mine], upper=1)
        free += mine if who not in load.given else ()
    program.row([(review, 1) for review in free], upper=float(load.wanted))
    every = [review for reviews in by_period for review in reviews]
    program.row([*((review, 1) for review in every), (missing, 1)], float(load.reviews), float(load.reviews))
    after = [*by_period[AFTER], missing]
    program.row([*((review, 1) for review in after), (breach, -load.reviews)], upper=0)
    program.row([*((review, 1) for review in (*by_period[BY_LIMIT], *after)), (late, -load.reviews)], upper=0)


LAST_WEEK = 10_000


def _in_weeks(loads: Sequence[Load], capacities: Capacities, chosen: Sequence[_Way]) -> Mapping[tuple[str, str], int]:
    """Each evaluator's reviews in the order of their deadlines, as early as the weeks allow."""
    weeks = {}
    left = {who: list(numbers) for who, numbers in capacities.items()}
    deadlines = [(load.target_week, load.limit_week, LAST_WEEK) for load in loads]
    for number, who, _ in sorted(chosen, key=lambda way: (deadlines[way.number][way.period], way)):
        week = next(week for week, room in enumerate(left[who]) if room > 0)
        left[who][week] -= 1
        weeks[loads[number].portfolio_id, who] = week
    return weeks


def bottleneck_of(loads: Sequence[Load], capacities: Capacities, *, by_limit: bool) -> Bottleneck | None:
    """The role and the week by whose end the most reviews are missing; none where not time is missing but people."""
    worst: Bottleneck | None = None
    for role in sorted({load.role for load in loads}):
        mine = [load for load in loads if load.role == role]
        panel = {who for load in mine for who in load.candidates()}
        due = Counter[int]()
        for load in mine:
            due[max(load.limit_week if by_limit else load.target_week, -1)] += load.reviews
        for week in sorted(due):
            can = sum(sum(capacities[who][: week + 1]) for who in panel)
            missing = sum(number for at, number in due.items() if at <= week) - can
            if missing > (worst.reviews_missing if worst else 0):
                worst = Bottleneck(role, week, missing)
    return worst


def evaluators_needed(loads: Sequence[Load], capacities: Capacities, weekly: Sequence[int]) -> int | None:
    """How many more evaluators, free for every portfolio, would prevent every breach that can be prevented; none if too many.

    ``weekly`` is what one of them can give in each week. Reviews that others owe can be given to them.
    """
    saveable = [load for load in loads if load.limit_week >= 0]
    low, high = -1, 0
    while not _prevents(saveable, capacities, weekly, high):
        low, high = high, max(1, high * 2)
        if high > MOST_MORE:
            return None
    while low + 1 < high:
        middle = (low + high) // 2
        if _prevents(saveable, capacities, weekly, middle):
            high = middle
        else:
            low = middle
    return high


def _prevents(loads: Sequence[Load], capacities: Capacities, weekly: Sequence[int], more: int) -> bool:
    new = [f"one more {number}" for number in range(more)]
    free = dict.fromkeys(new, 0)
    freed = [
        replace(load, given=(), wanted=load.reviews, fits={**dict.fromkeys(load.given, 0), **load.fits, **free})
        for load in loads
    ]
    everybody = {**capacities, **dict.fromkeys(new, weekly)}
    few = [_with_the_best(number, load) for number, load in enumerate(freed)]
    return not _plan(few, everybody, Search(), 1).breached or not _plan(freed, everybody, Search(), 1).breached
