"""What the head of a table says: how many header rows there are, and under which names each column goes.

A column may be one choice of a question with several answers: then it has the question's names as groups, and its choice.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

LABEL = re.compile(r"<[^>]{0,200}>")
LONGEST_NAME = 500
QUALTRICS_CHOICE = re.compile(r"(Q(?:ID)?\d+)_(\d+)")
MARKS = (" - ", " [")


@dataclass(frozen=True, slots=True)
class Column:
    """A column under every name that the file gives it: export tag, question text, ImportId."""

    names: tuple[str, ...]
    groups: tuple[str, ...] = ()
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What was told from the head of a table; ``id_column`` and so on are positions, or -1.

    ``finished_column`` says whether the response was finished; ``tool_columns`` are those of what the tool writes beside the
    answers.
    """

    dialect: str
    header_rows: int
    columns: tuple[Column, ...]
    zone: str = ""
    id_column: int = -1
    moment_column: int = -1
    finished_column: int = -1
    tool_columns: frozenset[int] = frozenset()


def plain(name: str) -> str:
    """A name without what people and tools write differently: case, spaces, signs."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


def clean(name: str) -> str:
    """A name as it can be shown: no markup, no control signs, not endless."""
    text = html.unescape(LABEL.sub(" ", name)).replace("\xa0", " ").encode("utf-8", errors="replace").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:LONGEST_NAME]


def columns_of(header: Sequence[str]) -> tuple[Column, ...]:
    """A column for each cell of the only header row."""
    return tuple(column_of([cell]) for cell in header)


def column_of(names: Sequence[str], import_id: str = "") -> Column:
    """A column of these names; of one that is a choice, the question is its group."""
    found = distinct(*names, import_id)
    groups, choice = [], ""
    for name in found:
        for mark in MARKS:
            question, _, rest = name.rpartition(mark)
            if question and rest:
                groups.append(question)
                choice = choice or rest.rstrip("]")
        parts = QUALTRICS_CHOICE.fullmatch(name)
        if parts:
            groups.append(parts[1])
    return Column(found, tuple(dict.fromkeys(groups)), choice)


def distinct(*names: str) -> tuple[str, ...]:
    """The names as they can be shown, each once, without empty ones."""
    return tuple(dict.fromkeys(name for name in map(clean, names) if name))


def position(names: Sequence[str], wanted: Sequence[str]) -> int:
    """Where the first of the wanted names stands that is there, or -1."""
    return next((names.index(name) for name in wanted if name in names), -1)
