"""Files have a number, rows keep their cells, refused rows keep their bytes, and rules keep how they came out.

What was taken in before is carried over: the rows get the number of their file, and their values become cells.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PARTS = ("quarantine_item", "intake_row", "source_file")


def upgrade() -> None:
    """Make the new tables in place of the old ones, with what was in them."""
    kept = {
        name: [dict(row) for row in op.get_bind().execute(sa.text(f"SELECT * FROM {name}")).mappings()]  # noqa: S608 - our own names
        for name in PARTS
    }
    for name in PARTS:
        op.drop_table(name)
    _create()
    with op.batch_alter_table("district") as district:
        district.add_column(sa.Column("state_code", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("district") as district:
        district.alter_column("state_code", server_default=None)
    _carry_over(kept)


def _create() -> None:
    op.create_table(
        "source_file",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dialect", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_source_file")),
        sa.UniqueConstraint("season", "kind", "file_hash", name=op.f("uq_source_file_season_kind_file_hash")),
    )
    op.create_table(
        "intake_row",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("natural_key", sa.String(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "disposition = 'superseded' OR disposition = 'accepted' OR disposition = 'quarantined'"
            " OR disposition = 'repeated' OR disposition = 'staged'",
            name=op.f("ck_intake_row_disposition"),
        ),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.file_id"], name=op.f("fk_intake_row_file_id")),
        sa.PrimaryKeyConstraint("file_id", "row_number", name=op.f("pk_intake_row")),
        sqlite_with_rowid=False,
    )
    indexed = {"staged": ["season", "kind"], "quarantined": ["season", "kind"], "accepted": ["natural_key"]}
    for disposition, columns in indexed.items():
        condition = sa.text(f"disposition = '{disposition}'")
        op.create_index(
            f"ix_intake_row_{disposition}",
            "intake_row",
            columns,
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_table(
        "quarantine_item",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("rule", "field", "severity", "value", "problem", "remedy")
        ),
        _of_a_row("quarantine_item", deferrable=True, initially="DEFERRED"),
        sa.PrimaryKeyConstraint("file_id", "row_number", "rule", "field", name=op.f("pk_quarantine_item")),
    )
    op.create_table(
        "refused_row",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        _of_a_row("refused_row"),
        sa.PrimaryKeyConstraint("file_id", "row_number", name=op.f("pk_refused_row")),
    )
    op.create_table(
        "rule_result",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("rule", "field", "severity", "outcome")),
        sa.Column("failing_rows", sa.Integer(), nullable=False),
        sa.CheckConstraint("outcome IN ('pass', 'fail', 'error')", name=op.f("ck_rule_result_outcome")),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.file_id"], name=op.f("fk_rule_result_file_id")),
        sa.PrimaryKeyConstraint("file_id", "rule", "field", name=op.f("pk_rule_result")),
    )
    op.create_table(
        "http_source",
        sa.Column("season", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("season", "url", name=op.f("pk_http_source")),
    )


def _of_a_row(table: str, **options: Any) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["file_id", "row_number"],
        ["intake_row.file_id", "intake_row.row_number"],
        name=op.f(f"fk_{table}_file_id_row_number"),
        **options,
    )


def _file_id(row: dict[str, Any]) -> int:
    content = f"{row['season']}/{row['kind']}/{row['file_hash']}".encode()
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big") >> 1


def _carry_over(kept: dict[str, list[dict[str, Any]]]) -> None:
    tables = sa.MetaData()
    tables.reflect(op.get_bind(), only=PARTS)
    contents: dict[int, list[dict[str, Any]]] = {}
    for row in kept["intake_row"]:
        row["file_id"] = _file_id(row)
        row["content"] = json.loads(row["content"]) if isinstance(row["content"], str) else row["content"]
        contents.setdefault(row["file_id"], []).append(row["content"])
    fields = {number: sorted({name for row in rows for name in row} - {"_zone"}) for number, rows in contents.items()}
    for row in kept["source_file"]:
        row["file_id"] = _file_id(row)
        row["fields"] = fields.get(row["file_id"], [])
        row["zone"] = next((content.get("_zone", "") for content in contents.get(row["file_id"], [])), "")
        row |= {"dialect": "csv", "encoding": "utf-8"}
        if isinstance(row["received_at"], str):  # SQLite keeps moments as text
            row["received_at"] = datetime.fromisoformat(row["received_at"])
    for row in kept["intake_row"]:
        row["cells"] = [row["content"].get(name, "") for name in fields[row["file_id"]]]
    for row in kept["quarantine_item"]:
        row["file_id"] = _file_id(row)
    for name in reversed(PARTS):
        table = tables.tables[name]
        rows = [{column.name: row[column.name] for column in table.columns} for row in kept[name]]
        if rows:
            op.get_bind().execute(table.insert(), rows)


def downgrade() -> None:
    """There is no way back: the cells of a row no longer say under which names they came."""
    raise NotImplementedError("restore the backup that was made before the upgrade")
