"""Who is matched with whom: the greatest total fit within exact loads, with a proof over every pair.

The most promising pairs go into the flow first; prices then prove that no other pair can improve it, or name those that could,
which go in next. Where that takes more than two rounds, every pair goes in, as long as memory allows. Fits are integers
(millionths), so that the proof is exact. Source: FAQ III (independent panel); ruling on who reviews.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from rules.reviews.pairs import Bools, Ints, MatchedPairs, Pairs, Wants, match_pairs

FIRST_PAIRS = 14
MORE_PAIRS = 10
PRICE_ROUNDS = 8
PRICED_BY = 1_000  # portfolios
SPREAD = 20_000  # millionths of the best fit
PROMISING_ROUNDS = 2
MOST_PAIRS = 20_000_000  # that go into one flow: about 2 GB
BLOCK = 2_000_000  # pairs that are looked at together


@dataclass(frozen=True, slots=True)
class Matching:
    """Who reviews what (``given``: evaluators by portfolios), its total fit, and the least upper bound that is proven.

    ``reviews_missing`` could not be given to anybody, ``loads_missing`` are minimum loads that cannot be met. The bound is for
    the same numbers missing; the plan is the best where it equals the total fit.
    """

    given: Ints
    total_fit: int
    bound: int
    reviews_missing: int
    loads_missing: int

    @property
    def is_certified(self) -> bool:
        """Whether the prices prove that nothing better exists, over all pairs."""
        return self.total_fit == self.bound


@dataclass(frozen=True, slots=True)
class Panel:
    """What is to be matched: fits (millionths) and allowed pairs of evaluators by portfolios, and how many of each.

    ``counts`` says of how many portfolios that are alike a column stands; each of them wants ``reviews`` different evaluators.
    """

    fits: Ints
    allowed: Bools
    reviews: Ints
    maximum_loads: Ints
    minimum_loads: Ints
    counts: Ints

    @property
    def greatest_fit(self) -> int:
        """The greatest fit, whatever its sign."""
        return int(max(self.fits.max(initial=1), -self.fits.min(initial=0)))

    @property
    def wants(self) -> Wants:
        """What is wanted, without the pairs."""
        return Wants(self.reviews, self.counts, self.maximum_loads, self.minimum_loads)

    def pairs(self, chosen: Bools) -> Pairs:
        """The chosen pairs, listed."""
        whose, which = np.nonzero(chosen)
        return Pairs(whose, which, self.fits[whose, which].astype(np.int64))

    def part(self, columns: slice) -> "Panel":
        """The same for some portfolios."""
        return replace(
            self,
            fits=self.fits[:, columns],
            allowed=self.allowed[:, columns],
            reviews=self.reviews[columns],
            counts=self.counts[columns],
        )

    def first_pairs(self) -> Bools:
        """The pairs that are looked at first."""
        number = min(FIRST_PAIRS + int(self.reviews.max()), len(self.fits))
        return _promising(self, _first_prices(self), number)

    def best_pairs(self, better: Bools, gains: Ints) -> Bools:
        """Of the pairs that are ``better``, some of the best for each portfolio."""
        some = np.flatnonzero(better.any(axis=0))
        worth = np.where(better[:, some], gains[:, some] + _spread(self.fits.shape)[:, some], 0)
        best = np.zeros_like(better)
        best[:, some] = _best_of_each(worth, MORE_PAIRS) & better[:, some]
        return best


def best_matching(panel: Panel) -> Matching:
    """The matching with the most reviews, and of those the one with the greatest total fit; minimum loads come first of all."""
    if not panel.fits.size:
        nobody = int((panel.reviews * panel.counts).sum())
        return Matching(np.zeros_like(panel.fits), 0, 0, nobody, int(panel.minimum_loads.sum()))
    chosen = panel.first_pairs()
    greatest, rounds, is_whole = panel.greatest_fit, 1, False
    while True:  # every round adds pairs, of which there are only so many
        pairs = panel.pairs(panel.allowed if is_whole else chosen)
        found = match_pairs(panel.wants, pairs, greatest)
        if is_whole or not _add_better(panel, chosen, found):
            break
        is_whole = rounds == PROMISING_ROUNDS and int(panel.allowed.sum()) <= MOST_PAIRS
        rounds += 1
    given = np.zeros(panel.fits.shape, dtype=np.int64)
    given[pairs.evaluators, pairs.portfolios] = found.times
    return Matching(given, found.total_fit, found.bound, int(found.missing.sum()), found.loads_missing)


def _add_better(panel: Panel, chosen: Bools, found: MatchedPairs) -> bool:
    """Choose more of the pairs that could improve the matching at its prices; whether there are any."""
    is_any = False
    for columns in _blocks(panel.fits.shape):
        part = panel.part(columns)
        gains = part.fits - found.values[np.newaxis, columns]
        gains -= found.prices[:, np.newaxis]
        better = gains > 0
        better &= part.allowed
        better &= ~chosen[:, columns]
        if better.any():
            is_any = True
            chosen[:, columns] |= part.best_pairs(better, gains)
    return is_any


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """The portfolios in blocks whose pairs fit into memory several times."""
    width = max(BLOCK // max(shape[0], 1), 1)
    return (slice(start, min(start + width, shape[1])) for start in range(0, shape[1], width))


def _first_prices(panel: Panel) -> Ints:
    """Rough prices of evaluators that many want, so that the first pairs are spread over all of them.

    Some portfolios tell them: every so many-th, which stand for all.
    """
    prices = np.zeros(len(panel.fits), dtype=np.int64)
    wanted = int(panel.reviews.max())
    step = panel.greatest_fit // 4
    every = max(len(panel.reviews) // PRICED_BY, 1)
    some = panel.part(slice(None, None, every))
    share = panel.counts.sum() / max(int(some.counts.sum()), 1)
    for round_ in range(PRICE_ROUNDS if wanted < len(panel.fits) else 0):
        demand = share * (_promising(some, prices, wanted) @ some.counts)
        over = (demand - panel.maximum_loads) / np.maximum(panel.maximum_loads, 1)
        prices = np.maximum(prices + (step // (round_ + 1) * np.clip(over, -1, 1)).astype(np.int64), 0)
    return prices


def _promising(panel: Panel, prices: Ints, number: int) -> Bools:
    """For each portfolio the evaluators that fit best at these prices."""
    chosen = np.zeros(panel.fits.shape, dtype=bool)
    for columns in _blocks(panel.fits.shape):
        part = panel.part(columns)
        worth = part.fits + _spread(part.fits.shape) - prices[:, np.newaxis]
        worth = np.where(part.allowed, worth, np.iinfo(np.int64).min)
        chosen[:, columns] = _best_of_each(worth, number) & part.allowed
    return chosen


@lru_cache(maxsize=2)
def _spread(shape: tuple[int, int]) -> Ints:
    """A little for every pair, by which portfolios that fit alike look at others among evaluators that fit alike."""
    return np.random.default_rng(1).integers(0, SPREAD, shape)


def _best_of_each(worth: Ints, number: int) -> Bools:
    """The best evaluators of each portfolio; what is worth nothing at all may be among them."""
    chosen = np.zeros(worth.shape, dtype=bool)
    last = len(worth) - min(number, len(worth))
    best = np.argpartition(worth, min(last, len(worth) - 1), axis=0)[last:]
    np.put_along_axis(chosen, best, values=True, axis=0)
    return chosen
