"""What valid responses ask, as numbers in columns (about 50 bytes a response), so that a whole season fits in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.application import admitted_seats
from schemas.policy import Policy
from schemas.records import Component

COMPONENTS = tuple(Component)
SEATS = tuple(f"{component}_seats" for component in COMPONENTS)
ASKED = ("lea_id", "option", "request", *SEATS)


@dataclass(slots=True)
class Asks:
    """What valid responses ask, in columns: whose, when, under which name, and the seats of each component."""

    lea_ids: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _blocks: list[tuple[NDArray[Any], ...]] = field(default_factory=list)

    def add(
        self, columns: Mapping[str, Sequence[str]], times: Sequence[int], keys: Sequence[str], policy: Policy
    ) -> None:
        """Add responses; the columns hold the same rows as the times and the keys."""
        if not keys:
            return
        for lea_id in columns["lea_id"]:
            if lea_id not in self._numbers:
                self._numbers[lea_id] = len(self.lea_ids)
                self.lea_ids.append(lea_id)
        number = self._numbers
        options = np.array([_option(o, r) for o, r in zip(columns["option"], columns["request"], strict=True)], np.int8)
        self._blocks.append(
            (
                np.array([number[lea_id] for lea_id in columns["lea_id"]], np.int32),
                np.array(times, np.int64),
                np.array([key.encode() for key in keys]),
                *(_admitted(c, columns[n], options, policy) for c, n in zip(COMPONENTS, SEATS, strict=True)),
            )
        )

    def by_district(self) -> Iterator[tuple[str, list[int], list[bytes], list[list[int]]]]:
        """Each district with its responses in their order: times, names, and the admitted seats of each component."""
        if not self._blocks:
            return
        whose, times, keys, *admitted = (np.concatenate(column) for column in zip(*self._blocks, strict=True))
        order = np.lexsort((keys, times, whose))
        ends = np.flatnonzero(np.diff(whose[order], append=-1)) + 1
        start = 0
        for end in ends.tolist():
            mine = order[start:end]
            yield (
                self.lea_ids[whose[mine[0]]],
                times[mine].tolist(),
                keys[mine].tolist(),
                [seats[mine].tolist() for seats in admitted],
            )
            start = end


def _option(option: str, request: str) -> int:
    return int(option) if option and request.lower() == "apply" else 0


def _admitted(component: Component, seats: Sequence[str], options: NDArray[Any], policy: Policy) -> NDArray[Any]:
    """The seats that may stand in line; the rule is asked once for each different pair of option and seats."""
    asked = np.array([int(text) if text else 0 for text in seats], np.int64)
    pairs, places = np.unique(asked * 4 + options, return_inverse=True)
    ruled = [admitted_seats(component, pair // 4, pair % 4 or None, policy) for pair in pairs.tolist()]
    return np.array(ruled, np.int32)[places]
