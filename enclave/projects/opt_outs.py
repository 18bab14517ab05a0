"""Enter who opted out of research: by a data manager, and on the record.

The audit log is told how many, through whom and up to which entry of the register, and
never who. Register and log are two files: whatever a killed process entered without
telling is told the next time.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.identity.opt_outs import OptOut, OptOuts, Recorded, Source
from enclave.projects import people
from enclave.projects.people import SYSTEM, Role
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse


SUBJECT = "opt-outs"
_COLUMNS = {"id", "since"}


@dataclass(frozen=True)
class OptOutList:
    """A list as it arrived.

    Attributes
    ----------
    kind
        What kind of id names the persons, for instance ``cpr``.
    says
        ``no``: they opt out. ``complete``: they do, and nobody else does at this
        source. ``back``: they have taken it back.
    """

    lines: tuple[OptOut, ...]
    source: Source
    kind: str = "cpr"
    says: Literal["no", "complete", "back"] = "no"


def read(path: Path) -> tuple[OptOut, ...]:
    """Read a CSV file with the columns ``id`` and ``since`` (yyyy-mm-dd).

    Raises
    ------
    InputError
        If it is not such a file. No message holds an id.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            delimiter = ";" if ";" in first else ","
            file.seek(0)
            return tuple(_lines(csv.DictReader(file, delimiter=delimiter), path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.name} cannot be read as text in UTF-8: export it as CSV again."
        ) from error


def enter(
    settings: Settings,
    database: Database,
    given: OptOutList,
    *,
    actor: str,
    clock: Clock = now,
) -> Recorded:
    """Enter a list; loads from now on leave these persons out, or take them in again.

    Raises
    ------
    PolicyRefusal
        If the actor is no data manager.
    InputError
        If a line cannot be an opt-out, or no snapshot knows persons by ids of the
        list's kind. Nothing is entered then.
    """
    with database.begin() as session:
        if Role.DATA_MANAGER not in people.get(session, actor).roles:
            raise PolicyRefusal(
                f"{actor} is no data manager, and only data managers enter opt-outs:"
                " give them the list."
            )
    _check_kind(Warehouse(settings), given.kind)
    register, at = OptOuts.of(settings), clock()
    with _told(database, register, actor, clock):
        if given.says == "back":
            return register.take_back(given.lines, given.source, kind=given.kind, at=at)
        return register.record(
            given.lines,
            given.source,
            kind=given.kind,
            at=at,
            complete=given.says == "complete",
        )


def _check_kind(warehouse: Warehouse, kind: str) -> None:
    """Refuse ids by which no load knows anybody: it would leave nobody out."""
    kinds = {each.mapping.identifier for each in warehouse.snapshots()}
    # Before the first load nobody can tell, nor where a snapshot is older than that.
    if kinds and None not in kinds and kind not in kinds:
        names = " or ".join(sorted(f"{each}" for each in kinds))
        raise InputError(
            f"No snapshot knows persons by {kind!r}, so no load would leave anybody"
            f" out, and nothing was entered. Get the list with ids of the kind {names},"
            " and name that as --kind."
        )


@contextmanager
def _told(
    database: Database, register: OptOuts, actor: str, clock: Clock
) -> Iterator[None]:
    """Tell the audit log what the register gained, before and during the block."""
    with database.begin() as session:
        _tell(session, register, SYSTEM, clock)
    yield
    with database.begin() as session:
        _tell(session, register, actor, clock)


def _tell(session: Session, register: OptOuts, actor: str, clock: Clock) -> None:
    before = log.latest(session, 1, subject=SUBJECT)
    told = int(before[0]["details"]["entry"]) if before else 0
    if changes := register.changes(told):
        details = {"entry": told + sum(changes.values()), "changes": changes}
        event = log.Event(actor, "opt_out.enter", SUBJECT, details)
        log.record(session, event, clock=clock)


def _lines(rows: "csv.DictReader[str]", path: Path) -> Iterator[OptOut]:
    if set(rows.fieldnames or ()) != _COLUMNS:
        raise InputError(
            f"{path.name} must have the columns id and since, and no others: whoever"
            " opts out need not say more."
        )
    for number, row in enumerate(rows, 1):
        try:
            yield OptOut((row["id"] or "").strip(), date.fromisoformat(row["since"]))
        except (TypeError, ValueError) as error:
            raise InputError(
                f"The day in line {number} of {path.name} is not written as"
                " yyyy-mm-dd. Nothing was entered."
            ) from error
