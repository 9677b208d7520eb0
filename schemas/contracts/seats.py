"""The contracts of districts' answers to seat offers, and of their requests for more seats."""

from schemas.contracts.common import (
    COUNT,
    DAY,
    Contract,
    Field,
    expect_component,
    expect_district,
    expect_filled,
    expect_match,
)
from schemas.kinds import InputKind

OFFER_ID = r"^O-[0-9A-Za-z]+-[0-9]{4,}\Z"
ANSWER = Contract(
    kind=InputKind.ANSWER,
    title="answers to seat offers",
    fields=(
        Field("lea_id"),
        Field("component"),
        Field("offer", is_required=False),  # the tools of earlier seasons do not ask for it
        Field("seats"),
        Field("answered_on"),
    ),
    key=("lea_id", "component", "offer", "answered_on"),
    normal={"lea_id": "lea_id"},
    expectations=(
        *expect_district("AN-001", "AN-002"),
        *expect_component("AN-003", "AN-004"),
        expect_filled("AN-005", "answered_on", "the day of the answer"),
        expect_match("AN-006", "answered_on", DAY, "this is not a day", "write it as 2022-06-20"),
        expect_filled("AN-007", "seats", "the number of seats that the district takes"),
        expect_match(
            "AN-009", "offer", OFFER_ID, "this is not an offer", "write it as it stands in the letter: O-2022-0142"
        ),
        expect_match("AN-008", "seats", COUNT, "this is not a number of seats", "write a whole number; 0 declines all"),
    ),
)
SEAT_REQUEST = Contract(
    kind=InputKind.SEAT_REQUEST,
    title="requests for more seats",
    fields=(Field("lea_id"), Field("component"), Field("seats"), Field("requested_on")),
    key=("lea_id", "component", "requested_on", "seats"),
    normal={"lea_id": "lea_id"},
    expectations=(
        *expect_district("SR-001", "SR-002"),
        *expect_component("SR-003", "SR-004"),
        expect_filled("SR-005", "seats", "how many more seats the district needs"),
        expect_match("SR-006", "seats", COUNT, "this is not a number of seats", "write a whole number, as 5"),
        expect_filled("SR-007", "requested_on", "the day of the request"),
        expect_match("SR-008", "requested_on", DAY, "this is not a day", "write it as 2022-07-08"),
    ),
)
