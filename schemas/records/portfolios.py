"""Records of portfolios."""

from enum import StrEnum


class Track(StrEnum):
    """Whose artifacts a portfolio holds (FAQ III: additional role-based artifacts for librarians)."""

    EDUCATOR = "educator"
    LIBRARIAN = "librarian"
