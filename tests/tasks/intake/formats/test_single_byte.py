"""Text of one byte a letter: Windows or an old Mac, told from the words alone."""
# ruff: noqa: RUF001 - the signs that look alike are what is tested

from pathlib import Path

import pytest

from tests.tasks.intake.test_read import read

NAMES = (
    "André", "Zoë O’Neil", "ANDRÉ LEY", "José García", "Renée Muñoz", "Björn Ölund", "François Lefèvre", "Haßfurt “x”",
    "It’s fine – “really”", "Hernández, Martínez", "D’Angelo", "naïve café", "Ángel", "students’ work", "5 – 6 weeks",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman"])
def test_a_name_is_read_as_it_was_written_on_windows_and_on_an_old_mac(
    tmp_path: Path, name: str, encoding: str
) -> None:
    found = read(tmp_path, f'response_id,lead_name\nR_1,"{name}"\n'.encode(encoding))
    assert (found.cells, found.encoding, found.findings) == ([("R_1", name)], encoding, [])


def test_a_letter_cut_in_half_at_the_end_of_a_file_is_read_as_one_of_windows(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n1,Andr\xe9")
    assert (found.cells, found.encoding) == ([("1", "André")], "cp1252")


def test_lines_that_old_macs_end_are_read_with_their_letters(tmp_path: Path) -> None:
    found = read(tmp_path, "name,town\rZoë,Łódź\rRenée,x\r".replace("Łódź", "Lodz").encode("mac-roman"))
    assert found.cells == [("Zoë", "Lodz"), ("Renée", "x")]
