import csv

import pytest

from deployments.sample.world import HERE
from rules.surveys.recognition import DistrictIndex, index_districts, recognize
from schemas.records import DistrictName, Recognized, Unrecognized
from tests.factories.season import policy


@pytest.fixture(scope="module")
def index() -> DistrictIndex:
    with (HERE / "districts_ct.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            DistrictName(r["lea_id"], r["name"], r["town"], r.get("state_code") or "") for r in csv.DictReader(file)
        ]
    return index_districts([*rows, DistrictName("0999999", "Sampleville School District", "Sampleville", "0999")])


def meant(index: DistrictIndex, lea_id: str = "", name: str = "") -> str | None:
    found = recognize(lea_id, name, index, policy().survey.recognition)
    return index.names[found.lea_id] if isinstance(found, Recognized) else None


@pytest.mark.parametrize("code", ["0900002", "900002", " 0900002 "])
def test_an_nces_id_is_recognized_also_without_its_leading_zero(index: DistrictIndex, code: str) -> None:
    assert meant(index, code) == "Connecticut Technical Education and Career System"


def test_the_agencys_own_code_is_recognized(index: DistrictIndex) -> None:
    assert meant(index, "0999") == meant(index, "999") == "Sampleville School District"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Bristol Schools", "Bristol School District"),
        ("bristol public schools", "Bristol School District"),
        ("Town of Bristol Board of Education", "Bristol School District"),
        ("Region 1", "Regional School District 01"),
        ("Regional School District #1", "Regional School District 01"),
        ("RSD 19", "Regional School District 19"),
        ("CREC", "Capitol Region Education Council"),
        ("crec", "Capitol Region Education Council"),
        ("EASTCONN", "Eastern Connecticut Regional Educational Service Center (EASTCONN)"),
        ("Glastonbery", "Glastonbury School District"),
        ("Farmingtom Public Schools", "Farmington School District"),
        ("E. Hartford", None),
    ],
)
def test_a_name_as_people_write_it_is_one_district_or_none(
    index: DistrictIndex, written: str, name: str | None
) -> None:
    assert meant(index, name=written) == name
    assert meant(index, lea_id=written) == name


@pytest.mark.parametrize(("written", "other"), [("East Hampton", "East Haddam"), ("New Hartford", "Hartford")])
def test_a_name_that_is_one_districts_own_is_never_taken_for_its_neighbor(
    index: DistrictIndex, written: str, other: str
) -> None:
    assert meant(index, name=written) == f"{written} School District"
    assert meant(index, name=other) == f"{other} School District"


def test_a_region_of_another_number_is_not_taken_for_the_nearest_one(index: DistrictIndex) -> None:
    assert meant(index, name="Region 99") is None


def test_a_taken_name_is_a_decision_with_its_reason(index: DistrictIndex) -> None:
    found = recognize("", "Bristol Schools", index, policy().survey.recognition)
    assert isinstance(found, Recognized)
    assert found.ruling is not None
    assert "'Bristol Schools' was recognized as Bristol School District" in found.ruling.reason


@pytest.mark.parametrize(
    ("lea_id", "name"), [("9999999", "Bristol"), ("9999999", ""), ("", "Elm City"), ("", "Nowhere")]
)
def test_what_is_not_sure_goes_to_the_operator(index: DistrictIndex, lea_id: str, name: str) -> None:
    found = recognize(lea_id, name, index, policy().survey.recognition)
    assert isinstance(found, Unrecognized)
    assert found.problem


def test_an_ambiguous_name_comes_with_its_candidates(index: DistrictIndex) -> None:
    found = recognize("", "Elm City", index, policy().survey.recognition)
    assert isinstance(found, Unrecognized)
    assert {c.split(" (")[0] for c in found.candidates} >= {"Elm City Montessori School District"}


def test_an_id_beside_the_name_of_another_district_goes_to_the_operator(index: DistrictIndex) -> None:
    found = recognize("0900002", "Bristol School District", index, policy().survey.recognition)
    assert isinstance(found, Unrecognized)
    assert len(found.candidates) == 2


def test_no_district_of_the_state_is_taken_for_another_by_its_own_name(index: DistrictIndex) -> None:
    wrong = {name: meant(index, name=name) for name in index.names.values()}
    assert {name for name, found in wrong.items() if found not in {name, None}} == set()
    assert sum(found is None for found in wrong.values()) <= 2


def test_a_name_that_two_districts_have_goes_to_the_operator_with_both() -> None:
    twins = [
        DistrictName("0900001", "Elm School District", "", ""),
        DistrictName("0900002", "Elm School District", "", ""),
    ]
    found = recognize("", "Elm Schools", index_districts(twins), policy().survey.recognition)
    assert isinstance(found, Unrecognized)
    assert "any of 2 districts" in found.problem
    assert len(found.candidates) == 2
