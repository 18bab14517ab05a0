"""The vault's file: an SQLite database, whole after every transaction or kill."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


_SCHEMA = """
CREATE TABLE IF NOT EXISTS person_id (
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    person INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_id_person ON person_id (person);
CREATE TABLE IF NOT EXISTS proof (value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS opt_out (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL,
    source TEXT NOT NULL,
    says_no INTEGER NOT NULL,
    day TEXT NOT NULL,
    recorded TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS awaited (person INTEGER PRIMARY KEY);
CREATE INDEX IF NOT EXISTS opt_out_person ON opt_out (source, person, entry);
"""
_WAIT_SECONDS = 600
_CACHE_KIB = 256 << 10


class VaultFile:
    """The file of the identity vault, made on first use and private to its owner."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        with self.connected() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Open a connection for reading."""
        connection = sqlite3.connect(
            self.path, timeout=_WAIT_SECONDS, isolation_level=None
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute("PRAGMA temp_store = MEMORY")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that commits when the block ends and else rolls back."""
        with self.connected() as connection:
            # Taken at once: nobody else may give out the same next key.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
