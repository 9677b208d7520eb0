import pytest

pytest.register_assert_rewrite("tests.factories")  # what factories assert is told as in a test
