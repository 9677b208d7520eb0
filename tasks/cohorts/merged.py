"""Cohorts that have joined another one: when, and with whom; none of their sessions after that was held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.cohorts.membership import MOVE
from schemas.kinds import SubjectKind
from schemas.statuses import Outcome
from schemas.tables import Cohort, Decision


@dataclass(frozen=True, slots=True)
class Merged:
    """When a cohort joined another one, and who moved with it."""

    at: datetime
    emails: frozenset[str]


def merged_cohorts(db: Session, season: str) -> Mapping[str, Merged]:
    """The cohorts that have joined another one."""
    found = db.scalars(select(Cohort).where(Cohort.season == season, Cohort.merged_into != "")).all()
    return {cohort.cohort_id: _merged(db, cohort, at) for cohort in found if (at := merged_at(db, cohort))}


def _merged(db: Session, cohort: Cohort, at: datetime) -> Merged:
    query = select(Decision.subject_key, Decision.inputs).where(
        Decision.season == cohort.season,
        Decision.subject_kind == SubjectKind.EDUCATOR,
        Decision.rule == MOVE,
        Decision.decided_at == at,
    )
    rows = db.execute(query).tuples()
    return Merged(at, frozenset(email for email, facts in rows if facts.get("cohort_id") == cohort.merged_into))


def merged_at(db: Session, cohort: Cohort) -> datetime | None:
    """When a cohort joined another one; none where it did not."""
    query = select(Decision.decided_at).where(
        Decision.season == cohort.season,
        Decision.subject_kind == SubjectKind.COHORT,
        Decision.subject_key == cohort.cohort_id,
        Decision.outcome == Outcome.MERGED,
    )
    return db.scalar(query.limit(1)) if cohort.merged_into else None
