"""Review routing: ``python -m benchmarks.routing [INSTANCE.npz] [--balanced | --fair [--seconds N]] [--out FILE] [--json]``.

The file holds ``scores`` float [evaluators, portfolios], ``allowed`` bool, ``reviews_per_portfolio`` int[P], ``max_load`` and
``min_load`` int[E]; or, instead of the first two, a CSR matrix of the allowed pairs (``indptr``, ``indices``, ``data``) with a
row for each evaluator, or for each portfolio. Without a file the suite runs: the sizes below beside networkx's network simplex
(small ones only) and HiGHS through scipy, with seconds and objective of each. With ``--balanced`` loads are evened out before
the fit counts, and the result has the greatest load relative to the maximum load too. With ``--fair`` the least score of any
portfolio is made as great as can be before the total. An instance that cannot be used is refused with a sentence, and the exit
code is 2.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fair_routing import fair_matching
from benchmarks.routing_instance import BadInstanceError, Instance, read_instance
from deployments.cli.output import only_what_we_say
from rules.reviews.balanced_matching import Workload, balanced_matching
from rules.reviews.matching import Matching, Panel, best_matching
from rules.reviews.pairs import match_pairs

MILLION = 1_000_000
SUITE = ((200, 50, 0), (2_000, 500, 0), (2_000, 500, 5), (5_000, 1_000, 0))
BALANCED = SUITE[:2]
CLASSES = ((100_000, 1_000, 1_000), (1_000_000, 5_000, 1_000))
RIVAL_PAIRS = 1_000_000


def instance(portfolios: int, evaluators: int, minimum: int, seed: int = 1) -> dict[str, Any]:
    """Uniform scores to four decimals, three reviews, loads up to 15, two percent conflicts."""
    draw = np.random.default_rng(seed)
    return {
        "scores": draw.integers(0, 10_001, (evaluators, portfolios)) / 10_000,
        "allowed": draw.random((evaluators, portfolios)) >= 0.02,  # noqa: PLR2004 - two percent
        "reviews_per_portfolio": np.full(portfolios, 3),
        "max_load": np.full(evaluators, 15),
        "min_load": np.full(evaluators, minimum),
    }


def panel_of(found: Any, counts: Any = None) -> Panel:
    """The instance with scores as integers (millionths)."""
    names = "reviews_per_portfolio", "max_load", "min_load"
    reviews, most, least = (np.asarray(found[name], dtype=np.int64) for name in names)
    portfolios = found["scores"].shape[1]
    return Panel(
        np.rint(np.asarray(found["scores"]) * MILLION).astype(np.int64),
        np.asarray(found["allowed"], dtype=bool),
        reviews,
        most,
        least,
        np.ones(portfolios, dtype=np.int64) if counts is None else np.asarray(counts, dtype=np.int64),
    )


def measured(panel: Panel, unit: float = 1 / MILLION) -> tuple[dict[str, Any], Matching]:
    """The result as it is printed, and the matching."""
    started = time.perf_counter()
    matching = best_matching(panel)
    return _row(panel, matching, unit, time.perf_counter() - started), matching


def _row(panel: Panel, matching: Matching, unit: float, seconds: float) -> dict[str, Any]:
    given = np.nonzero(matching.given)
    worth = (matching.given[given] * panel.fits[given]).astype(np.float64)
    by_portfolio = np.bincount(given[1], worth, panel.fits.shape[1])
    return {
        "objective": matching.total_fit * unit,
        "min_portfolio_score": float(by_portfolio.min(initial=by_portfolio[0])) * unit if by_portfolio.size else 0.0,
        "seconds": round(seconds, 3),
        "certified": matching.is_certified,
        "bound": matching.bound * unit,
        "reviews_missing": matching.reviews_missing,
        "loads_missing": matching.loads_missing,
        "unit": unit,
    }


def sparse(found: Instance) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result where the allowed pairs are listed, and the assignment as a CSR matrix with a row for each evaluator."""
    pairs = found.pairs()
    started = time.perf_counter()
    matched = match_pairs(found.wants, pairs, int(np.abs(pairs.fits).max(initial=1)))
    seconds = time.perf_counter() - started
    taken = np.flatnonzero(matched.times)
    scores = np.bincount(pairs.portfolios[taken], pairs.fits[taken].astype(np.float64), len(found.wants.reviews))
    row = {
        "objective": matched.total_fit * found.unit,
        "min_portfolio_score": float(scores.min()) * found.unit if scores.size else 0.0,
        "seconds": round(seconds, 3),
        "certified": matched.total_fit == matched.bound,
        "bound": matched.bound * found.unit,
        "reviews_missing": int(matched.missing.sum()),
        "loads_missing": matched.loads_missing,
        "unit": found.unit,
    }
    ordered = taken[np.lexsort((pairs.portfolios[taken], pairs.evaluators[taken]))]
    loads = np.bincount(pairs.evaluators[ordered], minlength=len(found.wants.maximum_loads))
    return row, {"indptr": np.append(0, np.cumsum(loads)), "indices": pairs.portfolios[ordered]}


def fair(panel: Panel, unit: float, seconds: float) -> tuple[dict[str, Any], Any]:
    """The result of fair routing: its least score and its total, each with what is proven, and the assignment."""
    started = time.perf_counter()
    found = fair_matching(panel, seconds)
    row = {
        "objective": found.total * unit,
        "min_portfolio_score": found.least * unit,
        "seconds": round(time.perf_counter() - started, 3),
        "certified": not found.not_proven,
        "not_proven": list(found.not_proven),
        "bound": found.total_bound * unit,
        "min_bound": found.least_bound * unit,
        "reviews_missing": found.reviews_missing,
        "loads_missing": found.loads_missing,
        "unit": unit,
    }
    return row, found.given


def balanced(panel: Panel, unit: float = 1 / MILLION) -> tuple[dict[str, Any], Matching]:
    """The result of routing with even loads; nobody has a minimum, and the maximum load is what everybody has time for."""
    nothing = np.zeros(panel.fits.shape, dtype=bool)
    deadlines = np.zeros(len(panel.reviews), dtype=np.int64)
    most = panel.maximum_loads
    work = Workload(deadlines, most.reshape(-1, 1), most * 0, most, nothing, nothing)
    started = time.perf_counter()
    found = balanced_matching(replace(panel, minimum_loads=most * 0), work)
    seconds = time.perf_counter() - started
    row = _row(panel, found.matching, unit, seconds) | {"certified": found.is_certified}
    loads = {"maximum_load_relative_to_capacity": found.peak, "level_certified": found.is_level_certified}
    return row | loads, found.matching


def highs_rival(panel: Panel) -> dict[str, Any]:
    """The same by HiGHS: an interior point or simplex solution of the whole transportation problem."""
    from scipy.optimize import linprog  # noqa: PLC0415 - only here
    from scipy.sparse import coo_array, vstack  # noqa: PLC0415 - only here

    whose, which = np.nonzero(panel.allowed)
    number = np.arange(len(whose))
    ones = np.ones(len(whose))
    by_portfolio = coo_array((ones, (which, number)), shape=(panel.fits.shape[1], len(whose)))
    by_evaluator = coo_array((ones, (whose, number)), shape=(panel.fits.shape[0], len(whose)))
    started = time.perf_counter()
    found = linprog(
        -panel.fits[whose, which] / MILLION,
        A_ub=vstack([by_evaluator, -by_evaluator]),
        b_ub=np.concatenate([panel.maximum_loads, -panel.minimum_loads]),
        A_eq=by_portfolio,
        b_eq=panel.reviews,
        bounds=(0, 1),
        method="highs",
    )
    return {"seconds": round(time.perf_counter() - started, 2), "objective": round(-float(found.fun), 6)}


def networkx_rival(panel: Panel) -> dict[str, Any]:
    """The same by networkx's network simplex."""
    import networkx as nx  # noqa: PLC0415 - only here

    graph = nx.DiGraph()
    evaluators, portfolios = panel.fits.shape
    for number in range(portfolios):
        graph.add_node(("p", number), demand=-int(panel.reviews[number]))
    graph.add_node("sink", demand=int(panel.reviews.sum()))
    for e in range(evaluators):
        graph.add_edge(("e", e), "sink", capacity=int(panel.maximum_loads[e]), weight=0)
        for p in np.nonzero(panel.allowed[e])[0]:
            graph.add_edge(("p", int(p)), ("e", e), capacity=1, weight=-int(panel.fits[e, p]))
    started = time.perf_counter()
    cost, _ = nx.network_simplex(graph)
    return {"seconds": round(time.perf_counter() - started, 2), "objective": -cost / MILLION}


def suite(*, is_balanced: bool = False) -> list[dict[str, Any]]:
    """Every size beside its rivals; with even loads where they are asked for, without rivals and classes."""
    rows = []
    if is_balanced:
        for portfolios, evaluators, _ in BALANCED:
            row = balanced(panel_of(instance(portfolios, evaluators, 0)))[0]
            rows.append({"portfolios": portfolios, "evaluators": evaluators, **row})
        return rows
    for portfolios, evaluators, minimum in SUITE:
        panel = panel_of(instance(portfolios, evaluators, minimum))
        row = {"portfolios": portfolios, "evaluators": evaluators, "min_load": minimum, **measured(panel)[0]}
        if panel.fits.size <= RIVAL_PAIRS:
            row["highs"] = highs_rival(panel)
        if panel.fits.size <= RIVAL_PAIRS // 50 and not minimum:
            row["networkx"] = networkx_rival(panel)
        rows.append(row)
    for portfolios, evaluators, classes in CLASSES:
        found = instance(classes, evaluators, 0)
        each = portfolios // classes
        found["max_load"] = np.full(evaluators, 3 * portfolios // evaluators + 15)
        row = measured(panel_of(found, np.full(classes, each)))[0]
        rows.append({"portfolios": portfolios, "classes": classes, "evaluators": evaluators, "min_load": 0, **row})
    return rows


def main() -> int:
    """Print the result; exit code 1 where a plan is not certified."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path, nargs="?")
    parser.add_argument("--balanced", action="store_true", help="even out the loads before the fit counts")
    parser.add_argument(
        "--fair", action="store_true", help="make the least score of any portfolio as great as can be first"
    )
    parser.add_argument("--seconds", type=float, default=60, help="the longest that --fair may take")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="write the 0/1 matrix 'assignment' here (npz)")
    arguments = parser.parse_args()
    if arguments.instance is None:
        with only_what_we_say():
            rows = suite(is_balanced=arguments.balanced)
        print(json.dumps(rows, indent=1) if arguments.json else "\n".join(map(str, rows)))
        return 0 if all(row["certified"] for row in rows) else 1
    try:
        found = read_instance(arguments.instance)
        with only_what_we_say():
            row, assignment = _routed(found, arguments)
    except BadInstanceError as error:
        print(f"{arguments.instance}: {error}", file=sys.stderr)
        return 2
    if arguments.out:
        np.savez_compressed(arguments.out, **assignment)
    print(json.dumps(row) if arguments.json else "\n".join(f"{name}: {value}" for name, value in row.items()))
    return 0 if row["certified"] else 1


def _routed(found: Instance, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result as it is printed, and the assignment as it is written."""
    if found.is_sparse:
        if arguments.balanced or arguments.fair:
            raise BadInstanceError("--balanced and --fair take a dense matrix 'scores', not a sparse one")
        return sparse(found)
    panel = found.panel()
    if arguments.fair:
        row, given = fair(panel, found.unit, arguments.seconds)
        return row, {"assignment": given.astype(np.int8)}
    row, matching = (balanced if arguments.balanced else measured)(panel, found.unit)
    return row, {"assignment": matching.given.astype(np.int8)}


if __name__ == "__main__":
    raise SystemExit(main())
