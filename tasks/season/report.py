"""The season report: a page for people, and Prefect artifacts for those who watch the runs."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from rules.credits import endorsement_note
from rules.enrollment import fill_percent
from schemas.kinds import PlanKind, Severity, SubjectKind
from schemas.records import COMPONENT_NAMES, Component, Tally
from schemas.settings import settings
from schemas.statuses import ClockState, OutboxKind, Outcome
from schemas.tables import (
    Assignment,
    Cohort,
    CohortMember,
    Decision,
    District,
    Educator,
    Outbox,
    Person,
    Plan,
    QuarantineItem,
    ReviewRound,
    SeatBlock,
    SeatRound,
    SourceFile,
)
from tasks.cohorts.planning import who_waits
from tasks.core.database import reading
from tasks.core.page_rendering import render_page, write_page
from tasks.core.policies import policy_of
from tasks.core.step import step
from tasks.reviews.forecast import forecast
from tasks.season.control_totals import all_tallies
from tasks.season.digest import season_digest
from tasks.season.scenario_coverage import scenarios
from tasks.seats.offers import librarian_rooms, seats_first_confirmed

SHOWN_FAULTS = 40
COHORT_PLANS = (PlanKind.COHORTS, PlanKind.COHORTS_AGAIN)


def report_path(season: str) -> Path:
    """Where the season's page is."""
    return settings().folder / "report" / f"season-{season}.html"


def people_path(season: str) -> Path:
    """Where the page is that says which id is whose."""
    return settings().folder / "report" / f"people-{season}.html"


def write_people(season: str) -> None:
    """Write the page with everybody's id beside name and address: on the screen and in the logs people are known by it."""
    query = select(Person, Educator).join(Person, Person.email == Educator.email)
    with reading() as db:
        people = list(db.execute(query.where(Educator.season == season).order_by(Educator.last_name, Educator.email)))
        names = {district.lea_id: district.name for district in db.scalars(select(District))}
    write_page(people_path(season), render_page("people.html", season=season, people=people, names=names))


@step
def write_report(season: str, as_of: datetime) -> Path:
    """Write the season's page and its artifacts; the page's path."""
    tallies = all_tallies(season)
    with reading() as db:
        facts = _facts(db, season, as_of)
    policy = policy_of(season)
    page = render_page(
        "season.html",
        season=season,
        policy=policy,
        as_of=as_of.astimezone(policy.zone),
        tallies=tallies,
        scenarios=scenarios(season),
        digest=season_digest(season),
        endorsement=endorsement_note(Component.CERTIFICATION, policy.credits.certification_maximum, policy.credits),
        forecast=forecast(season, as_of),
        **facts,
    )
    write_page(report_path(season), page)
    write_people(season)
    _publish(season, tallies)
    return report_path(season)


def _publish(season: str, tallies: list[Tally]) -> None:
    table = [
        {
            "phase": t.phase,
            "in": t.rows_in,
            "done": t.done,
            "rejected": t.rejected,
            "waiting": t.waiting,
            "counts": t.counts,
        }
        for t in tallies
    ]
    create_table_artifact(key=f"season-{season}-phases", table=table, description=f"Season {season}, every phase")
    link = f"The season's page: `{report_path(season).relative_to(settings().folder)}` in the data directory."
    create_markdown_artifact(key=f"season-{season}-report", markdown=link)


def _facts(db: Session, season: str, as_of: datetime) -> dict[str, Any]:
    return {
        "districts": _districts(db, season),
        "fill_rates": fill_rates(db, season),
        "blocked": blocked_librarian_seats(db, season),
        "cohorts": _cohorts(db, season),
        "plans": list(db.scalars(select(Plan).where(Plan.season == season, Plan.kind.in_(COHORT_PLANS)))),
        "rounds": list(db.scalars(select(SeatRound).where(SeatRound.season == season))),
        "faults": _faults(db, season),
        "waiting": _waiting(db, season, who_waits(db, season, as_of)),
        "sla": _sla(db, season, as_of),
        "evaluators": db.scalar(select(func.count(func.distinct(Assignment.evaluator_id)))),
        "letters": _letters(db, season),
    }


def _districts(db: Session, season: str) -> list[dict[str, Any]]:
    names = {d.lea_id: d.name for d in db.scalars(select(District))}
    rows: dict[str, dict[str, Any]] = {}
    first = seats_first_confirmed(db, season)
    query = select(SeatBlock).where(SeatBlock.season == season).order_by(SeatBlock.lea_id)
    for block in db.scalars(query):
        row = rows.setdefault(block.lea_id, {"lea_id": block.lea_id, "name": names[block.lea_id], "seats": {}})
        seats = {
            "filled": block.seats_filled,
            "first": first[block.lea_id, block.component],
            "held": block.seats_confirmed,
        }
        row["seats"][block.component] = seats
    return sorted(rows.values(), key=lambda row: row["name"])


def fill_rates(db: Session, season: str) -> list[tuple[str, int, int, int]]:
    """For each component the seats filled, those first confirmed, and what percent of them are filled."""
    filled: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for (_, component), seats in seats_first_confirmed(db, season).items():
        first[component] += seats
    for block in db.scalars(select(SeatBlock).where(SeatBlock.season == season)):
        filled[block.component] += block.seats_filled
    names = [component.value for component in Component if first[component]]
    return [
        (COMPONENT_NAMES[name], filled[name], first[name], fill_percent(first[name], filled[name])) for name in names
    ]


def blocked_librarian_seats(db: Session, season: str) -> list[tuple[str, int]]:
    """The districts that hold librarian seats in which nobody can sit, and how many."""
    return [(lea_id, -room) for lea_id, room in sorted(librarian_rooms(db, season).items()) if room < 0]


def _cohorts(db: Session, season: str) -> list[tuple[Cohort, int]]:
    members = select(CohortMember.cohort_id, func.count()).where(CohortMember.season == season)
    size = dict(db.execute(members.group_by(CohortMember.cohort_id)).tuples().all())
    query = select(Cohort).where(Cohort.season == season).order_by(Cohort.cohort_id)
    return [(cohort, size.get(cohort.cohort_id, 0)) for cohort in db.scalars(query)]


def _faults(db: Session, season: str) -> list[Any]:
    query = (
        select(QuarantineItem, SourceFile.name)
        .join(SourceFile, SourceFile.file_id == QuarantineItem.file_id)
        .where(SourceFile.season == season, QuarantineItem.severity == Severity.CRITICAL)
        .order_by(SourceFile.received_at, SourceFile.name, QuarantineItem.row_number)
        .order_by(QuarantineItem.rule, QuarantineItem.field)
    )
    return list(db.execute(query.limit(SHOWN_FAULTS)))


def _waiting(db: Session, season: str, lea_ids: Collection[str]) -> list[Decision]:
    """Why learners of these districts have no cohort: the newest reason of each."""
    query = select(Decision).where(
        Decision.season == season, Decision.subject_kind == SubjectKind.DISTRICT, Decision.outcome == Outcome.WAITING
    )
    newest = {
        decision.subject_key: decision
        for decision in db.scalars(query.order_by(Decision.decided_at, Decision.decision_id))
    }
    return [newest[lea_id] for lea_id in sorted(newest.keys() & set(lea_ids))]


def _sla(db: Session, season: str, as_of: datetime) -> dict[str, int]:
    """How many rounds are late, by how late they are at the moment or came to their result, whether or not anybody watched."""
    done_at = func.coalesce(ReviewRound.decided_at, ReviewRound.held_since, as_of)
    state = case(
        (ReviewRound.breach_at < done_at, ClockState.BREACHED.value),
        (ReviewRound.due_at < done_at, ClockState.OVERDUE.value),
        else_=ClockState.ON_TIME.value,
    )
    query = select(state, func.count()).where(ReviewRound.season == season, ReviewRound.opened_at <= as_of)
    by = dict(db.execute(query.group_by(state)).tuples().all())
    return {found.value: by.get(found, 0) for found in (ClockState.ON_TIME, ClockState.OVERDUE, ClockState.BREACHED)}


def _letters(db: Session, season: str) -> list[tuple[str, int]]:
    by_template: dict[str, int] = {}
    for payload in db.scalars(select(Outbox.payload).where(Outbox.season == season, Outbox.kind == OutboxKind.MAIL)):
        by_template[payload["template"]] = by_template.get(payload["template"], 0) + 1
    return sorted(by_template.items())
