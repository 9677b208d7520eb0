"""How a season's dates move to another year, and what of its policy a person must decide anew.

Source: ruling on seasons side by side: the next season's dates by analogy, for the agency to confirm.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from rules.schedules import next_working_day

WEEK = timedelta(weeks=1)

# By key of the policy, or its beginning: what the packages and the program's rules do not say for another year.
TO_DECIDE: Mapping[str, str] = {
    "seats.certification": "the agency's grant of certification seats, and whether it grows",
    "seats.academy": "the agency's grant of academy seats",
    "seats.librarian": "the agency's grant of librarian seats",
    "seats.exfrl": "the agency's grant of seats in Exploring Future Ready Librarianship",
    "academy.courses": "the provider's catalog of courses",
    "academy.webinars": "the provider's webinars",
    "cohorts.closed_on": "the days on which districts are closed, from their calendars",
    "review.absent_weeks": "when evaluators are absent",
    "credits": "the credit provider's fee, and whether credits count toward computer science",
    "exfrl.sessions.summer": "the provider's summer session and its seats",
    "exfrl.sessions.fall": "the provider's fall session and its seats",
    "letters": "the senders and addresses of letters",
}


@dataclass(frozen=True, slots=True)
class MovedDay:
    """A day of the policy in the season before and in the next one, and why it is not the same weekday, where it is not."""

    key: str
    before: date
    after: date
    reason: str = ""


def weeks_to_move(opens_on: date, years: int) -> int:
    """By how many whole weeks a season is moved, so that its first day keeps its weekday nearest to its day of the calendar.

    All dates move by the same weeks: what lies between two of them stays as it is.

    Source: ruling on the next season's dates.
    """
    return round((opens_on + relativedelta(years=years) - opens_on) / WEEK)


def move_day(key: str, before: date, weeks: int, closed: Collection[date]) -> MovedDay:
    """The same kind of day so many weeks later: the same weekday, or the next day of work where the state is closed on it.

    ``closed`` has the state's closed days of both years. A day that was closed before may be closed again.

    Source: ruling on the next season's dates.
    """
    after = before + weeks * WEEK
    if after not in closed or before in closed:
        return MovedDay(key, before, after)
    open_day = next_working_day(after, closed)
    return MovedDay(key, before, open_day, f"the state is closed on {after:%A, %B} {after.day}")


def to_decide(key: str) -> str:
    """What a person must decide about a key of the policy, or about the section that it names; empty where nothing.

    Source: ruling on the next season's dates: what the source does not say is the agency's to confirm.
    """
    return TO_DECIDE.get(key, "")
