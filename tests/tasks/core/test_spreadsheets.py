from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from tasks.core.spreadsheets import STARTS_A_FORMULA, as_text, from_text, write_table


@given(st.text())
@example("''x")
@example("'=x")
def test_writing_a_cell_as_text_can_be_undone_and_never_starts_a_formula(cell: str) -> None:
    assert from_text(as_text(cell)) == cell
    assert not as_text(cell).startswith(STARTS_A_FORMULA)


def test_every_cell_of_a_written_table_is_text_the_header_too(tmp_path: Path) -> None:
    assert write_table(tmp_path / "t.csv", ["@head"], [["=1+1"], ["+1"], ["plain"]]) == 3
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines() == ["'@head", "'=1+1", "'+1", "plain"]
