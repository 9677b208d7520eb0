"""The tables. Natural keys make a second run a no-op; constraints make a duplicate or an oversold seat impossible.

Every ``*_at`` column holds the moment that a run decided for (``as_of``), never the wall clock, so that a late or repeated
run writes the same; that is also why the season digest may hash them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schemas.columns import Base, Cells, RowId


def key(type_: Any = None, **options: Any) -> Any:
    """A column of the primary key."""
    return mapped_column(type_, primary_key=True, **options)


DISPOSITIONS = ("superseded", "accepted", "quarantined", "repeated", "staged")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return " OR ".join(f"{column} = '{value}'" for value in values)


def _only_where(condition: str) -> dict[str, Any]:
    """Index only the rows of a condition, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Season(Base):
    """A season that has been opened, and the policy version in force."""

    __tablename__ = "season"
    season: Mapped[str] = key()
    policy_version: Mapped[str]
    opened_at: Mapped[datetime]


class PolicyVersion(Base):
    """Every policy that ever decided something, whole, under the version that decisions name."""

    __tablename__ = "policy_version"
    policy_version: Mapped[str] = key()
    season: Mapped[str]
    content: Mapped[dict[str, Any]]


class District(Base):
    """A public school district by its NCES LEA id (7 digits)."""

    __tablename__ = "district"
    lea_id: Mapped[str] = key()
    name: Mapped[str]
    town: Mapped[str]
    region: Mapped[str]
    state_code: Mapped[str] = mapped_column(default="")
    enrollment: Mapped[int]
    instructional_staff: Mapped[int]


class SourceFile(Base):
    """A file that was handed in, by the hash of its bytes: the same file is taken in once.

    ``file_id`` is made from season, kind and hash, so that it is the same on every database and in every repeated run.
    ``fields`` names the cells of its rows on record, in their order.
    """

    __tablename__ = "source_file"
    file_id: Mapped[int] = key(type_=BigInteger, autoincrement=False)
    season: Mapped[str]
    kind: Mapped[str]
    file_hash: Mapped[str]
    name: Mapped[str]
    dialect: Mapped[str]
    encoding: Mapped[str]
    zone: Mapped[str]
    fields: Mapped[list[str]]
    row_count: Mapped[int]
    message: Mapped[str]
    received_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("season", "kind", "file_hash"),)


class IntakeRow(Base):
    """One row of a file, and what became of it: staged, accepted, quarantined, superseded, or repeated.

    A superseded row was valid once and a newer one stands instead; a repeated one only says again what another row says.
    """

    __tablename__ = "intake_row"
    file_id: Mapped[int] = key(type_=BigInteger)
    row_number: Mapped[int] = key()
    season: Mapped[str]
    kind: Mapped[str]
    disposition: Mapped[str]
    reason: Mapped[str]
    natural_key: Mapped[str]
    cells: Mapped[list[str]] = mapped_column(Cells)
    source: Mapped[SourceFile] = relationship(primaryjoin="foreign(IntakeRow.file_id) == SourceFile.file_id")
    __table_args__ = (
        # SQLite builds a table for IN (...) at every insert: alternatives cost a fifth of it (benchmarks/README.md).
        CheckConstraint(_one_of("disposition", DISPOSITIONS), name="disposition"),
        # No foreign key to the file, which is written before its rows in the same transaction: it is half of what COPY costs.
        # What waits or is refused is a small part of what is on record: only that part is indexed.
        Index("ix_intake_row_staged", "season", "kind", **_only_where("disposition = 'staged'")),
        Index("ix_intake_row_accepted", "natural_key", **_only_where("disposition = 'accepted'")),
        Index("ix_intake_row_quarantined", "season", "kind", **_only_where("disposition = 'quarantined'")),
        {"sqlite_with_rowid": False},
    )

    @property
    def content(self) -> dict[str, str]:
        """The row's values by field, and the time zone of its file."""
        return dict(zip(self.source.fields, self.cells, strict=False)) | {"_zone": self.source.zone}


class RefusedRow(Base):
    """The bytes of a row that was refused, exactly as they stand in the file."""

    __tablename__ = "refused_row"
    file_id: Mapped[int] = key(type_=BigInteger)
    row_number: Mapped[int] = key()
    raw: Mapped[bytes]
    __table_args__ = (ForeignKeyConstraint(["file_id", "row_number"], ["intake_row.file_id", "intake_row.row_number"]),)


class QuarantineItem(Base):
    """One fault of one refused row: the field, its value, the rule, and the remedy."""

    __tablename__ = "quarantine_item"
    file_id: Mapped[int] = key(type_=BigInteger)
    row_number: Mapped[int] = key()
    rule: Mapped[str] = key()
    field: Mapped[str] = key()
    severity: Mapped[str]
    value: Mapped[str]
    problem: Mapped[str]
    remedy: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(
            ["file_id", "row_number"],
            ["intake_row.file_id", "intake_row.row_number"],
            deferrable=True,  # a row that stands for its district is stored after its warnings
            initially="DEFERRED",
        ),
    )


class RuleResult(Base):
    """How one rule of an input's contract came out over the rows of one file: pass, fail or error."""

    __tablename__ = "rule_result"
    file_id: Mapped[int] = key(type_=BigInteger)
    rule: Mapped[str] = key()
    field: Mapped[str] = key()
    severity: Mapped[str]
    outcome: Mapped[str]
    failing_rows: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(["file_id"], ["source_file.file_id"]),
        CheckConstraint("outcome IN ('pass', 'fail', 'error')", name="outcome"),
    )


class HttpSource(Base):
    """What a survey tool's interface said last: its ETag, so that the same responses are not fetched again."""

    __tablename__ = "http_source"
    season: Mapped[str] = key()
    url: Mapped[str] = key()
    etag: Mapped[str]
    fetched_at: Mapped[datetime]


class Application(Base):
    """A district's standing submission of the interest survey."""

    __tablename__ = "application"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    response_id: Mapped[str]
    submitted_at: Mapped[datetime]
    is_information_request: Mapped[bool]
    option: Mapped[int | None]
    slots: Mapped[list[str]]
    superintendent_name: Mapped[str]
    lead_name: Mapped[str]
    lead_email: Mapped[str]
    __table_args__ = (ForeignKeyConstraint(["lea_id"], ["district.lea_id"]),)


class Claim(Base):
    """Seats asked by a district at one place in line; what was asked is always fully accounted for."""

    __tablename__ = "claim"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    component: Mapped[str] = key()
    claim_number: Mapped[int] = key()
    placed_at: Mapped[datetime]
    place_key: Mapped[str]
    seats_asked: Mapped[int]
    seats_undecided: Mapped[int]
    seats_confirmed: Mapped[int] = mapped_column(default=0)
    seats_waitlisted: Mapped[int] = mapped_column(default=0)
    seats_declined: Mapped[int] = mapped_column(default=0)
    seats_released: Mapped[int] = mapped_column(default=0)
    waitlist_position: Mapped[int | None]
    __table_args__ = (
        ForeignKeyConstraint(["season", "lea_id"], ["application.season", "application.lea_id"]),
        CheckConstraint(
            "seats_asked = seats_undecided + seats_confirmed + seats_waitlisted + seats_declined + seats_released",
            name="seats_conserved",
        ),
        CheckConstraint(
            "seats_undecided >= 0 AND seats_confirmed >= 0 AND seats_waitlisted >= 0"
            " AND seats_declined >= 0 AND seats_released >= 0",
            name="seats_not_negative",
        ),
    )


class Capacity(Base):
    """The agency's grant of one component; the check makes overselling impossible whatever a rule says."""

    __tablename__ = "capacity"
    season: Mapped[str] = key()
    component: Mapped[str] = key()
    capacity_seats: Mapped[int]
    seats_confirmed: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        CheckConstraint("seats_confirmed >= 0 AND seats_confirmed <= capacity_seats", name="not_oversold"),
    )


class SeatBlock(Base):
    """The seats that a district holds of one component, and how many have a name on them.

    ``answer`` is what the district said to the newest offer: nothing yet, accepted, declined, or lapsed without an answer.
    """

    __tablename__ = "seat_block"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = key()
    component: Mapped[str] = key()
    seats_confirmed: Mapped[int]
    seats_filled: Mapped[int] = mapped_column(default=0)
    enrol_by: Mapped[date]
    is_closed: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(default="")
    answer_by: Mapped[date | None]
    __table_args__ = (CheckConstraint("seats_filled >= 0 AND seats_filled <= seats_confirmed", name="not_overfilled"),)


class SeatRound(Base):
    """A proposal of seats for the agency: the same claims make the same proposal."""

    __tablename__ = "seat_round"
    season: Mapped[str] = key()
    round_number: Mapped[int] = key()
    claims_hash: Mapped[str]
    status: Mapped[str]
    summary: Mapped[dict[str, Any]]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        UniqueConstraint("season", "claims_hash"),
        CheckConstraint("status IN ('proposed', 'approved', 'rejected', 'applied')", name="status"),
    )


class Educator(Base):
    """A person whom a district enrolled, by e-mail address (lower case)."""

    __tablename__ = "educator"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    first_name: Mapped[str]
    last_name: Mapped[str]
    lea_id: Mapped[str] = mapped_column(ForeignKey("district.lea_id"))
    role: Mapped[str]
    grade_band: Mapped[str]
    is_already_certified: Mapped[bool]


class Enrolment(Base):
    """A person in a seat; nothing else of a component happens before the commitment form is signed.

    Who comes for a leaver names them in ``replaces``, and gets the leaver's place in ``promised_cohort`` with the signature.
    """

    __tablename__ = "enrolment"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    component: Mapped[str] = key()
    lea_id: Mapped[str]
    session: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    enrolled_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    replaces: Mapped[str] = mapped_column(default="")
    promised_cohort: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),
        ForeignKeyConstraint(
            ["season", "lea_id", "component"], ["seat_block.season", "seat_block.lea_id", "seat_block.component"]
        ),
        CheckConstraint("status IN ('awaiting_form', 'enrolled', 'lapsed', 'replaced', 'withdrawn')", name="status"),
        Index("ix_enrolment_by_district", "season", "lea_id", "component"),
    )


class Facilitator(Base):
    """Who leads cohorts, in which weekly slots."""

    __tablename__ = "facilitator"
    facilitator_id: Mapped[str] = key()
    name: Mapped[str]
    email: Mapped[str]
    slots: Mapped[list[str]]
    maximum_cohorts: Mapped[int]


class Evaluator(Base):
    """A member of the independent panel, until ``left_at``; ``conflicts`` are LEA ids of declared conflicts."""

    __tablename__ = "evaluator"
    evaluator_id: Mapped[str] = key()
    name: Mapped[str]
    email: Mapped[str]
    lea_id: Mapped[str | None]
    tracks: Mapped[list[str]]
    grade_bands: Mapped[list[str]]
    conflicts: Mapped[list[str]]
    left_at: Mapped[datetime | None]


class Plan(Base):
    """A plan that was made: what it achieved and what is proven to be achievable at most."""

    __tablename__ = "plan"
    season: Mapped[str] = key()
    kind: Mapped[str] = key()
    planned_at: Mapped[datetime] = key()
    achieved: Mapped[dict[str, Any]]
    bounds: Mapped[dict[str, Any]]


class Cohort(Base):
    """Participants who take phase 1 together; a facilitator leads at most one in a slot. A merged one names where it went."""

    __tablename__ = "cohort"
    season: Mapped[str] = key()
    cohort_id: Mapped[str] = key()
    kind: Mapped[str]
    region: Mapped[str]
    slot: Mapped[str]
    facilitator_id: Mapped[str] = mapped_column(ForeignKey("facilitator.facilitator_id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    merged_into: Mapped[str] = mapped_column(default="")
    __table_args__ = (UniqueConstraint("season", "facilitator_id", "slot"),)


class CohortSession(Base):
    """One synchronous session of a cohort; ``sequence`` counts how often it was moved, for calendars."""

    __tablename__ = "cohort_session"
    season: Mapped[str] = key()
    cohort_id: Mapped[str] = key()
    session_number: Mapped[int] = key()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    __table_args__ = (ForeignKeyConstraint(["season", "cohort_id"], ["cohort.season", "cohort.cohort_id"]),)


class CohortMember(Base):
    """A participant's one cohort of the season."""

    __tablename__ = "cohort_member"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    cohort_id: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(["season", "cohort_id"], ["cohort.season", "cohort.cohort_id"]),
        ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),
    )


class Attendance(Base):
    """Who was there in a session, and the hours of learning on one's own since the one before."""

    __tablename__ = "attendance"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    session_number: Mapped[int] = key()
    cohort_id: Mapped[str]
    is_present: Mapped[bool]
    independent_hours: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(
            ["season", "cohort_id", "session_number"],
            ["cohort_session.season", "cohort_session.cohort_id", "cohort_session.session_number"],
        ),
        CheckConstraint("independent_hours >= 0", name="hours"),
    )


class Webinar(Base):
    """A webinar of the Summer Learning Academy; ``sequence`` counts its changes, for calendars."""

    __tablename__ = "webinar"
    season: Mapped[str] = key()
    webinar_id: Mapped[str] = key()
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    recording_url: Mapped[str] = mapped_column(default="")


class Selection(Base):
    """An academy course that an educator chose, and when it was completed."""

    __tablename__ = "selection"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    course: Mapped[str] = key()
    selected_on: Mapped[date]
    completed_on: Mapped[date | None]
    __table_args__ = (ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),)


class Portfolio(Base):
    """What one participant submits for one track."""

    __tablename__ = "portfolio"
    portfolio_id: Mapped[str] = key()
    season: Mapped[str]
    email: Mapped[str]
    track: Mapped[str]
    lea_id: Mapped[str]
    grade_band: Mapped[str]
    __table_args__ = (
        UniqueConstraint("season", "email", "track"),
        ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),
    )


class Submission(Base):
    """One time that a portfolio was handed in; an incomplete one names what is missing."""

    __tablename__ = "submission"
    portfolio_id: Mapped[str] = mapped_column(ForeignKey("portfolio.portfolio_id"), primary_key=True)
    submitted_at: Mapped[datetime] = key()
    artifacts: Mapped[list[str]]
    missing: Mapped[list[str]]


class Extension(Base):
    """More time for one portfolio, given by an operator with a reason."""

    __tablename__ = "extension"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    track: Mapped[str] = key()
    until: Mapped[date]
    reason: Mapped[str]
    given_at: Mapped[datetime]
    __table_args__ = (ForeignKeyConstraint(["season", "email"], ["educator.season", "educator.email"]),)


class OfficeHour(Base):
    """Private office hours of one district; ``planned_at`` names it for ever, ``sequence`` counts its changes."""

    __tablename__ = "office_hour"
    season: Mapped[str] = key()
    lea_id: Mapped[str] = mapped_column(ForeignKey("district.lea_id"), primary_key=True)
    planned_at: Mapped[datetime] = key()
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)


class ReviewRound(Base):
    """One round of review with its own SLA clock; an earlier result is never overwritten.

    While a round is held (``held_since``) it waits for the participant and its clock stands still.
    """

    __tablename__ = "review_round"
    portfolio_id: Mapped[str] = mapped_column(ForeignKey("portfolio.portfolio_id"), primary_key=True)
    round_number: Mapped[int] = key()
    season: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    breach_at: Mapped[datetime]
    sla_notice: Mapped[str] = mapped_column(default="")
    reviews_wanted: Mapped[int]
    held_since: Mapped[datetime | None]
    hold_reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    score_hundredths: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'assigned', 'certified', 'not_yet')", name="status"),
        CheckConstraint("kind IN ('first', 'resubmission', 're-review')", name="kind"),
        Index("ix_review_round_by_status", "season", "status"),
    )


class Assignment(Base):
    """A round given to an evaluator; the score is in hundredths of a percent point. Silence makes it withdrawn."""

    __tablename__ = "assignment"
    portfolio_id: Mapped[str] = key()
    round_number: Mapped[int] = key()
    evaluator_id: Mapped[str] = mapped_column(ForeignKey("evaluator.evaluator_id"), primary_key=True)
    assigned_at: Mapped[datetime]
    fit_millionths: Mapped[int]
    score_hundredths: Mapped[int | None]
    feedback: Mapped[str] = mapped_column(default="")
    scored_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(
            ["portfolio_id", "round_number"], ["review_round.portfolio_id", "review_round.round_number"]
        ),
        CheckConstraint("score_hundredths BETWEEN 0 AND 10000", name="score"),
    )


class Certificate(Base):
    """A certificate; ``expires_on`` is the last day of the newest term."""

    __tablename__ = "certificate"
    certificate_id: Mapped[str] = key()
    season: Mapped[str]
    email: Mapped[str]
    track: Mapped[str]
    portfolio_id: Mapped[str] = mapped_column(ForeignKey("portfolio.portfolio_id"))
    status: Mapped[str]
    issued_on: Mapped[date]
    expires_on: Mapped[date]
    __table_args__ = (
        UniqueConstraint("season", "email", "track"),
        CheckConstraint("status IN ('valid', 'expired', 'withdrawn', 'revoked')", name="status"),
    )


class CertificateTerm(Base):
    """One term of validity; a renewal adds the next, with the points and the fee that it cost."""

    __tablename__ = "certificate_term"
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.certificate_id"), primary_key=True)
    term_number: Mapped[int] = key()
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    points: Mapped[int]
    fee_cents: Mapped[int]


class Activity(Base):
    """Points toward a renewal."""

    __tablename__ = "activity"
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.certificate_id"), primary_key=True)
    activity: Mapped[str] = key()
    done_on: Mapped[date] = key()
    points: Mapped[int]


class CreditRequest(Base):
    """Graduate credits that a participant opted into; one request for each component."""

    __tablename__ = "credit_request"
    season: Mapped[str] = key()
    email: Mapped[str] = key()
    component: Mapped[str] = key()
    credits: Mapped[int]
    fee_cents: Mapped[int]
    status: Mapped[str]
    request_key: Mapped[str] = mapped_column(unique=True)
    requested_at: Mapped[datetime]
    provider_reference: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'requested', 'sent', 'refused', 'void', 'refunded')", name="status"),
    )


class Decision(Base):
    """Append-only: what was decided about whom, by which rule and policy version, from what, and why."""

    __tablename__ = "decision"
    decision_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    season: Mapped[str]
    subject_kind: Mapped[str]
    subject_key: Mapped[str]
    rule: Mapped[str]
    policy_version: Mapped[str]
    inputs: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("season", "subject_kind", "subject_key", "rule", "decided_at"),)


class Outbox(Base):
    """An effect on the outside that was decided and has yet to happen, or has happened, under its idempotency key."""

    __tablename__ = "outbox"
    message_key: Mapped[str] = key()
    season: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind IN ('mail', 'transcript')", name="kind"),
        CheckConstraint("status IN ('pending', 'sent', 'refused')", name="status"),
        Index("ix_outbox_by_status", "season", "kind", "status"),
    )
