"""Reviews assigned again when somebody drops out: as few as possible change hands, and the difference is told.

Source: ruling on who reviews (FAQ III, independent panel); ruling: nobody loses a review without need.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rules.reviews.matching import Ints, Matching, Panel, best_matching


@dataclass(frozen=True, slots=True)
class Rerouted:
    """The plan with its true fits, and which pairs (evaluator, portfolio) are new or gone."""

    matching: Matching
    added: tuple[tuple[int, int], ...]
    removed: tuple[tuple[int, int], ...]


def reroute(panel: Panel, before: Ints, match: Callable[[Panel], Matching] = best_matching) -> Rerouted:
    """The most reviews, then the most of those as they were ``before`` (evaluators by portfolios), then the greatest fit.

    Whoever dropped out is not allowed in ``panel``, or has a maximum load of zero. The bound is proven over every pair.
    """
    stays = np.minimum(before, panel.counts[np.newaxis, :])
    worth = 2 * (int(np.abs(panel.fits).max(initial=0)) + 1) * (int((panel.reviews * panel.counts).sum()) + 1)
    found = match(replace(panel, fits=panel.fits + worth * (stays > 0)))
    total = int((found.given * panel.fits).sum())
    matching = replace(found, total_fit=total, bound=total + found.bound - found.total_fit)
    return Rerouted(matching, _pairs(found.given > before), _pairs(found.given < before))


def _pairs(which: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[tuple[int, int], ...]:
    return tuple((int(evaluator), int(portfolio)) for evaluator, portfolio in np.argwhere(which))
