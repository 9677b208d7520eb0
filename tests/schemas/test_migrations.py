from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from rules.transitions import MACHINES, REQUESTED_SEATS, never_fewer
from schemas.columns import Base
from schemas.kinds import ConfirmedBy, SubjectKind
from schemas.settings import settings
from schemas.statuses import CreditStatus, OfferAnswer, Outcome, SeatRoundStatus, StartStatus
from schemas.tables import (
    Capacity,
    CreditRequest,
    Decision,
    Offer,
    PolicyVersion,
    Season,
    SeatBlock,
    SeatRequestRow,
    SeatRound,
    StartAgreement,
)
from tasks.core.database import engine_for, insert_new, reading, transaction
from tasks.core.migrations import migrate
from tasks.ledger.decision_log import NATURAL_KEY
from tests.factories.cohorts import fill_cohort
from tests.factories.season import LEA_IDS
from tests.factories.seats import open_season_with_seats
from tests.schemas.moves import move

LATER_TRANSITIONS = ("0014_starts", "0016_superseded_rounds", "0017_cohort_changes")
NOW = datetime(2022, 6, 15, 13, 0, tzinfo=UTC)
DECISION = {
    "season": "2022",
    "subject_kind": SubjectKind.SEAT_REQUEST,
    "subject_key": "0900002/certification/1",
    "rule": "first-come-first-served",
    "policy_version": "2022-0",
    "inputs": {},
    "outcome": Outcome.CONFIRMED,
    "reason": "All seats are confirmed.",
    "decided_at": NOW,
    "cause": "a file/1",
}


@pytest.mark.usefixtures("database")
def test_the_migrations_make_exactly_the_tables() -> None:
    with engine_for(settings().database).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
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
        assert insert_new(db, Decision, [DECISION, DECISION | {"rule": "another"}], NATURAL_KEY) == 2
        assert insert_new(db, Decision, [DECISION], NATURAL_KEY) == 0


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
    assert move(command.downgrade, "base") == set()
    assert move(command.upgrade, "head") == set(Base.metadata.tables)


FIRST_RELEASE = (
    "INSERT INTO season VALUES ('2022', 'v', '2022-04-18 13:00:00')",
    "INSERT INTO district VALUES ('0900002', 'Ashford', 'Ashford', 'East', '', 400, 40)",
    (
        "INSERT INTO educator (season, email, first_name, last_name, lea_id, role, grade_band, is_already_certified) "
        "VALUES ('2022', 'a@lea.example', 'A', 'L', '0900002', 'teacher', 'middle', false)"
    ),
    (
        "INSERT INTO seat_block (season, lea_id, component, seats_confirmed, seats_filled, enroll_by, is_closed, answer, "
        "answer_by) VALUES ('2022', '0900002', 'academy', 20, 1, '2022-07-22', false, 'accepted', '2022-07-06')"
    ),
    (
        "INSERT INTO enrollment (season, email, component, lea_id, session, status, enrolled_at, replaces, promised_cohort) "
        "VALUES ('2022', 'a@lea.example', 'academy', '0900002', '', 'enrolled', '2022-06-20 13:00:00', '', '')"
    ),
    (
        "INSERT INTO seat_round (season, round_number, requests_hash, status, summary, proposed_at, approved_by, note) "
        "VALUES ('2022', 2, 'h', 'proposed', '{}', '2022-06-15 13:00:00', '', '')"
    ),
)


@pytest.mark.usefixtures("database")
def test_an_installation_of_the_first_release_keeps_its_seats_and_answers_as_offers() -> None:
    move(command.downgrade, "0003")
    with transaction() as db:
        for statement in FIRST_RELEASE:
            db.execute(text(statement))
    migrate()
    with reading() as db:
        offer = db.get_one(Offer, ("2022", "O-2022-0001"))
        assert (offer.lea_id, offer.seats_offered, offer.seats_held, offer.answer) == (
            "0900002",
            20,
            20,
            OfferAnswer.ACCEPTED,
        )
        assert (offer.answer_by.isoformat(), db.get_one(SeatRound, ("2022", 2)).status) == (
            "2022-07-06",
            SeatRoundStatus.VOID,
        )
    with pytest.raises(IntegrityError), transaction() as db:
        db.execute(text("DELETE FROM seat_block"))


def test_the_migration_of_the_transitions_says_what_the_rules_say() -> None:
    """To allow another change before a release, write it there; after one, in a migration that makes the triggers anew."""
    frozen = import_module("schemas.migrations.versions.0008_states")
    listed = {
        (machine.table, machine.column): {
            str(state): tuple(map(str, machine.after(state))) for state in machine.states if machine.after(state)
        }
        for machine in MACHINES
    }
    later = [import_module(f"schemas.migrations.versions.{name}") for name in LATER_TRANSITIONS]
    assert listed == frozen.ALLOWED | {column: states for module in later for column, states in module.ALLOWED.items()}
    starts, *_, newest = later
    assert starts.ALLOWED["start_agreement", "status"] == newest.BEFORE
    seats = import_module("schemas.migrations.versions.0009_waitlist")
    assert [set(states) for states in seats.NEVER_FEWER] == [set(states) for states in never_fewer(REQUESTED_SEATS)]


@pytest.mark.usefixtures("database")
def test_requests_for_credits_of_the_first_release_are_kept_and_stay_at_a_downgrade() -> None:
    columns = (
        "season, email, component, credits, fee_cents, status, request_key, requested_at, provider_reference, reason"
    )
    values = "'2022', 'a@lea.example', 'academy', 2, 13000, 'requested', 'k', '2023-06-01 13:00:00', 'TR-1', ''"

    move(command.downgrade, "0003")
    with transaction() as db:
        db.execute(text(f"INSERT INTO credit_request ({columns}) VALUES ({values})"))  # noqa: S608 - our own words
    migrate()
    move(command.downgrade, "0003")
    migrate()
    with reading() as db:
        row = db.get_one(CreditRequest, ("2022", "a@lea.example", "academy", 1))
    assert (row.status, row.provider_reference, row.requested_at) == (
        CreditStatus.REQUESTED,
        "TR-1",
        datetime(2023, 6, 1, 13, tzinfo=UTC),
    )
    assert (row.attempts, row.claimed_by, row.claimed_until) == (0, "", None)


@pytest.mark.usefixtures("database")
def test_cohorts_that_were_scheduled_before_starts_were_agreed_keep_their_starts() -> None:
    open_season_with_seats()
    fill_cohort("C1", 15)
    move(command.downgrade, "0013")
    migrate()
    with reading() as db:
        found = db.scalars(select(StartAgreement)).one()
    assert (found.cohort_id, found.lea_id, found.starts_on) == ("C1", LEA_IDS[0], date(2022, 9, 12))
    assert (found.status, found.confirmed_by) == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR)


@pytest.mark.usefixtures("database")
def test_starts_are_agreed_with_who_is_in_a_cohort_when_an_installation_is_brought_up_to_date() -> None:
    open_season_with_seats()
    fill_cohort("C1", 15)
    fill_cohort("C2", 15, "TUE-15:30")
    gone = {"season": "2022", "cohort_id": "C2", "lea_id": LEA_IDS[1], "starts_on": date(2022, 9, 13)}
    move(command.downgrade, "0015")
    with transaction() as db:
        told = {"proposed_at": NOW, "confirm_by": date(2022, 8, 25), "status": StartStatus.PROPOSED}
        db.add(StartAgreement(**gone, **told))
    migrate()
    with reading() as db:
        rows = db.scalars(select(StartAgreement).order_by(StartAgreement.cohort_id, StartAgreement.lea_id))
        found = [(item.cohort_id, item.lea_id, item.status) for item in rows]
    assert found == [
        ("C1", LEA_IDS[0], StartStatus.CONFIRMED),
        ("C2", LEA_IDS[0], StartStatus.CONFIRMED),
        ("C2", LEA_IDS[1], StartStatus.WITHDRAWN),
    ]
    move(command.downgrade, "0015")
    migrate()
    with reading() as db:
        assert len(db.scalars(select(StartAgreement)).all()) == 2


@pytest.mark.usefixtures("database")
def test_policies_on_record_are_kept_and_guarded_when_their_table_is_made_anew() -> None:
    version = {"policy_version": "2022-0", "season": "2022", "content": {"note": "ü"}}
    move(command.downgrade, "0014")
    with transaction() as db:
        assert insert_new(db, PolicyVersion, [version]) == 1
    for there, how in (("head", command.upgrade), ("0014", command.downgrade), ("head", command.upgrade)):
        move(how, there)
        with transaction() as db:
            assert insert_new(db, PolicyVersion, [version | {"content": {}}]) == 0
            assert db.get_one(PolicyVersion, "2022-0").content == {"note": "ü"}
        for statement in ("DELETE FROM policy_version", "UPDATE policy_version SET season = '2023'"):
            with pytest.raises(DBAPIError, match="append-only"), transaction() as db:
                db.execute(text(statement))


def test_in_which_module_a_table_is_defined_does_not_decide_the_order_in_which_rows_are_written() -> None:
    assert {mapper.class_.__module__ for mapper in Base.registry.mappers} == {"schemas.tables"}
