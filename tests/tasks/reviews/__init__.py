import pytest

pytest.register_assert_rewrite("tests.tasks.reviews.review_books")  # what it asserts is told as in a test
