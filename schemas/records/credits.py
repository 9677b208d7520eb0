"""Records of graduate credits: what one side knows of a transcript, and where the two sides differ."""

from dataclasses import dataclass

from schemas.statuses import DifferenceKind


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """A request for a transcript as one side has it; ``status`` is a ``TranscriptStatus``, or what else the provider says."""

    status: str
    credits: int
    fee_cents: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Where our books and the provider's do not agree."""

    key: str
    kind: DifferenceKind
    reason: str
