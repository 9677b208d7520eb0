"""prefect.yaml, deployed whole to a real server by Prefect's own command, and read back."""

import shlex
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.catalog import FLOWS, deployment_name
from tests.signed_in import signed_in
from tests.test_architecture import FACTS

pytestmark = pytest.mark.xdist_group("installation")


@pytest.fixture(scope="module")
def deployed(deployed_server: SimpleNamespace) -> dict[str, Any]:
    with signed_in(deployed_server.api_url, deployed_server.auth) as http:
        found = http.post("/deployments/filter", json={"limit": 200}).json()
    return {item["entrypoint"].split(":")[1].replace("_", "-"): item for item in found}


def test_every_flow_is_deployed_under_the_name_that_operators_know(deployed: dict[str, Any]) -> None:
    assert {name: item["name"] for name, item in deployed.items()} == {name: deployment_name(name) for name in FLOWS}


@pytest.mark.parametrize("name", FLOWS)
def test_a_deployment_says_what_an_operator_needs(deployed: dict[str, Any], name: str) -> None:
    item = deployed[name]
    assert [fact for fact in FACTS if fact not in item["description"]] == []
    assert item["parameters"]["season"] == "2022"
    assert item["tags"]
    assert item["work_pool_name"] == "cadre"
    assert item["work_queue_name"] == "default"
    assert item["job_variables"] == {"command": f"{shlex.quote(sys.executable)} -m prefect.engine"}
    assert item["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert item["global_concurrency_limit"]["limit"] == 1
    assert "season" in item["parameter_openapi_schema"]["properties"]


def test_each_season_has_its_own_schedules_in_the_programs_time_zone(deployed: dict[str, Any]) -> None:
    found = {name: item["schedules"] for name, item in deployed.items() if item["schedules"]}
    assert {s["schedule"]["timezone"] for schedules in found.values() for s in schedules} == {"America/New_York"}
    for schedules in found.values():
        assert {s["slug"][:4] for s in schedules} == {s["parameters"]["season"] for s in schedules} == {"2022", "2027"}
    once = {s["slug"]: s["schedule"]["rrule"] for s in found["confirm-seats"]}
    assert once["2027-when-seats-are-confirmed"] == "DTSTART:20270616T090000\nRRULE:FREQ=DAILY;COUNT=1"
    manual = {name for name, item in deployed.items() if "manual" in item["tags"]}
    assert set(FLOWS) - set(found) == {"open-season", *manual}
