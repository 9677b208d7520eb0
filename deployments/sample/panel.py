"""The provider's facilitators and the independent panel, as the lists that a season opens with."""

from pathlib import Path

from deployments.sample.chance import chance, name_of
from deployments.sample.world import World, write_csv

GRADE_BANDS = ("elementary", "middle", "high")
LEARNERS_FOR_ONE_FACILITATOR = 70
PORTFOLIOS_FOR_ONE_EVALUATOR = 45
EVALUATORS_LEAST = 6
FEW_DISTRICTS = 12  # of fewer, most evaluators have a tie to some: a larger panel has a third one for every re-review
EVALUATORS_LEAST_FOR_FEW = 12
JOIN_EACH_YEAR = 3


def district_list(world: World) -> Path:
    """The season's districts."""
    names = ("lea_id", "name", "town", "region", "state_code", "enrollment", "instructional_staff")
    rows = [{name: getattr(district, name) for name in names} for district in world.districts]
    return world.kept(world.policy.survey.opens_on, "districts.csv", lambda path: write_csv(path, rows))[0]


def facilitator_list(world: World) -> Path:
    """Enough facilitators for most of the seats granted, each free in some of the slots, and none in the last one."""
    seats = min(
        world.policy.seats.certification.capacity_seats, sum(d.instructional_staff for d in world.districts) // 15
    )
    count = max(3, seats // LEARNERS_FOR_ONE_FACILITATOR * 2)
    rows = [_facilitator(world, number) for number in range(1, count + 1)]
    return world.kept(world.policy.survey.opens_on, "facilitators.csv", lambda path: write_csv(path, rows))[0]


def _facilitator(world: World, number: int) -> dict[str, object]:
    draw = chance(world.first.seed, "facilitator", number)
    slots = sorted(draw.sample(world.policy.cohorts.slots[:-1], 5))
    return {
        "facilitator_id": f"F{number:03d}",
        "name": " ".join(name_of(world.first.seed, "facilitator", number)),
        "email": f"f{number:03d}@provider.example",
        "slots": "; ".join(slots),
        "maximum_cohorts": draw.choice((2, 3)),
    }


def evaluator_list(world: World) -> Path:
    """The panel: some work in a district, a few have declared a conflict with one; every year some join, for some leave."""
    seats = world.policy.seats.certification.capacity_seats
    least = EVALUATORS_LEAST if len(world.districts) >= FEW_DISTRICTS else EVALUATORS_LEAST_FOR_FEW
    count = max(least, min(seats, len(world.districts) * 8) // PORTFOLIOS_FOR_ONE_EVALUATOR * 2)
    count += world.years_before * JOIN_EACH_YEAR
    rows = [_evaluator(world, number) for number in range(1, count + 1)]
    return world.kept(world.policy.survey.opens_on, "evaluators.csv", lambda path: write_csv(path, rows))[0]


def _evaluator(world: World, number: int) -> dict[str, object]:
    draw = chance(world.first.seed, "evaluator", number)
    own = draw.choice(world.districts).lea_id if draw.random() < 0.5 else ""
    conflicts = [draw.choice(world.districts).lea_id for _ in range(draw.choice((0, 0, 1)))]
    return {
        "evaluator_id": f"E{number:03d}",
        "name": " ".join(name_of(world.first.seed, "evaluator", number)),
        "email": f"e{number:03d}@panel.example",
        "lea_id": own,
        "tracks": "educator; librarian" if number % 4 == 0 else "educator",
        "grade_bands": "; ".join(draw.sample(GRADE_BANDS, 2)),
        "conflicts": "; ".join(conflicts),
    }
