"""The files of an export: CSV as the database writes it, and Parquet made of that."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from tasks.season.export.contract import ColumnType, ExportTable
from tasks.season.export.queries import SEPARATOR, Query

if TYPE_CHECKING:
    import pyarrow as pa


AT_ONCE_BYTES, LINES_AT_ONCE = 1 << 20, 100
NULLABLE: Mapping[ColumnType, str] = {ColumnType.INTEGER: "Int64", ColumnType.BOOLEAN: "boolean"}


class SeparatorInValueError(ValueError):
    """A line cannot be taken apart: a value has the separator in it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its table, name, rows, size in bytes, and hash (SHA-256)."""

    table: ExportTable
    name: str
    rows: int
    size_bytes: int
    file_hash: str


def written(path: Path, table: ExportTable, rows: int) -> Written:
    """What is to be said of a file that was written."""
    with path.open("rb") as file:
        file_hash = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(table, path.name, rows, path.stat().st_size, file_hash)


def write_csv_file(connection: Connection, query: Query, table: ExportTable, path: Path) -> int:
    """Write the rows of a table's query; how many."""
    names = [column.name for column in table.columns]
    if connection.dialect.name == "sqlite":
        with suppress(SeparatorInValueError):
            return _write_lines(connection, query.lines, names, path)
    return write_csv_rows(connection, query.columns, names, path)


def _write_lines(connection: Connection, query: str, names: Sequence[str], path: Path) -> int:
    """Write rows that come as lines: in half the time that their values take one by one.

    Raises:
        SeparatorInValueError: a value has the separator in it.
    """
    driver: Any = connection.connection.driver_connection
    rows = 0
    with path.open("w", AT_ONCE_BYTES, encoding="utf-8", newline="") as text, closing(driver.cursor()) as cursor:
        text.write(",".join(names) + "\n")
        cursor.execute(query)
        while lines := [line for (line,) in cursor.fetchmany(LINES_AT_ONCE)]:
            block = "\n".join([*lines, ""])
            if block.count(SEPARATOR) != (len(names) - 1) * len(lines):
                raise SeparatorInValueError
            if "," in block or '"' in block or block.count("\n") != len(lines):
                csv.writer(text, lineterminator="\n").writerows(line.split(SEPARATOR) for line in lines)
            else:
                text.write(block.replace(SEPARATOR, ","))
            rows += len(lines)
    return rows


def write_csv_rows(connection: Connection, query: str, names: Sequence[str], path: Path) -> int:
    """Write the rows of any query under these names; how many."""
    header = ",".join(names) + "\n"
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with path.open("wb") as file, driver.cursor() as cursor:
            file.write(header.encode())
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')") as copied:
                file.writelines(copied)
            rows: int = cursor.rowcount
            return rows
    number = count()
    with path.open("w", AT_ONCE_BYTES, encoding="utf-8", newline="") as text, closing(driver.cursor()) as cursor:
        text.write(header)
        csv.writer(text, lineterminator="\n").writerows(
            row for row, _ in zip(cursor.execute(query), number, strict=False)
        )
    return next(number)


def write_parquet_file(source: Path, table: ExportTable, path: Path) -> None:
    """Write what stands in a CSV file as Parquet, piece by piece, with the contract's types, descriptions, and units."""
    from pyarrow import csv as arrow_csv  # noqa: PLC0415 - takes a while, and only Parquet needs it
    from pyarrow import parquet  # noqa: PLC0415 - see above

    schema = arrow_schema(table)
    convert = arrow_csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, true_values=["true"], false_values=["false"]
    )
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    with parquet.ParquetWriter(path, schema) as writer, arrow_csv.open_csv(source, None, parse, convert) as batches:
        for batch in batches:
            writer.write_batch(batch.cast(schema))


def arrow_schema(table: ExportTable) -> "pa.Schema":
    """A table's columns as Parquet has them."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    types = {
        ColumnType.TEXT: pa.string(),
        ColumnType.LIST: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.DATE: pa.date32(),
        ColumnType.MOMENT: pa.timestamp("ms", "UTC"),
    }
    fields = [
        pa.field(
            column.name,
            types[column.type],
            metadata={"description": column.description, **({"unit": column.unit} if column.unit else {})},
        )
        for column in table.columns
    ]
    return pa.schema(fields, metadata={"pandas": json.dumps(_pandas_types(table))})


def _pandas_types(table: ExportTable) -> Mapping[str, Any]:
    """What pandas makes of the columns: without it, a column of whole numbers with an empty one becomes one of fractions."""
    columns = [
        {
            "name": c.name,
            "field_name": c.name,
            "pandas_type": c.type.value,
            "numpy_type": NULLABLE[c.type],
            "metadata": None,
        }
        for c in table.columns
        if c.type in NULLABLE
    ]
    return {"index_columns": [], "column_indexes": [], "columns": columns}
