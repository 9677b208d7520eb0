"""``datapackage.json``: what an export holds, as a Frictionless Data Package describes it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.season.export.contract import Column, ColumnType, ExportTable, ForeignKey, Scope
from tasks.season.export.files import Written

NAME = "cadre-season-export"
CONTRACT_VERSION = "1.0.0"
DESCRIPTION = (
    "What happened in a season of the program, as tables. Times are UTC, money is in cents, scores are in hundredths of a "
    "percent point, and lists are joined by |. An empty value is unknown or does not apply."
)
MEDIA_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def package_of(files: Iterable[Written], scope: Scope, *, with_personal_data: bool) -> Mapping[str, Any]:
    """The description of an export."""
    return {
        "profile": "data-package",
        "name": NAME,
        "title": f"Season {', '.join(scope.seasons)}"
        if len(scope.seasons) == 1
        else f"Seasons {', '.join(scope.seasons)}",
        "description": DESCRIPTION,
        "version": CONTRACT_VERSION,
        "created": f"{scope.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "seasons": list(scope.seasons),
        "has_personal_data": with_personal_data,
        "resources": [_resource(file) for file in files],
    }


def as_json(package: Mapping[str, Any]) -> bytes:
    """The description as it stands in the file."""
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


def _resource(file: Written) -> Mapping[str, Any]:
    table, suffix = file.table, file.name.rpartition(".")[2]
    return {
        "name": table.name,
        "type": "table",
        "title": table.title,
        "description": table.description,
        "path": file.name,
        "format": suffix,
        "mediatype": MEDIA_TYPES[suffix],
        **(_checked_as_text(file) if suffix == "csv" else {}),
        "rows": file.rows,
        "schema": schema_of(table),
    }


def _checked_as_text(file: Written) -> Mapping[str, Any]:
    """What is checked of a file that is read as text; Parquet has checks of its own."""
    return {"encoding": "utf-8", "bytes": file.size_bytes, "hash": f"sha256:{file.file_hash}"}


def schema_of(table: ExportTable) -> Mapping[str, Any]:
    """The columns of a table with their keys."""
    keys = [column.name for column in table.key]
    return {
        "fields": [_field(column, is_key=column.name in keys) for column in table.columns],
        "missingValues": [""],
        "primaryKey": keys,
        **({"foreignKeys": [_foreign_key(key, table) for key in table.foreign_keys]} if table.foreign_keys else {}),
    }


def _field(column: Column, *, is_key: bool) -> Mapping[str, Any]:
    constraints: dict[str, Any] = {"required": True} if is_key else {}
    if column.values:
        constraints["enum"] = list(column.values)
    is_list = column.type is ColumnType.LIST
    return {
        "name": column.name,
        "type": ColumnType.TEXT.value if is_list else column.type.value,
        "title": column.name.replace("_", " ").capitalize(),
        "description": column.description,
        **({"unit": column.unit} if column.unit else {}),
        **({"delimiter": "|"} if is_list else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _foreign_key(key: ForeignKey, table: ExportTable) -> Mapping[str, Any]:
    resource = "" if key.table == table.name else key.table
    return {"fields": list(key.columns), "reference": {"resource": resource, "fields": list(key.refers_to)}}
