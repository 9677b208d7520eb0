"""A newer list of facilitators: the next plan goes by it, and operators see the cohorts for which it comes too late."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flows.season import open_season
from schemas.statuses import Outcome
from schemas.tables import Decision, Evaluator, Facilitator
from tasks.cohorts.changes import merge_two_cohorts
from tasks.cohorts.planning import planning_input
from tasks.core.database import reading
from tasks.intake.inbox import inbox_root
from tasks.season.lists import ListError
from tests.factories.cohorts import fill_cohort
from tests.factories.season import csv_file, load_panel, policy
from tests.factories.seats import open_season_with_seats
from tests.signed_in import signed_in

START = datetime(2022, 9, 10, 13, 0, tzinfo=UTC)
LATER = datetime(2022, 9, 13, 13, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")


def lists(tmp_path: Path, slots: str, most: int = 2) -> tuple[Path, Path]:
    facilitator = {"facilitator_id": "F001", "name": "Fay", "email": "fay@p.example", "slots": slots}
    evaluator = {"evaluator_id": "E999", "name": "E", "email": "e@p.example", "lea_id": "", "tracks": "educator"}
    rows = [{**evaluator, "grade_bands": "middle", "conflicts": ""}]
    facilitators = csv_file(tmp_path / "facilitators.csv", [{**facilitator, "maximum_cohorts": most}])
    return facilitators, csv_file(tmp_path / "panel.csv", rows)


@pytest.mark.parametrize("address", ["not an address", "josé@lea.org"])
def test_a_list_with_an_address_to_which_no_letter_can_be_sent_is_rejected_with_its_row(
    address: str, tmp_path: Path
) -> None:
    open_season_with_seats()
    facilitators, evaluators = lists(tmp_path, "TUE-15:30", 1)
    text = facilitators.read_text(encoding="utf-8").replace("fay@p.example", address)
    facilitators.write_text(text, encoding="utf-8")
    with pytest.raises(ListError, match=r"facilitators\.csv, row 2, column email: .*with no accents before the @"):
        load_panel("2022", facilitators, evaluators, START)
    with reading() as db:
        assert db.get(Evaluator, "E999") is None


def operators_decide() -> list[tuple[str, str]]:
    with reading() as db:
        query = select(Decision).where(Decision.rule == "facilitator-slot", Decision.outcome == Outcome.OPERATOR)
        return [(found.subject_key, found.reason) for found in db.scalars(query)]


def test_the_next_plan_goes_by_the_newest_slots(tmp_path: Path) -> None:
    open_season_with_seats()
    assert load_panel("2022", *lists(tmp_path, "TUE-15:30; WED-15:30", 1), START) == []
    with reading() as db:
        offers = {offer.facilitator_id: offer for offer in planning_input(db, policy(), {}, START).facilitators}
        assert len(offers) == len(list(db.scalars(select(Facilitator)))) > 1
    assert (offers["F001"].slots, offers["F001"].maximum_cohorts) == (("TUE-15:30", "WED-15:30"), 1)


def test_a_facilitator_who_leads_more_cohorts_than_the_newer_list_allows_gets_no_more(tmp_path: Path) -> None:
    open_season_with_seats()
    fill_cohort("C1", 15)
    load_panel("2022", *lists(tmp_path, "MON-15:30; TUE-15:30", 0), START)
    with reading() as db:
        offers = {offer.facilitator_id: offer for offer in planning_input(db, policy(), {}, START).facilitators}
    assert offers["F001"].maximum_cohorts == 0


def test_a_cohort_with_sessions_ahead_in_a_slot_that_is_gone_is_shown_to_operators(server: Any) -> None:
    open_season_with_seats()
    fill_cohort("C1", 15)
    folder = inbox_root() / "season"
    folder.mkdir(parents=True)
    facilitators, evaluators = lists(folder, "TUE-15:30")
    districts = folder / "districts.csv"
    names = "lea_id,name,town,region,enrollment,instructional_staff"
    districts.write_text(f"{names}\n0900002,Ansonia,Ansonia,1,100,10\n", encoding="utf-8")
    for _ in range(2):
        open_season("2022", districts, facilitators, evaluators, as_of=LATER)
    ((cohort_id, reason),) = operators_decide()
    assert cohort_id == "C1"
    assert "F001 can no longer lead in MON-15:30" in reason
    with signed_in(server.api_url, server.auth) as http:
        found = http.post("/artifacts/filter", json={"sort": "CREATED_DESC", "limit": 20}).json()
    table = next(item["data"] for item in found if item["key"] == "lost-slots-2022")
    assert "C1" in str(table)


def test_a_slot_that_is_gone_after_the_last_session_troubles_nobody(tmp_path: Path) -> None:
    open_season_with_seats()
    fill_cohort("C1", 15)
    assert load_panel("2022", *lists(tmp_path, "TUE-15:30"), LATER.replace(year=2023)) == []
    assert operators_decide() == []


def test_a_slot_that_is_gone_troubles_nobody_where_the_cohort_has_joined_another_one(tmp_path: Path) -> None:
    open_season_with_seats()
    fill_cohort("C1", 14)
    fill_cohort("C2", 15, "TUE-15:30")
    merge_two_cohorts.fn("2022", "C1", "C2", "too small", START)
    assert load_panel("2022", *lists(tmp_path, "TUE-15:30"), LATER) == []
    assert operators_decide() == []
