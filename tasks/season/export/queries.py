"""From a table of the contract to one query of either database, whose rows are the lines of the file.

The values come as text that needs nothing done to it, so that no row passes through our code. Words that stand for what the two
databases do not have alike:

``:seasons`` the exported seasons · ``:is_everything`` whether they are all · ``:as_of`` the moment · ``:today`` its local day
``export.part(key, 2)`` the second part of a key with slashes · ``export.item(json, 'name')`` a value in JSON
``export.opaque(text)`` a hash · ``export.stamp(moment)`` a moment as digits
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC

from schemas.columns import quoted
from tasks.season.export.contract import Column, ColumnType, ExportTable, Scope

ARGUMENT = r"([\w.]+)"
WORDS = {
    "part": rf"export\.part\({ARGUMENT}, (\d+)\)",
    "item": rf"export\.item\({ARGUMENT}, '(\w+)'\)",
    "opaque": rf"export\.opaque\({ARGUMENT}\)",
    "stamp": rf"export\.stamp\({ARGUMENT}\)",
}
POSTGRESQL: Mapping[str, str] = {
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


def query_of(table: ExportTable, scope: Scope, today: str, dialect: str, *, with_personal_data: bool) -> str:
    """The query of a table, which takes no parameters: PostgreSQL's COPY has none."""
    words = POSTGRESQL if dialect == "postgresql" else SQLITE
    columns = ", ".join(_shown(column, words, with_personal_data) for column in table.columns)
    order = ", ".join(
        f"({column.sql}){words['collate'] if column.type is ColumnType.TEXT else ''}" for column in table.key
    )
    return in_words_of(dialect, f"SELECT {columns} {table.source} ORDER BY {order}", scope, today)


def _shown(column: Column, words: Mapping[str, str], with_personal_data: bool) -> str:
    if column.is_personal and not with_personal_data:
        return f'NULL AS "{column.name}"'
    if column.may_quote and not with_personal_data:
        return f'{words["unquoted"].format(sql=column.sql)} AS "{column.name}"'
    return f'{words[column.type].format(sql=column.sql)} AS "{column.name}"'


def in_words_of(dialect: str, sql: str, scope: Scope, today: str = "") -> str:
    """A query as one of the databases takes it."""
    words = POSTGRESQL if dialect == "postgresql" else SQLITE
    for name, pattern in WORDS.items():
        sql = re.sub(pattern, words[name], sql)
    at = scope.as_of.astimezone(UTC)
    as_of = f"{at:%Y-%m-%d %H:%M:%S.%f}" + ("+00" if words is POSTGRESQL else "")
    values = {":seasons": f"({quoted(scope.seasons)})", ":as_of": f"'{as_of}'", ":today": f"'{today}'"}
    values[":is_everything"] = str(scope.is_everything).lower()
    for name, value in values.items():
        sql = sql.replace(name, value)
    return sql
