"""An instance of review routing as it is read from a file: refused with a sentence where it cannot be used."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rules.reviews.matching import Panel
from rules.reviews.pairs import Ints, Pairs, Wants, greatest_exact_fit

MILLION = 1_000_000
NEARLY = 1e-12  # of a number: as near to a whole one as decimals come in floating point
BLOCK = 4_000_000
DENSE, SPARSE = ("scores", "allowed"), ("indptr", "indices", "data")
NUMBERS = ("reviews_per_portfolio", "max_load", "min_load")


class BadInstanceError(Exception):
    """Why a file is no instance, in a sentence that names the array, the place, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What is wanted, and the scores with the unit in which they are counted (as integers, exactly)."""

    wants: Wants
    arrays: Mapping[str, Any]
    unit: float
    is_sparse: bool

    def panel(self) -> Panel:
        """A dense instance."""
        reviews, counts, most, least = self.wants
        return Panel(self.arrays["fits"], self.arrays["allowed"], reviews, most, least, counts)

    def pairs(self) -> Pairs:
        """The pairs of a sparse instance."""
        return Pairs(self.arrays["evaluators"], self.arrays["portfolios"], self.arrays["fits"])


def read_instance(path: Path) -> Instance:
    """The instance of a file.

    Raises:
        BadInstanceError: it cannot be used; the sentence says why.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, TypeError, AttributeError) as error:
        raise BadInstanceError(f"this is no npz file of plain arrays ({error})") from error
    return instance_of(found)


def instance_of(found: dict[str, Any]) -> Instance:
    """The same of arrays; a dense matrix of scores is taken out of them as soon as it is counted.

    Raises:
        BadInstanceError: they cannot be used; the sentence says why.
    """
    is_sparse = "indptr" in found
    for name in (*NUMBERS, *(SPARSE if is_sparse else DENSE)):
        if name not in found:
            raise BadInstanceError(f"the array '{name}' is missing")
    reviews, most, least = (_whole(found, name) for name in NUMBERS)
    if len(most) != len(least):
        raise BadInstanceError(f"'max_load' has {len(most)} evaluators, and 'min_load' {len(least)}")
    above = np.flatnonzero(least > most)
    if len(above):
        who = int(above[0])
        raise BadInstanceError(f"min_load[{who}] is {least[who]}, above max_load[{who}], which is {most[who]}")
    wants = Wants(reviews, np.ones(len(reviews), dtype=np.int64), most, least)
    return _sparse(found, wants) if is_sparse else _dense(found, wants)


def _whole(found: Mapping[str, Any], name: str) -> Ints:
    """An array of whole numbers that are not negative."""
    values = found[name]
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise BadInstanceError(f"'{name}' must be a list of whole numbers")
    wrong = np.flatnonzero(~((values >= 0) & (values == np.floor(values)) & (values < 2**31)))
    if len(wrong):
        raise BadInstanceError(f"{name}[{wrong[0]}] is {values[wrong[0]]}, and must be a whole number from 0 on")
    return np.asarray(values, dtype=np.int64)


def _dense(found: dict[str, Any], wants: Wants) -> Instance:
    scores, allowed = found.pop("scores"), found["allowed"]
    shape = len(wants.maximum_loads), len(wants.reviews)
    for name, array in (("scores", scores), ("allowed", allowed)):
        if array.shape != shape:
            raise BadInstanceError(
                f"'{name}' has the shape {array.shape}, and must have {shape}: evaluators, portfolios"
            )
    if scores.dtype.kind not in "iuf" or allowed.dtype.kind not in "biu":
        raise BadInstanceError("'scores' must be numbers, and 'allowed' true or false")
    unit = unit_of(scores.reshape(-1), wants.nodes)
    fits = np.empty(shape, dtype=np.int64)
    for row, own in zip(fits, scores, strict=True):
        np.rint(own / unit, out=row, casting="unsafe")
    return Instance(wants, {"fits": fits, "allowed": np.asarray(allowed, dtype=bool)}, unit, is_sparse=False)


def _sparse(found: Mapping[str, Any], wants: Wants) -> Instance:
    indptr, indices, scores = _whole(found, "indptr"), _whole(found, "indices"), found["data"]
    rows, evaluators, portfolios = len(indptr) - 1, len(wants.maximum_loads), len(wants.reviews)
    if rows not in (evaluators, portfolios):
        raise BadInstanceError(
            f"'indptr' has {rows} rows, and must have {evaluators} (evaluators) or {portfolios} (portfolios)"
        )
    columns = portfolios if rows == evaluators else evaluators
    if indptr[0] != 0 or (np.diff(indptr) < 0).any() or indptr[-1] != len(indices):
        raise BadInstanceError(f"'indptr' must ascend from 0 to the number of 'indices', which is {len(indices)}")
    if scores.shape != indices.shape or scores.dtype.kind not in "iuf":
        raise BadInstanceError(f"'data' must have a number for each of the {len(indices)} 'indices'")
    if (indices >= columns).any():
        place = int(np.argmax(indices >= columns))
        raise BadInstanceError(f"indices[{place}] is {indices[place]}, and there are {columns} columns, from 0 on")
    row = np.repeat(np.arange(rows), np.diff(indptr))
    keys = np.sort(row * columns + indices)
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        raise BadInstanceError(f"row {keys[twice[0]] // columns} has the column {keys[twice[0]] % columns} twice")
    unit = unit_of(scores, wants.nodes)
    whose, which = (row, indices) if rows == evaluators else (indices, row)
    pairs = {"evaluators": whose, "portfolios": which, "fits": np.rint(scores / unit).astype(np.int64)}
    return Instance(wants, pairs, unit, is_sparse=True)


def unit_of(scores: Any, nodes: int) -> float:
    """The unit in which scores are counted: millionths where they are whole in it, else as small as exact arithmetic allows.

    Raises:
        BadInstanceError: a score is no number, or infinite.
    """
    blocks = [scores[start : start + BLOCK] for start in range(0, len(scores), BLOCK)]
    for number, block in enumerate(blocks):
        wrong = np.flatnonzero(~np.isfinite(block))
        if len(wrong):
            place = number * BLOCK + int(wrong[0])
            raise BadInstanceError(f"score number {place} is {block[wrong[0]]}; every score must be a finite number")
    greatest = max((float(np.abs(block).max(initial=0)) for block in blocks), default=0.0)
    most = greatest_exact_fit(nodes)
    if greatest * MILLION <= most and all(_is_whole(block * MILLION) for block in blocks):
        return 1 / MILLION
    return float(10.0 ** np.ceil(np.log10(greatest / most)))


def _is_whole(values: Any) -> bool:
    return bool((np.abs(values - np.rint(values)) <= NEARLY * np.abs(values)).all())
