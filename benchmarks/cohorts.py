"""Cohort planning: ``python -m benchmarks.cohorts [INSTANCE.json | --suite] [--seconds N] [--out FILE] [--json]``.

The file holds ``districts`` (id, region, learners, slots with their rank), ``facilitators`` (id, slots, max_cohorts), and
``minimum``, ``maximum``, ``private_minimum``. Without a file made-up states and nations of the sizes below are planned, with
facilitators for all, just enough of them, and too few; ``--districts FILE`` takes the nation from NCES's list. ``--suite``
plans the 40 hard instances of ``benchmarks/cohort_suite.py``, each beside a plain CP-SAT model in as much time; the exit code
is 1 where that one places more. A plan that is not proven is told on standard error.
"""

import argparse
import csv
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.cohort_suite import instances, plain_cp_sat
from deployments.cli.output import only_what_we_say
from rules.cohorts.plan import plan_cohorts
from rules.cohorts.solver.cohort_variables import LEVELS
from schemas.policy import Cohorts, read_policy
from schemas.records import CohortPlan, DistrictDemand, FacilitatorOffer
from schemas.settings import ROOT

SLOTS = [
    f"{day}-{hour}" for day in ("MON", "TUE", "WED", "THU", "FRI") for hour in ("15:30", "16:00", "17:00", "18:00")
]
LEARNERS_IN_POOL = 28
SIZES = (("state", 200, 9), ("state in one region", 200, 1), ("nation", 17_800, 51))
SUPPLY = (1.15, 1.0, 0.85)
NATION = 10_000


def made_up(learners: list[tuple[str, int]], supply: float, seed: int = 1) -> dict[str, Any]:
    """An instance with these learners (region, number), and facilitators for ``supply`` times all of them."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable choice
    likely = [1 / (1 + number * 0.15) for number in range(len(SLOTS))]
    districts = []
    for number, (region, count) in enumerate(learners):
        slots: dict[str, int] = {}
        wanted = draw.randint(3, 6)
        while len(slots) < wanted:
            slots.setdefault(draw.choices(SLOTS, likely)[0], len(slots) + 1)
        districts.append({"id": f"D{number:05}", "region": region, "learners": count, "slots": slots})
    private, pooled = [n for _, n in learners if n >= 20], sum(n for _, n in learners if n < 20)  # noqa: PLR2004
    cohorts = supply * (sum(-(-n // 35) for n in private) + pooled / LEARNERS_IN_POOL)
    facilitators: list[dict[str, Any]] = []
    while sum(f["max_cohorts"] for f in facilitators) < cohorts:
        most = draw.randint(2, 6)
        slots_free = draw.sample(SLOTS, min(draw.randint(most, most + 6), len(SLOTS)))
        facilitators.append({"id": f"F{len(facilitators):04}", "slots": slots_free, "max_cohorts": most})
    return {
        "districts": districts, "facilitators": facilitators, "minimum": 15, "maximum": 35, "private_minimum": 20,
    }  # fmt: skip


def learners_of(districts: int, regions: int, seed: int = 1) -> list[tuple[str, int]]:
    """Learners as districts have staff: many small ones and a few large ones."""
    draw = random.Random(seed)  # noqa: S311 - a repeatable choice
    return [
        (f"R{draw.randrange(regions):02}", max(1, round(draw.lognormvariate(2.9 if regions < 50 else 2.1, 1.2))))  # noqa: PLR2004
        for _ in range(districts)
    ]


def learners_of_nation(path: Path) -> list[tuple[str, int]]:
    """A learner for every ten of the staff of each district in NCES's list; regions are the states."""
    with path.open(encoding="utf-8") as file:
        rows = [(row["state"], round(float(row["instructional_staff"] or 0) / 10)) for row in csv.DictReader(file)]
    return [(state, learners) for state, learners in rows if learners]


def read_instance(found: dict[str, Any]) -> tuple[list[DistrictDemand], list[FacilitatorOffer]]:
    """The districts and the facilitators of a file."""
    demands = [DistrictDemand(d["id"], d["learners"], d["slots"], d["region"]) for d in found["districts"]]
    return demands, [FacilitatorOffer(f["id"], tuple(f["slots"]), f["max_cohorts"]) for f in found["facilitators"]]


def planned(found: dict[str, Any], seconds: int) -> tuple[dict[str, Any], CohortPlan]:
    """The result as it is printed, and the plan."""
    policy: Cohorts = read_policy(ROOT / "deployments" / "seasons" / "2022.toml").cohorts
    numbers = {
        "minimum_participants": found["minimum"],
        "maximum_participants": found["maximum"],
        "private_minimum_participants": found["private_minimum"],
        "solver_seconds": seconds,
    }
    demands, offers = read_instance(found)
    started = time.perf_counter()
    plan = plan_cohorts(demands, offers, policy.model_copy(update=numbers))
    taken = time.perf_counter() - started
    cost, bound = plan.values["rank_cost"], plan.bounds["rank_cost"]
    row = {
        "placed": plan.values["learners_placed"],
        "unplaced": sum(d.learners for d in demands) - plan.values["learners_placed"],
        "rank_cost": cost,
        "cohorts": plan.values["cohorts"],
        "districts_pooled": plan.values["districts_pooled"],
        "bounds": {
            "placed": plan.bounds["learners_placed"],
            **{k: v for k, v in plan.bounds.items() if k != "learners_placed"},
        },
        "gap": round((cost - bound) / max(bound, 1), 6),
        "is_proven": plan.values == plan.bounds,
        "proven": sum(plan.values[name] == bound for name, bound in plan.bounds.items()),
        "seconds": round(taken, 2),
    }
    return row, plan


def written(plan: CohortPlan) -> dict[str, Any]:
    """The plan as it goes into a file."""
    cohorts = [
        {"slot": c.slot, "facilitator": c.facilitator_id, "districts": dict(c.learners_by_lea_id)} for c in plan.cohorts
    ]
    return {"cohorts": cohorts, "unplaced": {lea_id: ruling.reason for lea_id, ruling in plan.unplaced.items()}}


def sizes(nation: Path | None, seconds: int) -> list[dict[str, Any]]:
    """Every size with every supply of facilitators."""
    rows = []
    for name, districts, regions in SIZES:
        is_nation = districts > NATION
        learners = learners_of_nation(nation) if nation and is_nation else learners_of(districts, regions)
        for supply in SUPPLY:
            row, _ = planned(made_up(learners, supply), seconds)
            rows.append({"size": name, "districts": len(learners), "facilitators for": supply, **row})
    return rows


def suite(seconds: int) -> list[dict[str, Any]]:
    """Every hard instance, ours beside the plain model's first level."""
    rows = []
    for found in instances():
        row, _ = planned(found, seconds)
        cp_sat = plain_cp_sat(found, seconds)
        rows.append({"kind": found["kind"], "learners": row["placed"] + row["unplaced"], **row, "cp_sat": cp_sat})
        print(told(rows[-1]), file=sys.stderr, flush=True)
    return rows


def told(row: dict[str, Any]) -> str:
    """One line of the suite: ours, what is proven, CP-SAT, its bound, seconds of both."""
    cp_sat = row["cp_sat"]
    ours = f"{row['placed']:>6} of {row['bounds']['placed']:>6} in {row['seconds']:>5.1f} s"
    rival = f"CP-SAT {cp_sat['placed']:>6} of {cp_sat['bound']:>6} in {cp_sat['seconds']:>5.1f} s"
    return f"{row['kind']:<38} {ours} ({row['proven']} of {len(LEVELS)} levels proven)   {rival}"


def warn(row: dict[str, Any]) -> None:
    """Say on standard error which levels are not proven."""
    if not row["is_proven"]:
        bounds = ", ".join(f"{name} {bound}" for name, bound in row["bounds"].items())
        print(f"warning: the plan is not proven to be the best; what no plan can exceed: {bounds}", file=sys.stderr)


def main() -> int:
    """Print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path, nargs="?")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="write the cohorts and the reasons here (JSON)")
    parser.add_argument("--districts", type=Path, help="NCES's list of districts, for the nation of the suite")
    parser.add_argument("--seconds", type=int, default=60, help="the longest that one solve may take")
    parser.add_argument("--suite", action="store_true", help="plan the 40 hard instances beside CP-SAT")
    arguments = parser.parse_args()
    if arguments.suite:
        rows = suite(arguments.seconds)
        print(json.dumps(rows, indent=1) if arguments.json else "\n".join(map(told, rows)))
        return int(any(row["placed"] < row["cp_sat"]["placed"] for row in rows))
    if arguments.instance is None:
        with only_what_we_say():
            rows = sizes(arguments.districts, arguments.seconds)
        print(json.dumps(rows, indent=1) if arguments.json else "\n".join(map(str, rows)))
        return 0
    with only_what_we_say():
        row, plan = planned(json.loads(arguments.instance.read_text(encoding="utf-8")), arguments.seconds)
    warn(row)
    if arguments.out:
        arguments.out.write_text(json.dumps(written(plan)), encoding="utf-8")
    print(json.dumps(row) if arguments.json else "\n".join(f"{name}: {value}" for name, value in row.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
