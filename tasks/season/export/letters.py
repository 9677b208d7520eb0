"""Every letter: to whom it went, what it is about, and how it fared. What it says stays with us."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from schemas.kinds import RecipientKind, SubjectKind
from schemas.statuses import OutboxStatus
from tasks.core.policies import policy_of
from tasks.season.export.contract import ExportTable, Looked, Scope, kind, moment, number, prepared, season_of, text


@dataclass(frozen=True, slots=True)
class Occasion:
    """A kind of letter, by the second part of its key: to whom it goes, and which part of the key it is about.

    Part 0 is all that follows the occasion; a part that is the recipient's address is the recipient.
    """

    recipient: RecipientKind
    about: SubjectKind | None
    part: int


PERSON, LEAD, EVALUATOR = RecipientKind.PERSON, RecipientKind.LEAD, RecipientKind.EVALUATOR
OPERATORS, AGENCY = RecipientKind.OPERATORS, RecipientKind.AGENCY
OCCASIONS: Mapping[str, Occasion] = {
    "academy-completed": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "address-changed": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "application_received": Occasion(LEAD, SubjectKind.APPLICATION, 3),
    "attendance": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "audit": Occasion(OPERATORS, None, 3),
    "certificate": Occasion(PERSON, SubjectKind.CERTIFICATE, 3),
    "check-in": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "cohort": Occasion(PERSON, SubjectKind.COHORT, 3),
    "cohort-change": Occasion(LEAD, SubjectKind.COHORT, 4),
    "cohort-dissolved": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "commitment": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "conflicted-results": Occasion(OPERATORS, SubjectKind.PORTFOLIO, 3),
    "conflicts": Occasion(OPERATORS, SubjectKind.PORTFOLIO, 3),
    "course-over": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "course-welcome": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "credentials-wait": Occasion(OPERATORS, None, 3),
    "credit-ended": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "credit-refused": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "credit-requested": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "extension": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "hold": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "information": Occasion(LEAD, SubjectKind.APPLICATION, 3),
    "late-result": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "lead": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "letters-failed": Occasion(OPERATORS, None, 3),
    "merge": Occasion(OPERATORS, SubjectKind.COHORT, 3),
    "more_seats": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "office-hour-changed": Occasion(PERSON, SubjectKind.DISTRICT, 3),
    "office-hours": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "passed-on": Occasion(EVALUATOR, SubjectKind.PORTFOLIO, 3),
    "portfolio": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "portfolio-refused": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "portfolio-reminder": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "portfolio-space": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "re-review-ended": Occasion(OPERATORS, SubjectKind.PORTFOLIO, 3),
    "recommendation": Occasion(PERSON, SubjectKind.DISTRICT, 3),
    "reconciliation": Occasion(OPERATORS, None, 3),
    "refunds": Occasion(OPERATORS, None, 3),
    "released": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "reminder": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "replaced": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "response_rejected": Occasion(LEAD, SubjectKind.APPLICATION, 3),
    "resubmission-reminder": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "result": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "reviews": Occasion(EVALUATOR, SubjectKind.EVALUATOR, 3),
    "roster-rejected": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "round": Occasion(PERSON, SubjectKind.PORTFOLIO, 3),
    "seat-lapsed": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "seats": Occasion(LEAD, SubjectKind.DISTRICT, 4),
    "session": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "session-missed": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "session-moved": Occasion(PERSON, SubjectKind.COHORT, 3),
    "session-moved-lead": Occasion(LEAD, SubjectKind.COHORT, 3),
    "session-offered": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "silence": Occasion(EVALUATOR, SubjectKind.PORTFOLIO, 3),
    "sla": Occasion(EVALUATOR, SubjectKind.PORTFOLIO, 4),
    "sla-agency": Occasion(AGENCY, None, 3),
    "sla-results": Occasion(OPERATORS, None, 3),
    "sla-results-agency": Occasion(AGENCY, None, 3),
    "start": Occasion(LEAD, SubjectKind.COHORT, 4),
    "start-answer": Occasion(LEAD, SubjectKind.COHORT, 4),
    "start-joined": Occasion(LEAD, SubjectKind.COHORT, 4),
    "transcript-sent": Occasion(PERSON, SubjectKind.CREDIT, 0),
    "unplaced": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "unplaced-lead": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "unsure-persons": Occasion(OPERATORS, None, 3),
    "waitlist_closed": Occasion(LEAD, SubjectKind.DISTRICT, 3),
    "webinar-change": Occasion(PERSON, SubjectKind.WEBINAR, 3),
    "webinars": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
    "withdrawn": Occasion(PERSON, SubjectKind.EDUCATOR, 3),
}


def _occasions(_db: Session, _scope: Scope) -> Iterator[Mapping[str, Any]]:
    for name, told in OCCASIONS.items():
        row = {"occasion": name, "recipient_kind": told.recipient, "about_kind": told.about, "part": told.part}
        yield row


def _offices(_db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """The addresses of those who are no persons: whatever a letter there is about, they get it as an office."""
    for season in scope.seasons:
        letters = policy_of(season).letters
        found = {letters.agency: RecipientKind.AGENCY} | {letters.operators: RecipientKind.OPERATORS}
        for address, kind_ in found.items():
            yield {"season": season, "address": parseaddr(address)[1], "recipient_kind": kind_}


# Each step is worked out once: SQLite would do so again for every word of the next one that names a part of it.
APART = """
SELECT o.season, o.message_key, o.created_at, o.answered_at, o.status, o.attempts,
       export.item(o.payload, 'to') AS address, export.item(o.payload, 'template') AS template,
       k.recipient_kind, k.about_kind,
       CASE WHEN k.about_kind IS NULL THEN '' WHEN k.part = 3 THEN export.part(o.message_key, 3)
            WHEN k.part = 4 THEN export.part(o.message_key, 4)
            ELSE substr(o.message_key, length(o.season) + length(k.occasion) + 3) END AS about
FROM outbox o :as_stored LEFT JOIN export_occasion k ON k.occasion = export.part(o.message_key, 2)
WHERE o.kind = 'mail' AND o.season IN :seasons :once"""

# An address that no person, evaluator, or facilitator has stands nowhere in the file: its letter names no recipient.
ADDRESSED = f"""
SELECT m.season, m.message_key, m.created_at, m.answered_at, m.status, m.attempts, m.address, m.template, m.about_kind, m.about,
       coalesce(x.recipient_kind, m.recipient_kind, CASE WHEN p.person_id IS NOT NULL THEN 'person' END) AS recipient_kind,
       CASE WHEN x.recipient_kind IS NOT NULL THEN NULL
            WHEN m.recipient_kind = 'evaluator' THEN e.evaluator_id
            WHEN m.recipient_kind = 'facilitator' THEN f.facilitator_id
            ELSE coalesce(p.merged_into, p.person_id) END AS recipient_id
FROM ({APART}) m
LEFT JOIN export_office x ON x.season = m.season AND x.address = m.address
LEFT JOIN person_address g ON g.address = m.address
LEFT JOIN person p ON p.email = coalesce(g.email, m.address)
LEFT JOIN export_evaluator e ON e.email = m.address
LEFT JOIN export_facilitator f ON f.email = m.address :once"""  # noqa: S608 - our own words

NAMED = f"""
SELECT o.season, o.template, o.recipient_kind, o.recipient_id, o.about_kind, o.created_at, o.answered_at, o.status, o.attempts,
       CASE WHEN o.recipient_id IS NULL THEN o.message_key
            ELSE replace(o.message_key, o.address, o.recipient_id) END AS name,
       CASE WHEN o.about = '' THEN NULL WHEN o.about = o.address THEN o.recipient_id
            WHEN o.about LIKE '%@%' THEN NULL ELSE o.about END AS about_id
FROM ({ADDRESSED}) o"""  # noqa: S608 - our own words

LETTERS = f"""
SELECT 'L-' || export.opaque(n.name) AS letter_id, n.season, n.template, n.recipient_kind, n.recipient_id,
       CASE WHEN n.about_id IS NOT NULL THEN n.about_kind END AS about_kind, n.about_id, n.created_at,
       CASE WHEN n.status = 'sent' THEN n.answered_at END AS sent_at, n.status, n.attempts
FROM ({NAMED}) n"""  # noqa: S608 - our own words

PREPARED = (
    prepared(
        "export_occasion",
        _occasions,
        occasion=sa.Text(),
        recipient_kind=sa.Text(),
        about_kind=sa.Text(),
        part=sa.Integer(),
    ),
    Looked(
        "export_evaluator", ("email",), "SELECT email, min(evaluator_id) AS evaluator_id FROM evaluator GROUP BY email"
    ),
    Looked(
        "export_facilitator",
        ("email",),
        "SELECT email, min(facilitator_id) AS facilitator_id FROM facilitator GROUP BY email",
    ),
    prepared("export_office", _offices, season=sa.Text(), address=sa.Text(), recipient_kind=sa.Text()),
    Looked("export_letter", (), LETTERS),
)

TABLES = (
    ExportTable(
        "letters",
        "Letters",
        "Every letter that was written.",
        1,
        (
            text("letter_id", "The letter's id, made from what it was written for.", "l.letter_id"),
            season_of("l"),
            text("template", "What kind of letter it is.", "l.template"),
            kind("recipient_kind", "What its recipient is.", "l.recipient_kind", RecipientKind),
            text("recipient_id", "The person, evaluator, or facilitator.", "l.recipient_id"),
            kind("about_kind", "What it is about.", "l.about_kind", SubjectKind),
            text("about_id", "Which one; an educator is a person.", "l.about_id"),
            moment("created_at", "When it was written.", "l.created_at"),
            moment("sent_at", "When a mail server took it.", "l.sent_at"),
            kind("status", "Where it stands.", "l.status", OutboxStatus),
            number("attempts", "How often it was tried.", "l.attempts"),
        ),
        "FROM export_letter l",
    ),
)
