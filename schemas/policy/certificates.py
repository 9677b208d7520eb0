"""The section of certificates and their renewal."""

from typing import Self

from pydantic import model_validator

from schemas.policy.parts import Cents, Part, Positive, require_order


class Certificates(Part):
    """How long a certificate is valid, and what its renewal costs."""

    valid_years: Positive
    renewal_minimum_fee_cents: Cents
    renewal_maximum_fee_cents: Cents
    points_for_minimum_fee: Positive
    reminder_days_before: tuple[Positive, ...]
    activities: dict[str, Positive]

    @model_validator(mode="after")
    def _fees_agree(self) -> Self:
        require_order(
            self.renewal_minimum_fee_cents,
            self.renewal_maximum_fee_cents,
            "renewal_minimum_fee_cents",
            "renewal_maximum_fee_cents",
        )
        return self
