"""Instances of review routing: what cannot be used gets a sentence, small scores count, and sparse ones are routed alike."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.routing import instance, main, sparse
from benchmarks.routing_instance import BadInstanceError, instance_of, read_instance
from rules.reviews.matching import Panel, best_matching
from tests.factories.reviews import matching_panels


def small(**changed: Any) -> dict[str, Any]:
    return {**instance(6, 4, 0), "max_load": np.full(4, 9), **changed}


def csr(**changed: Any) -> dict[str, Any]:
    found = small()
    whose, which = np.nonzero(found["allowed"])
    loads = np.bincount(whose, minlength=4)
    listed = {"indptr": np.append(0, np.cumsum(loads)), "indices": which, "data": found["scores"][whose, which]}
    numbers = {name: found[name] for name in ("reviews_per_portfolio", "max_load", "min_load")}
    return {**numbers, **listed, **changed}


def spoiled(value: float) -> Any:
    scores = instance(6, 4, 0)["scores"]
    scores[1, 2] = value
    return scores


BAD = [
    (small(scores=spoiled(np.nan)), "score number 8 is nan; every score must be a finite number"),
    (small(scores=spoiled(np.inf)), "score number 8 is inf; every score must be a finite number"),
    (small(min_load=np.array([0, 10, 0, 0])), r"min_load\[1\] is 10, above max_load\[1\], which is 9"),
    (small(max_load=np.array([1, 2, -3, 4])), r"max_load\[2\] is -3, and must be a whole number from 0 on"),
    (small(reviews_per_portfolio=np.full(6, 1.5)), r"reviews_per_portfolio\[0\] is 1.5"),
    (small(reviews_per_portfolio=np.full(5, 1)), r"'scores' has the shape \(4, 6\), and must have \(4, 5\)"),
    (small(max_load=np.full(3, 9)), "'max_load' has 3 evaluators, and 'min_load' 4"),
    (small(scores=np.full((4, 6), "x")), "'scores' must be numbers"),
    (small(max_load=np.zeros((2, 2))), "'max_load' must be a list of whole numbers"),
    ({"scores": np.zeros((1, 1))}, "the array 'reviews_per_portfolio' is missing"),
    (csr(indices=np.full(len(csr()["indices"]), 6)), r"indices\[0\] is 6, and there are 6 columns"),
    (csr(indices=np.zeros(len(csr()["indices"]), dtype=int)), "row 0 has the column 0 twice"),
    (csr(indptr=np.array([0, 9, 3, 4, 5])), "'indptr' must ascend from 0 to the number of 'indices'"),
    (csr(indptr=np.array([0, 1])), "'indptr' has 1 rows, and must have 4"),
    (csr(data=np.zeros(2)), "'data' must have a number for each"),
]


@pytest.mark.parametrize(("found", "sentence"), BAD)
def test_a_bad_instance_gets_a_sentence(found: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInstanceError, match=sentence):
        instance_of(found)


def test_a_file_that_is_no_instance_gets_a_sentence_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "instance.npz"
    path.write_text("scores")
    monkeypatch.setattr("sys.argv", ["routing", str(path)])
    assert main() == 2
    assert "this is no npz file" in capsys.readouterr().err


@pytest.mark.parametrize("power", [-12, -7, 0, 9])
def test_scores_of_any_size_count_as_much_as_they_are_worth(power: int) -> None:
    ordinary = instance_of(small())
    scaled = instance_of(small(scores=small()["scores"] * 10.0**power))
    best, found = best_matching(ordinary.panel()), best_matching(scaled.panel())
    assert found.is_certified
    assert found.total_fit * scaled.unit == pytest.approx(best.total_fit * ordinary.unit * 10.0**power, rel=1e-6)


@settings(max_examples=100, deadline=None)
@given(matching_panels())
def test_pairs_that_are_listed_are_matched_as_well_as_a_matrix_by_either_of_its_sides(panel: Panel) -> None:
    best = best_matching(panel)
    numbers = {"reviews_per_portfolio": panel.reviews, "max_load": panel.maximum_loads, "min_load": panel.minimum_loads}
    for matrix, fits in ((panel.allowed, panel.fits), (panel.allowed.T, panel.fits.T)):
        rows, columns = np.nonzero(matrix)
        if matrix.shape[0] == matrix.shape[1] and matrix is not panel.allowed:
            continue  # a square matrix has a row for each evaluator
        ends = np.cumsum(np.bincount(rows, minlength=len(matrix)))
        listed = {"indptr": np.append(0, ends), "indices": columns, "data": fits[rows, columns] / 1_000_000}
        row, assignment = sparse(instance_of({**numbers, **listed}))
        assert (row["reviews_missing"], row["loads_missing"]) == (best.reviews_missing, best.loads_missing)
        assert row["objective"] == pytest.approx(best.total_fit / 1_000_000)
        assert row["certified"]
        loads = np.diff(assignment["indptr"])
        assert (loads <= panel.maximum_loads).all()
        assert panel.allowed[np.repeat(np.arange(len(loads)), loads), assignment["indices"]].all()


@pytest.mark.parametrize("extra", [[], ["--fair"], ["--balanced"]])
def test_an_instance_is_routed_from_its_file_and_the_assignment_is_written(
    extra: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "instance.npz", tmp_path / "out.npz"
    np.savez(path, **small())
    monkeypatch.setattr("sys.argv", ["routing", str(path), "--json", "--out", str(out), *extra])
    assert main() == 0
    row = json.loads(capsys.readouterr().out)
    found = read_instance(path)
    with np.load(out) as written:
        given = written["assignment"]
    assert (given.sum(axis=0) == 3).all()
    assert float((given * small()["scores"]).sum()) == pytest.approx(row["objective"])
    assert not given[~found.panel().allowed].any()
