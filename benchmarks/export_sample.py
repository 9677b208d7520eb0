"""A database of many districts for the export: one model district with its people, multiplied by SQL.

Every name in the model holds its LEA id; a copy has its own in the place of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from schemas import tables
from schemas.columns import Base
from schemas.kinds import InputKind, PersonRole, SubjectKind
from schemas.records import Component, Track
from schemas.statuses import (
    CertificateStatus,
    CohortKind,
    CreditStatus,
    Disposition,
    EnrollmentStatus,
    OfferAnswer,
    OutboxKind,
    OutboxStatus,
    Outcome,
    RoundKind,
    RoundStatus,
    SeatRoundStatus,
)
from tasks.core.database import insert

SEASON, MODEL = "2022", "0100000"
AT = datetime(2022, 7, 1, 13, 0, tzinfo=UTC)
DAY = date(2022, 9, 12)
PEOPLE = [f"{number:X}" if number < 16 else chr(ord("G") + number - 16) for number in range(28)]  # noqa: PLR2004 - hexadecimal first
LEARNERS, MAKERS, CERTIFIED = PEOPLE[:18], PEOPLE[:14], PEOPLE[:12]
LETTERS_EACH, DECISIONS_EACH = 6, 7
BODY = "What this letter says is about as long as letters are. " * 20

NUMBERED = frozenset({"decision.decision_id"})
Rows = Sequence[Mapping[str, Any]]


def email(name: str) -> str:
    """Somebody's address."""
    return f"p.{name.lower()}@lea{MODEL}.example"


def store_model(db: Session, policy_version: str) -> None:
    """The model district, as a whole season leaves it; the numbers are those of a district of the sample season."""
    file = {"file_id": 1, "season": SEASON, "kind": InputKind.SURVEY, "file_hash": "", "name": "", "dialect": ""}

    def store(table: type[Base], rows: Rows) -> None:
        insert(db, table, rows)

    store(tables.SeatRound, [_round()])
    store(tables.SourceFile, [{**file, "encoding": "", "zone": "", "fields": list(_response()), "row_count": 1, "message": "",
                               "received_at": AT}])  # fmt: skip
    for table, rows in _seats():
        store(table, rows)
    for table, rows in (*_people(), *_cohort(), *_panel(), *_certificates()):
        store(table, rows)
    store(tables.Outbox, _letters())
    store(tables.Decision, _decisions(policy_version))


def _round() -> Mapping[str, Any]:
    told = {"proposal": [], "proposal_hash": "", "status": SeatRoundStatus.APPLIED, "summary": {}, "proposed_at": AT}
    return {"season": SEASON, "round_number": 1, **told}


def _response() -> dict[str, str]:
    answer = {"response_id": f"R_{MODEL}", "lea_id": MODEL, "submitted_at": "2022-05-03 14:30:00", "request": "apply"}
    seats = {f"{component}_seats": "20" for component in Component}
    lead = {"superintendent_name": "Ada Ley", "lead_name": "Bo Ley", "lead_email": email("0")}
    return {**answer, "option": "3", "slots": "MON-15:30", **seats, **lead}


def _seats() -> Iterator[tuple[type[Base], Rows]]:
    district = {"lea_id": MODEL, "name": f"District {MODEL}", "town": "Town", "region": "North"}
    yield tables.District, [{**district, "enrollment": 1000, "instructional_staff": 80}]
    row = {"file_id": 1, "row_number": 0, "season": SEASON, "kind": InputKind.SURVEY, "natural_key": f"R_{MODEL}"}
    yield (
        tables.IntakeRow,
        [{**row, "disposition": Disposition.ACCEPTED, "reason": "", "cells": [*_response().values()]}],
    )
    told = {"response_id": f"R_{MODEL}", "submitted_at": AT, "is_information_request": False, "option": 3}
    lead = {"superintendent_name": "Ada Ley", "lead_name": "Bo Ley", "lead_email": email("0")}
    yield tables.Application, [{"season": SEASON, "lea_id": MODEL, "slots": ["MON-15:30"], **told, **lead}]
    keys = [
        {"season": SEASON, "lea_id": MODEL, "component": name} for name in (Component.CERTIFICATION, Component.ACADEMY)
    ]
    seats = {
        "placed_at": AT,
        "place_key": f"R_{MODEL}",
        "seats_requested": 20,
        "seats_undecided": 0,
        "seats_confirmed": 20,
    }
    yield tables.SeatRequestRow, [{**key, "request_number": 1, **seats} for key in keys]
    block = {"seats_confirmed": 20, "seats_filled": 18, "enroll_by": DAY}
    yield tables.SeatBlock, [{**key, **block} for key in keys]
    offer = {"round_number": 1, "seats_offered": 20, "seats_held": 20, "offered_at": AT, "answer_by": DAY}
    offer |= {"answer": OfferAnswer.ACCEPTED, "answered_on": DAY}
    yield tables.Offer, [{**key, "offer_id": f"O-{MODEL}-{n}", **offer} for n, key in enumerate(keys)]


def _people() -> Iterator[tuple[type[Base], Rows]]:
    yield tables.Person, [{"person_id": f"P-{MODEL}{name}", "email": email(name)} for name in PEOPLE]
    held = {"season": SEASON, "role": PersonRole.EDUCATOR, "lea_id": MODEL, "name": "Ada Ley", "since": AT}
    yield tables.PersonRoleHeld, [{**held, "person_id": f"P-{MODEL}{name}"} for name in PEOPLE]
    told = {"season": SEASON, "last_name": "Ley", "lea_id": MODEL, "role": "teacher", "grade_band": "middle"}
    people = [{**told, "email": email(name), "first_name": "Ada", "is_already_certified": False} for name in PEOPLE]
    yield tables.Educator, people
    seat = {"season": SEASON, "lea_id": MODEL, "status": EnrollmentStatus.ENROLLED, "enrolled_at": AT, "signed_at": AT}
    mine = [(name, Component.CERTIFICATION) for name in LEARNERS] + [(name, Component.ACADEMY) for name in PEOPLE[10:]]
    yield tables.Enrollment, [{**seat, "email": email(name), "component": component} for name, component in mine]
    courses = [(name, course) for name in PEOPLE[10:] for course in ("SLA-01", "SLA-02", "SLA-03")]
    chosen = {"season": SEASON, "selected_on": DAY, "completed_on": DAY}
    yield tables.Selection, [{**chosen, "email": email(name), "course": course} for name, course in courses]


def _cohort() -> Iterator[tuple[type[Base], Rows]]:
    leader = {"facilitator_id": f"F{MODEL}", "name": "Cy Ley", "email": f"f@lea{MODEL}.example"}
    yield tables.Facilitator, [{**leader, "slots": ["MON-15:30"], "maximum_cohorts": 2}]
    key = {"season": SEASON, "cohort_id": f"{SEASON}-C{MODEL}"}
    facts = {"kind": CohortKind.PRIVATE, "slot": "MON-15:30", "facilitator_id": f"F{MODEL}"}
    yield tables.Cohort, [{**key, **facts, "starts_on": DAY, "ends_on": DAY + timedelta(weeks=14)}]
    times = [AT + timedelta(weeks=2 * number) for number in range(5)]
    sessions = [{"session_number": number, "starts_at": at, "ends_at": at} for number, at in enumerate(times, start=1)]
    yield tables.CohortSession, [{**key, **session} for session in sessions]
    yield tables.CohortMember, [{**key, "email": email(name)} for name in LEARNERS]
    there = {"is_present": True, "independent_hours": 5}
    yield (
        tables.Attendance,
        [
            {**key, "email": email(name), "session_number": number, **there}
            for name in LEARNERS
            for number in range(1, 6)
        ],
    )
    hours = [{"planned_at": at, "starts_at": at, "ends_at": at} for at in times]
    yield tables.OfficeHour, [{"season": SEASON, "lea_id": MODEL, **hour} for hour in hours]


def _panel() -> Iterator[tuple[type[Base], Rows]]:
    lists = {"tracks": [Track.EDUCATOR], "grade_bands": ["middle"], "conflicts": [MODEL]}
    people = [f"E{MODEL}-{number}" for number in range(2)]
    yield tables.Evaluator, [{"evaluator_id": p, "name": p, "email": f"{p}@panel.example", **lists} for p in people]
    keys = [f"P22-{MODEL}-{name}" for name in MAKERS]
    facts = {"season": SEASON, "track": Track.EDUCATOR, "lea_id": MODEL, "grade_band": "middle"}
    made = zip(keys, MAKERS, strict=True)
    yield tables.Portfolio, [{"portfolio_id": key, "email": email(name), **facts} for key, name in made]
    yield tables.Submission, [{"portfolio_id": k, "submitted_at": AT, "artifacts": ["a"], "missing": []} for k in keys]
    times = {"opened_at": AT, "started_at": AT, "due_at": AT, "breach_at": AT, "decided_at": AT}
    round_ = {"round_number": 1, "season": SEASON, "kind": RoundKind.FIRST, "reason": "", "reviews_wanted": 2, **times}
    result = {"status": RoundStatus.CERTIFIED, "score_hundredths": 8500}
    yield tables.ReviewRound, [{"portfolio_id": key, **round_, **result} for key in keys]
    score = {"round_number": 1, "assigned_at": AT, "fit_millionths": 1, "score_hundredths": 8500, "scored_at": AT}
    yield tables.Assignment, [{"portfolio_id": key, "evaluator_id": p, **score} for key in keys for p in people]


def _certificates() -> Iterator[tuple[type[Base], Rows]]:
    keys = {f"CERT-{MODEL}{name}": name for name in CERTIFIED}
    facts = {"season": SEASON, "track": Track.EDUCATOR, "status": CertificateStatus.VALID}
    days = {"issued_on": DAY, "expires_on": DAY}
    yield (
        tables.Certificate,
        [
            {"certificate_id": key, "email": email(name), "portfolio_id": f"P22-{MODEL}-{name}", **facts, **days}
            for key, name in keys.items()
        ],
    )
    term = {"starts_on": DAY, "ends_on": DAY, "points": 0, "fee_cents": 0}
    yield tables.CertificateTerm, [{"certificate_id": k, "term_number": n, **term} for k in keys for n in (1, 2)]
    paid = {"component": Component.ACADEMY, "credits": 1, "fee_cents": 6500, "status": CreditStatus.SENT}
    credits_ = [
        {"season": SEASON, "email": email(name), "request_key": f"{SEASON}/{MODEL}/{name}"} for name in PEOPLE[:4]
    ]
    yield tables.CreditRequest, [{**row, **paid, "requested_at": AT} for row in credits_]


def _letters() -> Rows:
    sent = {"season": SEASON, "kind": OutboxKind.MAIL, "created_at": AT, "status": OutboxStatus.SENT, "attempts": 1}
    occasions = [
        f"cohort/{SEASON}-C{MODEL}/{{}}",
        "office-hours/{}",
        *(f"attendance/{{}}/{n}" for n in range(LETTERS_EACH - 2)),
    ]
    return [
        {
            **sent,
            "message_key": f"{SEASON}/{occasion.format(email(name))}",
            "payload": {"to": email(name), "subject": "A letter", "body": BODY, "template": occasion.partition("/")[0]},
            "answered_at": AT,
        }
        for name in PEOPLE
        for occasion in occasions
    ]


def _decisions(policy_version: str) -> Rows:
    same = {"season": SEASON, "policy_version": policy_version, "inputs": {"seats": 1}, "outcome": Outcome.ACCEPTED}
    return [
        {
            **same,
            "subject_kind": SubjectKind.EDUCATOR,
            "subject_key": email(name),
            "rule": f"rule-{number}",
            "reason": f"A seat in the certification is held for {email(name) if number < 2 else 'whoever signs'}.",  # noqa: PLR2004
            "decided_at": AT + timedelta(days=number),
            "cause": "",
        }
        for name in PEOPLE
        for number in range(DECISIONS_EACH)
    ]


def multiply(connection: Connection, districts: int) -> None:
    """Copies of the model until there are so many districts; each statement writes all copies of one table."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if f"{table.name}.{column.name}" not in NUMBERED]
        is_named = " OR ".join(f"{_own(column)} <> {_text(column)}" for column in columns if _is_text(column))
        if is_named:
            names = ", ".join(f'"{column.name}"' for column in columns)
            values = ", ".join(_copied(column, connection) for column in columns)
            copies = f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {districts - 1})"  # noqa: S608 - a number
            query = f"{copies} SELECT {values} FROM {table.name} t CROSS JOIN copy WHERE {is_named}"  # noqa: S608 - our own names
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) {query}")


def _is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.String | sa.JSON)


def _text(column: sa.Column[Any]) -> str:
    return f'CAST(t."{column.name}" AS text)'


def _own(column: sa.Column[Any]) -> str:
    """The value with the copy's LEA id where the model has its own."""
    return f"replace({_text(column)}, '{MODEL}', '0' || CAST({int(MODEL)} + n AS text))"


def _copied(column: sa.Column[Any], connection: Connection) -> str:
    if f"{column.table.name}.{column.name}" == "intake_row.row_number":
        return "n"
    if not _is_text(column):
        return f't."{column.name}"'
    kind = column.type.dialect_impl(connection.dialect).compile(connection.dialect)
    return f"CAST({_own(column)} AS {kind if kind == 'JSON' and connection.dialect.name != 'sqlite' else 'text'})"
