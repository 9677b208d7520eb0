"""Seats: what districts requested, what became of each request, and what the agency granted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.columns import UtcDateTime
from schemas.kinds import SeatEventKind
from schemas.policy.seats import ComponentSeats
from schemas.records import Component
from schemas.tables import Decision, PolicyVersion, Season
from tasks.season.export.contract import ExportTable, Scope, kind, moment, number, prepared, refers, season_of, text
from tasks.season.export.seat_events import seat_events

REQUEST_ID = "r.lea_id || '/' || r.component || '/' || r.request_number"


def _grants(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The grant of each component from the season's opening on, from each policy on that has another one, and from the day on
    which it grew.
    """
    for season in scope.seasons:
        granted: dict[str, int] = {}
        for component, from_at, seats in _changes_of_grants(db, season):
            if granted.get(component) != seats and from_at <= scope.as_of:
                granted[component] = seats
                yield {"season": season, "component": component, "from_at": from_at, "seats": seats}


def _changes_of_grants(db: Session, season: str) -> Iterator[tuple[Component, datetime, int]]:
    """What each policy grants from its beginning on, and what from the day on which the grant grows, if it is in force then."""
    policies = _policies(db, season)
    ends = [since for _, since in policies[1:]] + [datetime.max.replace(tzinfo=UTC)]
    for (content, since), until in zip(policies, ends, strict=True):
        zone = ZoneInfo(content["time_zone"])
        for component in Component:
            seats = ComponentSeats.model_validate(content["seats"][component])
            yield component, since, seats.granted(since.astimezone(zone).date())
            if seats.grown_on and since < (grown_at := datetime.combine(seats.grown_on, time(), zone)) < until:
                yield component, grown_at, seats.granted(seats.grown_on)


def _policies(db: Session, season: str) -> list[tuple[dict[str, Any], datetime]]:
    """The policies that decided in a season, in that order, each with the moment since when: the first since the opening."""
    since = select(Decision.policy_version, func.min(Decision.decided_at).label("at")).where(Decision.season == season)
    first = since.group_by(Decision.policy_version).subquery()
    query = select(PolicyVersion.content, first.c.at).join(
        first, first.c.policy_version == PolicyVersion.policy_version
    )
    opened = db.get_one(Season, season)
    found = [(content, at) for content, at in db.execute(query.order_by(first.c.at))]
    if not found:
        found = [(db.get_one(PolicyVersion, opened.policy_version).content, opened.opened_at)]
    return [(found[0][0], opened.opened_at), *found[1:]]


PREPARED = (
    prepared("export_grant", _grants, season=sa.Text(), component=sa.Text(), from_at=UtcDateTime(), seats=sa.Integer()),
    prepared(
        "export_seat_event",
        seat_events,
        season=sa.Text(),
        event_id=sa.Text(),
        request_id=sa.Text(),
        at=UtcDateTime(),
        event=sa.Text(),
        seats=sa.Integer(),
        round_number=sa.Integer(),
        offer_id=sa.Text(),
    ),
)

TABLES = (
    ExportTable(
        "seat_requests",
        "Seat requests",
        "Seats of one component that a district requested at one moment; what was requested is accounted for.",
        2,
        (
            season_of("r"),
            text("request_id", "The request: district, component, and number.", REQUEST_ID),
            text("lea_id", "The district.", "r.lea_id"),
            kind("component", "What the seats are places in.", "r.component", Component),
            moment("placed_at", "Since when the request has its place in order.", "r.placed_at"),
            text(
                "place_key", "What decides between requests of one moment: the response that placed it.", "r.place_key"
            ),
            number("seats_requested", "Seats requested.", "r.seats_requested", "seats"),
            number("seats_confirmed", "Of these, held by the district.", "r.seats_confirmed", "seats"),
            number("seats_waitlisted", "Of these, on the waitlist.", "r.seats_waitlisted", "seats"),
            number(
                "seats_declined",
                "Of these, declined: more than can be requested, left behind, or closed.",
                "r.seats_declined",
                "seats",
            ),
            number("seats_released", "Of these, confirmed once and gone back.", "r.seats_released", "seats"),
            moment("closed_at", "When the waitlist ended for the request.", "r.closed_at"),
        ),
        "FROM seat_request r WHERE r.season IN :seasons",
        (refers("lea_id", "districts"),),
    ),
    ExportTable(
        "seat_events",
        "What happened to seat requests",
        "Each step of a request: how many seats were waitlisted, offered, accepted, declined, lapsed, released, or closed.",
        2,
        (
            season_of("v"),
            text("event_id", "The event: the request and a number.", "v.event_id"),
            text("request_id", "The seat request.", "v.request_id"),
            moment("at", "When it happened.", "v.at"),
            kind("event", "What happened.", "v.event", SeatEventKind),
            number("seats", "How many seats it is about.", "v.seats", "seats"),
            number("round_number", "The round that the agency approved, for seats offered by it.", "v.round_number"),
            text("offer_id", "The offer.", "v.offer_id"),
        ),
        "FROM export_seat_event v",
        (refers(("season", "request_id"), "seat_requests"),),
    ),
    ExportTable(
        "grants",
        "Grants",
        "How many seats of a component the agency grants, and since when.",
        3,
        (
            season_of("g"),
            kind("component", "What the seats are places in.", "g.component", Component),
            moment("from_at", "Since when; until the next grant of the component.", "g.from_at"),
            number("seats", "Seats granted in all.", "g.seats", "seats"),
        ),
        "FROM export_grant g",
    ),
)
