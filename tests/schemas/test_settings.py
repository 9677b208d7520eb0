"""Settings that would let a run decide what cannot be undone are refused."""

import pytest
from pydantic import ValidationError

from schemas.settings import Settings


def test_the_clock_of_an_installation_in_production_is_real() -> None:
    assert Settings(environment="production", clock="real").clock == "real"
    assert Settings(environment="sample", clock="simulated").clock == "simulated"
    with pytest.raises(ValidationError, match="in production no run may decide for a day to come"):
        Settings(environment="production", clock="simulated")
