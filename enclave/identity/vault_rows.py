"""Rows of the vault's file: ids and their keys, and keys that only opt-outs hold.

A person whom no source has brought yet gets a key when they opt out. It is ``awaited``
until something else holds it: only so long can it be taken for another person's.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date

from enclave.clock import now
from enclave.errors import InputError


def ask(connection: sqlite3.Connection, sealed: list[bytes]) -> None:
    """Put ids, encrypted, into a table ``asked``."""
    connection.execute("CREATE TEMP TABLE asked (id BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.executemany(
        "INSERT INTO asked VALUES (?)", ((each,) for each in sorted(set(sealed)))
    )


def give_keys(connection: sqlite3.Connection, kind: str, valid_from: date) -> None:
    """Give a key to each id that was asked for and has none."""
    connection.execute(
        "INSERT INTO person_id"
        " SELECT ?, id, ? + row_number() OVER (ORDER BY id), ?, NULL FROM asked"
        " WHERE NOT EXISTS (SELECT 1 FROM person_id AS known"
        " WHERE known.kind = ? AND known.id = asked.id)",
        (kind, last_key(connection), valid_from.isoformat(), kind),
    )


def keys_asked(connection: sqlite3.Connection, kind: str) -> dict[bytes, int]:
    """Return the key of each id that was asked for."""
    return dict(
        connection.execute(
            # CROSS JOIN: look each one up, never read the whole vault.
            "SELECT id, person FROM asked CROSS JOIN person_id USING (id)"
            " WHERE kind = ?",
            (kind,),
        )
    )


def last_key(connection: sqlite3.Connection) -> int:
    """Return the greatest key that was ever given."""
    found = connection.execute(
        # A key that has no id any more is not given again: its opt-outs are on record.
        "SELECT max(person) FROM (SELECT max(person) AS person FROM person_id"
        " UNION ALL SELECT max(person) FROM opt_out)"
    ).fetchone()
    return int(found[0] or 0)


def key_of(connection: sqlite3.Connection, kind: str, sealed: bytes) -> int | None:
    """Return the key of one id, None if it has none."""
    row = connection.execute(
        "SELECT person FROM person_id WHERE kind = ? AND id = ?", (kind, sealed)
    ).fetchone()
    return None if row is None else int(row[0])


def awaited(connection: sqlite3.Connection) -> set[int]:
    """Return the keys that nothing but the register of opt-outs holds."""
    return {person for (person,) in connection.execute("SELECT person FROM awaited")}


def await_persons(connection: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Note keys that nothing else holds."""
    connection.executemany("INSERT INTO awaited VALUES (?)", ((key,) for key in keys))


def hold(connection: sqlite3.Connection, keys: set[int]) -> None:
    """Note that a snapshot or a project's data hold these keys from now on."""
    arrived = awaited(connection) & keys
    connection.executemany(
        "DELETE FROM awaited WHERE person = ?", ((key,) for key in arrived)
    )


def make_one(connection: sqlite3.Connection, one: int, other: int) -> int:
    """Make one person of two keys, and return the key that stays.

    Raises
    ------
    InputError
        If something holds both.
    """
    lone = awaited(connection)
    if not lone & {one, other}:
        raise InputError(
            "The new id already belongs to another person key. Find out whether"
            " the two are one person before anything is changed."
        )
    goes, stays = (other, one) if other in lone else (one, other)
    _hand_over_opt_outs(connection, goes, stays)
    connection.execute(
        "UPDATE person_id SET person = ? WHERE person = ?", (stays, goes)
    )
    connection.execute("DELETE FROM awaited WHERE person = ?", (goes,))
    return stays


def _hand_over_opt_outs(connection: sqlite3.Connection, goes: int, stays: int) -> None:
    theirs, known = (_sources(connection, key) for key in (goes, stays))
    recorded = now().isoformat()
    for source, day in sorted(theirs.items()):
        changes = [(goes, 0)] if source in known else [(goes, 0), (stays, 1)]
        connection.executemany(
            "INSERT INTO opt_out (person, source, says_no, day, recorded)"
            " VALUES (?, ?, ?, ?, ?)",
            ((key, source, says_no, day, recorded) for key, says_no in changes),
        )


def _sources(connection: sqlite3.Connection, person: int) -> dict[str, str]:
    """Return through whom a person says no now, and since when."""
    rows = connection.execute(
        "SELECT source, day, says_no, max(entry) FROM opt_out WHERE person = ?"
        " GROUP BY source",
        (person,),
    )
    return {source: day for source, day, says_no, _ in rows if says_no}
