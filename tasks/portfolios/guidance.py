"""Guidance for librarians who make their portfolio without a cohort: what to submit, by when, and who helps."""

from datetime import datetime
from typing import Any

from rules.portfolios import extended_window, open_space
from schemas.kinds import SubjectKind
from schemas.records import Track
from schemas.tables import Extension
from tasks.cohorts.members import local_spans
from tasks.core.districts import districts_by_id
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter
from tasks.portfolios.learners import PortfolioLearner, lone_librarians
from tasks.portfolios.office_hours import hours_ahead
from tasks.portfolios.submissions import newest_round, portfolio_id_of

HOURS_TOLD = 3


@step
def guide_librarians(season: str, as_of: datetime) -> int:
    """Tell each librarian whose portfolio needs no cohort, once, that the time for it has begun; the letters written.

    Whoever was enrolled while nobody looked is found on the next day.
    """
    with unit_of_work(season, as_of) as work:
        written = keys_written(work.db, season, "portfolio-space/")
        names = districts_by_id(work.db)
        new = [item for item in lone_librarians(work) if _key(item) not in written]
        for item in new:
            _guide(work, item, names[item.person.lea_id].name)
    return len(new)


def _key(item: PortfolioLearner) -> str:
    """Who comes back in another seat has a new time, and is told so."""
    return f"portfolio-space/{item.person.email}/{item.window.starts_on}"


def _guide(work: Work, item: PortfolioLearner, district: str) -> None:
    person, track = item.person, Track.LIBRARIAN
    more = work.db.get(Extension, (work.season, person.email, track.value))
    window = extended_window(item.window, more.until if more else None)
    ruling = open_space(window)
    work.decide(SubjectKind.EDUCATOR, person.email, ruling, track=track)
    hours = [
        hour for hour in hours_ahead(work, person.lea_id) if work.policy.local_day(hour.starts_at) <= window.ends_on
    ]
    letter: dict[str, Any] = {"person": person, "district": district, "window": window}
    letter["artifacts"] = work.policy.portfolio.artifacts[track.value]
    letter["hours"] = local_spans(work, hours[:HOURS_TOLD])
    letter["is_over"] = window.ends_on < work.today
    letter["is_submitted"] = newest_round(work.db, portfolio_id_of(work.season, person.email, track)) is not None
    write_letter(work, _key(item), "portfolio_space", person.email, **letter)
