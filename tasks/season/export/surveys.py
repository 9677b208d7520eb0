"""Districts, and what they sent in the interest survey: every valid submission, not only the current one."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from schemas.columns import UtcDateTime
from schemas.kinds import InputKind
from schemas.statuses import Disposition
from schemas.tables import Application, IntakeRow
from tasks.core.policies import policy_of
from tasks.intake.cell_values import moment_us
from tasks.season.export.contract import (
    ExportTable,
    Scope,
    flag,
    items,
    moment,
    number,
    prepared,
    refers,
    season_of,
    text,
)
from tasks.surveys.applications import answer_of
from tasks.surveys.requested_seats import Place

VALID = (Disposition.ACCEPTED, Disposition.SUPERSEDED)
# An LEA id begins with the state's FIPS code (FIPS 5-2; 60 and above are territories).
STATES = """
01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA
26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX
49UT 50VT 51VA 53WA 54WV 55WI 56WY 60AS 66GU 69MP 72PR 78VI
""".split()  # noqa: SIM905 - a line for each would be long


def _states(_db: Session, _scope: Scope) -> Iterator[Mapping[str, Any]]:
    return ({"fips_code": item[:2], "state": item[2:]} for item in STATES)


def _submissions(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    for season in scope.seasons:
        policy = policy_of(season)
        current = {row.response_id: row for row in db.scalars(select(Application).where(Application.season == season))}
        for answer, zone in _answers(db, season):
            submitted_us = moment_us(answer["submitted_at"], policy, zone)
            if submitted_us is not None:
                yield _submission(season, answer, submitted_us, current.get(answer["response_id"]))


def _answers(db: Session, season: str) -> Iterator[tuple[dict[str, str], str]]:
    """The valid responses under the names that they are on record by, each with the time zone of its file."""
    query = select(IntakeRow).options(joinedload(IntakeRow.source))
    query = query.where(IntakeRow.season == season, IntakeRow.kind == InputKind.SURVEY)
    for row in db.scalars(query.where(IntakeRow.disposition.in_(VALID)).execution_options(yield_per=5_000)):
        yield {**row.content, "response_id": row.natural_key}, row.source.zone


def _submission(
    season: str, content: Mapping[str, str], submitted_us: int, current: Application | None
) -> Mapping[str, Any]:
    """A submission as it was sent; the current one names the district's lead of today."""
    answer = answer_of(content, Place(submitted_us, content["response_id"]))
    return {
        "season": season,
        "response_id": answer.response_id,
        "lea_id": answer.lea_id,
        "submitted_at": answer.submitted_at,
        "is_information_request": answer.is_information_request,
        "option": answer.option,
        "lead_email": current.lead_email if current else answer.lead_email,
        "superintendent_name": answer.superintendent_name,
        "slots": list(answer.slots),
        "is_current": current is not None,
    }


PREPARED = (
    prepared("export_state", _states, fips_code=sa.Text(), state=sa.Text()),
    prepared(
        "export_submission",
        _submissions,
        season=sa.Text(),
        response_id=sa.Text(),
        lea_id=sa.Text(),
        submitted_at=UtcDateTime(),
        is_information_request=sa.Boolean(),
        option=sa.Integer(),
        lead_email=sa.Text(),
        superintendent_name=sa.Text(),
        slots=sa.JSON(),
        is_current=sa.Boolean(),
    ),
)

TABLES = (
    ExportTable(
        "districts",
        "Districts",
        "Every public school district that a season is for.",
        1,
        (
            text("lea_id", "The district's NCES LEA id, 7 digits.", "d.lea_id"),
            text("name", "The district's name.", "d.name"),
            text("town", "The town of its office.", "d.town"),
            text("state", "The state, by its postal code.", "x.state"),
        ),
        "FROM district d LEFT JOIN export_state x ON x.fips_code = substr(d.lea_id, 1, 2)",
    ),
    ExportTable(
        "submissions",
        "Submissions of the interest survey",
        "Every valid submission; the newest of a district is its current one.",
        2,
        (
            season_of("s"),
            text("response_id", "The id that the survey tool gave the response.", "s.response_id"),
            text("lea_id", "The district that sent it.", "s.lea_id"),
            moment("submitted_at", "When it was sent.", "s.submitted_at"),
            flag("is_information_request", "Whether it asks for information only.", "s.is_information_request"),
            number("option", "The option that it asks for: 1, 2, or 3.", "s.option"),
            text(
                "lead_person_id",
                "The district lead; of the current submission, the lead of today.",
                "coalesce(p.merged_into, p.person_id)",
            ),
            text("superintendent_name", "The superintendent.", "s.superintendent_name", is_personal=True),
            items("slots", "The weekly slots that suit the district, such as TUE-15:30.", "s.slots"),
            flag("is_current", "Whether it is the district's current submission.", "s.is_current"),
        ),
        "FROM export_submission s LEFT JOIN person_address g ON g.address = s.lead_email"
        " LEFT JOIN person p ON p.email = coalesce(g.email, s.lead_email)",
        (refers("lea_id", "districts"), refers("lead_person_id", "persons", "person_id")),
    ),
)
