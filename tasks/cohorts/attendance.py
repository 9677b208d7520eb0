"""Following phase 1: who was in which session, who is told, what the leads hear, and which cohorts have become small."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.cohorts.attendance import CONCERNS, TOLD, admit_attendance, check_in, check_in_due_on, learning_standing
from rules.cohorts.merging import MergeProposal, merge_proposals
from rules.enrollment import fill_percent
from schemas.kinds import InputKind, SubjectKind
from schemas.policy import Cohorts
from schemas.records import Ruling, Term
from schemas.statuses import EnrollmentStatus, Outcome
from schemas.tables import (
    Application,
    Attendance,
    CohortMember,
    CohortSession,
    Educator,
    Enrollment,
    IntakeRow,
    Offer,
)
from tasks.cohorts.members import cohort_facts, learners, movers_of
from tasks.cohorts.merged import merged_cohorts
from tasks.core.step import step
from tasks.intake.cell_values import yes
from tasks.intake.settle import accept, quarantine, settle_rows, staged_rows, supersede
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter


@step
def settle_attendance(season: str, as_of: datetime) -> int:
    """Take the staged attendance over, and tell participants where they stand; the rows taken over."""
    with unit_of_work(season, as_of) as work:
        rows = staged_rows(work.db, season, InputKind.ATTENDANCE, as_of)
        found = settle_rows(work, rows, lambda: partial(_settle, work, _Books(work)))
        work.db.flush()
        standings = _standings(work.db, work)
        for email, cohort_id in sorted({item for item in found if item}):
            _tell(work, email, cohort_id, standings[email])
    return sum(item is not None for item in found)


class _Books:
    """The sessions that were held, who is in which cohort, and whose attendance is on record, read once for all rows.

    Whoever moved with a merged cohort was a member of it: word of its sessions may come after the merge.
    """

    def __init__(self, work: Work) -> None:
        held = select(CohortSession).where(CohortSession.season == work.season, CohortSession.starts_at <= work.as_of)
        self._merged = merged_cohorts(work.db, work.season)
        self.held = {(item.cohort_id, item.session_number) for item in work.db.scalars(held) if not self._is_off(item)}
        members = select(CohortMember).where(CohortMember.season == work.season)
        self._cohort_of = {item.email: item.cohort_id for item in work.db.scalars(members)}
        known = select(Attendance).where(Attendance.season == work.season)
        self.known = {(item.email, item.session_number) for item in work.db.scalars(known)}

    def _is_off(self, item: CohortSession) -> bool:
        merged = self._merged.get(item.cohort_id)
        return merged is not None and item.starts_at > merged.at

    def is_member(self, email: str, cohort_id: str) -> bool:
        """Whether somebody is in a cohort, or was until it joined another one."""
        merged = self._merged.get(cohort_id)
        return self._cohort_of.get(email) == cohort_id or (merged is not None and email in merged.emails)


def _settle(work: Work, books: _Books, row: IntakeRow) -> tuple[str, str] | None:
    content, number = row.content, int(row.content["session_number"])
    ruling = admit_attendance(
        is_held=(content["cohort_id"], number) in books.held,
        is_member=books.is_member(content["email"], content["cohort_id"]),
        is_known=(content["email"], number) in books.known,
    )
    if ruling.outcome == Outcome.SUPERSEDED:
        supersede(row, ruling.reason)
        return None
    if ruling.outcome == Outcome.REJECTED:
        quarantine(work.db, row, ruling.rule, ruling.reason)
        return None
    values = {"cohort_id": content["cohort_id"], "is_present": yes(content["attended"])}
    values["independent_hours"] = int(content.get("independent_hours") or 0)
    books.known.add((content["email"], number))
    work.db.add(Attendance(season=work.season, email=content["email"], session_number=number, **values))
    accept(row, ruling.reason)
    return content["email"], content["cohort_id"]


def _standings(db: Session, work: Work) -> Mapping[str, Ruling]:
    """Where every participant stands whose attendance is on record."""
    found: dict[str, list[Attendance]] = defaultdict(list)
    for item in db.scalars(select(Attendance).where(Attendance.season == work.season)):
        found[item.email].append(item)
    return {email: _standing(items, work.policy.cohorts) for email, items in found.items()}


def _standing(items: Sequence[Attendance], cohorts: Cohorts) -> Ruling:
    held = max(item.session_number for item in items)
    return learning_standing(held, _missed(items), sum(item.independent_hours for item in items), cohorts)


def _missed(items: Sequence[Attendance]) -> list[int]:
    """The numbers of the sessions so far in which somebody was not, also those of which there is no word."""
    present = {item.session_number for item in items if item.is_present}
    held = max((item.session_number for item in items), default=0)
    return [number for number in range(1, held + 1) if number not in present]


def _tell(work: Work, email: str, cohort_id: str, standing: Ruling) -> None:
    work.decide(SubjectKind.EDUCATOR, email, standing, cohort_id=cohort_id)
    if standing.outcome in TOLD:
        mine = list(
            work.db.scalars(select(Attendance).where(Attendance.season == work.season, Attendance.email == email))
        )
        sessions = select(CohortSession).filter_by(season=work.season, cohort_id=cohort_id)
        missed = sessions.where(CohortSession.session_number.in_(_missed(mine)))
        context: dict[str, Any] = {"person": work.db.get_one(Educator, (work.season, email)), "cohort_id": cohort_id}
        context["missed"] = list(work.db.scalars(missed.order_by(CohortSession.session_number)))
        key = f"attendance/{email}/{standing.outcome}/{work.cause}"
        write_letter(work, key, "attendance", email, ruling=standing, **context)


@step
def check_in_with_leads(season: str, as_of: datetime) -> int:
    """Write to every lead with participants in phase 1, as often as the policy says; the leads written to."""
    with unit_of_work(season, as_of) as work:
        written = keys_written(work.db, season, "check-in/")
        standings = _standings(work.db, work)
        done = 0
        for lea_id, (term, people) in sorted(_by_district(work.db, season).items()):
            due_on = check_in_due_on(term, work.today, work.policy.cohorts)
            if due_on and f"check-in/{lea_id}/{due_on}" not in written:
                _check_in(work, lea_id, people, standings, due_on.isoformat())
                done += 1
    return done


def _by_district(db: Session, season: str) -> dict[str, tuple[Term, list[Educator]]]:
    """Each district's participants in phase 1, and the time from its first cohort's start to its last one's end."""
    found: dict[str, tuple[Term, list[Educator]]] = {}
    for person, cohort in learners(db, season):
        term, people = found.get(person.lea_id, (Term(cohort.starts_on, cohort.ends_on), []))
        term = Term(min(term.starts_on, cohort.starts_on), max(term.ends_on, cohort.ends_on))
        found[person.lea_id] = term, [*people, person]
    return found


def _check_in(work: Work, lea_id: str, people: list[Educator], standings: Mapping[str, Ruling], due_on: str) -> None:
    known = [(f"{p.first_name} {p.last_name}", standings[p.email]) for p in people if p.email in standings]
    concerns = [(name, ruling) for name, ruling in known if ruling.outcome in CONCERNS]
    work.decide(SubjectKind.DISTRICT, lea_id, check_in(len(people), len(concerns)), due_on=due_on)
    lead = work.db.get_one(Application, (work.season, lea_id))
    context: dict[str, Any] = {"application": lead, "learners": people, "concerns": concerns, "due_on": due_on}
    write_letter(
        work,
        f"check-in/{lea_id}/{due_on}",
        "check_in",
        lead.lead_email,
        **context,
        fill=_fill(work.db, work.season, lea_id),
    )


def _fill(db: Session, season: str, lea_id: str) -> int:
    first = select(func.coalesce(func.sum(Offer.seats_offered), 0)).where(
        Offer.season == season, Offer.lea_id == lea_id
    )
    signed = select(func.count()).where(
        Enrollment.season == season, Enrollment.lea_id == lea_id, Enrollment.status == EnrollmentStatus.ENROLLED
    )
    return fill_percent(db.scalar(first) or 0, db.scalar(signed) or 0)


@step
def propose_merges(season: str, as_of: datetime) -> int:
    """Tell operators where cohorts with fewer than 15 could go, or what would help, as long as they go on; the letters written.

    Again after each session, and whenever something else is possible, or the cohort has another size.
    """
    with unit_of_work(season, as_of) as work:
        cohorts = cohort_facts(work.db, work.policy, as_of)
        movers = movers_of(work.db, work.policy, {lea_id for item in cohorts for lea_id in item.lea_ids})
        written = keys_written(work.db, season, "merge/")
        told = 0
        for found in merge_proposals(cohorts, movers, work.policy.cohorts):
            key = _occasion(found)
            if key not in written:
                work.decide(
                    SubjectKind.COHORT, found.small.cohort_id, found.ruling, into=found.into, size=found.small.size
                )
                letter = {"proposals": [found.ruling], "can_change": not found.is_final}
                write_letter(work, key, "merge_proposal", work.policy.letters.operators, **letter)
                told += 1
    return told


def _occasion(found: MergeProposal) -> str:
    """What a letter about a small cohort is written about, once."""
    when = "final" if found.is_final else f"{found.into or 'none'}/{found.small.sessions_held}"
    return f"merge/{found.small.cohort_id}/{found.small.size}/{when}"
