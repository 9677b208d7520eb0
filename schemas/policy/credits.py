"""The section of graduate credits."""

from typing import Literal

from schemas.policy.parts import Cents, Count, Part, Positive


class Endorsement(Part):
    """What the state has determined about an endorsement; 'undetermined' is shown so until it says otherwise."""

    code: str
    required_credits: Positive
    counted_credits: Count
    computer_science_required_credits: Positive
    counts_toward_computer_science: Literal["undetermined", "yes", "no"]


class Credits(Part):
    """Graduate credits: opted into and paid by the participant, never by the district."""

    fee_per_credit_cents: Cents
    certification_maximum: Positive
    academy_maximum: Positive
    poll_after_days: Positive
    endorsement: Endorsement
