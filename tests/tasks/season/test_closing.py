"""A season is closed when nothing of it is left open, and nothing acts on it from then on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from deployments.cli.main import app
from schemas.records import SeasonPart
from schemas.statuses import CertificateStatus, OutboxStatus, Outcome
from schemas.tables import Certificate, Decision, Outbox, Season
from tasks.core.database import reading, transaction
from tasks.enrollment.rosters import seat_rosters
from tasks.ledger.unit_of_work import OperatorError, SeasonClosedError
from tasks.season.closing import close_books
from tasks.season.digest import season_digest
from tasks.season.guard import reason_to_do_nothing
from tests.factories.certificates import store_certificate
from tests.factories.enrollment import JUNE_20, enroll_by_roster, roster_row
from tests.factories.season import open_season
from tests.factories.seats import confirm_seats

pytestmark = pytest.mark.usefixtures("database")
BY = "program staff"
IN_2027 = datetime(2027, 3, 1, 13, 0, tzinfo=UTC)


def close(as_of: datetime = IN_2027) -> str:
    return str(close_books.fn("2022", BY, as_of))


def test_a_season_that_goes_on_cannot_be_closed_and_the_last_day_is_told() -> None:
    open_season()
    with pytest.raises(OperatorError, match="goes on until Saturday, February 24, 2024"):
        close(JUNE_20)


def test_everything_that_is_left_open_is_told_at_once_and_a_season_without_any_is_closed(tmp_path: Path) -> None:
    confirm_seats(tmp_path, 30)
    enroll_by_roster(tmp_path, [roster_row("ada")])
    store_certificate("C-1", "bo@lea.example")
    with pytest.raises(OperatorError) as refused:
        close()
    letters = _count(Outbox)
    for words in ("1 unanswered offer", "1 valid certificate", f"{letters} unsent letters"):
        assert words in str(refused.value)
    with transaction() as db:
        db.execute(update(Outbox).values(status=OutboxStatus.SENDING))
        db.execute(update(Outbox).values(status=OutboxStatus.SENT))
        db.execute(update(Certificate).values(status=CertificateStatus.EXPIRED))
    with pytest.raises(OperatorError, match=r"still has 1 unanswered offer; it can be closed"):
        close()


def test_nothing_acts_on_a_closed_season_and_its_records_stay() -> None:
    open_season()
    assert close() == "Season 2022 is closed; nothing acts on it any more."
    before = season_digest("2022")
    for act in (
        close,
        lambda: seat_rosters.fn("2022", JUNE_20),
        lambda: open_season("2022", IN_2027),
    ):
        with pytest.raises(SeasonClosedError, match="was closed on 2027-03-01 by program staff"):
            act()
    assert {part: reason_to_do_nothing(part, "2022", IN_2027) for part in SeasonPart} == dict.fromkeys(
        SeasonPart, "Season 2022 was closed; nothing acts on it any more."
    )
    assert season_digest("2022") == before
    with reading() as db:
        closed = db.scalars(select(Decision).where(Decision.rule == "season-closed")).one()
    assert (closed.outcome, closed.inputs["closed_by"]) == (Outcome.CLOSED, BY)


def test_a_season_that_is_closed_leaves_the_others_open() -> None:
    open_season()
    with transaction() as db:
        db.add(Season(season="2027", policy_version="2027-0", opened_at=IN_2027))
    close()
    assert reason_to_do_nothing(SeasonPart.OPENING, "2027", IN_2027) == ""


def test_the_command_closes_a_season_and_says_no_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert app(["season", "close", "2022"], result_action="return_value") == 1
    assert "is not open" in capsys.readouterr().out
    open_season()
    assert app(["season", "close", "2022", "--by", BY], result_action="return_value") == 0
    assert "is closed" in capsys.readouterr().out
    assert app(["season", "close", "2022"], result_action="return_value") == 1
    app(["season", "list"], result_action="return_value")
    assert ", closed on 20" in capsys.readouterr().out


def _count(table: type[Outbox]) -> int:
    with reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0
