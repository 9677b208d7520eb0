"""From staged survey rows to applications and places in line."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rules.application import admit, claims_of
from schemas.policy import Policy
from schemas.records import COMPONENT_NAMES, Component, Line, SurveyAnswer
from schemas.tables import Application, Claim, District, IntakeRow
from tasks.database import insert_new
from tasks.intake import accept, quarantine, staged_rows, supersede
from tasks.seasons import districts_by_id
from tasks.step import step
from tasks.values import count, moment, parts
from tasks.work import Work, unit_of_work

KIND = "survey"
CLOSED_RULE = "survey-window"


@step
def settle_applications(season: str, as_of: datetime) -> int:
    """Make each district's latest valid submission its application, with its places in line; the districts touched.

    Every submission of a touched district is read again, so that the outcome does not depend on the order in which files
    came in.
    """
    with unit_of_work(season, as_of) as work:
        touched = _settle_rows(work.db, work.policy, as_of)
        districts = districts_by_id(work.db)
        for lea_id, rows in sorted(_standing_rows(work.db, season, touched).items()):
            _apply_district(work, districts[lea_id], rows)
    return len(touched)


def _settle_rows(db: Session, policy: Policy, as_of: datetime) -> frozenset[str]:
    """Refuse late rows and drop repeated responses; the districts of the rest."""
    seen = set(
        db.scalars(select(IntakeRow.natural_key).where(*_survey(policy.season), IntakeRow.disposition == "accepted"))
    )
    gone = select(IntakeRow.natural_key).where(*_survey(policy.season), IntakeRow.disposition == "superseded")
    seen |= set(db.scalars(gone))
    touched = set()
    for row in staged_rows(db, policy.season, KIND, as_of):
        problem = _problem(row, policy)
        if row.natural_key in seen:
            supersede(row, f"The response {row.natural_key} was taken in before.")
        elif problem:
            quarantine(db, row, CLOSED_RULE, problem)
        else:
            seen.add(row.natural_key)
            accept(row, "This is the district's standing submission.")
            touched.add(row.content["lea_id"])
    return frozenset(touched)


def _survey(season: str) -> tuple[Any, ...]:
    return IntakeRow.season == season, IntakeRow.kind == KIND


def _problem(row: IntakeRow, policy: Policy) -> str:
    try:
        submitted_on = policy.local_day(_submitted_at(row, policy))
    except ValueError as error:
        return f"submitted_at: {error}; correct the date"
    if not policy.survey.holds(submitted_on):
        return f"The survey was open from {policy.survey.opens_on} to {policy.survey.closes_on}; ask program staff."
    return ""


def _submitted_at(row: IntakeRow, policy: Policy) -> datetime:
    return moment(row.content["submitted_at"], policy, row.content.get("_zone", ""))


def _standing_rows(db: Session, season: str, lea_ids: Iterable[str]) -> dict[str, list[IntakeRow]]:
    """Every valid submission of the districts, the ones that a later one replaced among them."""
    wanted = set(lea_ids)
    found: dict[str, list[IntakeRow]] = defaultdict(list)
    first: set[str] = set()
    query = select(IntakeRow).where(*_survey(season), IntakeRow.disposition.in_(("accepted", "superseded")))
    for row in db.scalars(query.order_by(IntakeRow.disposition, IntakeRow.received_at, IntakeRow.row_number)):
        if row.content["lea_id"] in wanted and row.natural_key not in first:
            first.add(row.natural_key)
            found[row.content["lea_id"]].append(row)
    return found


def _apply_district(work: Work, district: District, rows: Sequence[IntakeRow]) -> None:
    answers = sorted(
        ((_answer(row, work.policy), row) for row in rows), key=lambda a: (a[0].submitted_at, a[0].response_id)
    )
    history = [(answer, admit(answer, work.policy)) for answer, _ in answers]
    latest, lines = history[-1]
    for _, row in answers[:-1]:
        if row.disposition == "accepted":
            supersede(
                row, f"Replaced by the district's later submission {latest.response_id}; its place in line is kept."
            )
    accept(answers[-1][1], "This is the district's standing submission.")
    _store_application(work.db, work.season, latest)
    _store_claims(work.db, work.season, district.lea_id, history)
    for line in lines:
        facts = {"option": latest.option, "seats_asked": line.seats_asked, "seats_admitted": line.seats_admitted}
        for ruling in line.rulings:
            work.decide("application", f"{latest.lea_id}/{line.component}", ruling, **facts)
    template = "information" if latest.is_information_request else "application_received"
    key = f"{template}/{latest.response_id}"
    names = COMPONENT_NAMES
    work.write(key, template, latest.lead_email, answer=latest, lines=lines, district=district.name, names=names)


def _answer(row: IntakeRow, policy: Policy) -> SurveyAnswer:
    content = row.content
    return SurveyAnswer(
        response_id=content["response_id"],
        submitted_at=_submitted_at(row, policy),
        lea_id=content["lea_id"],
        is_information_request=content["request"].lower() != "apply",
        option=int(content["option"]) if content["option"] else None,
        seats={component: count(content, f"{component}_seats") for component in Component},
        slots=parts(content.get("slots", "")),
        superintendent_name=content.get("superintendent_name", ""),
        lead_name=content["lead_name"],
        lead_email=content["lead_email"],
    )


def _store_application(db: Session, season: str, answer: SurveyAnswer) -> None:
    db.merge(
        Application(
            season=season,
            lea_id=answer.lea_id,
            response_id=answer.response_id,
            submitted_at=answer.submitted_at,
            is_information_request=answer.is_information_request,
            option=answer.option,
            slots=list(answer.slots),
            superintendent_name=answer.superintendent_name,
            lead_name=answer.lead_name,
            lead_email=answer.lead_email,
        )
    )
    db.flush()


def _store_claims(
    db: Session, season: str, lea_id: str, history: Sequence[tuple[SurveyAnswer, Sequence[Line]]]
) -> None:
    """Replace the district's claims: none of them has been decided while the survey is open."""
    db.execute(delete(Claim).where(Claim.season == season, Claim.lea_id == lea_id))
    insert_new(
        db,
        Claim,
        [
            {
                "season": season,
                "lea_id": lea_id,
                "component": claim.component.value,
                "claim_number": claim.claim_number,
                "placed_at": claim.placed_at,
                "place_key": claim.place_key,
                "seats_asked": claim.seats_asked,
                "seats_undecided": claim.seats_open,
                "seats_declined": claim.seats_declined,
            }
            for claim in claims_of(history)
        ],
    )
