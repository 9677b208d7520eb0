"""The credit provider's contract, as it documents it: its answers, by status, and the forms of their bodies.

A refusal is a body with the status *refused* and the reason. What is not written here is no answer.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.records import TranscriptRecord
from schemas.statuses import ProviderStatus, TranscriptStatus
from tasks.core.answers import HttpService

SERVICE = HttpService(
    name="the credit provider",
    address_setting="CADRE_PROVIDER_URL",
    token_setting="the Prefect Secret block 'credit-provider-token', or CADRE_PROVIDER_TOKEN",  # noqa: S106 - where it is
)
REQUESTS = "/v1/transcript-requests"
LIST = "/v1/transcript-list"
Sentence = Annotated[
    str, AfterValidator(lambda text: text.replace("\0", ""))
]  # for people; no database keeps a zero sign
Name = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")
]  # by which something is asked for: as it is, or not
KNOWN_AS = {ProviderStatus.PROCESSING: TranscriptStatus.REQUESTED}


class Documented(BaseModel):
    """A body: the fields that we rely on, each of exactly its type; further ones may come."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class TranscriptAnswer(Documented):
    """A request as the provider has it."""

    reference: Name = Field(min_length=1)
    idempotency_key: Name
    status: ProviderStatus
    reason: Sentence = ""
    credits: int
    fee_cents: int

    @model_validator(mode="after")
    def _refusals_have_a_reason(self) -> Self:
        if self.status == ProviderStatus.REFUSED and not self.reason.strip():
            raise ValueError("a refusal without a reason is not documented")
        return self

    @property
    def transcript(self) -> TranscriptStatus:
        """Its status in our words."""
        return KNOWN_AS.get(self.status) or TranscriptStatus(self.status)

    @property
    def record(self) -> TranscriptRecord:
        """What the reconciliation compares."""
        return TranscriptRecord(self.transcript, self.credits, self.fee_cents)


class TranscriptPage(Documented):
    """Requests found by a query; ``next_after`` is empty on the last page."""

    items: list[TranscriptAnswer]
    next_after: Name = ""


class Problem(Documented):
    """The documented body of an answer that says that one request is wrong as it is; nothing about the others."""

    code: Literal["key_reused", "invalid_request", "unknown_reference"]
    detail: str


ACCEPTED: Mapping[int, type[TranscriptAnswer]] = {200: TranscriptAnswer, 202: TranscriptAnswer}
SHOWN: Mapping[int, type[TranscriptAnswer]] = {200: TranscriptAnswer}
FOUND: Mapping[int, type[TranscriptPage]] = {200: TranscriptPage}
NOT_ACCEPTED: Mapping[int, type[Problem]] = {409: Problem, 422: Problem}
NOT_SHOWN: Mapping[int, type[Problem]] = {404: Problem}
