from deployments.statebook import PAGE, page
from rules.transitions import MACHINES


def test_the_page_of_the_states_says_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_machine_is_a_diagram_with_its_beginning_and_every_change() -> None:
    told = page()
    assert told.count("stateDiagram-v2") == len(MACHINES) + 1
    assert "    [*] --> proposed\n    proposed --> approved: the agency's answer\n" in told
    assert "    none --> lapsed: the last day to answer has passed\n" in told
    assert "    applied --> [*]\n" in told
