"""Cohort planning: districts and facilitators as the solver takes them; and cohorts that are stored with their people."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from rules.cohorts.sessions import session_times, term_of
from rules.meetings import WEEKDAYS
from schemas.records import Component, DistrictDemand, FacilitatorOffer
from schemas.statuses import CohortKind, EnrollmentStatus
from tests.factories.season import LEA_IDS, policy, store_rows

SLOTS = {"TUE-15:30": 1, "WED-15:30": 2}
FIRST_SESSION = datetime(2022, 9, 12, 19, 30, tzinfo=UTC)


def district_demand(lea_id: str, learners: int, state: str = "", **slots: int) -> DistrictDemand:
    ranks = {k.replace("_", "-").replace("h", ":"): v for k, v in slots.items()} or SLOTS
    return DistrictDemand(lea_id, learners, ranks, state)


def facilitator_offer(number: int, *slots: str, most: int = 2) -> FacilitatorOffer:
    return FacilitatorOffer(f"F{number}", slots or tuple(SLOTS), most)


@st.composite
def planning_instances(draw: st.DrawFn) -> tuple[list[DistrictDemand], list[FacilitatorOffer]]:
    """Small instances, also without facilitators or a common slot, with slots that overlap, or learners too few or many."""
    slots = ("TUE-15:30", "TUE-16:30", "THU-17:00")
    demands = []
    for number in range(draw(st.integers(0, 5))):
        marked = draw(st.permutations(slots))[: draw(st.integers(1, 3))]
        learners = draw(st.one_of(st.integers(1, 19), st.sampled_from((12, 14, 15, 20, 36, 40, 71))))
        ranks = {slot: rank for rank, slot in enumerate(marked, start=1)}
        demands.append(DistrictDemand(str(number), learners, ranks, draw(st.sampled_from("AAB"))))
    offers = [
        FacilitatorOffer(f"F{number}", tuple(draw(st.sets(st.sampled_from(slots)))), draw(st.integers(0, 3)))
        for number in range(draw(st.integers(0, 3)))
    ]
    return demands, offers


def forty_districts(states: int, supply: int) -> tuple[list[DistrictDemand], list[FacilitatorOffer]]:
    """Forty districts, of which some cannot be placed if facilitators are few."""
    draw = random.Random(3)  # noqa: S311 - a repeatable choice
    slots = [f"{day}-{hour}" for day in ("MON", "TUE", "WED", "THU") for hour in ("15:30", "16:30")]
    demands = []
    for number in range(40):
        marked = {slot: rank for rank, slot in enumerate(draw.sample(slots, 3), start=1)}
        learners = draw.choice((3, 5, 8, 12, 18, 24, 41))
        demands.append(DistrictDemand(f"{number:03}", learners, marked, f"S{draw.randrange(states)}"))
    offers = [FacilitatorOffer(f"F{n:02}", tuple(draw.sample(slots, 5)), draw.randint(1, 3)) for n in range(supply)]
    return demands, offers


def store_cohort(cohort_id: str, emails: Iterable[str], slot: str = "MON-15:30") -> None:
    """A cohort with five sessions, every other week from the week of September 12 on, and these members.

    Each has its own facilitator.
    """
    from schemas.tables import Cohort, CohortMember, CohortSession

    key = {"season": "2022", "cohort_id": cohort_id}
    facts = {"kind": CohortKind.COMBINED, "slot": slot, "facilitator_id": f"F00{cohort_id[-1]}", "merged_into": ""}
    first = FIRST_SESSION.date() + timedelta(days=WEEKDAYS.index(slot[:3]))
    term = term_of(first, policy().cohorts)
    store_rows(Cohort, {**key, **facts, "starts_on": term.starts_on, "ends_on": term.ends_on})
    spans = [session_times(slot, first + timedelta(weeks=2 * n), policy()) for n in range(5)]
    times = [{"session_number": n, "starts_at": s, "ends_at": e} for n, (s, e) in enumerate(spans, 1)]
    store_rows(CohortSession, *({**key, **time} for time in times))
    store_rows(CohortMember, *({**key, "email": email} for email in emails))


def fill_cohort(cohort_id: str, size: int, slot: str = "MON-15:30") -> list[str]:
    """A cohort of so many newly enrolled educators; their addresses."""
    from tests.factories.enrollment import enroll_educators

    emails = enroll_educators(f"{cohort_id.lower()}-", size)
    store_cohort(cohort_id, emails, slot)
    return emails


def promise_place(email: str, cohort_id: str) -> None:
    """Somebody who came for a leaver, has not signed yet, and will take the leaver's place."""
    from schemas.tables import Enrollment
    from tests.factories.enrollment import SUMMER, store_educators

    store_educators(email)
    seat = {"season": "2022", "component": Component.CERTIFICATION, "lea_id": LEA_IDS[0], "session": ""}
    facts = {**seat, "status": EnrollmentStatus.AWAITING_FORM, "enrolled_at": SUMMER, "promised_cohort": cohort_id}
    store_rows(Enrollment, {**facts, "email": email, "replaces": "left@lea.example"})
