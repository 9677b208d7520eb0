"""A season killed before and after its effects: nothing is lost, nothing is made twice, and the harness would say so."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from benchmarks.crash_points import Choice, Report, count, edges_of_each_place, first_of_each_place, harness
from benchmarks.effects import AFTER, BEFORE, Point
from benchmarks.killed_season import Crash, KilledSeason, Place, run_season
from benchmarks.own_servers import own_postgres
from benchmarks.season_state import Outcome, Outside, differences
from benchmarks.season_steps import WHOLE_SEASON, Sample
from deployments.sandbox.mail import DELIVERIES
from deployments.sandbox.provider_book import Book
from tests.finished_seasons import OUTSIDE, SAMPLE, FinishedSeason
from tests.postgres_databases import new_postgres_url

FIRST_WEEK = "2022-04-25"  # the first files, rows, and letters; every place of a season takes six minutes
KINDS = {"commit", "rename", "smtp"}
STRAIGHT = Outcome({"outbox": "a"}, Counter({"<1>": 1, "<2>": 1}), {"k1": "2022/ada@lea.example/academy sent"})


def walk(services: Any, folder: Path, choose: Choice, until: str, districts: int, url: str = "") -> Report:
    environment = {**services.environment(), "CADRE_DATABASE_URL": url}
    with harness(folder, environment, OUTSIDE, Sample(districts)) as one:
        return one.walk(choose, until)


def check(report: Report) -> None:
    found: Mapping[str, Any] = report.as_dict()
    assert [item for item in report.findings if item.difference.breaks_a_promise(kills=1)] == []
    assert found["digest_equal"]
    assert (found["lost"], found["duplicated_at_provider"], found["unexpected"]) == (0, 0, 0)


def check_killed(killed: KilledSeason, straight: KilledSeason) -> None:
    assert straight.crashes == ()
    assert not killed.differs_from(straight.outcome).breaks_a_promise(killed.letters_in_doubt)
    assert len(killed.places) == len(killed.crashes) > 2 * 60
    assert {(place.kind, place.moment) for place in killed.places} == set(product((*KINDS, "http"), (BEFORE, AFTER)))


def test_a_season_killed_once_at_each_place_in_the_code_comes_out_as_one_that_nobody_killed(
    finished_seasons: Mapping[str, FinishedSeason],
) -> None:
    check_killed(finished_seasons["sqlite"].run, finished_seasons["postgresql"].run)


@pytest.mark.exhaustive
def test_a_season_on_postgresql_killed_once_at_each_place_comes_out_as_one_that_nobody_killed(
    finished_seasons: Mapping[str, FinishedSeason], services: Any, postgres: Any, tmp_path: Path
) -> None:
    OUTSIDE.forget()
    environment = {**services.environment(), "CADRE_DATABASE_URL": new_postgres_url(postgres, "killed")}
    killed = run_season(Place(tmp_path / "season", environment, OUTSIDE), SAMPLE, is_killed=True)
    check_killed(killed, finished_seasons["postgresql"].run)


@pytest.mark.exhaustive
@pytest.mark.xdist_group("sqlite")
def test_killing_the_runs_of_one_season_leaves_the_one_beside_it_untouched(services: Any, tmp_path: Path) -> None:
    sample, until = Sample(4, years=2), "2023-10-31"
    policies = {"CADRE_POLICY_FOLDER": str(tmp_path / "policies")}
    found = []
    for name in ("straight", "killed"):
        OUTSIDE.forget()
        place = Place(tmp_path / name, {**services.environment(), **policies}, OUTSIDE)
        found.append(run_season(place, sample, is_killed=name == "killed", until=until, victim="2023"))
    straight, killed = found
    assert {crash.step[:4] for crash in killed.crashes} == {"2023"}
    assert len(killed.crashes) > 60
    assert killed.outcome.tables == straight.outcome.tables  # the digests of the season of 2022
    assert not killed.differs_from(straight.outcome).breaks_a_promise(killed.letters_in_doubt)


@pytest.mark.exhaustive  # 40 to 70 s of one core, which the ten minutes of make test do not have
@pytest.mark.xdist_group("sqlite")
def test_a_first_week_killed_before_and_after_one_effect_of_each_place_comes_out_the_same(
    services: Any, tmp_path: Path
) -> None:
    report = walk(services, tmp_path / "season", first_of_each_place(), FIRST_WEEK, 12)
    check(report)
    assert report.killed == len(report.places) >= 3 * 2 * len(KINDS)
    assert {place.kind for place in report.places} == KINDS


@pytest.mark.exhaustive
@pytest.mark.xdist_group("sqlite")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_season_killed_at_the_first_middle_and_last_effect_of_each_place_comes_out_the_same(
    database: str, services: Any, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(own_postgres(tmp_path / "postgres")).url if database == "postgresql" else ""
        totals = Counter[Point]()
        OUTSIDE.forget()
        walk(services, tmp_path / "count", count(totals), WHOLE_SEASON, 12)
        OUTSIDE.forget()
        report = walk(services, tmp_path / "season", edges_of_each_place(totals), WHOLE_SEASON, 12, url)
    check(report)
    assert report.killed >= 2 * len(report.places)
    assert {place.kind for place in report.places} == KINDS | {"http"}


def test_what_is_lost_made_twice_or_strange_is_told() -> None:
    letters, requests = Counter({"<1>": 3, "<9>": 1}), {"k9": "2022/ada@lea.example/academy sent"}
    found = differences(STRAIGHT, Outcome({"outbox": "b"}, letters, requests, {"page.html": "x"}))
    assert found.tables == ["outbox"]
    assert found.lost == ["letter <2>", "request k1"]
    assert found.letters_duplicated == ["<1>", "<1>"]
    assert found.unexpected == ["letter <9>", "file page.html"]
    again = {**STRAIGHT.requests, "k2": "2022/ada@lea.example/academy processing"}
    twice = differences(STRAIGHT, Outcome(STRAIGHT.tables, STRAIGHT.letters, again))
    assert twice.duplicated_at_provider == ["2022/ada@lea.example/academy"]
    assert twice.breaks_a_promise(kills=1)


def test_a_request_that_was_accepted_twice_under_one_key_is_told(tmp_path: Path) -> None:
    book = Book.open(tmp_path / "book.db")
    body = '{"season": "2022", "email": "ada@lea.example", "component": "academy"}'
    outside, requests = Outside(tmp_path / DELIVERIES, tmp_path / "book.db"), []
    for _ in range(2):
        book.accept("k1", body, "sent", "")
        requests.append(outside.requests())
    once, twice = (Outcome({}, Counter(), found) for found in requests)
    assert differences(once, twice).duplicated_at_provider == ["2022/ada@lea.example/academy"]
    assert differences(once, twice).lost == differences(once, twice).unexpected == []


def test_one_letter_may_arrive_twice_for_each_kill_and_no_more() -> None:
    for copies, is_broken in ((1, False), (2, False), (3, True)):
        killed = Outcome(STRAIGHT.tables, Counter({"<1>": copies, "<2>": 1}), STRAIGHT.requests)
        assert differences(STRAIGHT, killed).breaks_a_promise(kills=1) is is_broken


def test_only_the_kill_of_a_sender_of_letters_may_let_one_come_twice() -> None:
    twice = Outcome(STRAIGHT.tables, Counter({"<1>": 2, "<2>": 1}), STRAIGHT.requests)
    for place, holds in (("tasks/letters/smtp.py:_transmit", True), ("tasks/seats/rounds.py:_apply", False)):
        killed = KilledSeason(twice, [Crash("2022-06-14 Deliver letters", Point("commit", place, AFTER, 1))])
        assert killed.holds(STRAIGHT) is holds
