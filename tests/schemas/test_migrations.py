from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from schemas.columns import Base
from schemas.settings import ROOT, settings
from schemas.tables import Capacity, CreditRequest, Decision, Season, SeatBlock, SeatRequestRow
from tasks.core.database import engine_for, insert_new, migrate, reading, transaction

NOW = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)
DECISION = {
    "season": "2022",
    "subject_kind": "seat_request",
    "subject_key": "0900002/certification/1",
    "rule": "first-come-first-served",
    "policy_version": "2022-0",
    "inputs": {},
    "outcome": "confirmed",
    "reason": "All seats are confirmed.",
    "decided_at": NOW,
}


@pytest.mark.usefixtures("database")
def test_the_migrations_make_exactly_the_tables() -> None:
    with engine_for(settings().database).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("database", [pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite"))], indirect=True)
def test_the_migrations_allow_exactly_the_values_that_the_tables_allow(database: str) -> None:
    assert database == "sqlite", "which keeps the text of a condition as it was written"
    with engine_for(settings().database).connect() as connection:
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            written = {str(item["name"]): item["sqltext"] for item in found.get_check_constraints(table.name)}
            conditions = (item for item in table.constraints if isinstance(item, CheckConstraint))
            assert written == {str(item.name): str(item.sqltext) for item in conditions}


@pytest.mark.usefixtures("database")
def test_migrating_again_changes_nothing() -> None:
    migrate()
    with reading() as db:
        assert db.execute(text("SELECT count(*) FROM season")).scalar() == 0


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("statement", ["UPDATE decision SET outcome = 'declined'", "DELETE FROM decision"])
def test_a_decision_can_be_neither_changed_nor_deleted(statement: str) -> None:
    with transaction() as db:
        assert insert_new(db, Decision, [DECISION]) == 1
    with pytest.raises(DBAPIError, match="append-only"), transaction() as db:
        db.execute(text(statement))


@pytest.mark.usefixtures("database")
def test_the_same_decision_is_recorded_once() -> None:
    with transaction() as db:
        assert insert_new(db, Decision, [DECISION, DECISION | {"rule": "another"}]) == 2
        assert insert_new(db, Decision, [DECISION]) == 0


@pytest.mark.usefixtures("database")
def test_more_seats_than_the_grant_cannot_be_confirmed() -> None:
    with transaction() as db:
        db.add(Capacity(season="2022", component="academy", capacity_seats=10, seats_confirmed=10))
    with pytest.raises(IntegrityError), transaction() as db:
        db.get_one(Capacity, ("2022", "academy")).seats_confirmed += 1


@pytest.mark.usefixtures("database")
def test_more_people_than_seats_cannot_sit_in_a_block() -> None:
    with pytest.raises(IntegrityError), transaction() as db:
        db.add(
            SeatBlock(
                season="2022",
                lea_id="0900002",
                component="academy",
                seats_confirmed=1,
                seats_filled=2,
                enroll_by=NOW.date(),
            )
        )


@pytest.mark.usefixtures("database")
def test_a_request_must_account_for_every_seat_requested() -> None:
    request = SeatRequestRow(
        season="2022", lea_id="0900002", component="academy", request_number=1, placed_at=NOW, place_key="R"
    )
    request.seats_requested, request.seats_undecided = 5, 4
    with pytest.raises(IntegrityError, match="seats_accounted_for"), transaction() as db:
        db.add(request)


@pytest.mark.usefixtures("database")
def test_times_come_back_as_utc_and_a_time_without_zone_is_rejected() -> None:
    with transaction() as db:
        db.add(Season(season="2022", policy_version="v", opened_at=NOW))
    with reading() as db:
        assert db.get_one(Season, "2022").opened_at == NOW
    with pytest.raises(StatementError, match="no time zone"), transaction() as db:
        db.add(Season(season="2023", policy_version="v", opened_at=datetime(2023, 1, 1)))  # noqa: DTZ001 - the fault under test


@pytest.mark.usefixtures("database")
def test_what_fails_inside_a_transaction_leaves_nothing() -> None:
    seasons = [Season(season=season, policy_version="v", opened_at=NOW) for season in ("2022", "2022")]
    with pytest.raises(IntegrityError), transaction() as db:
        db.add_all(seasons)
    with reading() as db:
        assert db.get(Season, "2022") is None


@pytest.mark.usefixtures("database")
def test_the_first_release_can_be_removed_and_installed_again() -> None:
    def move(to: str) -> set[str]:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
        with engine_for(settings().database).connect() as connection, connection.begin():
            config.attributes["connection"] = connection
            (command.downgrade if to == "base" else command.upgrade)(config, to)
            return set(inspect(connection).get_table_names()) - {"alembic_version"}

    assert move("base") == set()
    assert move("head") == set(Base.metadata.tables)


@pytest.mark.usefixtures("database")
def test_requests_for_credits_of_the_first_release_are_kept_and_stay_at_a_downgrade() -> None:
    columns = (
        "season, email, component, credits, fee_cents, status, request_key, requested_at, provider_reference, reason"
    )
    values = "'2022', 'a@lea.example', 'academy', 2, 13000, 'requested', 'k', '2023-06-01 13:00:00', 'TR-1', ''"

    def move(to: str) -> None:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "schemas" / "migrations"))
        with engine_for(settings().database).connect() as connection, connection.begin():
            config.attributes["connection"] = connection
            (command.downgrade if to == "0003" else command.upgrade)(config, to)

    move("0003")
    with transaction() as db:
        db.execute(text(f"INSERT INTO credit_request ({columns}) VALUES ({values})"))  # noqa: S608 - our own words
    for to in ("head", "0003", "head"):
        move(to)
    with reading() as db:
        row = db.get_one(CreditRequest, ("2022", "a@lea.example", "academy", 1))
    assert (row.status, row.provider_reference, row.requested_at) == (
        "requested",
        "TR-1",
        datetime(2023, 6, 1, 13, tzinfo=UTC),
    )
    assert (row.attempts, row.claimed_by, row.claimed_until) == (0, "", None)


def test_in_which_module_a_table_is_defined_does_not_decide_the_order_in_which_rows_are_written() -> None:
    assert {mapper.class_.__module__ for mapper in Base.registry.mappers} == {"schemas.tables"}
