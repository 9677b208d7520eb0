"""Care for those who make their portfolios: reminders, and more time."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from rules.portfolios import (
    extend,
    extended_window,
    remind,
)
from rules.rule_ids import RuleId
from schemas.kinds import SubjectKind
from schemas.records import Term, Track
from schemas.tables import (
    Certificate,
    Educator,
    Extension,
    Portfolio,
    ReviewRound,
)
from tasks.core.step import step
from tasks.ledger.unit_of_work import Work, unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter
from tasks.portfolios.learners import portfolio_learners
from tasks.portfolios.submissions import portfolio_id_of, time_for


@step
def remind_participants(season: str, as_of: datetime) -> int:
    """Remind those whose portfolio is not in yet, on the policy's days before the end; the reminders written."""
    with unit_of_work(season, as_of) as work:
        written = keys_written(work.db, season, "portfolio-reminder/")
        done, extensions = _submitted(work), _extensions(work)
        count = 0
        for person, window, tracks in portfolio_learners(work):
            for track in tracks:
                term = extended_window(window, extensions.get((person.email, track.value)))
                is_submitted = (person.email, track.value) in done
                reminder = remind(track, term, is_submitted, work.today, work.policy.portfolio)
                key = f"{person.email}/{track}/{term.ends_on}/{reminder[0] if reminder else ''}"
                if reminder and f"portfolio-reminder/{key}" not in written:
                    with work.because(key):  # one person may be reminded of two portfolios at once
                        work.decide(SubjectKind.EDUCATOR, person.email, reminder[1], track=track)
                    letter = {"person": person, "track": track.value, "ends_on": term.ends_on}
                    write_letter(work, f"portfolio-reminder/{key}", "portfolio_reminder", person.email, **letter)
                    count += 1
    return count


def _submitted(work: Work) -> set[tuple[str, str]]:
    """Whose portfolio has been with the panel, by track."""
    query = select(Portfolio.email, Portfolio.track).join(
        ReviewRound, ReviewRound.portfolio_id == Portfolio.portfolio_id
    )
    query = query.where(Portfolio.season == work.season, ReviewRound.opened_at <= work.as_of)
    return {(row.email, row.track) for row in work.db.execute(query)}


def _extensions(work: Work) -> Mapping[tuple[str, str], date]:
    found = work.db.scalars(select(Extension).where(Extension.season == work.season, Extension.given_at <= work.as_of))
    return {(item.email, item.track): item.until for item in found}


@step
def extend_time(season: str, email: str, track: Track, until: date, *, reason: str, as_of: datetime) -> str:
    """Give a participant more time for one portfolio; the reason as it is recorded.

    Raises:
        OperatorError: they are in no cohort, are certified already, or the day or the reason does not do.
    """
    with unit_of_work(season, as_of) as work:
        known = work.db.get(Extension, (season, email, track.value))
        if known and (
            known.until == until or work.was_decided(SubjectKind.EDUCATOR, email, RuleId.PORTFOLIO_EXTENSION)
        ):
            return known.reason  # a repeated run
        window = time_for(work.db, work.policy, email, track)
        portfolio = work.db.get(Portfolio, portfolio_id_of(season, email, track))
        if window and portfolio and portfolio.resubmit_by:  # the time that is extended is that to submit again
            window = Term(window.starts_on, portfolio.resubmit_by)
        certificate = select(Certificate).where(Certificate.email == email, Certificate.track == track.value)
        is_certified = work.db.scalar(certificate.where(Certificate.season == season)) is not None
        ruling = extend(window, until, reason, work.today, work.policy.portfolio, is_certified=is_certified)
        work.require_allowed(SubjectKind.EDUCATOR, email, ruling, track=track.value)
        if known:
            known.until, known.reason, known.given_at = until, reason.strip(), as_of
        else:
            row = Extension(season=season, email=email, track=track.value, until=until, reason=reason.strip())
            row.given_at = as_of
            work.db.add(row)
        person = work.db.get_one(Educator, (season, email))
        write_letter(
            work, f"extension/{email}/{track}/{work.cause}", "portfolio_extended", email, person=person, ruling=ruling
        )
    return ruling.reason
