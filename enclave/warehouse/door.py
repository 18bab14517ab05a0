"""The door: where national ids end and person keys begin.

Rows stream in, and the id of each is joined away before anything is written. Only ids
from the table of persons get a key; any other id is unknown and is dropped.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from enclave.identity.cpr import CprClass, classify
from enclave.identity.vault import Vault
from enclave.warehouse.engine import door_engine, one_row


_CHUNK = 200_000


@dataclass(frozen=True)
class Admission:
    """How many persons came in, how many opted out, how many have an unusual id.

    Replacement numbers may stand for a person who has another number too, and a local
    one for two persons: nobody but the hospital can tell.
    """

    persons: int
    opted_out: int
    unusual: dict[str, int]


class Door:
    """National ids of one source, each with the person key that it becomes.

    Attributes
    ----------
    engine
        Holds the table ``door`` (id, person, opted_out), which streams are joined to.

    Parameters
    ----------
    vault
        Where the keys come from.
    kind
        What kind of id the source has.
    opted_out
        Keys of the persons who do not come in: nothing of theirs is written.
    """

    def __init__(
        self, vault: Vault, kind: str, opted_out: frozenset[int] = frozenset()
    ) -> None:
        self.engine = door_engine()
        self._vault = vault
        self._kind = kind
        self._staying_out = opted_out
        self._opted_out = pa.array(sorted(opted_out), pa.int64())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def plain(self, text: str) -> str:
        """Return SQL of an id in the one way of writing it.

        A CPR number is written with or without a hyphen, and loses its leading zero
        where a program took it for a number.
        """
        if self._kind != "cpr":
            return text
        bare = f"upper(replace(replace({text}, '-', ''), ' ', ''))"
        short = f"regexp_full_match({bare}, '[0-9]{{9}}')"
        return f"CASE WHEN {short} THEN '0' || {bare} ELSE {bare} END"

    def admit(self, selection: str, *, today: date) -> Admission:
        """Give every person a key, and fill the table ``door``.

        Parameters
        ----------
        selection
            Query over the engine whose only column is the id of every person.
        today
            Since when ids that are new count.
        """
        self.engine.execute(
            f"CREATE TABLE arrived AS FROM ({selection}) AS ids (id)"
            " SELECT DISTINCT id WHERE id IS NOT NULL"
        )
        self.engine.execute(
            "CREATE TABLE door (id VARCHAR, person BIGINT, opted_out BOOLEAN)"
        )
        unusual: Counter[CprClass] = Counter()
        with self.engine.cursor() as cursor:
            for batch in cursor.table("arrived").to_arrow_reader(_CHUNK):
                ids = batch.column(0)
                keys = self._vault.keys_for(
                    ids,
                    kind=self._kind,
                    valid_from=today,
                    left_out=self._staying_out,
                )
                self._add(pa.table({"id": ids, "person": keys}))
                if self._kind == "cpr":
                    unusual.update(map(classify, ids.to_pylist()))
        self.engine.execute("DROP TABLE arrived")
        persons, opted_out = one_row(
            self.engine,
            "SELECT count(DISTINCT person) FILTER (NOT opted_out),"
            " count(DISTINCT person) FILTER (opted_out) FROM door",
        )
        self._add_other_ids()
        for usual in (CprClass.CPR, CprClass.CPR_NO_MOD11):
            del unusual[usual]
        return Admission(
            int(persons),
            int(opted_out),
            {each.value: unusual[each] for each in unusual},
        )

    def _add_other_ids(self) -> None:
        # Rows from before a change of number carry the number of that time.
        self._add(
            self._vault.aliases(self._kind),
            " WHERE person IN (SELECT person FROM door)"
            " AND id NOT IN (SELECT id FROM door)",
        )
        # Rows may still come of a person who said no and is in no list of persons any
        # more: as rows of somebody unknown they would be set aside, values and all.
        known = self._vault.ids_of(self._opted_out)
        ours = known.filter(pc.equal(known["kind"], self._kind))
        self._add(
            ours.select(["id", "person"]), " WHERE id NOT IN (SELECT id FROM door)"
        )

    def _add(self, pairs: pa.Table, where: str = "") -> None:
        opted_out = pc.is_in(pairs["person"], value_set=self._opted_out)
        self.engine.register("pairs", pairs.append_column("opted_out", opted_out))
        self.engine.execute(
            f"INSERT INTO door FROM pairs SELECT id, person, opted_out{where}"
        )
        self.engine.unregister("pairs")
