"""The section of certificates and their renewal."""

from typing import Literal, Self

from pydantic import model_validator

from schemas.policy.parts import Cents, Part, Positive, require_order


class Certificates(Part):
    """How long a certificate is valid, when it can be renewed, and what that costs.

    ``early_payment`` says when who paid before the term's end gets back what the points earned since have saved: once, when the
    term has ended, or with each of those activities.
    """

    valid_years: Positive
    renewal_minimum_fee_cents: Cents
    renewal_maximum_fee_cents: Cents
    points_for_minimum_fee: Positive
    renewal_window_days: Positive
    early_payment: Literal["settle_at_term_end", "refund_difference"]
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

    @model_validator(mode="after")
    def _reminders_lie_in_the_window(self) -> Self:
        """A reminder asks for the payment, so a payment can be made by then."""
        first = max(self.reminder_days_before, default=0)
        require_order(first, self.renewal_window_days, "the first of reminder_days_before", "renewal_window_days")
        return self
