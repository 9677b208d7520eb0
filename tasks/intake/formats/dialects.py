"""Which survey tool wrote a table, told from its head: how many header rows, which names each column has, where its ids are."""

import json
import re
from collections.abc import Mapping, Sequence

from tasks.intake.formats.head import Column, Head, clean, column_of, columns_of, plain, position
from tasks.intake.formats.named_tools import named_tool
from tasks.intake.formats.second_row import with_second_row

GOOGLE_MOMENT = re.compile(
    r"^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}[ T]\d{1,2}[:.]\d\d([:.]\d\d)?( ?[ap]m)?( GMT[+-]\d{1,2}(:\d\d)?)?\Z",
    re.IGNORECASE,
)
QUALTRICS_IDS = ("responseid", "recordid", "v1")
SURVEYMONKEY_IDS = ("respondentid",)
MICROSOFT_HEAD = ("id", "starttime", "completiontime")
SURVEYMONKEY_SECOND = ("response", "openendedresponse")
TIMESTAMPS = (
    "timestamp",
    "horodateur",
    "zeitstempel",
    "marcatemporal",
    "informacionecronologiche",
    "carimbodedatahora",
)
HEADER_ROWS_LEGACY, HEADER_ROWS = 2, 3


def read_head(rows: Sequence[Sequence[str]], fallback: str) -> Head:
    """The head of a table whose first rows are given; ``fallback`` is the dialect of a table of no known tool."""
    return with_second_row(_head(rows, fallback), rows)


def _head(rows: Sequence[Sequence[str]], fallback: str) -> Head:
    first = [plain(cell) for cell in rows[0]]
    ids = (
        [_import_id(cell) for cell in rows[2]]
        if len(rows) >= HEADER_ROWS and any("ImportId" in cell for cell in rows[2])
        else []
    )
    if ids:
        return _qualtrics(rows, ids, first)
    return named_tool(rows[0]) or _told_by_rows(rows, first) or _of_no_tool(rows, first, fallback)


def _of_no_tool(rows: Sequence[Sequence[str]], first: Sequence[str], fallback: str) -> Head:
    return Head(fallback, 1, columns_of(rows[0]), id_column=position(first, ("responseid", "id", "recordid")))


def _told_by_rows(rows: Sequence[Sequence[str]], first: Sequence[str]) -> Head | None:
    if _has_label_row(rows, first):
        return _legacy_qualtrics(rows)
    if first[0] in SURVEYMONKEY_IDS or "respondentid" in first[:3]:
        return _surveymonkey(rows, first)
    if tuple(first[:3]) == MICROSOFT_HEAD or _looks_like_microsoft(rows):
        return Head("microsoft-forms", 1, columns_of(rows[0]), id_column=0, moment_column=2)
    if first[0] in TIMESTAMPS or _looks_like_google(rows):
        return Head("google-forms", 1, columns_of(rows[0]), moment_column=0)
    return None


def _qualtrics(rows: Sequence[Sequence[str]], ids: Sequence[Mapping[str, str]], first: Sequence[str]) -> Head:
    width = len(rows[0])
    texts = [*rows[1], *[""] * width]
    names = [found.get("ImportId", "") for found in ids] + [""] * width
    columns = tuple(column_of([rows[0][i], texts[i]], names[i]) for i in range(width))
    by_import = [plain(name) for name in names[:width]]
    return Head(
        "qualtrics",
        3,
        columns,
        zone=next((found["timeZone"] for found in ids if "timeZone" in found), ""),
        id_column=max(position(by_import, QUALTRICS_IDS), position(first, QUALTRICS_IDS)),
        moment_column=max(position(by_import, ("recordeddate",)), position(first, ("recordeddate", "enddate"))),
    )


def _import_id(cell: str) -> Mapping[str, str]:
    """The names in a cell of the third row: JSON now, the text of a Python dictionary in early exports."""
    try:
        found = json.loads(cell)
    except (json.JSONDecodeError, RecursionError):
        return dict(re.findall(r"'(\w+)':\s*'([^']*)'", cell))
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _has_label_row(rows: Sequence[Sequence[str]], first: Sequence[str]) -> bool:
    """Whether the second row holds the texts of the questions, as in legacy exports, and is no response."""
    if len(rows) < HEADER_ROWS_LEGACY or not rows[1] or first[0] not in QUALTRICS_IDS:
        return False
    second = rows[1][0].strip()
    return plain(second) in QUALTRICS_IDS or (first[0] == "v1" and not re.fullmatch(r"R_\w+", second))


def _legacy_qualtrics(rows: Sequence[Sequence[str]]) -> Head:
    width = len(rows[0])
    texts = [*rows[1], *[""] * width]
    columns = tuple(column_of([rows[0][i], texts[i]]) for i in range(width))
    moments = [[plain(name) for name in column.names] for column in columns]
    moment = next((i for i, names in enumerate(moments) if {"enddate", "v9"} & set(names)), -1)
    return Head("qualtrics-legacy", 2, columns, id_column=0, moment_column=moment)


def _surveymonkey(rows: Sequence[Sequence[str]], first: Sequence[str]) -> Head:
    id_column = position(first, SURVEYMONKEY_IDS)
    moment = position(first, ("enddate", "datemodified", "startdate", "datecreated"))
    if len(rows) > 1 and not [*rows[1], *[""] * len(first)][id_column].strip():
        return Head("surveymonkey", 2, _two_row_columns(rows), id_column=id_column, moment_column=moment)
    return Head("surveymonkey", 1, columns_of(rows[0]), id_column=id_column, moment_column=moment)


def _two_row_columns(rows: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """The first row holds the question, blank where it goes on; the second the choice."""
    width = max(len(rows[0]), len(rows[1]))
    questions, choices = ([*row, *[""] * width] for row in rows[:2])
    found, question = [], ""
    for i in range(width):
        question = clean(questions[i]) or question
        choice = clean(choices[i])
        is_single = not choice or plain(choice) in SURVEYMONKEY_SECOND
        names = (question,) if is_single else (f"{question} - {choice}",)
        found.append(Column(names, () if is_single else (question,), "" if is_single else choice))
    return tuple(found)


def _looks_like_microsoft(rows: Sequence[Sequence[str]]) -> bool:
    """A number from 1 on, two moments and an address or 'anonymous', whatever the language of the header."""
    data = [row for row in rows[1:] if len(row) > 4]  # noqa: PLR2004 - id, two moments, address, name
    return bool(data) and all(
        row[0].isdigit()
        and GOOGLE_MOMENT.match(row[1])
        and GOOGLE_MOMENT.match(row[2])
        and (row[3] == "anonymous" or "@" in row[3])
        for row in data
    )


def _looks_like_google(rows: Sequence[Sequence[str]]) -> bool:
    """The first column holds moments as only Google writes them, with slashes."""
    firsts = [row[0] for row in rows[1:] if row and row[0]]
    return bool(firsts) and all("/" in cell and GOOGLE_MOMENT.match(cell) for cell in firsts)
