"""A row of each table that has a status, and of those that it refers to."""

from datetime import UTC, date, datetime
from typing import Any

from schemas.columns import Base
from schemas.statuses import (
    CertificateStatus,
    CohortKind,
    CreditStatus,
    EnrollmentStatus,
    OutboxKind,
    OutboxStatus,
    RoundKind,
    RoundStatus,
    SeatRoundStatus,
    StartStatus,
)
from schemas.tables import (
    Application,
    Certificate,
    Cohort,
    CreditRequest,
    District,
    Educator,
    Enrollment,
    Facilitator,
    Offer,
    Outbox,
    Portfolio,
    ReviewRound,
    SeatBlock,
    SeatRequestRow,
    SeatRound,
    StartAgreement,
)

NOW = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)
LEA, EMAIL, SEASON = "0900002", "zoe@lea.example", "2022"
SEAT = (SEASON, LEA, "academy")


def everything() -> list[Base]:
    """One row of each table that has a status, in a status in which it may begin; and what it refers to."""
    whose: dict[str, Any] = {"season": SEASON, "email": EMAIL}
    person = {**whose, "first_name": "Zoé", "last_name": "Ley", "lea_id": LEA, "role": "teacher", "grade_band": "high"}
    district = {"lea_id": LEA, "name": "Ansonia", "town": "Ansonia", "region": "1", "enrollment": 1}
    lead: dict[str, Any] = {"superintendent_name": "", "lead_name": "Ada", "lead_email": "ada@lea.example"}
    lead |= {"response_id": "R", "submitted_at": NOW, "is_information_request": False, "option": 2, "slots": []}
    round_: dict[str, Any] = {"portfolio_id": "P", "round_number": 1, "season": SEASON, "kind": RoundKind.FIRST}
    round_ |= dict.fromkeys(("opened_at", "started_at", "due_at", "breach_at"), NOW)
    seat = dict(zip(("season", "lea_id", "component"), SEAT, strict=True))
    days: dict[str, Any] = {"issued_on": date(2023, 1, 1), "expires_on": date(2025, 12, 31)}
    cohort: dict[str, Any] = {"season": SEASON, "cohort_id": "C1", "starts_on": date(2022, 9, 12)}
    led = {"kind": CohortKind.COMBINED, "slot": "MON-15:30", "facilitator_id": "F", "ends_on": date(2022, 12, 18)}
    start = {"lea_id": LEA, "proposed_at": NOW, "confirm_by": date(2022, 8, 25), "status": StartStatus.PROPOSED}
    money: dict[str, Any] = {"credits": 1, "fee_cents": 6500, "request_key": "K", "requested_at": NOW}
    return [
        District(**district, instructional_staff=1),
        Educator(**person, is_already_certified=False),
        Application(season=SEASON, lea_id=LEA, **lead),
        SeatRequestRow(**seat, request_number=1, placed_at=NOW, place_key="R", seats_requested=9, seats_undecided=9),
        SeatBlock(**seat, seats_confirmed=9, enroll_by=date(2022, 7, 22)),
        Offer(**seat, offer_id="O-1", seats_offered=9, seats_held=9, offered_at=NOW, answer_by=date(2022, 7, 6)),
        Enrollment(**whose, component="academy", lea_id=LEA, status=EnrollmentStatus.AWAITING_FORM, enrolled_at=NOW),
        Portfolio(portfolio_id="P", **whose, track="educator", lea_id=LEA, grade_band="high"),
        ReviewRound(**round_, reason="", reviews_wanted=2, status=RoundStatus.WAITING),
        Certificate(
            certificate_id="C", **whose, track="educator", portfolio_id="P", status=CertificateStatus.VALID, **days
        ),
        CreditRequest(**whose, component="academy", status=CreditStatus.PENDING, **money),
        Outbox(
            message_key="M",
            season=SEASON,
            kind=OutboxKind.MAIL,
            payload={},
            created_at=NOW,
            status=OutboxStatus.PENDING,
        ),
        Facilitator(facilitator_id="F", name="Vera", email="vera@provider.example", slots=[], maximum_cohorts=1),
        Cohort(**cohort, **led),
        StartAgreement(**cohort, **start),
        SeatRound(
            season=SEASON,
            round_number=1,
            proposal=[],
            proposal_hash="H",
            status=SeatRoundStatus.PROPOSED,
            summary={},
            proposed_at=NOW,
        ),
    ]


KEYS: dict[str, tuple[Any, ...]] = {
    "start_agreement": (SEASON, "C1", LEA),
    "seat_request": (*SEAT, 1),
    "offer": (SEASON, "O-1"),
    "enrollment": (SEASON, EMAIL, "academy"),
    "review_round": ("P", 1),
    "certificate": ("C",),
    "credit_request": (SEASON, EMAIL, "academy", 1),
    "outbox": ("M",),
    "seat_round": (SEASON, 1),
}
