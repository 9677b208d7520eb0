"""The start of a cohort, agreed with the leads: proposed inside their windows, moved or kept, and confirmed by silence."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from schemas.kinds import ConfirmedBy, InputKind
from schemas.statuses import CohortKind, Disposition, EnrollmentStatus, StartStatus
from schemas.tables import (
    Application,
    Cohort,
    CohortMember,
    CohortSession,
    Decision,
    Educator,
    Enrollment,
    Facilitator,
    IntakeRow,
    SeatBlock,
    StartAgreement,
)
from tasks.cohorts.replan import plan_cohorts_again
from tasks.cohorts.schedule import schedule_cohorts_once
from tasks.cohorts.start_answers import decide_on_start, record_start_answer, settle_start_answers
from tasks.cohorts.starts import confirm_silent_starts, propose_starts
from tasks.core.database import reading, transaction
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.audit import audit
from tasks.season.control_totals import tally
from tasks.season.history import history_of
from tests.factories.enrollment import SUMMER, enroll_educators
from tests.factories.letters.written import calendar_methods, letters_written
from tests.factories.season import LEA_IDS, policy, stage_rows, store_rows
from tests.factories.seats import open_season_with_seats

pytestmark = pytest.mark.usefixtures("database")
LEA, OTHER = LEA_IDS[:2]
COHORT = "2022-C001"
PLANNED = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)
ANSWERED = PLANNED + timedelta(days=4)
CONFIRM_BY = date(2022, 8, 25)
AFTER = PLANNED + timedelta(days=11)
FIRST, LATER = date(2022, 9, 13), date(2022, 9, 27)


def prefer(lea_id: str, start_from: date | None, start_until: date | None = None) -> None:
    with transaction() as db:
        application = db.get_one(Application, ("2022", lea_id))
        application.start_from, application.start_until = start_from, start_until


def only_leader(*slots: str) -> None:
    with transaction() as db:
        db.execute(delete(Facilitator))
        facts = {"name": "Vera", "email": "vera@provider.example", "maximum_cohorts": 2}
        db.add(Facilitator(facilitator_id="F1", slots=list(slots), **facts))


def schedule(as_of: datetime = PLANNED) -> int:
    """Schedule cohorts and propose their starts, as the flow does; how many leads are written to."""
    schedule_cohorts_once.fn("2022", as_of)
    return int(propose_starts.fn("2022", as_of))


def private_cohort() -> list[str]:
    """Twenty educators of one district, in a cohort on Tuesdays whose start is proposed."""
    open_season_with_seats()
    emails = enroll_educators("a", 20)
    only_leader("TUE-15:30")
    assert schedule() == 1
    return emails


def combined_cohort(*windows: date | None) -> None:
    """Ten educators of each of two districts, in one cohort on Tuesdays; each district prefers a start from a day on."""
    open_season_with_seats()
    enroll_educators("a", 10)
    with reading() as db:
        mine = db.get_one(Application, ("2022", LEA))
        row = {column.name: getattr(mine, column.name) for column in Application.__table__.columns}
    store_rows(Application, {**row, "lea_id": OTHER, "lead_email": "lead@other.example"})
    facts = {"season": "2022", "lea_id": OTHER}
    block = {"component": "certification", "seats_confirmed": 10, "seats_filled": 10, "enroll_by": date(2022, 7, 22)}
    store_rows(SeatBlock, {**facts, **block, "is_closed": True})
    emails = [f"b{n:02d}@other.example" for n in range(10)]
    person = {**facts, "first_name": "Li", "last_name": "Wu", "role": "teacher", "grade_band": "middle"}
    store_rows(Educator, *({**person, "email": email, "is_already_certified": False} for email in emails))
    seat = {**facts, "component": "certification", "session": "", "status": EnrollmentStatus.ENROLLED}
    store_rows(Enrollment, *({**seat, "email": e, "enrolled_at": SUMMER, "signed_at": SUMMER} for e in emails))
    only_leader("TUE-15:30")
    for lea_id, window in zip((LEA, OTHER), windows, strict=False):
        prefer(lea_id, window)
    assert schedule() == 2


def start_row(answer: str = "confirm", starts_on: str = "", lea_id: str = LEA, **changes: str) -> dict[str, str]:
    row = {"lea_id": lea_id, "cohort_id": COHORT, "answer": answer, "starts_on": starts_on}
    return {**row, "answered_on": "2022-08-18", **changes}


def send(folder: Path, *rows: dict[str, str], as_of: datetime = ANSWERED) -> int:
    stage_rows(folder, InputKind.START, as_of, *rows)
    return int(settle_start_answers.fn("2022", as_of))


def agreed(lea_id: str = LEA) -> tuple[str, str, date]:
    with reading() as db:
        found = db.get_one(StartAgreement, ("2022", COHORT, lea_id))
        return found.status, found.confirmed_by, found.starts_on


def session_days() -> list[date]:
    with reading() as db:
        starts = db.scalars(select(CohortSession.starts_at).order_by(CohortSession.starts_at))
        return [policy().local_day(at) for at in starts]


def every_other_week(first: date) -> list[date]:
    return [first + timedelta(weeks=2 * n) for n in range(5)]


def reasons() -> list[str]:
    """What became of the answers, by the reasons of their rows."""
    with reading() as db:
        rows = select(IntakeRow).where(IntakeRow.kind == InputKind.START).order_by(IntakeRow.natural_key)
        return [f"{row.disposition}: {row.reason}" for row in db.scalars(rows)]


def broken_promises(as_of: datetime) -> dict[str, tuple[str, ...]]:
    return {
        item.check.name: item.ids for item in audit("2022", as_of) if item.violations and "start" in item.check.name
    }


def told_last(template: str) -> dict[str, Any]:
    return letters_written(template)[-1]


def test_a_lead_is_asked_once_about_a_start_inside_the_time_that_the_district_prefers() -> None:
    open_season_with_seats()
    enroll_educators("a", 20)
    only_leader("TUE-15:30")
    prefer(LEA, date(2022, 9, 21), date(2022, 10, 7))
    assert [schedule(), schedule(), schedule(PLANNED + timedelta(days=1))] == [1, 0, 0]
    assert session_days() == every_other_week(LATER)
    (letter,) = letters_written("start_proposed")
    assert letter["to"] == "lead@lea.example"
    assert letter["subject"].endswith(f"cohort {COHORT}: Tuesday, September 27, 2022")
    assert "This is inside the time that you named in the survey." in letter["body"]
    assert "it is confirmed if we do not hear from you by Thursday, August 25, 2022." in letter["body"]
    with reading() as db:
        decision = db.scalars(select(Decision).where(Decision.rule == "start-proposed")).one()
    assert (decision.subject_key, decision.inputs) == (COHORT, {"met": [LEA], "missed": []})
    assert agreed() == (StartStatus.PROPOSED, ConfirmedBy.NOBODY, LATER)


def test_in_a_combined_cohort_each_lead_is_told_whether_the_own_time_was_met() -> None:
    combined_cohort(date(2022, 9, 20), date(2022, 11, 7))
    assert session_days()[0] == date(2022, 9, 20)
    bodies = {letter["to"]: letter["body"] for letter in letters_written("start_proposed")}
    assert "This is inside the time" in bodies["lead@lea.example"]
    assert "you named a start on or after Monday, November 7, 2022" in bodies["lead@other.example"]
    with reading() as db:
        decision = db.scalars(select(Decision).where(Decision.rule == "start-proposed")).one()
    assert decision.inputs == {"met": [LEA], "missed": [OTHER]}
    assert f"District {OTHER} prefers a start on or after 2022-11-07." in decision.reason


def test_silence_confirms_after_the_days_that_the_letter_names_and_not_before(tmp_path: Path) -> None:
    private_cohort()
    last_day = datetime(2022, 8, 25, 23, 0, tzinfo=UTC)
    assert confirm_silent_starts.fn("2022", last_day) == 0
    assert [confirm_silent_starts.fn("2022", AFTER) for _ in range(2)] == [1, 0]
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.SILENCE, FIRST)
    assert send(tmp_path, start_row("another", "2022-09-27", answered_on="2022-08-26"), as_of=AFTER) == 0
    assert "to be answered by 2022-08-25, and is confirmed" in reasons()[0]
    assert broken_promises(datetime(2022, 9, 14, 13, 0, tzinfo=UTC)) == {}


def test_an_answer_of_a_day_in_time_counts_also_where_its_file_comes_after_silence_has_confirmed(
    tmp_path: Path,
) -> None:
    private_cohort()
    confirm_silent_starts.fn("2022", AFTER)
    assert send(tmp_path, start_row("another", "2022-09-27", answered_on="2022-08-25"), as_of=AFTER) == 1
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.LEAD, LATER)


def test_a_lead_confirms_and_gets_a_letter(tmp_path: Path) -> None:
    private_cohort()
    assert send(tmp_path, start_row(starts_on="9/13/2022")) == 1
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.LEAD, FIRST)
    (letter,) = letters_written("start_answered")
    assert letter["subject"] == f"Your cohort {COHORT} starts on Tuesday, September 13, 2022"
    assert confirm_silent_starts.fn("2022", AFTER) == 0
    assert tally("2022", "start").holds


def test_a_private_cohort_moves_to_the_start_that_its_lead_asks_for_with_every_calendar(tmp_path: Path) -> None:
    emails = private_cohort()
    assert send(tmp_path, start_row("another", "2022-09-23")) == 1, "a Friday: the first Tuesday after it"
    assert session_days() == every_other_week(LATER)
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.LEAD, LATER)
    told = letters_written("start_moved")
    assert sorted(letter["to"] for letter in told) == emails
    assert {tuple(calendar_methods(letter)) for letter in told} == {("PUBLISH",)}
    assert str(told[0]["calendars"]).count("SEQUENCE:1") == 5
    (lead,) = letters_written("start_answered")
    assert lead["subject"] == f"Your cohort {COHORT} now starts on Tuesday, September 27, 2022"
    with reading() as db:
        cohort = db.get_one(Cohort, ("2022", COHORT))
    assert (cohort.starts_on, (cohort.ends_on - cohort.starts_on).days) == (LATER, 14 * 7 - 1)
    assert broken_promises(datetime(2022, 10, 1, 13, 0, tzinfo=UTC)) == {}


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        ("2022-08-16", "A cohort cannot start before Monday, September 12, 2022, any more."),
        ("2022-11-08", "No cohort of this season starts after Monday, October 31, 2022."),
    ],
)
def test_a_start_that_does_not_fit_leaves_the_cohort_and_the_lead_is_told_which_would(
    tmp_path: Path, asked_for: str, told: str
) -> None:
    private_cohort()
    assert send(tmp_path, start_row("another", asked_for)) == 1
    assert (session_days()[0], agreed()) == (FIRST, (StartStatus.ANOTHER_ASKED, ConfirmedBy.NOBODY, FIRST))
    (letter,) = letters_written("start_answered")
    assert told in letter["body"]
    assert "possible:\n\n- Tuesday, " in letter["body"]
    assert "reply to this email by Monday, August 29, 2022" in letter["body"]
    assert [confirm_silent_starts.fn("2022", at) for at in (AFTER, AFTER + timedelta(days=4))] == [0, 1]
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.SILENCE, FIRST)


def test_a_start_at_which_the_facilitator_has_another_meeting_does_not_fit(tmp_path: Path) -> None:
    private_cohort()
    at = datetime(2022, 10, 11, 19, 0, tzinfo=UTC)
    key = {"season": "2022", "cohort_id": "2022-C009"}
    facts = {"kind": CohortKind.COMBINED, "slot": "TUE-15:00", "facilitator_id": "F1", "merged_into": ""}
    with transaction() as db:
        db.execute(delete(CohortSession).where(CohortSession.session_number == 3))
    store_rows(Cohort, {**key, **facts, "starts_on": date(2022, 10, 11), "ends_on": date(2023, 1, 16)})
    store_rows(CohortSession, {**key, "session_number": 1, "starts_at": at, "ends_at": at + timedelta(hours=2)})
    assert send(tmp_path, start_row("another", "2022-09-27")) == 1
    assert (
        "The facilitator has other meetings with a start on Tuesday, September 27"
        in told_last("start_answered")["body"]
    )


def test_a_combined_cohort_stays_until_program_staff_decide_and_then_everybody_is_told(tmp_path: Path) -> None:
    combined_cohort()
    assert send(tmp_path, start_row("another", "2022-09-27"), start_row(lea_id=OTHER)) == 2
    assert session_days()[0] == FIRST
    assert "A start on Tuesday, September 27, 2022, would be possible" in letters_written("start_answered")[0]["body"]
    with pytest.raises(OperatorError, match="needs a reason"):
        decide_on_start.fn("2022", COHORT, LATER, " ", ANSWERED)
    with pytest.raises(OperatorError, match=r"No cohort of this season starts after 2022-10-31\. Possible: 2022-10-1"):
        decide_on_start.fn("2022", COHORT, date(2022, 12, 1), "why not", ANSWERED)
    for _ in range(2):
        decide_on_start.fn("2022", COHORT, LATER, "school begins late in Ashford.", ANSWERED)
    assert session_days() == every_other_week(LATER)
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR, LATER)
    assert agreed(OTHER) == (StartStatus.PROPOSED, ConfirmedBy.NOBODY, LATER), "who had confirmed can answer again"
    again = told_last("start_proposed")
    assert again["to"] == "lead@other.example"
    assert "now starts on Tuesday, September 27, 2022. Reason: school begins late in Ashford." in again["body"]
    assert Counter(letter["to"] for letter in letters_written("start_moved")).total() == 20
    assert send(tmp_path, start_row(lea_id=OTHER, starts_on="2022-09-27", answered_on="2022-08-19")) == 1


def test_program_staff_keep_a_start_and_the_lead_who_asked_is_told_why(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row("another", "2022-09-27"))
    decide_on_start.fn("2022", COHORT, FIRST, "the other district has planned for it", ANSWERED)
    assert agreed() == (StartStatus.CONFIRMED, ConfirmedBy.OPERATOR, FIRST)
    assert agreed(OTHER)[0] == StartStatus.PROPOSED
    assert "stays: the other district has planned for it." in told_last("start_answered")["body"]
    assert letters_written("start_moved") == []


def test_an_answer_that_says_nothing_about_the_start_is_quarantined_with_what_to_do(tmp_path: Path) -> None:
    combined_cohort()
    sent = send(
        tmp_path,
        start_row(cohort_id="2022-C009"),
        start_row(lea_id=LEA_IDS[2]),
        start_row(answered_on="2022-08-14"),
        start_row(answered_on="2022-08-20"),
        start_row(starts_on="2022-09-20", answered_on="2022-08-17"),
        start_row("another", answered_on="2022-08-16"),
        start_row("perhaps", answered_on="2022-08-15"),
        start_row("another", "2022-09-31", lea_id=OTHER, answered_on="2022-08-19"),
        start_row(lea_id=OTHER),
    )
    assert sent == 1
    found = "\n".join(reasons())
    for told in (
        "There is no cohort 2022-C009; check its number.",
        "No start of 2022-C001 was proposed to this district",
        "an answer of 2022-08-14 says nothing about it",
        "which is still to come; correct the date",
        "The answer confirms 2022-09-20, and the proposed start is 2022-09-13",
        "the start that the lead asks for is empty",
        "this is neither confirm nor another",
        "correct the date",
    ):
        assert told in found
    assert Counter(line.partition(":")[0] for line in found.splitlines()) == {
        Disposition.QUARANTINED: 8,
        Disposition.ACCEPTED: 1,
    }
    assert tally("2022", "start").holds


def test_an_older_answer_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    private_cohort()
    send(tmp_path, start_row(answered_on="2022-08-18"), start_row("another", "2022-09-27", answered_on="2022-08-16"))
    assert reasons()[0].startswith(f"{Disposition.SUPERSEDED}: A newer answer")
    assert (session_days()[0], agreed()[0]) == (FIRST, StartStatus.CONFIRMED)


def test_a_lead_on_the_phone_is_recorded_once_and_a_cohort_that_has_begun_is_not_changed() -> None:
    private_cohort()
    for _ in range(2):
        record_start_answer.fn("2022", LEA, COHORT, LATER, requested_by="district lead", as_of=ANSWERED)
    assert (session_days()[0], agreed()[:2]) == (LATER, (StartStatus.CONFIRMED, ConfirmedBy.LEAD))
    assert len(letters_written("start_answered")) == 1
    october = datetime(2022, 10, 1, 13, 0, tzinfo=UTC)
    with pytest.raises(OperatorError, match="has started, on 2022-09-27"):
        record_start_answer.fn("2022", LEA, COHORT, None, requested_by="district lead", as_of=october)
    with pytest.raises(OperatorError, match="has started"):
        decide_on_start.fn("2022", COHORT, date(2022, 10, 25), "illness", october)
    with pytest.raises(OperatorError, match="There is no cohort 2022-C9"):
        decide_on_start.fn("2022", "2022-C9", LATER, "illness", ANSWERED)


def test_a_cohort_moves_back_to_its_first_start_over_its_own_sessions() -> None:
    private_cohort()
    for number, start in enumerate((LATER, FIRST, LATER)):
        decide_on_start.fn("2022", COHORT, start, "the school calendar has changed", ANSWERED + timedelta(hours=number))
        assert session_days() == every_other_week(start)
    assert len(letters_written("start_moved")) == 3 * 20
    assert len(letters_written("start_proposed")) == 4


def test_a_cohort_that_is_dissolved_takes_its_agreement_with_it_and_the_new_one_is_proposed() -> None:
    private_cohort()
    with transaction() as db:
        facts = {"name": "Vera", "email": "v@provider.example", "slots": ["THU-15:30"], "maximum_cohorts": 2}
        db.add(Facilitator(facilitator_id="F2", **facts))
    plan_cohorts_again.fn("2022", ["F1"], "F1 is ill", ANSWERED)
    assert propose_starts.fn("2022", ANSWERED) == 1
    with reading() as db:
        assert [item.cohort_id for item in db.scalars(select(StartAgreement))] == ["2022-C002"]
    assert "Thursdays at 3:30 p.m." in told_last("start_proposed")["body"]


def test_a_district_that_joins_a_cohort_before_it_begins_is_asked_too() -> None:
    combined_cohort()
    with transaction() as db:
        db.execute(delete(StartAgreement).where(StartAgreement.lea_id == OTHER))
    saturday, monday = (datetime(2022, 9, day, 13, 0, tzinfo=UTC) for day in (10, 13))
    assert [propose_starts.fn("2022", at) for at in (saturday, monday)] == [1, 0]
    assert "by Monday, September 12, 2022" in told_last("start_proposed")["body"], (
        "the day before the start at the latest"
    )
    assert confirm_silent_starts.fn("2022", monday) == 2
    with transaction() as db:
        db.execute(delete(StartAgreement).where(StartAgreement.lea_id == OTHER))
    assert propose_starts.fn("2022", monday) == 0, "nobody is told of a start that has passed"


def test_where_the_agreement_stands_is_explained_for_the_cohort_and_for_the_district(tmp_path: Path) -> None:
    combined_cohort()
    send(tmp_path, start_row())
    cohort, district = history_of("2022", "cohort", COHORT, ANSWERED), history_of("2022", "district", LEA, ANSWERED)
    assert (
        f"The start of cohort {COHORT} on 2022-09-13 is proposed: 1 of 2 districts has confirmed it." in cohort.standing
    )
    assert "The start on 2022-09-13 is confirmed." in [event.text for event in cohort.events]
    assert f"The start of cohort {COHORT} on 2022-09-13 is confirmed." in district.standing
    other = history_of("2022", "district", OTHER, ANSWERED).standing
    assert f"The start of cohort {COHORT} on 2022-09-13 is proposed; ask for another by {CONFIRM_BY}." in other


def test_people_of_a_merged_cohort_have_no_start_to_agree_on(tmp_path: Path) -> None:
    private_cohort()
    with transaction() as db:
        db.get_one(Cohort, ("2022", COHORT)).merged_into = "2022-C002"
        db.execute(delete(CohortMember))
    assert send(tmp_path, start_row()) == 0
    assert "has joined another cohort" in reasons()[0]
    assert confirm_silent_starts.fn("2022", AFTER) == 0
