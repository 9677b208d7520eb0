"""What an outside receiver can check of seats by the files of an export alone: each fault is a sentence.

Nothing here knows our tables or rules, only ``docs/export.md``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

Row = Mapping[str, str]
Rows = Sequence[Row]
Package = Mapping[str, Rows]
BACK = ("declined", "lapsed", "released")
ANSWERS = ("accepted", "declined", "lapsed")
# What an event does, with an offer or without: to the seats that can be offered, that the district holds, that wait for an
# answer to the offer, and that were accepted by it.
EFFECTS = {
    ("waitlisted", False): (0, 0, 0, 0),
    ("declined", False): (-1, 0, 0, 0),
    ("closed", False): (-1, 0, 0, 0),
    ("offered", True): (-1, 1, 1, 0),
    ("accepted", True): (0, 0, -1, 1),
    ("declined", True): (0, -1, -1, 0),
    ("lapsed", True): (0, -1, -1, 0),
    ("released", True): (0, -1, 0, -1),
    ("released", False): (0, -1, 0, 0),
}
SEATED = {"enrolled", "awaiting_form"}


def faults_of_seats(package: Package) -> list[str]:
    """Everything that is wrong with the seats of an export."""
    events: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for event in package["seat_events"]:
        events[event["season"], event["request_id"]].append(event)
    requests = {(row["season"], row["request_id"]): row for row in package["seat_requests"]}
    found = [f"{key}: events of no request" for key in events.keys() - requests.keys()]
    for key, request in requests.items():
        found += [f"{' '.join(key)}: {fault}" for fault in _faults_of_request(request, events.get(key, []))]
    found += _faults_of_offers(package["seat_events"], requests)
    found += _more_than_granted(package, requests)
    found += _more_people_than_seats(package)
    return [*found, *_told_otherwise_in_decisions(package)]


def _faults_of_request(request: Row, events: Rows) -> Iterator[str]:
    numbers = [event["event_id"] for event in events]
    if numbers != [f"{request['request_id']}/{number:03d}" for number in range(1, len(events) + 1)]:
        yield f"its events are numbered {numbers}"
    total = _seats(events)
    by_offer = _seats(event for event in events if event["offer_id"])
    at_all = Counter({event: total[event] - by_offer[event] for event in total})
    back = by_offer["declined"] + total["lapsed"] + total["released"]
    requested, confirmed, waiting, declined, released = (
        int(request[f"seats_{name}"]) for name in ("requested", "confirmed", "waitlisted", "declined", "released")
    )
    pairs = {
        "seats_confirmed is what was offered and did not come back": (confirmed, total["offered"] - back),
        "seats_released is what came back": (released, back),
        "seats_declined is what was never offered": (declined, at_all["declined"] + total["closed"]),
    }
    yield from (f"{what}: {told} is not {is_}" for what, (told, is_) in pairs.items() if told != is_)
    undecided = requested - confirmed - waiting - declined - released
    if undecided < 0 or (undecided and total["offered"] + total["closed"]):
        yield f"{undecided} of its seats are nowhere"
    if sum(total[answer] for answer in ANSWERS) - at_all["declined"] > total["offered"]:
        yield f"more was answered than offered: {dict(total)}"
    if bool(total["closed"]) and [row["at"] for row in events if row["event"] == "closed"] != [request["closed_at"]]:
        yield f"it was closed at {request['closed_at']}, its event says otherwise"
    if request["closed_at"] and not total["closed"]:
        yield "it was closed, and no event says so"
    yield from _impossible_order(requested, events)


def _impossible_order(requested: int, events: Rows) -> Iterator[str]:
    """What cannot have happened when it is told to have: nothing is given, answered, or taken that is not there."""
    of_offer: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    of_request, before, closed_at = [requested, 0], "", ""
    for event in events:
        what, seats = event["event"], int(event["seats"])
        effects = EFFECTS.get((what, bool(event["offer_id"])))
        if effects is None:
            yield f"{event['event_id']}: an answer names its offer, and nothing else does"
            continue
        if event["at"] < before:
            yield f"{event['event_id']} happened before the event before it"
        if closed_at and event["at"] > closed_at and what in {"waitlisted", "offered"}:
            yield f"{event['event_id']} came after its end"
        before, closed_at = event["at"], event["at"] if what == "closed" else closed_at
        accounts = of_request, of_offer[event["offer_id"]]
        for account, effect in zip(accounts, (effects[:2], effects[2:]), strict=True):
            account[:] = [number + seats * sign for number, sign in zip(account, effect, strict=True)]
        if seats <= 0 or min(*accounts[0], *accounts[1]) < 0 or (what == "waitlisted" and seats > of_request[0]):
            yield f"{event['event_id']}: {what} {seats} is more than there was: {accounts}"


def _faults_of_offers(events: Rows, requests: Mapping[tuple[str, str], Row]) -> Iterator[str]:
    """An offer is made once, to one district, of one component, and its first answer is about all of its seats."""
    named = sorted((row for row in events if row["offer_id"]), key=lambda row: (row["season"], row["offer_id"]))
    for (season, offer_id), rows in groupby(named, key=lambda row: (row["season"], row["offer_id"])):
        mine = [*rows]
        of = {tuple(requests[season, row["request_id"]][name] for name in ("lea_id", "component")) for row in mine}
        made = {row["at"] for row in mine if row["event"] == "offered"}
        if len(of) != 1 or len(made) != 1 or len({row["round_number"] for row in mine}) != 1:
            yield f"{offer_id} is of {of}, made at {made}"
        answers = [row for row in mine if row["event"] in ANSWERS]
        seats = _seats(mine)
        if answers and sum(seats[answer] for answer in ANSWERS) != seats["offered"]:
            yield f"{offer_id} offers {seats['offered']} seats and is answered for others: {dict(seats)}"
        if len({row["at"] for row in answers}) > 1:
            yield f"{offer_id} is answered first at {sorted({row['at'] for row in answers})}"


def _more_than_granted(package: Package, requests: Mapping[tuple[str, str], Row]) -> Iterator[str]:
    """At no moment more seats are out than the grant of that moment has."""
    grants: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for grant in sorted(package["grants"], key=lambda row: row["from_at"]):
        grants[grant["season"], grant["component"]].append(grant)
    out: Counter[tuple[str, str]] = Counter()
    for at, rows in groupby(sorted(package["seat_events"], key=lambda row: row["at"]), key=lambda row: row["at"]):
        for row in rows:
            key = row["season"], requests[row["season"], row["request_id"]]["component"]
            is_back = row["event"] in BACK and (row["event"] != "declined" or row["offer_id"])
            out[key] += int(row["seats"]) if row["event"] == "offered" else -int(row["seats"]) if is_back else 0
        for key, seats in out.items():
            granted = [int(grant["seats"]) for grant in grants[key] if grant["from_at"] <= at]
            if seats > (granted or [0])[-1]:
                yield f"{key} has {seats} seats out at {at}, of {granted}"


def _more_people_than_seats(package: Package) -> Iterator[str]:
    seats: Counter[tuple[str, ...]] = Counter()
    for row in package["seat_requests"]:
        seats[row["season"], row["lea_id"], row["component"]] += int(row["seats_confirmed"])
    people = Counter(
        (row["season"], row["lea_id"], row["component"]) for row in package["enrollments"] if row["status"] in SEATED
    )
    yield from (f"{key}: {number} people, {seats[key]} seats" for key, number in people.items() if number > seats[key])


def _told_otherwise_in_decisions(package: Package) -> Iterator[str]:
    """Whatever a decision closed, and every offer that one settled, has its events."""
    told = {(row["season"], row["request_id"], row["event"], row["at"]) for row in package["seat_events"]}
    answered = {(row["season"], row["offer_id"]) for row in package["seat_events"] if row["event"] in ANSWERS}
    for row in package["decisions"]:
        subject = row["subject_id"]
        if row["subject_kind"] == "seat_request" and row["outcome"] == "closed":
            if (row["season"], subject, "closed", row["decided_at"]) not in told:
                yield f"{subject} was closed by {row['decision_id']}, and no event says so"
        elif row["subject_kind"] == "offer" and row["outcome"] != "rejected":  # noqa: SIM102 - as above
            if (row["season"], subject.rpartition("/")[2]) not in answered:
                yield f"{subject} was answered by {row['decision_id']}, and no event says so"


def _seats(events: Iterable[Row]) -> Counter[str]:
    found: Counter[str] = Counter()
    for event in events:
        found[event["event"]] += int(event["seats"])
    return found
