from rules.wording import count


def test_a_count_agrees_with_its_noun() -> None:
    assert [count(number, "seat") for number in (0, 1, 2, 1500)] == ["no seats", "1 seat", "2 seats", "1,500 seats"]
    assert count(2, "review is", "reviews are") == "2 reviews are"
