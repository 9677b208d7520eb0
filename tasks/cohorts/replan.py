"""The cohorts planned again for a changed world: what would move, and, if an operator says so, moving it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import delete, select

from rules.cohorts.membership import exceptions_for
from rules.cohorts.replanning import (
    LearnerPlace,
    Moved,
    ask_for_a_leader,
    change_leader,
    continued,
    dissolve,
    handed_over,
    keeps_its_days,
    led_on,
    let_facilitator_go,
    let_wait,
    may_replan,
    place_again,
    replan_cohorts,
    seated,
    who_moves,
)
from rules.wording import as_told
from schemas.kinds import PlanKind, SubjectKind
from schemas.records import CohortPlan, PlannedCohort
from schemas.statuses import Outcome
from schemas.tables import Cohort, CohortSession, Educator, Enrollment, Facilitator, Plan, StartAgreement
from tasks.cohorts.changed_letters import tell_leads_of_plan
from tasks.cohorts.members import (
    CohortChange,
    Left,
    cohort_facts,
    leave_cohort,
    movers_of,
    seat_in_cohort,
    tell_joined,
)
from tasks.cohorts.planning import closed_for, closed_rule, warn_of_unproven
from tasks.cohorts.replan_books import Books, books_of
from tasks.cohorts.schedule import next_number, open_cohort
from tasks.cohorts.starts import follow_members
from tasks.core.database import reading
from tasks.core.progress import run_with_progress
from tasks.core.step import step
from tasks.ledger.unit_of_work import OperatorError, Work, unit_of_work
from tasks.letters.calendar_files import Meeting
from tasks.letters.write import send_invitation

KIND = PlanKind.COHORTS_AGAIN


def replanned(season: str, as_of: datetime, without: Sequence[str] = ()) -> tuple[CohortPlan, tuple[Moved, ...]]:
    """The plan for who waits and for all cohorts that have not met yet, without some facilitators, and who would move.

    Raises:
        OperatorError: there is no such facilitator, or nobody is left to plan for.
    """
    with reading() as db:
        return _solved(books_of(db, season, as_of, without))


@step
def plan_cohorts_again(season: str, without: Sequence[str], reason: str, as_of: datetime) -> int:
    """Make the new plan true: people move, cohorts are opened, led by others, or dissolved; the people told.

    Cohorts that have met stay; those of facilitators who are gone are taken over where somebody can. One plan for one moment.

    Raises:
        OperatorError: there is no such facilitator, nobody is left to plan for, or there is no reason.
    """
    allowed = may_replan(reason)
    if allowed.outcome == Outcome.REJECTED:
        raise OperatorError(allowed.reason)
    while True:
        with reading() as db:
            is_planned = db.get(Plan, (season, KIND, as_of)) is not None
            books = None if is_planned else books_of(db, season, as_of, without)
        if books is None:
            return 0
        plan, _ = _solved(books)
        with unit_of_work(season, as_of) as work:
            if work.db.get(Plan, (season, KIND, as_of)):
                return 0
            if books_of(work.db, season, as_of, without) == books:
                return _Change(work, books, plan, reason.strip()).make(without)


def _solved(books: Books) -> tuple[CohortPlan, tuple[Moved, ...]]:
    given, before = books.given, list(books.cohorts.values())
    meets = closed_rule(given.policy, given.today)
    plan, moves = run_with_progress(
        "planning cohorts again",
        lambda watch: replan_cohorts(
            before, given.demands, given.facilitators, given.cohorts, meets=meets, watch=watch
        ),
    )
    warn_of_unproven(plan, given.cohorts)
    return plan, moves


class _Change:
    """A new plan on its way into the books, in one unit of work."""

    def __init__(self, work: Work, books: Books, plan: CohortPlan, reason: str) -> None:
        self._work, self._books, self._plan, self._reason = work, books, plan, reason
        self._facts = cohort_facts(work.db, work.policy, work.as_of)
        self._continues = [
            cohort_id if cohort_id and self._can_go_on(cohort_id, planned) else None
            for cohort_id, planned in zip(continued(books.cohorts, plan.cohorts), plan.cohorts, strict=True)
        ]
        self._planned = led_on(plan.cohorts, self._continues, books.cohorts)
        self._goes = self._who_goes()
        self._off: dict[str, list[Meeting]] = {}
        self._numbers = count(next_number(work))  # found before any is dissolved: a number is not given twice

    def _can_go_on(self, cohort_id: str, planned: PlannedCohort) -> bool:
        sessions = select(CohortSession.starts_at).where(CohortSession.season == self._work.season)
        meets_at = self._work.db.scalars(sessions.where(CohortSession.cohort_id == cohort_id))
        days = {self._work.policy.local_day(at) for at in meets_at}
        return keeps_its_days(
            days, closed_for(self._work.policy, tuple(planned.learners_by_lea_id))
        ) and not self._excepted(cohort_id, planned)

    def _excepted(self, cohort_id: str, planned: PlannedCohort) -> bool:
        """Whether a district that comes to a cohort could not be there without an exception, as where a session was moved."""
        new = planned.learners_by_lea_id.keys() - self._books.cohorts[cohort_id].learners_by_lea_id.keys()
        facts = next(item for item in self._facts if item.cohort_id == cohort_id)
        return any(exceptions_for(mover, facts) for mover in movers_of(self._work.db, self._work.policy, new).values())

    def _who_goes(self) -> Mapping[str, int | None]:
        """Who does not stay where they are, with the number of the planned cohort they join; nothing for who has to wait."""
        books = self._books
        wait = [LearnerPlace(email, lea_id) for lea_id, emails in books.waiting.items() for email in emails]
        people = [*books.sitting.values(), *wait]
        return who_moves(people, seated(people, self._planned, self._continues), self._continues)

    def make(self, without: Sequence[str]) -> int:
        """Write everything; how many people are told."""
        work, plan = self._work, self._plan
        achieved, bounds = dict(plan.values), dict(plan.bounds)
        work.db.add(Plan(season=work.season, kind=KIND, planned_at=work.as_of, achieved=achieved, bounds=bounds))
        for facilitator_id in without:
            work.db.get_one(Facilitator, facilitator_id).maximum_cohorts = 0
            work.decide(SubjectKind.FACILITATOR, facilitator_id, let_facilitator_go(self._reason))
        self._off = {email: leave_cohort(work, email)[1] for email in self._goes if email in self._books.sitting}
        for cohort_id in sorted(self._books.open_ids - set(self._continues)):
            self._dissolve(cohort_id)
        self._lead()
        cohorts = self._targets()
        joins = {email: cohorts[number] for email, number in self._goes.items() if number is not None}
        self._join(joins)
        for email in [email for email, target in self._goes.items() if target is None]:
            self._let_wait(email)
        for lea_id, ruling in plan.unplaced.items():
            work.decide(SubjectKind.DISTRICT, lea_id, ruling)
        return len(self._goes)

    def _dissolve(self, cohort_id: str) -> None:
        """A cohort that never met is no more; whoever was promised a place in it waits like others."""
        work = self._work
        mine = {"season": work.season, "cohort_id": cohort_id}
        for table in (CohortSession, StartAgreement):
            work.db.execute(delete(table).filter_by(**mine))
        work.db.execute(delete(Cohort).filter_by(**mine))
        for enrollment in work.db.scalars(select(Enrollment).filter_by(season=work.season, promised_cohort=cohort_id)):
            enrollment.promised_cohort = ""
        work.decide(SubjectKind.COHORT, cohort_id, dissolve(self._reason))

    def _lead(self) -> None:
        """Who leads the cohorts that go on, from now on."""
        goes_on = zip(self._continues, self._planned, strict=True)
        leaders = {cohort_id: planned.facilitator_id for cohort_id, planned in goes_on if cohort_id}
        cohorts = {
            cohort_id: self._work.db.get_one(Cohort, (self._work.season, cohort_id))
            for cohort_id in sorted({**leaders, **self._books.taken_over})
        }
        now = {cohort_id: cohort.facilitator_id for cohort_id, cohort in cohorts.items()}
        for cohort_id, facilitator_id in handed_over(now, {**leaders, **self._books.taken_over}):
            cohorts[cohort_id].facilitator_id = facilitator_id
            self._work.db.flush()
            self._work.decide(SubjectKind.COHORT, cohort_id, change_leader(facilitator_id, self._reason))
        for cohort_id in self._books.left_alone:
            self._work.decide(SubjectKind.COHORT, cohort_id, ask_for_a_leader(self._reason))

    def _targets(self) -> list[Cohort]:
        """The planned cohorts in the books: those that go on, and new ones."""
        found = []
        for cohort_id, planned in zip(self._continues, self._planned, strict=True):
            name = cohort_id or f"{self._work.season}-C{next(self._numbers):03d}"
            if cohort_id is None:
                open_cohort(self._work, name, planned)
            found.append(self._work.db.get_one(Cohort, (self._work.season, name)))
        return found

    def _join(self, joins: Mapping[str, Cohort]) -> None:
        """Everybody where they go, and then the starts with the leads; each is told what holds when all of it is done."""
        moved = [self._moved(email, cohort) for email, cohort in joins.items()]
        for person, _, cohort in moved:
            ruling = place_again(cohort.kind, cohort.cohort_id, cohort.slot, self._reason)
            seat_in_cohort(self._work, person, cohort, ruling)
        stays = self._books.open_ids & {cohort_id for cohort_id in self._continues if cohort_id}
        follow_members(self._work, {*stays, *(cohort.cohort_id for cohort in joins.values())})
        self._tell(moved)

    def _moved(self, email: str, cohort: Cohort) -> CohortChange:
        place = self._books.sitting.get(email)
        left_id = place.cohort_id or "" if place else ""
        return CohortChange(self._work.db.get_one(Educator, (self._work.season, email)), left_id, cohort)

    def _tell(self, moved: Sequence[CohortChange]) -> None:
        """Tell who goes to another cohort, or finds a place, and their leads."""
        gone, reason = self._books.open_ids - set(self._continues), as_told(self._reason)
        tell_leads_of_plan(self._work, moved, gone, reason)
        for person, left_id, cohort in moved:
            left = Left(left_id, reason, is_gone=left_id in gone) if left_id else None
            tell_joined(self._work, person, cohort, self._off.get(person.email, ()), left=left)

    def _let_wait(self, email: str) -> None:
        person = self._work.db.get_one(Educator, (self._work.season, email))
        self._work.decide(SubjectKind.EDUCATOR, email, let_wait(self._reason))
        key = f"cohort-dissolved/{email}/{self._work.as_of.isoformat()}"
        send_invitation(self._work, key, "cohort_dissolved", email, off=self._off[email], person=person)
