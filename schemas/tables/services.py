"""Tables of other people's servers that we talk to."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from schemas.columns import Base
from schemas.tables.common import key


class ServiceCircuit(Base):
    """An open circuit: a service that is set up wrong, and how, in a sentence; the row is there only while it is open.

    Its moments are the clock's.
    """

    __tablename__ = "service_circuit"
    name: Mapped[str] = key()
    opened_at: Mapped[datetime]
    reason: Mapped[str]
    next_try_at: Mapped[datetime]
