"""The migrations and the tables say the same, on either database."""

import threading
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from enclave.store import schema
from enclave.store.database import Database


def test_the_migrations_make_exactly_the_tables(store: Database):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.every_table())

    assert differences == []


def test_the_head_is_the_newest_migration(store: Database):
    with store.engine.begin() as connection:
        script = ScriptDirectory.from_config(schema.configuration(connection))

    assert script.get_heads() == [schema.HEAD]


def test_down_and_up_again(store: Database):
    schema.downgrade(store, "base")
    assert inspect(store.engine).get_table_names() == ["alembic_version"]

    schema.upgrade(store)
    assert "audit_entry" in inspect(store.engine).get_table_names()


def test_processes_that_start_at_once_migrate_once(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'enclave.db'}"
    failures: list[BaseException] = []

    def start() -> None:
        database = Database(url)
        try:
            schema.upgrade(database)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            failures.append(error)
        finally:
            database.dispose()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
