"""Pairs that are listed: fits as great as exact arithmetic allows still decide by one."""

import numpy as np
import pytest

from rules.reviews.pairs import Pairs, Wants, greatest_exact_fit, match_pairs


@pytest.mark.parametrize("nodes", [4, 30_000])
def test_the_greatest_exact_fit_still_beats_one_less_and_is_proven(nodes: int) -> None:
    evaluators = nodes - 2
    none = np.zeros(evaluators, dtype=np.int64)
    wants = Wants(np.ones(1, dtype=np.int64), np.ones(1, dtype=np.int64), none + 1, none)
    greatest = greatest_exact_fit(wants.nodes)
    fits = np.full(evaluators, greatest - 1)
    fits[evaluators // 2] = greatest
    found = match_pairs(wants, Pairs(np.arange(evaluators), none, fits), greatest)
    assert np.flatnonzero(found.times).tolist() == [evaluators // 2]
    assert found.total_fit == found.bound == greatest
