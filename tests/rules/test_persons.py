"""Who is who, by names as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.persons import (
    KnownPerson,
    Likeness,
    MergeFacts,
    OwnReview,
    alike_percent,
    is_another_name,
    like_persons,
    merge_persons,
    part_persons,
    plain_name,
    recognize_person,
    recognized,
)
from schemas.statuses import Outcome
from tests.factories.season import changed_policy, policy

NAMES = st.text(alphabet=st.characters(codec="utf-8", categories=("Lu", "Ll", "Lo", "Zs", "Pd", "Po")), max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Núñez", "JOSE NUNEZ"),
        ("Søren Ångström", "Soren Angstrom"),
        ("Siobhán O'Brien", "Siobhan O\u2019Brien"),
        ("Siobhán OBrien", "Siobhan O\u2019Brien"),
        ("Ada García-López", "Ada Garcia Lopez"),
        ("García López, Ada", "Ada García López"),
        ("  ada   ley ", "Ada Ley"),
        ("Юлия Иванова", "Юлия ИВАНОВА"),
    ],
)
def test_what_people_write_now_one_way_now_another_is_the_same_name(one: str, other: str) -> None:
    assert alike_percent(one, other) == 100


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada García", "Ada García López"), ("Ana Ley", "Anna Ley"), ("Katherine Moss", "Catherine Moss")],
)
def test_a_family_name_more_or_a_letter_is_alike_and_not_the_same(one: str, other: str) -> None:
    assert 92 <= alike_percent(one, other) < 100


@pytest.mark.parametrize(("one", "other"), [("Ada Ley", "Bo Ley"), ("Ley", "Ada Ley"), ("Ada", "Ada Ley"), ("", "")])
def test_a_family_name_alone_or_no_name_says_nothing(one: str, other: str) -> None:
    assert alike_percent(one, other) < 92


@pytest.mark.parametrize(
    ("one", "other", "is_another"),
    [
        ("Ann Lee", "Bob Young", True),
        ("Ann Lee", "Ann Moss", False),
        ("Ann Lee", "Ann-Marie Lee", False),
        ("Jon Smyth", "John Smith", False),
        ("Ann Lee", "LEE, ANN", False),
        ("Ann Lee", "", False),
        ("", "Bob Young", False),
    ],
)
def test_a_name_is_anothers_only_where_hardly_anything_of_it_is_the_same(
    one: str, other: str, is_another: bool
) -> None:
    assert is_another_name(one, other) == is_another_name(other, one) == is_another


@given(NAMES, NAMES)
def test_likeness_is_the_same_either_way_and_complete_only_for_the_same_name(one: str, other: str) -> None:
    assert alike_percent(one, other) == alike_percent(other, one)
    assert (alike_percent(one, other) == 100) == (plain_name(one) == plain_name(other) != "")


def ada(person_id: str = "P-1", name: str = "Ada Ley", *, is_here: bool = False) -> KnownPerson:
    return KnownPerson(person_id, name, is_here)


def test_everybody_who_is_alike_is_listed_the_most_alike_first_and_of_the_season_only_who_has_exactly_the_name() -> (
    None
):
    known = [ada("P-2", "Ada Leigh Ley"), ada(), ada("P-3", "Ada Leigh Ley", is_here=True), ada("P-4", "Bo Moss")]
    assert [item.person_id for item in like_persons("ADA LEY", known, policy())] == ["P-1", "P-2"]


def test_one_person_of_exactly_this_name_who_has_no_other_address_in_the_season_is_recognized() -> None:
    assert recognize_person("ADA LEY", [ada(), ada("P-2", "Bo Moss")], policy()).same == "P-1"
    assert recognize_person("Ada Ley", [ada(), ada(name="Ada Ley-Moss")], policy()).same == "P-1"  # by an earlier name
    assert (recognized("P-1").outcome, "P-1" in recognized("P-1").reason) == (Outcome.CHANGED, True)


@pytest.mark.parametrize(
    "known", [[ada(), ada("P-2")], [ada(is_here=True)], [ada(), ada(is_here=True)], [ada(name="Ada Leigh Ley")]]
)
def test_two_of_the_name_or_one_whom_the_season_has_or_a_name_that_is_only_alike_is_for_a_person_to_decide(
    known: list[KnownPerson],
) -> None:
    found = recognize_person("Ada Ley", known, policy())
    assert found.same == ""
    assert {item.person_id for item in found.unsure} == {person.person_id for person in known}


def test_whom_the_season_has_by_a_name_that_is_only_alike_is_somebody_else() -> None:
    known = [ada(name="Ada Leigh Ley", is_here=True), ada("P-2", "Bo Moss")]
    assert recognize_person("Ada Ley", known, policy()).unsure == ()
    assert recognize_person("Cy Hill", known, policy()) == recognize_person("Cy Hill", [], policy())


def test_everybody_who_is_alike_enough_is_listed_the_most_alike_first() -> None:
    known = [
        ada("P-3", "Ada Leys"),
        ada("P-2", "Bo Moss"),
        ada(),
        ada(name="Ada Leyy"),
        ada("P-4", "Ada Leys", is_here=True),
    ]
    found = like_persons("Ada Ley", known, policy())
    assert [item.person_id for item in found] == ["P-1", "P-3"]
    assert found[0].alike_percent == 100 > found[1].alike_percent


def test_the_policy_says_how_alike_a_name_must_be_and_the_three_nearest_are_named() -> None:
    known = [ada(f"P-{number}", f"Ada Ley{'x' * number}") for number in range(1, 6)]
    strict, loose = (changed_policy(enrollment__alike_name_percent=percent) for percent in (99, 50))
    assert recognize_person("Ada Ley", known, strict).unsure == ()
    found = recognize_person("Ada Ley", known, loose).unsure
    assert [item.person_id for item in found] == ["P-1", "P-2", "P-3"]
    assert found[0] == Likeness("P-1", alike_percent("Ada Ley", "Ada Leyx"))


def test_nothing_against_it_makes_two_records_one_person() -> None:
    ruling = merge_persons("P-1", "P-2", MergeFacts(is_same=False))
    assert (ruling.outcome, "P-2 is the same person as P-1" in ruling.reason) == (Outcome.MERGED, True)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (MergeFacts(is_same=True), "name two"),
        (MergeFacts(is_same=False, other_is_merged_into="P-1"), "belongs to P-1 already"),
        (MergeFacts(is_same=False, other_is_merged_into="P-3"), "name P-3 instead"),
        (MergeFacts(is_same=False, kept_is_merged_into="P-3"), "P-1 was merged into P-3"),
        (MergeFacts(is_same=False, other_stands_for=("P-4",)), "keep P-2 and merge P-1 into it"),
        (MergeFacts(is_same=False, shared_seats=("the academy of season 2022",)), "withdraw one of them first"),
        (MergeFacts(is_same=False, shared_portfolios=("educators in season 2022",)), "Both have a portfolio"),
        (
            MergeFacts(is_same=False, own_reviews=(OwnReview("E003", "P22-AAAAAAA", "0900002"),)),
            "E003 judges P22-AAAAAAA, which would be their own: declare a conflict of E003 with district 0900002 first",
        ),
    ],
)
def test_everything_that_stands_against_a_merge_is_told(facts: MergeFacts, words: str) -> None:
    ruling = merge_persons("P-1", "P-2", facts)
    assert (ruling.outcome, words in ruling.reason) == (Outcome.REJECTED, True)


def test_all_that_stands_against_it_is_told_at_once() -> None:
    facts = MergeFacts(is_same=False, shared_seats=("a", "b"), shared_portfolios=("c",), other_stands_for=("P-4",))
    assert len(merge_persons("P-1", "P-2", facts).reason.split(". ")) >= 4


def test_a_merge_is_undone_and_who_was_not_merged_is_left_alone() -> None:
    assert part_persons("P-2", "P-1").outcome == Outcome.PARTED
    assert part_persons("P-2", "").outcome == Outcome.REJECTED
