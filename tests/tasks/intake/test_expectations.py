import re
from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from schemas.contracts import CONTRACTS, MAILABLE_EMAIL, MAILABLE_REMEDY, ROSTER, SCORE, SURVEY, Contract, Expect
from schemas.kinds import InputKind
from schemas.records import Finding
from schemas.statuses import CheckOutcome
from tasks.intake import expectations
from tasks.intake.expectations import Checker, ValidationEngineError, _shapes, findings_of
from tasks.letters.envelope import UnsendableAddressError, wire_address
from tests.factories.surveys import survey_row

KNOWN = {"districts": frozenset({"0900002"}), "certificates": frozenset[str](), "activities": frozenset[str]()}


def columns_of(rows: Sequence[Mapping[str, str]], contract: Contract = SURVEY) -> pl.DataFrame:
    names = [field.name for field in contract.fields]
    return pl.DataFrame(
        {name: [row.get(name, "") for row in rows] for name in names}, schema=dict.fromkeys(names, pl.String)
    )


def check_rows(
    contract: Contract, rows: Sequence[Mapping[str, str]], known: Mapping[str, frozenset[str]]
) -> dict[int, list[Finding]]:
    columns = columns_of(rows, contract)
    return findings_of(contract, Checker(contract, known).check(columns), columns)


def rules_of(row: dict[str, str], contract: Contract = SURVEY) -> set[str]:
    good = survey_row(1)
    found = check_rows(contract, [good, row, good], KNOWN)
    assert set(found) <= {1}
    return {finding.rule for finding in found.get(1, [])}


def test_a_good_row_has_no_findings() -> None:
    assert rules_of(survey_row(2)) == set()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"response_id": ""}, "IS-001"),
        ({"submitted_at": ""}, "IS-002"),
        ({"submitted_at": "May 3rd"}, "IS-003"),
        ({"submitted_at": "2022-05-03 10:00:00\n"}, "IS-003"),
        ({"request": "Maybe"}, "IS-006"),
        ({"option": "4"}, "IS-007"),
        ({"option": ""}, "IS-008"),
        ({"certification_seats": "twenty"}, "IS-010"),
        ({"certification_seats": "\u0662\u0665"}, "IS-010"),
        ({"certification_seats": "\uff12\uff15"}, "IS-010"),
        ({"academy_seats": "-3"}, "IS-011"),
        ({"librarian_seats": "1.5"}, "IS-012"),
        ({"exfrl_seats": "1e3"}, "IS-013"),
        ({"lead_email": ""}, "IS-014"),
        ({"lead_email": "ask the office"}, "IS-015"),
        ({"lead_name": ""}, "IS-016"),
        ({"finished": "False"}, "IS-017"),
        ({"status": "Survey Preview"}, "IS-018"),
        ({"status": "8"}, "IS-018"),
    ],
)
def test_each_fault_is_found_in_its_row_by_its_rule(changes: dict[str, str], rule: str) -> None:
    assert rules_of(survey_row(2, **changes)) == {rule}


def test_a_request_for_information_needs_no_option() -> None:
    assert rules_of(survey_row(2, request="More information", option="", certification_seats="")) == set()


@pytest.mark.parametrize(
    ("score", "is_good"),
    [
        ("0", True),
        ("100", True),
        ("83.25", True),
        ("100.01", False),
        ("83.255", False),
        ("eighty", False),
        ("-1", False),
    ],
)
def test_a_score_is_a_percentage_with_two_decimals(score: str, is_good: bool) -> None:
    row = {
        "portfolio_id": "P",
        "round_number": "1",
        "evaluator_id": "E",
        "score_percent": score,
        "feedback": "good",
        "scored_at": "2023-02-01 09:00:00",
    }
    assert (check_rows(SCORE, [row], KNOWN) == {}) is is_good


def test_one_row_that_fails_and_many_that_fail_are_told_apart_by_their_index() -> None:
    rows = [survey_row(i, lead_email="x" if i % 2 else "a@b.example") for i in range(9)]
    assert sorted(check_rows(SURVEY, rows, KNOWN)) == [1, 3, 5, 7]


def test_a_value_judged_in_an_earlier_part_keeps_its_verdict_in_a_later_one() -> None:
    checker = Checker(SURVEY, KNOWN)
    rows = [survey_row(1), survey_row(2, certification_seats="twenty"), survey_row(3, option="4")]
    columns = columns_of(rows)
    first, again = (findings_of(SURVEY, checker.check(columns), columns) for _ in range(2))
    assert {i: [f.rule for f in found] for i, found in first.items()} == {1: ["IS-010"], 2: ["IS-007"]}
    assert again == first


def test_a_bad_value_stays_bad_when_so_many_values_are_remembered_that_they_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tasks.intake.judged_values.REMEMBERED_VALUES", 2)
    checker = Checker(SURVEY, KNOWN)
    rows = [survey_row(n, lead_email=f"lead{n}@district.example") for n in range(4)]
    rows.append(survey_row(4, lead_email="nobody"))
    for part in (rows, rows[3:], rows[4:] + rows[:1]):
        columns = columns_of(part)
        bad = [rows.index(part[index]) for index in findings_of(SURVEY, checker.check(columns), columns)]
        assert bad == [4]


def test_every_rule_reports_whether_it_passed_or_failed_and_how_often() -> None:
    columns = columns_of([survey_row(i, option="4") for i in range(3)])
    outcomes = {o.rule: (o.outcome, len(o.failing)) for o in Checker(SURVEY, KNOWN).check(columns)}
    assert outcomes.pop("IS-007") == (CheckOutcome.FAIL, 3)
    assert set(outcomes.values()) == {(CheckOutcome.PASS, 0)}


def test_a_moment_has_the_shape_of_its_digits_however_it_is_written() -> None:
    written = [
        "2022-05-03 14:30:59",
        "2022-05-03T14:30:59Z",
        "3/5/2022",
        "",
        "2022-05-03 14:30:5٣",
        "2022-05-03 14:30:59\n",
    ]
    assert _shapes(pl.Series("when", written)).to_list() == [re.sub("[1-9]", "0", text) for text in written]


def test_no_rows_need_no_engine() -> None:
    assert check_rows(SURVEY, [], KNOWN) == {}


def test_an_engine_error_is_never_taken_for_bad_data() -> None:
    broken = Contract(
        InputKind.SURVEY, "broken", SURVEY.fields, (), (Expect("X-1", "lea_id", "matches", "p", "r", pattern="(["),)
    )
    with pytest.raises(ValidationEngineError, match="X-1"):
        check_rows(broken, [survey_row(1)], KNOWN)


def test_what_the_engine_could_not_judge_is_asked_again_with_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = [{**survey_row(1), "certification_seats": "twelve or so"}]
    with monkeypatch.context() as patch:
        patch.setattr(expectations, "_failing_ids", lambda _result: ((), "the engine is gone"))
        with pytest.raises(ValidationEngineError):
            check_rows(SURVEY, bad, KNOWN)
    assert {finding.rule for finding in check_rows(SURVEY, bad, KNOWN)[0]} == {"IS-010"}


def test_a_value_is_judged_once_whatever_file_it_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [survey_row(1), {**survey_row(2), "certification_seats": "eleven or so"}]
    first = check_rows(SURVEY, rows, KNOWN)
    monkeypatch.setattr(expectations, "_validate", None)  # nobody may be asked
    assert check_rows(SURVEY, rows, KNOWN) == first
    assert set(first) == {1}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_every_expectation_has_its_own_rule_id_a_problem_and_a_remedy(contract: Contract) -> None:
    fields = {field.name for field in contract.fields}
    assert all(item.field in fields and item.problem and item.remedy for item in contract.expectations)
    assert len({item.rule for item in contract.expectations}) == len(contract.expectations)
    assert set(contract.key) <= fields


@pytest.mark.parametrize("name", ["o'brien", "ada.lovelace", "a+b", "x", "A_1", "n" * 64])
@pytest.mark.parametrize("domain", ["lea.org", "k12.ct.us", "schüler.example", "a-b.example"])
def test_an_address_to_which_letters_can_be_sent_is_accepted(name: str, domain: str) -> None:
    assert rules_of(survey_row(2, lead_email=f"{name}@{domain}")) == set()


@pytest.mark.parametrize(
    "address",
    [
        "josé@lea.org",
        "a..b@lea.org",
        ".a@lea.org",
        "a.@lea.org",
        '"a b"@lea.org',
        "a@-lea.org",
        "a@lea-.org",
        "a@l_a.org",
        "a@lea..org",
        "a@lea.org.",
        "a@lea",
        "a@b@lea.org",
        "a\u200b@lea.org",
        "n" * 65 + "@lea.org",
        "a@" + "l" * 64 + ".org",
        "a@" + "lea." * 63 + "org",
        "a@" + "ü" * 60 + ".org",  # longer than a label may be, once it is written as IDNA
        "a@" + "schüle." * 20 + "org",
        "a@sch\u0378le.org",
        "a@אa.org",
    ],
)
def test_an_address_to_which_letters_can_never_be_sent_is_rejected_with_a_remedy(address: str) -> None:
    found = check_rows(SURVEY, [survey_row(1), survey_row(2, lead_email=address)], KNOWN)
    assert [(finding.rule, finding.remedy) for finding in found[1]] == [("IS-015", MAILABLE_REMEDY)]


def test_a_person_joins_only_with_an_address_to_which_letters_can_be_sent() -> None:
    found = {expect.rule: expect.pattern for expect in ROSTER.expectations if expect.field == "email"}
    assert found["RO-002"] == MAILABLE_EMAIL


def test_no_address_is_taken_whose_domain_the_sender_cannot_write() -> None:
    """Letters of every script, alone in a label: the import takes exactly those to which the sender has a way."""
    letters = [chr(number) for number in range(0x80, 0x2FFFF) if re.match(MAILABLE_EMAIL, f"a@b{chr(number)}c.org")]
    addresses = [f"a@b{letter}c.org" for letter in letters[::29]]
    rows = [survey_row(number, lead_email=address) for number, address in enumerate(addresses, start=1)]
    rejected = {addresses[index] for index in check_rows(SURVEY, rows, KNOWN)}
    assert rejected == {address for address in addresses if not can_be_sent_to(address)}
    assert 50 < len(rejected) < len(addresses)


def can_be_sent_to(address: str) -> bool:
    try:
        wire_address(address)
    except UnsendableAddressError:
        return False
    return True
