"""Small builders of the records that rules take, so that a test names only what it is about."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from schemas.policy import Policy, parse_policy, read_policy
from schemas.records import Component, SeatRequest, SurveyAnswer
from schemas.settings import ROOT

START = datetime(2022, 5, 2, 14, 0, tzinfo=UTC)
POLICY_FILE = Path(os.environ.get("CADRE_TEST_POLICY_FILE", ROOT / "deployments" / "seasons" / "2022.toml"))


@cache
def policy() -> Policy:
    return read_policy(POLICY_FILE)


def changed_policy(**changes: Any) -> Policy:
    """The season's policy with some keys changed: ``changed_policy(seats__addon_maximum_seats=3)``."""
    content = policy().model_dump()
    for path, value in changes.items():
        *parents, last = path.split("__")
        part = content
        for parent in parents:
            part = part[parent]
        part[last] = value
    return parse_policy(content, "changed")


def answer(option: int | None = 1, hours: int = 0, lea_id: str = "0900002", **seats: int) -> SurveyAnswer:
    return SurveyAnswer(
        response_id=f"R{hours:04d}",
        submitted_at=START + timedelta(hours=hours),
        lea_id=lea_id,
        is_information_request=option is None,
        option=option,
        seats={Component(name): number for name, number in seats.items()},
        slots=(),
        superintendent_name="",
        lead_name="Ada Holmann",
        lead_email="lead@lea.example",
    )


def request(
    seats: int, minute: int, lea_id: str | None = None, component: Component = Component.CERTIFICATION, **more: Any
) -> SeatRequest:
    return SeatRequest(
        lea_id=lea_id or f"09{minute:05d}",
        component=component,
        request_number=more.pop("request_number", 1),
        seats_requested=seats,
        placed_at=START + timedelta(minutes=minute),
        place_key=f"R{minute:05d}",
        **more,
    )


def seats_left(**numbers: int) -> Mapping[Component, int]:
    return {Component(name): number for name, number in numbers.items()}
