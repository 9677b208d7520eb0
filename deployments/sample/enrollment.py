"""Whom districts put on their rosters, and who signs the commitment form."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from deployments.sample.chance import chance, happens, name_of, pick
from deployments.sample.offers import is_silent
from deployments.sample.panel import GRADE_BANDS
from deployments.sample.survey import is_certified_before
from deployments.sample.world import World
from rules.enrollment import HOLDING_SEAT
from schemas.statuses import EnrollmentStatus
from schemas.tables import Enrollment, SeatBlock
from tasks.core.database import reading

Row = Mapping[str, object]
PROMPT_DISTRICTS_DAYS = 3
SHOWS_PROOF = 0.8
RETURNS = (
    0.3  # of those whom the roster of the year before would name: with who had no seat then, a tenth of the people
)
HAS_ANOTHER_ADDRESS = 0.4
HAS_ANOTHER_NAME = 0.2


def rosters(world: World, day: date, number: int) -> list[Path]:
    """The rosters that come in on the ``number``-th enrollment day, and the corrected rows of the day before."""
    return world.incoming(day, "rosters.csv", lambda: _roster_rows(world, day, number))


def _roster_rows(world: World, day: date, number: int) -> Iterable[Row]:
    with reading() as db:
        query = select(SeatBlock).where(SeatBlock.season == world.policy.season, SeatBlock.is_closed.is_(False))
        seats = {(block.lea_id, block.component): block.seats_confirmed for block in db.scalars(query)}
        late = {block.lea_id for block in db.scalars(query) if block.enroll_by > world.policy.enrollment.deadline_on}
    if day > world.policy.enrollment.deadline_on:
        own_day = dict.fromkeys(late, number)
    else:
        own_day = {lea_id: chance(world.seed, "roster", lea_id).randrange(PROMPT_DISTRICTS_DAYS) for lea_id, _ in seats}
    for lea_id in sorted(own_day):
        rows = [
            row
            for component in ("librarian", "exfrl", "certification", "academy")
            if not is_silent(world, lea_id, component)
            for row in _people(world, lea_id, component, seats)
        ]
        yield from (row for row in _replacements(world, lea_id, rows) if own_day[lea_id] == number - 2)
        for row in rows:
            is_broken = happens(0.015, world.seed, "roster error", row["email"], row["component"])
            if own_day[lea_id] == number:
                yield _broken(world, row) if is_broken else row
            elif own_day[lea_id] == number - 1 and is_broken:
                yield row


def _people(world: World, lea_id: str, component: str, seats: Mapping[tuple[str, str], int]) -> Iterable[Row]:
    held = seats.get((lea_id, component), 0)
    wanted = round(held * chance(world.seed, "fill", lea_id, component).uniform(0.82, 1.03))
    librarians = max(seats.get((lea_id, "librarian"), 0), seats.get((lea_id, "exfrl"), 0))
    if component in {"librarian", "exfrl"}:
        for i in range(min(wanted, librarians)):
            yield _person(world, lea_id, f"l{i}", component)
        return
    dual = [f"l{i}" for i in range(librarians) if not is_certified_before(world, lea_id, f"l{i}")]
    own = [f"{component[0]}{i}" for i in range(held + 5)]
    shared = [f"c{i}" for i in range(wanted // 4)] if component == "academy" else []
    for code in [*(dual if component == "certification" else ()), *shared, *own][:wanted]:
        yield _person(world, lea_id, code, component)


def _replacements(world: World, lea_id: str, rows: Sequence[Row]) -> Iterable[Row]:
    """A few people leave before anything has begun, and somebody else comes for them."""
    for row in rows:
        is_learner = row["component"] in {"certification", "academy"} and row["role"] != "librarian"
        if is_learner and happens(0.01, world.seed, "leaves", row["email"], row["component"]):
            code = f"r{hashlib.sha256(str(row['email']).encode()).hexdigest()[:6]}"
            yield {**_person(world, lea_id, code, str(row["component"])), "replaces": row["email"]}


def proofs(world: World, day: date) -> list[Path]:
    """The proofs of librarians who are certified educators already, as the operator's file; a few never show any."""
    return world.incoming(day, "proof.csv", lambda: _proof_rows(world, day))


def _proof_rows(world: World, day: date) -> Iterable[Row]:
    with reading() as db:
        query = select(SeatBlock).where(SeatBlock.season == world.policy.season, SeatBlock.component == "librarian")
        blocks = list(db.scalars(query.order_by(SeatBlock.lea_id)))
    for block in blocks:
        for code in [f"l{number}" for number in range(block.seats_confirmed)]:
            if is_certified_before(world, block.lea_id, code) and happens(
                SHOWS_PROOF, world.seed, "proof", block.lea_id, code
            ):
                who = {"lea_id": block.lea_id, "email": _person(world, block.lea_id, code, "librarian")["email"]}
                number = hashlib.sha256(str(who["email"]).encode()).hexdigest()[:8].upper()
                yield {**who, "proof": f"ISTE certificate {number}", "valid_until": day + timedelta(days=700)}


def session_wish(world: World) -> dict[str, object]:
    """A librarian who cannot take part in summer asks for the fall session."""
    with reading() as db:
        query = select(Enrollment.email).where(
            Enrollment.season == world.policy.season, Enrollment.component == "exfrl", Enrollment.session == "summer"
        )
        found = sorted(db.scalars(query.where(Enrollment.status.in_(HOLDING_SEAT))))
    if not found:
        return {"skip": True}
    return {"email": found[0], "session": "fall", "requested_by": "district lead"}


def _person(world: World, lea_id: str, code: str, component: str) -> Row:
    """Somebody of a district; a tenth of those of the season before come back, some with another address or name."""
    if world.earlier and happens(RETURNS, world.seed, "returns", lea_id, code):
        return _who_returns(world, _person(world.earlier, lea_id, code, component))
    first, last = _name(world, lea_id, code)
    is_librarian = code.startswith("l")
    role = "librarian" if is_librarian else pick(("teacher", "teacher", "coach"), world.seed, "role", lea_id, code)
    return {
        "lea_id": lea_id,
        "email": f"{first}.{last}.{code}@lea{lea_id}.example".lower(),
        "first_name": first,
        "last_name": last,
        "role": role,
        "grade_band": pick(GRADE_BANDS, world.seed, "grades", lea_id, code),
        "component": component,
        "session": pick(("summer", "fall"), world.seed, "session", lea_id, code) if component == "exfrl" else "",
        "already_certified": "yes" if is_librarian and is_certified_before(world, lea_id, code) else "no",
        "replaces": "",
    }


def _who_returns(world: World, row: Row) -> Row:
    """A person of the season before as this one's roster names them."""
    draw = chance(world.seed, "returns as", row["email"])
    name, _, domain = str(row["email"]).partition("@")
    changes: dict[str, object] = {"already_certified": "no"}
    if draw.random() < HAS_ANOTHER_ADDRESS:
        changes["email"] = f"{name}.{world.policy.season}@{domain}"
    if draw.random() < HAS_ANOTHER_NAME:
        changes["last_name"] = f"{row['last_name']}-{name_of(world.seed, row['email'])[1]}"
    return {**row, **changes}


def _name(world: World, lea_id: str, code: str) -> tuple[str, str]:
    """A name of the person's own; a few have that of a colleague in the district."""
    if happens(0.01, world.seed, "name repeats", lea_id, code):
        return name_of(world.seed, lea_id, f"{code[0]}0")
    return name_of(world.seed, lea_id, code)


def _broken(world: World, row: Row) -> Row:
    name, value = pick(
        (("email", str(row["email"]).replace("@", " at ")), ("last_name", ""), ("role", "staff")),
        world.seed,
        "roster break",
        row["email"],
    )
    return {**row, name: value}


def forms(world: World, day: date) -> list[Path]:
    """The commitment forms signed by a day; some people never sign, and a few forget the signature at first."""
    return world.incoming(day, "commitment.csv", lambda: _form_rows(world, day))


def _form_rows(world: World, day: date) -> Iterable[Row]:
    with reading() as db:
        query = select(Enrollment).where(Enrollment.season == world.policy.season)
        query = query.where(Enrollment.status == EnrollmentStatus.AWAITING_FORM)
        waiting = {e.email: e for e in db.scalars(query.order_by(Enrollment.email, Enrollment.component.desc()))}
    for email, enrollment in waiting.items():
        draw = chance(world.seed, "signs", email, enrollment.enrolled_at)
        signed_on = world.policy.local_day(enrollment.enrolled_at) + timedelta(days=draw.randint(1, 16))
        if draw.random() < 0.06 or signed_on > day:
            continue
        forgets = happens(0.01, world.seed, "forgets", email, day)
        name = " ".join(part.capitalize() for part in email.split("@")[0].split(".")[:2])
        moment = world.at(signed_on, 7).isoformat()
        yield {"email": email, "signed_at": moment, "signature": "" if forgets else name}


def new_addresses(world: World, day: date) -> list[Path]:
    """The people whose address has changed since they enrolled: they married, or the district renamed its domain."""
    return world.incoming(day, "addresses.csv", lambda: _address_rows(world, day))


def _address_rows(world: World, day: date) -> Iterable[Row]:
    with reading() as db:
        query = select(Enrollment.email).where(
            Enrollment.season == world.policy.season, Enrollment.status == EnrollmentStatus.ENROLLED
        )
        people = sorted(set(db.scalars(query)))
    yield from told_addresses(world, day, people, Move("another address", 0.02, "mail."))


@dataclass(frozen=True, slots=True)
class Move:
    """Why people's addresses change, which share of them, and what comes before the domain then."""

    why: str
    share: float
    prefix: str


def told_addresses(world: World, day: date, emails: Iterable[str], move: Move) -> Iterable[Row]:
    """The new addresses of those of the people who tell one on a day."""
    for email in emails:
        if happens(move.share, world.seed, move.why, email):
            name, _, domain = email.partition("@")
            new = f"{name}@{move.prefix}{domain}"
            yield {"email": email, "new_email": new, "changed_on": day - timedelta(days=1)}
