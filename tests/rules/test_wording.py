from rules.wording import because, count, money


def test_a_count_agrees_with_its_noun() -> None:
    assert [count(number, "seat") for number in (0, 1, 2, 1500)] == ["no seats", "1 seat", "2 seats", "1,500 seats"]
    assert count(2, "review is", "reviews are") == "2 reviews are"


def test_money_has_its_cents_and_thousands() -> None:
    assert [money(cents) for cents in (0, 6500, 106505)] == ["$0.00", "$65.00", "$1,065.05"]


def test_a_reason_that_a_person_gave_is_a_sentence_with_one_stop() -> None:
    assert [because(reason) for reason in (" moves away", "Moves away.")] == [
        "Reason: moves away.",
        "Reason: Moves away.",
    ]
