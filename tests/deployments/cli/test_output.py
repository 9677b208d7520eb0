"""What the commands print is theirs alone."""

import os

import pytest

from deployments.cli.output import only_what_we_say


def test_what_a_library_prints_by_itself_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with only_what_we_say():
        os.write(1, b"from the library\n")
    os.write(1, b"ours\n")
    found = capfd.readouterr()
    assert (found.out, found.err) == ("ours\n", "from the library\n")
