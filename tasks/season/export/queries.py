"""From a table of the contract to one query of either database, whose rows are the lines of the file.

The values come as text that needs nothing done to it. PostgreSQL writes the lines by itself. SQLite composes them, and only
where a value has a comma, a quotation mark, or a line end our code does. Words that stand for what the two databases do not
have alike:

``:seasons`` the exported seasons · ``:is_everything`` whether they are all · ``:as_of`` the moment · ``:today`` its local day
``export.part(key, 2)`` the second part of a key with slashes · ``export.item(json, 'name')`` a value in JSON
``:as_stored`` after a table: read it in the order in which it is stored · ``:once`` after a subquery: work out its columns once
``export.opaque(text)`` a hash · ``export.stamp(moment)`` a moment as digits
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC

from schemas.columns import quoted
from tasks.season.export.contract import Column, ColumnType, ExportTable, Scope

SEPARATOR = "\x1f"  # ASCII's own
ARGUMENT = r"([\w.]+)"
WORDS = {
    "first": rf"export\.part\({ARGUMENT}, 1\)",
    "part": rf"export\.part\({ARGUMENT}, (\d+)\)",
    "item": rf"export\.item\({ARGUMENT}, '(\w+)'\)",
    "opaque": rf"export\.opaque\({ARGUMENT}\)",
    "stamp": rf"export\.stamp\({ARGUMENT}\)",
}
POSTGRESQL: Mapping[str, str] = {
    "first": r"split_part(\1, '/', 1)",
    "part": r"split_part(\1, '/', \2)",
    "item": r"(\1 ->> '\2')",
    "opaque": r"left(encode(sha256(convert_to(\1, 'UTF8')), 'hex'), 20)",
    "stamp": r"to_char(\1 AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI')",
    ColumnType.TEXT: "nullif({sql}, '')",
    ColumnType.INTEGER: "{sql}",
    ColumnType.BOOLEAN: "CASE WHEN {sql} THEN 'true' WHEN NOT ({sql}) THEN 'false' END",
    ColumnType.DATE: "to_char({sql}, 'YYYY-MM-DD')",
    ColumnType.MOMENT: """to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""",
    ColumnType.LIST: "nullif((SELECT string_agg(item, '|') FROM json_array_elements_text({sql}) AS item), '')",
    "collate": ' COLLATE "C"',
    "unquoted": "split_part({sql}, ': ', 1)",
}
SQLITE: Mapping[str, str] = {
    "first": r"substr(\1, 1, instr(\1 || '/', '/') - 1)",
    "part": r"export_part(\1, \2)",
    "item": r"json_extract(\1, '$.\2')",
    "opaque": r"export_opaque(\1)",
    "stamp": r"strftime('%Y%m%d%H%M', \1)",
    ColumnType.TEXT: "nullif({sql}, '')",
    ColumnType.INTEGER: "{sql}",
    ColumnType.BOOLEAN: "CASE WHEN {sql} THEN 'true' WHEN NOT ({sql}) THEN 'false' END",
    ColumnType.DATE: "{sql}",
    ColumnType.MOMENT: "replace(substr({sql}, 1, 19), ' ', 'T') || 'Z'",
    ColumnType.LIST: "nullif((SELECT group_concat(value, '|') FROM json_each({sql})), '')",
    "collate": "",
    "unquoted": "substr({sql}, 1, instr({sql} || ': ', ': ') - 1)",
}
SQLITE_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "export_part": lambda key, number: (key.split("/") + [""] * number)[number - 1],
    "export_opaque": lambda plain: hashlib.sha256(plain.encode()).hexdigest()[:20],
}


@dataclass(frozen=True, slots=True)
class Query:
    """The query of a table: ``columns`` gives the columns; ``lines``, for SQLite, one text a row, with a separator between."""

    columns: str
    lines: str


def query_of(table: ExportTable, scope: Scope, today: str, dialect: str, *, with_personal_data: bool) -> Query:
    """The query of a table, which takes no parameters: PostgreSQL's COPY has none."""
    words = POSTGRESQL if dialect == "postgresql" else SQLITE
    columns = {column.name: _shown(column, table, words, with_personal_data) for column in table.columns}
    order = ", ".join(
        f"({column.sql}){words['collate'] if column.type is ColumnType.TEXT else ''}" for column in table.key
    )
    named = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
    line = f"printf('{SEPARATOR.join(['%s'] * len(columns))}', {', '.join(columns.values())})"
    whole = (f"SELECT {selected} {table.source} ORDER BY {order}" for selected in (named, line))
    return Query(*(in_words_of(dialect, query, scope, today) for query in whole))


def _shown(column: Column, table: ExportTable, words: Mapping[str, str], with_personal_data: bool) -> str:
    if column.is_personal and not with_personal_data:
        return "NULL"
    if column.may_quote and not with_personal_data:
        return words["unquoted"].format(sql=column.sql)
    if column in table.key and column.type is ColumnType.TEXT:
        return column.sql  # a key is never empty
    return words[column.type].format(sql=column.sql)


def in_words_of(dialect: str, sql: str, scope: Scope, today: str = "") -> str:
    """A query as one of the databases takes it."""
    words = POSTGRESQL if dialect == "postgresql" else SQLITE
    for name, pattern in WORDS.items():
        sql = re.sub(pattern, words[name], sql)
    at = scope.as_of.astimezone(UTC)
    as_of = f"{at:%Y-%m-%d %H:%M:%S.%f}" + ("+00" if words is POSTGRESQL else "")
    values = {":seasons": f"({quoted(scope.seasons)})", ":as_of": f"'{as_of}'", ":today": f"'{today}'"}
    values[":as_stored"] = "" if words is POSTGRESQL else "NOT INDEXED"
    values[":once"] = "" if words is POSTGRESQL else "LIMIT -1"
    values[":is_everything"] = str(scope.is_everything).lower()
    for name, value in values.items():
        sql = sql.replace(name, value)
    return sql
