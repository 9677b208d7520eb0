"""Portfolios, the time for each, and each time that one was submitted."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.portfolios import extended_window, librarian_window, portfolio_window
from schemas.records import Term, Track
from schemas.tables import Cohort, CohortMember, Extension, Portfolio
from tasks.core.policies import policy_of
from tasks.portfolios.librarians import librarians_without_cohort, seat_complete
from tasks.portfolios.submissions import portfolio_id_of
from tasks.season.export.contract import (
    ExportTable,
    Scope,
    day,
    flag,
    items,
    kind,
    moment,
    prepared,
    refers,
    season_of,
    text,
)


def _windows(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The time for each portfolio whose participant is in a cohort, or is a librarian who needs none."""
    for season in scope.seasons:
        policy = policy_of(season).portfolio
        window_of = cache(lambda starts_on, ends_on, its=policy: portfolio_window(Term(starts_on, ends_on), its))
        yield from _windows_without_cohort(db, season)
        mine = (CohortMember.season == Portfolio.season) & (CohortMember.email == Portfolio.email)
        its = (Cohort.season == CohortMember.season) & (Cohort.cohort_id == CohortMember.cohort_id)
        more = (Extension.season == Portfolio.season) & (Extension.email == Portfolio.email)
        query = (
            select(Portfolio.portfolio_id, Cohort.starts_on, Cohort.ends_on, Extension.until)
            .join(CohortMember, mine)
            .join(Cohort, its)
            .outerjoin(Extension, more & (Extension.track == Portfolio.track))
            .where(Portfolio.season == season)
        )
        for portfolio_id, starts_on, ends_on, until in db.execute(query.execution_options(yield_per=5_000)):
            term = extended_window(window_of(starts_on, ends_on), until)
            yield {"portfolio_id": portfolio_id, "opens_on": term.starts_on, "closes_on": term.ends_on}


def _windows_without_cohort(db: Session, season: str) -> Iterator[Mapping[str, Any]]:
    policy = policy_of(season)
    until = dict(
        db.execute(select(Extension.email, Extension.until).filter_by(season=season, track=Track.LIBRARIAN))
        .tuples()
        .all()
    )
    for person, seat in db.execute(librarians_without_cohort(season)).tuples():
        term = extended_window(librarian_window(seat_complete(seat, policy), policy.portfolio), until.get(person.email))
        portfolio_id = portfolio_id_of(season, person.email, Track.LIBRARIAN)
        yield {"portfolio_id": portfolio_id, "opens_on": term.starts_on, "closes_on": term.ends_on}


PREPARED = (
    prepared(
        "export_window",
        _windows,
        portfolio_id=sa.Text(),
        opens_on=sa.Date(),
        closes_on=sa.Date(),
    ),
)

TABLES = (
    ExportTable(
        "portfolios",
        "Portfolios",
        "What a participant submits in phase 2; one for each track, from its first submission on.",
        1,
        (
            text("portfolio_id", "The portfolio's id.", "f.portfolio_id"),
            season_of("f"),
            text("person_id", "Whose it is.", "coalesce(p.merged_into, p.person_id)"),
            kind("track", "The track.", "f.track", Track),
            text("lea_id", "The participant's district.", "f.lea_id"),
            day("opens_on", "The first day on which it can be submitted.", "w.opens_on"),
            day("closes_on", "The last day, extensions included.", "w.closes_on"),
            day("resubmit_by", "The last day to submit it again, as the newest result told.", "f.resubmit_by"),
        ),
        "FROM portfolio f LEFT JOIN person p ON p.email = f.email"
        " LEFT JOIN export_window w ON w.portfolio_id = f.portfolio_id WHERE f.season IN :seasons",
        (refers("person_id", "persons"), refers("lea_id", "districts")),
    ),
    ExportTable(
        "portfolio_submissions",
        "Submissions of portfolios",
        "Each time that a portfolio was submitted.",
        2,
        (
            text("portfolio_id", "The portfolio.", "s.portfolio_id"),
            moment("submitted_at", "When it was submitted.", "s.submitted_at"),
            flag("is_complete", "Whether all artifacts of its track were there.", "CAST(s.missing AS text) = '[]'"),
            items("missing", "The artifacts that were not.", "s.missing"),
        ),
        "FROM submission s JOIN portfolio f ON f.portfolio_id = s.portfolio_id WHERE f.season IN :seasons",
        (refers("portfolio_id", "portfolios"),),
    ),
)
