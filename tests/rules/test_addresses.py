import pytest

from rules.addresses import change_address
from schemas.statuses import Outcome


@pytest.mark.parametrize(
    ("is_known", "is_current", "is_somebody_elses", "outcome", "words"),
    [
        (True, False, False, Outcome.CHANGED, "Letters go to the new address from now on"),
        (False, False, False, Outcome.REJECTED, "Nobody on record has this address"),
        (True, True, False, Outcome.SUPERSEDED, "the person's address already"),
        (True, False, True, Outcome.REJECTED, "Somebody else on record has the new address"),
    ],
)
def test_an_address_changes_for_somebody_on_record_to_one_that_nobody_else_has(
    is_known: bool, is_current: bool, is_somebody_elses: bool, outcome: Outcome, words: str
) -> None:
    ruling = change_address(is_known, is_current, is_somebody_elses)
    assert ruling.outcome == outcome
    assert words in ruling.reason
