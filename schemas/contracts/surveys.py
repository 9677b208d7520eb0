"""The contracts of the district interest survey, and of the leads whom superintendents name afterwards."""

from schemas.contracts.common import (
    COUNT,
    DAY,
    LONG_TEXT,
    MOMENT,
    Contract,
    Expect,
    Field,
    expect_district,
    expect_filled,
    expect_mailable,
    expect_match,
)
from schemas.kinds import InputKind, Severity

# What the district of a response is held against, by matching (``tasks/surveys/match_districts.py``).
NO_DISTRICT, UNKNOWN_DISTRICT = "IS-004", "IS-005"
MATCHING = {
    NO_DISTRICT: "neither the NCES district id nor the district's name is there",
    UNKNOWN_DISTRICT: "no district is surely meant",
}
# The dates of the preferred start, by checking them together (``tasks/surveys/start_windows.py``).
START_FROM, START_UNTIL, START_ORDER = "IS-020", "IS-021", "IS-022"
NO_START_DAY, START_REMEDY = "this is not a date", "write it as 2022-09-19 or leave it empty"
_APPLYING = ("request", ("Apply", "apply"))

SURVEY = Contract(
    kind=InputKind.SURVEY,
    title="district interest survey",
    fields=(
        Field("response_id", is_required=False),
        Field("submitted_at"),
        Field("lea_id", or_else="district_name"),
        Field("request"),
        Field("option"),
        Field("certification_seats"),
        Field("academy_seats"),
        Field("librarian_seats"),
        Field("exfrl_seats"),
        Field("lead_name"),
        Field("lead_email"),
        Field("finished", is_required=False),
        Field("district_name", is_required=False),
        Field("certified_librarians", is_required=False),
        Field("slots", is_required=False, longest_characters=LONG_TEXT),
        Field("start_from", is_required=False),
        Field("start_until", is_required=False),
        Field("superintendent_name", is_required=False),
        Field("status", is_required=False),
        Field("origin_file", is_required=False),
        Field("origin_row", is_required=False),
    ),
    key=("response_id",),
    normal={"lea_id": "lea_id", "lead_email": "email", "option": "option", "submitted_at": "moment",
            "start_from": "day", "start_until": "day"},
    expectations=(
        expect_filled("IS-001", "response_id", "the response id"),
        expect_filled("IS-002", "submitted_at", "the time of submission"),
        expect_match("IS-003", "submitted_at", MOMENT, "this is not a date and time", "write it as 2022-05-03 14:30:00"),
        Expect(
            "IS-006",
            "request",
            "in_set",
            "the answer is neither 'Apply' nor 'More information'",
            "choose one of the two",
            values=("Apply", "apply", "More information", "more information"),
        ),
        Expect(
            "IS-007",
            "option",
            "in_set",
            "this is not one of the options 1, 2 and 3",
            "choose option 1, 2 or 3",
            values=("1", "2", "3"),
            only_where=_APPLYING,
        ),
        expect_filled("IS-008", "option", "the package", only_where=_APPLYING),
        *(
            expect_match(
                f"IS-01{number}", f"{name}_seats", COUNT, "this is not a number of seats", "write a whole number, as 25"
            )
            for number, name in enumerate(("certification", "academy", "librarian", "exfrl"))
        ),
        expect_match(
            "IS-019", "certified_librarians", COUNT, "this is not a number of librarians", "write a whole number, as 2"
        ),
        expect_match(START_FROM, "start_from", DAY, NO_START_DAY, START_REMEDY),
        expect_match(START_UNTIL, "start_until", DAY, NO_START_DAY, START_REMEDY),
        expect_filled("IS-014", "lead_email", "the e-mail of the district lead"),
        expect_mailable("IS-015", "lead_email"),
        expect_filled("IS-016", "lead_name", "the district lead", severity=Severity.WARNING),
        Expect(
            "IS-017",
            "finished",
            "in_set",
            "the response was not finished",
            "ask the district lead to finish the survey",
            values=("1", "2", "True", "true", "TRUE", "yes", "Yes", "Complete", "complete", "Completed", "completed"),
        ),
        expect_match(
            "IS-018",
            "status",
            r"^(?!(?:1|2|8|9|12|17|(?i:(?:survey |offline )?(?:preview|test)|(?:possible |preview |imported )?spam))\Z)",
            "this is a preview, a test or spam, and not a response",
            "nothing; if a district did send it, set the status to 0",
        ),
    ),
)  # fmt: skip

LEAD = Contract(
    kind=InputKind.LEAD,
    title="changes of district leads",
    fields=(Field("lea_id"), Field("lead_name"), Field("lead_email"), Field("named_on")),
    key=("lea_id", "named_on", "lead_email"),
    normal={"lea_id": "lea_id", "lead_email": "email"},
    expectations=(
        *expect_district("LD-001", "LD-002"),
        expect_filled("LD-003", "lead_name", "the name of the lead"),
        expect_filled("LD-004", "lead_email", "the e-mail of the lead"),
        expect_mailable("LD-005", "lead_email"),
        expect_filled("LD-006", "named_on", "the day on which the superintendent named the lead"),
        expect_match("LD-007", "named_on", DAY, "this is not a day", "write it as 2022-06-20"),
    ),
)  # fmt: skip
