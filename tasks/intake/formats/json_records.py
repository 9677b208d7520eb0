"""JSON documents and JSON lines: each object is a row, each name a column; a line that is no object is a rejected row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import orjson

from tasks.intake.formats.limits import (
    JSON_DOCUMENT_BYTES,
    JSON_DOCUMENT_VALUES,
    LINE_BYTES,
    MIB,
    RejectedFileError,
    require_columns,
)
from tasks.intake.formats.records import Record

LISTS = ("responses", "data", "items", "values", "results")
NOT_AN_OBJECT = "this is not a JSON object with the fields of one response"
SAMPLE_LINES = 20
OBJECTS_OF_LINES = 0.5
LINES_WITHOUT_NAMES = 50_000
EXPORT_OTHERWISE = "export it as CSV or JSON lines, and send that"
OBJECT, LIST = b"{", b"["


class _Parsed(NamedTuple):
    """An object of the file, or what is wrong with what stands there instead, and its text."""

    content: Mapping[str, Any]
    problem: str = ""
    raw: str = ""


def looks_like_json(file: BinaryIO) -> bool:
    """Whether a file holds JSON: it begins like it, or most of its first lines are objects."""
    start = file.tell()
    first = file.read(64).lstrip()[:1]
    file.seek(start)
    found = first in {OBJECT, LIST} or _has_lines_of_objects(file)
    file.seek(start)
    return found


def json_records(file: BinaryIO, size_bytes: int) -> tuple[str, Iterable[Record]]:
    """The dialect (``json`` or ``jsonl``) and the records, a header of all names first.

    Raises:
        RejectedFileError: it is neither one document nor one object a line, or too large to be one document.
    """
    start = file.tell()
    first, second = file.readline(LINE_BYTES), file.readline(LINE_BYTES)
    file.seek(start)
    if _is_object(first) and (not second.strip() or _is_object(second)) and not _wraps_a_list(first):
        return "jsonl", _lines(file)
    has_lines = _has_lines_of_objects(file)
    file.seek(start)
    try:
        return "json", _table([_checked(record) for record in _list_of(_document(file, size_bytes))])
    except RejectedFileError:
        if not has_lines:
            raise
    file.seek(start)
    return "jsonl", _lines(file)


def _has_lines_of_objects(file: BinaryIO) -> bool:
    lines = [line for line in (file.readline(LINE_BYTES) for _ in range(SAMPLE_LINES)) if line.strip()]
    return sum(map(_is_object, lines)) > OBJECTS_OF_LINES * len(lines)


def _document(file: BinaryIO, size_bytes: int) -> Any:
    if size_bytes > JSON_DOCUMENT_BYTES:
        limit = JSON_DOCUMENT_BYTES // MIB
        raise RejectedFileError(f"it is one JSON document of more than {limit} MiB", EXPORT_OTHERWISE)
    text = file.read()
    if sum(map(text.count, (b",", LIST, OBJECT))) > JSON_DOCUMENT_VALUES:  # each costs more memory than it has bytes
        problem = f"it is one JSON document of more than {JSON_DOCUMENT_VALUES:,} values"
        raise RejectedFileError(problem, EXPORT_OTHERWISE)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RejectedFileError(f"it is not JSON ({error})") from error


def _is_object(line: bytes) -> bool:
    try:
        return line.lstrip().startswith(OBJECT) and isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _wraps_a_list(line: bytes) -> bool:
    found = orjson.loads(line)
    return any(isinstance(found.get(name), list) for name in LISTS)


def _list_of(found: Any) -> list[Any]:
    if isinstance(found, dict):
        inner = next((found[name] for name in LISTS if isinstance(found.get(name), list)), None)
        return inner if inner is not None else [found]
    if not isinstance(found, list):
        raise RejectedFileError("it is JSON, but neither a list of responses nor an object that holds one")
    return found


def _checked(record: Any) -> _Parsed:
    if isinstance(record, dict):
        return _Parsed(record)
    return _Parsed({}, NOT_AN_OBJECT, orjson.dumps(record).decode())


def _table(records: Sequence[_Parsed]) -> Iterator[Record]:
    names = _names(records)
    yield Record(1, names)
    yield from _rows(names, records)


def _names(records: Iterable[_Parsed]) -> list[str]:
    names: dict[str, None] = {}
    for number, record in enumerate(records):
        names.update(dict.fromkeys(record.content))
        require_columns(len(names))
        if not names and number > LINES_WITHOUT_NAMES:
            raise RejectedFileError("it is JSON, but nothing in it has fields")
    return list(names)


def _rows(names: Sequence[str], records: Iterable[_Parsed]) -> Iterator[Record]:
    for number, (record, problem, raw) in enumerate(records, start=2):
        cells = [_text(record.get(name)) for name in names]
        yield Record(number, [raw, *cells[1:]] if problem else cells, problem)


def _lines(file: BinaryIO) -> Iterator[Record]:
    """Twice over the file: once for the names, once for the rows, so that no row waits in memory."""
    start = file.tell()
    names = _names(_parsed(file))
    yield Record(1, names)
    file.seek(start)
    yield from _rows(names, _parsed(file))


def _parsed(file: BinaryIO) -> Iterator[_Parsed]:
    for line in file:
        if line.strip():
            try:
                yield _checked(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                raw = line.decode("utf-8", errors="replace").strip()
                yield _Parsed({}, f"this line is not JSON ({error})", raw)


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return "" if value is None else str(value)
