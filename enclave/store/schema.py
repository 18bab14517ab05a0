"""Bring a database to the current schema, or back to an older one."""

import importlib
import pkgutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, inspect, text

import enclave.store
from enclave.store.base import Table
from enclave.store.database import Database


MIGRATIONS = Path(__file__).parent / "migrations"

# The newest migration; a test holds it to the folder.
HEAD = "0022"

# One migration at a time on PostgreSQL; SQLite's write lock sees to it there.
_POSTGRESQL_LOCK = 7_203_144_912


def every_table() -> MetaData:
    """Return the tables of all nouns."""
    for module in pkgutil.iter_modules(enclave.store.__path__):
        if module.name.endswith("_tables"):
            importlib.import_module(f"enclave.store.{module.name}")
    return Table.metadata


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Apply every migration the database has not seen. Safe to call at each start.

    All of them are one transaction, under a lock: of two processes that start at once,
    one migrates and the other finds it done.
    """
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK}
            )
        if _current(connection) != revision:
            command.upgrade(configuration(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Go back to an older schema; what only newer tables hold is lost."""
    with database.engine.begin() as connection:
        command.downgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(
        text("SELECT version_num FROM alembic_version")
    )
    return found
