import pytest

pytest.register_assert_rewrite("tests.tasks.intake.survey_files")  # what it asserts is told as in a test
