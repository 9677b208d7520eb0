"""What the variables of a cohort plan's program mean."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rules.cohorts.solver.programs import Floats, Program

LEVELS = ("learners_placed", "rank_cost", "cohorts", "districts_pooled")
Terms = list[tuple[int, float]]


class Pool(NamedTuple):
    """One of the pools that a state may have in a slot."""

    state: str
    slot: str
    number: int


@dataclass(slots=True)
class Model:
    """The program and what its variables mean.

    Cohorts and larger cohorts of a district in a slot; members and the number of pools of a slot; groups that are a pool; and
    pools (``filled``) with the variable of each district that may be in them.
    """

    program: Program = field(default_factory=lambda: Program(len(LEVELS)))
    private: dict[tuple[str, str], int] = field(default_factory=dict)
    larger: dict[tuple[str, str], int] = field(default_factory=dict)
    members: dict[tuple[str, str], int] = field(default_factory=dict)
    pools: dict[tuple[str, str], int] = field(default_factory=dict)
    groups: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    filled: dict[Pool, dict[str, int]] = field(default_factory=dict)
    cohorts_in: dict[str, Terms] = field(default_factory=lambda: defaultdict(list))
    slots: dict[str, int] = field(default_factory=dict)
    slot_rows: dict[str, int] = field(default_factory=dict)
    level_rows: list[int] = field(default_factory=list)
    stay: dict[int, int] = field(default_factory=dict)
    stay_row: int = -1

    def moved(self) -> Floats:
        """What each variable costs in people who stay where they are: the more of them, the less."""
        costs = np.zeros(len(self.program.mosts))
        for number, people in self.stay.items():
            costs[number] = -people
        return costs

    def reach(self, level: int, cost: float) -> None:
        """From now on a level costs at most this much."""
        self.program.uppers[self.level_rows[level]] = cost
