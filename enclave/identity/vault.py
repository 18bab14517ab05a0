"""The identity vault: which person key is which national id, since when.

A file of its own, readable by its owner alone. The ids in it are encrypted with AES-SIV
(RFC 5297) under a key derived from the root key: the file by itself, in a backup for
instance, names nobody. AES-SIV is deterministic, so the same id gives the same cipher
text, and an id is found by what it encrypts to. (DuckDB's own encrypted files would
need an extension that an offline installation cannot download.)

Keys are dense integers from 1, given out in the order of the cipher texts, so that they
tell nothing about birth dates or the order of a register.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from enclave.errors import IntegrityError, NotFoundError
from enclave.identity import vault_rows
from enclave.identity.root_key import RootKey, roots
from enclave.identity.vault_file import VaultFile
from enclave.identity.vault_key import VaultKey
from enclave.settings import Settings


_PURPOSE = "enclave/v1/identity-vault"
_AT_ONCE = 10_000
# What ids_of returns: one row per id that a person has or had.
IDS = pa.schema(
    [
        ("person", pa.int64()),
        ("kind", pa.string()),
        ("id", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
    ]
)


class Vault:
    """The identity vault in one file.

    Parameters
    ----------
    path
        The file; made on first use, with mode 0600.
    key
        32 secret bytes that the ids are encrypted under.

    Raises
    ------
    IntegrityError
        If the vault was made with another key.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = VaultKey(key)
        self._file = VaultFile(path)
        self._prove_the_key()

    @classmethod
    def of(cls, settings: Settings) -> "Vault":
        """Open the installation's vault, whichever root key it is closed with now.

        Raises
        ------
        IntegrityError
            If it is closed with none of the installation's root keys.
        """
        path = settings.identity / "vault.db"
        *others, last = [root.secret(_PURPOSE) for root in roots(settings)]
        for key in others:
            try:
                return cls(path, key)
            except IntegrityError:
                continue
        return cls(path, last)

    def close_with(self, root: RootKey) -> None:
        """Encrypt all ids with another root key, in one transaction.

        The vault is opened again afterwards: this object knows the old key only.
        """
        new = VaultKey(root.secret(_PURPOSE))
        with self._transaction() as connection:
            connection.execute(
                "CREATE TEMP TABLE again (kind, id, person, valid_from, valid_to)"
            )
            rows = connection.execute("SELECT * FROM person_id")
            while some := rows.fetchmany(_AT_ONCE):
                connection.executemany(
                    "INSERT INTO again VALUES (?, ?, ?, ?, ?)",
                    ((k, new.seal(k, self._key.open(k, i)), *m) for k, i, *m in some),
                )
            connection.execute("DELETE FROM person_id")
            connection.execute("INSERT INTO person_id SELECT * FROM again")
            connection.execute("UPDATE proof SET value = ?", (new.proof(),))

    def keys_for(
        self,
        ids: Sequence[str] | Any,
        *,
        kind: str,
        valid_from: date,
        left_out: AbstractSet[int] = frozenset(),
    ) -> Any:
        """Return the person key of each id, giving new keys to new ids.

        All new keys come into being in one transaction.

        Parameters
        ----------
        ids
            National ids, as a list or an Arrow array of text; none may be null.
        kind
            What kind of id they are, for instance ``cpr``.
        valid_from
            Since when the new ones count.
        left_out
            Keys of which nothing is kept: they stay awaited if they were.

        Returns
        -------
        pyarrow.Array
            int64, one for each id, in their order.

        Raises
        ------
        IntegrityError
            If the root key was changed since the vault was opened.
        """
        sealed = [self._key.seal(kind, each) for each in _texts(ids)]
        with self._transaction() as connection:
            known = _keys(connection, sealed, kind, valid_from)
            vault_rows.hold(connection, set(known.values()) - left_out)
        return pa.array([known[each] for each in sealed], pa.int64())

    def keys_awaited(
        self, ids: Sequence[str] | Any, *, kind: str, valid_from: date
    ) -> tuple[list[int], int]:
        """Return keys as :meth:`keys_for`, for the register of opt-outs alone.

        Returns
        -------
        tuple
            The keys, and how many of them nothing else holds.
        """
        sealed = [self._key.seal(kind, each) for each in _texts(ids)]
        with self._transaction() as connection:
            last = vault_rows.last_key(connection)
            known = _keys(connection, sealed, kind, valid_from)
            new = {key for key in known.values() if key > last}
            vault_rows.await_persons(connection, new)
            lone = vault_rows.awaited(connection) & set(known.values())
        return [known[each] for each in sealed], len(lone)

    def ids_of(self, keys: Sequence[int] | Any) -> Any:
        """Return every id that these persons have or had, as an Arrow table.

        The columns are those of :data:`IDS`; ``valid_to`` is null for an id in use.
        """
        asked = keys.to_pylist() if isinstance(keys, pa.Array) else keys
        with self._reading() as connection:
            connection.execute("CREATE TEMP TABLE asked (person INTEGER PRIMARY KEY)")
            connection.executemany(
                "INSERT OR IGNORE INTO asked VALUES (?)", ((int(key),) for key in asked)
            )
            rows = connection.execute(
                "SELECT person, kind, id, valid_from, valid_to"
                " FROM asked JOIN person_id USING (person) ORDER BY person, valid_from"
            ).fetchall()
        opened = [
            (person, kind, self._key.open(kind, sealed), _day(since), _day(until))
            for person, kind, sealed, since, until in rows
        ]
        rows_by_name = [dict(zip(IDS.names, row, strict=True)) for row in opened]
        return pa.Table.from_pylist(rows_by_name, schema=IDS)

    def aliases(self, kind: str) -> Any:
        """Return the ids (columns id, person) of persons with more than one id."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, person FROM person_id WHERE kind = ?1 AND person IN"
                " (SELECT person FROM person_id GROUP BY person HAVING count(*) > 1)",
                (kind,),
            ).fetchall()
        schema = pa.schema([("id", pa.string()), ("person", pa.int64())])
        ids = [self._key.open(kind, sealed) for sealed, _ in rows]
        return pa.table([ids, [person for _, person in rows]], schema=schema)

    def link(self, old_id: str, new_id: str, *, kind: str, on: date) -> int:
        """Record that a person's id changed, and return the key, which stays.

        Raises
        ------
        NotFoundError
            If the old id is not in the vault.
        InputError
            If the new id already belongs to another person: two keys cannot be made
            one, since deliveries may hold both. A key that only the register of
            opt-outs holds is given up, and what it says goes over.
        """
        old, new = self._key.seal(kind, old_id), self._key.seal(kind, new_id)
        with self._transaction() as connection:
            person = vault_rows.key_of(connection, kind, old)
            if person is None:
                raise NotFoundError(
                    "The old id is not in the vault. Check it, and its kind."
                )
            other = vault_rows.key_of(connection, kind, new)
            if other not in (None, person):
                person = vault_rows.make_one(connection, person, other)
            connection.execute(
                "UPDATE person_id SET valid_to = ? WHERE kind = ? AND id = ?",
                (on.isoformat(), kind, old),
            )
            connection.execute(
                "INSERT OR IGNORE INTO person_id VALUES (?, ?, ?, ?, NULL)",
                (kind, new, person, on.isoformat()),
            )
        return person

    def count(self) -> int:
        """Return how many persons have a key."""
        with self._file.connected() as connection:
            return vault_rows.last_key(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._file.transaction() as connection:
            self._check_the_key(connection)
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._file.connected() as connection:
            # Proof and rows are of one moment.
            connection.execute("BEGIN")
            self._check_the_key(connection)
            yield connection

    def _check_the_key(self, connection: sqlite3.Connection) -> None:
        """Refuse a vault that was closed with another key since it was opened.

        Every id in it would look like one that was never seen.
        """
        (proof,) = connection.execute("SELECT value FROM proof").fetchone()
        if not self._key.proves(proof):
            raise IntegrityError(
                "The root key was changed meanwhile, and the identity vault is closed"
                " with the new one: start again."
            )

    def _prove_the_key(self) -> None:
        with self._file.transaction() as connection:
            row = connection.execute("SELECT value FROM proof").fetchone()
            if row is None:
                proof = self._key.proof()
                connection.execute("INSERT INTO proof VALUES (?)", (proof,))
                return
        if not self._key.proves(row[0]):
            raise IntegrityError(
                f"The identity vault {self.path} was made under another root key."
                " Restore the key file that belongs to it; do not load anything before."
            )


def _keys(
    connection: sqlite3.Connection, sealed: list[bytes], kind: str, valid_from: date
) -> dict[bytes, int]:
    vault_rows.ask(connection, sealed)
    vault_rows.give_keys(connection, kind, valid_from)
    return vault_rows.keys_asked(connection, kind)


def _texts(ids: Sequence[str] | Any) -> list[str]:
    texts = ids.to_pylist() if isinstance(ids, pa.Array | pa.ChunkedArray) else ids
    if any(not isinstance(each, str) or not each for each in texts):
        raise ValueError("ids are non-empty texts")
    return list(texts)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
