"""Who has said no to the use of their data in research.

The register lies in the vault's file and knows persons by their keys alone. Entries are
only ever added: a person says no to one source, and may take it back there. The state
at any earlier entry can be read again, so what a snapshot left out stays known for as
long as the snapshot does.

A person whom the warehouse does not know yet gets a key all the same, and is left out
on the day they arrive. If the key turns out to be somebody's new number, the register
follows (:meth:`Vault.link`).
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from enclave.errors import InputError
from enclave.identity.cpr import CprClass, classify, normalise
from enclave.identity.vault import Vault
from enclave.identity.vault_file import VaultFile
from enclave.settings import Settings


class Source(StrEnum):
    """Through whom a person said no."""

    EHDS = "ehds"
    """The right to opt out of secondary use, Regulation (EU) 2025/327, article 71."""
    HOSPITAL = "hospital"
    """The person told the hospital."""
    POLICY = "policy"
    """The hospital leaves the person out: a protected address, a member of staff."""


@dataclass(frozen=True)
class OptOut:
    """One line of a list: a national id, and since when its person says no."""

    id: str
    since: date


@dataclass(frozen=True)
class Recorded:
    """What a list changed.

    Attributes
    ----------
    said_no, taken_back
        How many persons did.
    unmet
        How many persons of the list no snapshot holds or ever held.
    """

    said_no: int
    taken_back: int
    unmet: int = 0


class OptOuts:
    """The register of one installation.

    Parameters
    ----------
    vault
        Where ids become person keys.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._file = VaultFile(vault.path)

    @classmethod
    def of(cls, settings: Settings) -> "OptOuts":
        """Open the installation's register."""
        return cls(Vault.of(settings))

    def record(
        self,
        said: Iterable[OptOut],
        source: Source,
        *,
        kind: str,
        at: datetime,
        complete: bool = False,
    ) -> Recorded:
        """Enter a list; what is in the register already is not entered again.

        Parameters
        ----------
        kind
            What kind of id they are, for instance ``cpr``.
        complete
            The list is all of the source: whoever is not in it has taken it back.

        Raises
        ------
        InputError
            If a line cannot be an opt-out. Nothing is entered then.
        """
        lines = list(said)
        _check(lines, kind, at.date())
        keys, unmet = self._keys(lines, kind, at)
        days = dict(zip(keys, lines, strict=True))
        with self._file.transaction() as connection:
            known = _saying_no(connection, source)
            new = {key: line.since for key, line in days.items() if key not in known}
            gone = known - days.keys() if complete else set()
            for key, since in sorted(new.items()):
                _enter(connection, key, source, since, at, says_no=True)
            for key in sorted(gone):
                _enter(connection, key, source, at.date(), at, says_no=False)
        return Recorded(len(new), len(gone), unmet)

    def take_back(
        self, lines: Iterable[OptOut], source: Source, *, kind: str, at: datetime
    ) -> Recorded:
        """Enter that persons have taken it back; who never said no is passed over.

        Raises
        ------
        InputError
            As :meth:`record`.
        """
        listed = list(lines)
        _check(listed, kind, at.date())
        keys, unmet = self._keys(listed, kind, at)
        days = dict(zip(keys, listed, strict=True))
        with self._file.transaction() as connection:
            back = sorted(days.keys() & _saying_no(connection, source))
            for key in back:
                _enter(connection, key, source, days[key].since, at, says_no=False)
        return Recorded(0, len(back), unmet)

    def last(self) -> int:
        """Return the number of the newest entry, 0 if there is none."""
        with self._file.connected() as connection:
            found = connection.execute("SELECT max(entry) FROM opt_out").fetchone()
        return int(found[0] or 0)

    def persons(self, until: int | None = None) -> set[int]:
        """Return the keys of all who said no, as of one entry or now."""
        with self._file.connected() as connection:
            return {
                person
                for source in Source
                for person in _saying_no(connection, source, until)
            }

    def by_source(self) -> dict[Source, int]:
        """Count who says no now, by source."""
        with self._file.connected() as connection:
            return {each: len(_saying_no(connection, each)) for each in Source}

    def changes(self, after: int) -> dict[str, int]:
        """Count the entries after one of them, by source and by what they say."""
        with self._file.connected() as connection:
            rows = connection.execute(
                "SELECT source || CASE WHEN says_no THEN ':no' ELSE ':back' END,"
                " count(*) FROM opt_out WHERE entry > ? GROUP BY 1 ORDER BY 1",
                (after,),
            ).fetchall()
        return dict(rows)

    def _keys(
        self, lines: list[OptOut], kind: str, at: datetime
    ) -> tuple[list[int], int]:
        ids = [normalise(each.id) if kind == "cpr" else each.id for each in lines]
        return self._vault.keys_awaited(ids, kind=kind, valid_from=at.date())


def _check(lines: list[OptOut], kind: str, today: date) -> None:
    """Refuse a list with a line that names nobody, by the line's number alone."""
    if not lines:
        raise InputError(
            "The list holds no line, and nothing was entered. If really nobody says no"
            " any more, enter who has taken it back: enclave opt-out take-back."
        )
    for number, line in enumerate(lines, 1):
        if not line.id or (kind == "cpr" and classify(line.id) is CprClass.INVALID):
            raise InputError(
                f"The id in line {number} of the list is no {kind} number, and nothing"
                " was entered. A lost leading zero is the usual cause: export the"
                " column as text."
            )
        if line.since > today:
            raise InputError(
                f"The day in line {number} of the list lies in the future, and nothing"
                " was entered: enter the line when that day has come."
            )


def _saying_no(
    connection: sqlite3.Connection, source: Source, until: int | None = None
) -> set[int]:
    rows = connection.execute(
        # The bare column is that of the row with the greatest entry: SQLite says so.
        "SELECT person FROM (SELECT person, says_no, max(entry) FROM opt_out"
        " WHERE source = ?1 AND (?2 IS NULL OR entry <= ?2) GROUP BY person)"
        " WHERE says_no",
        (source.value, until),
    )
    return {int(person) for (person,) in rows}


def _enter(
    connection: sqlite3.Connection,
    person: int,
    source: Source,
    day: date,
    at: datetime,
    *,
    says_no: bool,
) -> None:
    connection.execute(
        "INSERT INTO opt_out (person, source, says_no, day, recorded)"
        " VALUES (?, ?, ?, ?, ?)",
        (person, source.value, says_no, day.isoformat(), at.isoformat()),
    )
