"""The list of districts, which every subject may look up."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.tables import District


def districts_by_id(db: Session) -> Mapping[str, District]:
    """Every district by its LEA id."""
    return {district.lea_id: district for district in db.scalars(select(District))}
