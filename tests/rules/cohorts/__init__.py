import pytest

pytest.register_assert_rewrite("tests.rules.cohorts.plan_checks")  # what it asserts is told as in a test
