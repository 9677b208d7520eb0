"""The points of a certificate's terms: those of every activity done in a term, whenever its renewal was paid."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.tables import Activity, CertificateTerm


def newest_term(db: Session, certificate_id: str) -> CertificateTerm:
    """The newest term of a certificate."""
    mine = select(CertificateTerm).where(CertificateTerm.certificate_id == certificate_id)
    return db.scalars(mine.order_by(CertificateTerm.term_number.desc()).limit(1)).one()


def points_of_term(db: Session, term: CertificateTerm) -> int:
    """The points of all activities of a term."""
    query = select(func.sum(Activity.points)).where(
        Activity.certificate_id == term.certificate_id, Activity.done_on.between(term.starts_on, term.ends_on)
    )
    return db.scalar(query) or 0
