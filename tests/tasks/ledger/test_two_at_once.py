"""Two of everything at once, on both databases: they end as one; and without the turn that they take, they do not."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select

from schemas.columns import Base
from schemas.settings import settings
from schemas.tables import Assignment, IntakeRow, Outbox, SeatBlock, SeatRound, SourceFile
from tasks.core import database as database_module
from tasks.core.database import engine_for, reading
from tasks.ledger import unit_of_work
from tasks.reviews import routing
from tasks.reviews.routing import route_waiting_rounds
from tasks.seats import release, rounds
from tasks.seats.release import release_unfilled_seats
from tasks.seats.rounds import apply_approved_rounds, propose_seats
from tasks.surveys import import_surveys
from tasks.surveys.import_surveys import import_responses
from tests.factories.portfolios import SUBMITTED
from tests.factories.reviews import submit_portfolio
from tests.factories.season import LEA_IDS, csv_file, open_season
from tests.factories.seats import JUNE_15, apply_for_seats, approve_rounds, set_capacity
from tests.factories.surveys import survey_row

WAIT_SECONDS = 1.0
JULY_23 = datetime(2022, 7, 23, 13, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")
Prepared = Callable[[], Any]


def meet(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Two callers wait once for each other: both have read before either writes; one who is alone goes on after a second."""
    barrier, own, waited = threading.Barrier(2), getattr(module, name), set[int]()

    def together(*arguments: Any, **named: Any) -> Any:
        if threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            with suppress(threading.BrokenBarrierError):
                barrier.wait(WAIT_SECONDS)
        return own(*arguments, **named)

    monkeypatch.setattr(module, name, together)


def twice_at_once(act: Callable[[], Any]) -> list[Any]:
    """What two connections came to that did the same at the same moment; a fault is what it says."""
    found: list[Any] = []

    def one() -> None:
        try:
            found.append(act())
        except Exception as error:  # noqa: BLE001 - what it is says whether the two ended as one
            found.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def let_nobody_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is gone: neither the season's row is waited for, nor does SQLite begin as a writer."""
    for module in (unit_of_work, rounds):
        monkeypatch.setattr(module, "take_turn", lambda _db, _season: None)
    engine: Engine = engine_for.__wrapped__(settings().database)  # one of its own: other tests have the same address
    if engine.dialect.name == "sqlite":
        event.remove(engine, "begin", database_module._begin_immediate)
        event.listen(engine, "begin", _begin_as_reader)
        monkeypatch.setattr(database_module, "engine_for", lambda _url: engine)


def _begin_as_reader(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def count(table: type[Base]) -> int:
    with reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def an_import(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Prepared:
    open_season()
    source = csv_file(folder / "s.csv", [survey_row(number, LEA_IDS[number - 1]) for number in (1, 2, 3)])
    meet(monkeypatch, import_surveys, "in_background")
    return lambda: sum(report.rows for report in import_responses.fn("2022", JUNE_15, [source]))


def a_proposal(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Prepared:
    apply_for_seats(folder, 30, 25)
    meet(monkeypatch, rounds, "_summary")
    return lambda: propose_seats.fn("2022", JUNE_15)


def approved_round(folder: Path) -> None:
    apply_for_seats(folder, 30, 25)
    set_capacity(40)
    propose_seats.fn("2022", JUNE_15)
    approve_rounds()


def a_confirmation(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Prepared:
    approved_round(folder)
    meet(monkeypatch, rounds, "give_seats")
    return lambda: apply_approved_rounds.fn("2022", JUNE_15)


def a_release(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Prepared:
    approved_round(folder)
    apply_approved_rounds.fn("2022", JUNE_15)
    meet(monkeypatch, release, "_lapse_unsigned")
    return lambda: release_unfilled_seats.fn("2022", JULY_23)


def a_routing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Prepared:
    submit_portfolio(folder)
    meet(monkeypatch, routing, "route")
    return lambda: route_waiting_rounds.fn("2022", SUBMITTED)


Prepare = Callable[[pytest.MonkeyPatch, Path], Prepared]
CASES: dict[str, tuple[Prepare, list[int], dict[type[Base], int]]] = {
    "imports": (an_import, [0, 3], {SourceFile: 1, IntakeRow: 3, Outbox: 3}),
    "proposals": (a_proposal, [1, 1], {SeatRound: 1}),
    "confirmations": (a_confirmation, [0, 2], {SeatBlock: 2}),
    "releases": (a_release, [0, 40], {}),
    "routings": (a_routing, [0, 2], {Assignment: 2}),
}
# On PostgreSQL they are held by another lock, too: on the agency's grant, and on the panel.
HELD_ELSEWHERE = {"proposals", "confirmations", "routings"}


@pytest.mark.parametrize("what", CASES)
def test_two_at_once_end_as_one(what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prepare, expected, rows = CASES[what]
    assert sorted(twice_at_once(prepare(monkeypatch, tmp_path))) == expected
    assert {table: count(table) for table in rows} == rows


@pytest.mark.parametrize("what", CASES)
def test_without_their_turns_two_at_once_do_not_end_as_one(
    what: str, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if database == "postgresql" and what in HELD_ELSEWHERE:
        pytest.skip("another lock holds them too")
    monkeypatch.setattr(f"{__name__}.WAIT_SECONDS", 30.0)  # they do meet, however slow the machine is
    prepare, expected, _ = CASES[what]
    act = prepare(monkeypatch, tmp_path)
    let_nobody_take_turns(monkeypatch)
    found = twice_at_once(act)
    assert any(isinstance(item, Exception) for item in found) or sorted(found) != expected
