"""Databases of the PostgreSQL server that tests share: copied from a migrated one, or emptied after each test."""

from typing import Any

import psycopg

# What a test may have changed of the schema: relations, triggers (also one that is switched off), and constraints.
SCHEMA = """
SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
  SELECT 'r' || oid || relname AS part FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT 't' || oid || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'c' || oid || convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace) parts"""
# Truncated and not deleted from: rows without an order come as they were stored, which is not so in space that was used before.
EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE name text; is_filled boolean; filled text[]; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO is_filled;
    IF is_filled THEN filled := filled || quote_ident(name); END IF;
  END LOOP;
  IF filled IS NOT NULL THEN EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE'; END IF;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', name);
  END LOOP;
END $$"""
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def administer(server: Any, statement: str) -> None:
    """Run a statement about the databases of a PostgreSQL server."""
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def new_postgres_url(server: Any, name: str, template: str = "template1") -> str:
    """A fresh database of that name, or a copy of another that nobody is connected to."""
    administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return sqlalchemy_url(server, name)


class ReusedDatabase:
    """One database for one test after the other: emptying it is several times quicker than another copy."""

    def __init__(self, server: Any, name: str, template: str) -> None:
        """It is made with the first test."""
        self._server, self._name, self._template, self._schema = server, name, template, ""

    def emptied(self) -> str:
        """The URL of the database without a row; made anew where a test has changed its schema."""
        if self._schema and self._is_emptied():
            return sqlalchemy_url(self._server, self._name)
        administer(self._server, f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        url = new_postgres_url(self._server, self._name, self._template)
        with psycopg.connect(self._server.get_uri(self._name)) as connection:
            self._schema = self._schema_of(connection)
        return url

    def _is_emptied(self) -> bool:
        with psycopg.connect(self._server.get_uri(self._name), autocommit=True) as connection:
            connection.execute(OTHERS)
            if self._schema_of(connection) != self._schema:
                return False
            connection.execute(EMPTY)
            return True

    @staticmethod
    def _schema_of(connection: "psycopg.Connection[Any]") -> str:
        row = connection.execute(SCHEMA).fetchone()
        return str(row[0]) if row else ""


def sqlalchemy_url(server: Any, name: str) -> str:
    """Where SQLAlchemy finds a database of the server."""
    return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")
