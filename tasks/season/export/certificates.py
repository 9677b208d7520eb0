"""Certificates and their terms."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from schemas.kinds import InputKind
from schemas.records import Track
from schemas.statuses import CertificateStatus, Disposition
from schemas.tables import IntakeRow
from tasks.intake.cell_values import day as day_of
from tasks.season.export.contract import ExportTable, Scope, day, kind, number, prepared, refers, season_of, text


def _payments(db: Session, scope: Scope) -> Iterator[Mapping[str, Any]]:
    """When each renewal was paid, as the accepted rows of payments say."""
    query = select(IntakeRow).options(joinedload(IntakeRow.source))
    query = query.where(IntakeRow.season.in_(scope.seasons), IntakeRow.kind == InputKind.RENEWAL)
    for row in db.scalars(query.where(IntakeRow.disposition == Disposition.ACCEPTED)):
        content = row.content
        term = {"certificate_id": content["certificate_id"], "term_number": int(content["term_number"])}
        yield {**term, "paid_on": day_of(content["paid_on"])}


PREPARED = (
    prepared("export_payment", _payments, certificate_id=sa.Text(), term_number=sa.Integer(), paid_on=sa.Date()),
)

TABLES = (
    ExportTable(
        "certificates",
        "Certificates",
        "Every certificate that was ever issued.",
        1,
        (
            text("certificate_id", "The number on the certificate.", "c.certificate_id"),
            text("person_id", "Whose it is.", "coalesce(p.merged_into, p.person_id)"),
            season_of("c"),
            kind("track", "The track.", "c.track", Track),
            day("issued_on", "When it was issued.", "c.issued_on"),
            day("expires_on", "The last day of its newest term.", "c.expires_on"),
            kind("status", "Whether it is valid.", "c.status", CertificateStatus),
        ),
        "FROM certificate c LEFT JOIN person p ON p.email = c.email WHERE c.season IN :seasons",
        (refers("person_id", "persons"),),
    ),
    ExportTable(
        "certificate_terms",
        "Terms of certificates",
        "Each term of validity; a renewal adds the next one.",
        2,
        (
            text("certificate_id", "The certificate.", "t.certificate_id"),
            number("term_number", "Which of its terms.", "t.term_number"),
            day("starts_on", "The first day.", "t.starts_on"),
            day("ends_on", "The last day.", "t.ends_on"),
            number("points", "The points that set the renewal fee.", "t.points", "points"),
            number("fee_cents", "The fee.", "t.fee_cents", "cents"),
            day("paid_on", "When the fee was paid.", "x.paid_on"),
        ),
        "FROM certificate_term t JOIN certificate c ON c.certificate_id = t.certificate_id"
        " LEFT JOIN export_payment x ON x.certificate_id = t.certificate_id AND x.term_number = t.term_number"
        " WHERE c.season IN :seasons",
        (refers("certificate_id", "certificates"),),
    ),
)
