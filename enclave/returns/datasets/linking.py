"""Link an accepted dataset back to person keys: a second data manager's work.

From then on it is the hospital's: a table about persons like those of the warehouse,
without the project's pseudonyms. The person keys never leave this place.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from enclave import durable
from enclave.canonical import canonical_json, file_digest
from enclave.clock import Clock, now
from enclave.errors import InputError, IntegrityError, PolicyRefusal
from enclave.identity.pseudonyms import Pseudonyms
from enclave.lock import exclusive
from enclave.returns.codebook import Codebook, Column, read_codebook
from enclave.returns.dataset import Dataset, read_dataset
from enclave.returns.datasets import desk
from enclave.returns.datasets.desk import CODEBOOK, DATA, State
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.return_tables import ReturnedDataset


TABLE = "data.parquet"


def link(
    settings: Settings,
    database: Database,
    number: int,
    *,
    actor: str,
    clock: Clock = now,
) -> str:
    """Replace the pseudonyms of a dataset by person keys; return the table's hash.

    Broken off, it goes on when it is called again.

    Raises
    ------
    PolicyRefusal
        If the actor is no data manager, belongs to the project, or is the one who
        accepted it; if it is not accepted, or the project's key was destroyed.
    InputError
        If a row is about nobody of this project; its number is named, and no value.
    IntegrityError
        If the files were changed since they were submitted.
    """
    place = settings.returns / "linked" / str(number)
    with exclusive(settings.returns / f".{number}.lock"):
        with database.begin() as session:
            row = desk.get(session, number)
            desk.check_decider(session, row, actor)
            _check_second(row, actor)
        if row.state == State.LINKED:
            durable.shred_tree(desk.folder_of(settings, number))
            return row.linked_sha256 or ""
        if not place.exists():
            _write(settings, row, place)
        found = file_digest(place / TABLE)
        with database.begin() as session:
            row = desk.get(session, number)
            row.state, row.linked_sha256 = State.LINKED, found
            row.linked_by, row.linked = actor, clock()
            desk.tell(session, row, "link", actor, clock)
        durable.shred_tree(desk.folder_of(settings, number))
    return found


def _check_second(row: ReturnedDataset, actor: str) -> None:
    if row.state not in (State.ACCEPTED, State.LINKED):
        raise PolicyRefusal(
            f"Dataset {row.id} is {row.state}: only an accepted one is linked."
        )
    if row.decided_by == actor:
        raise PolicyRefusal(
            f"{actor} accepted dataset {row.id}, and another data manager links it:"
            " leave it to a colleague."
        )


def _write(settings: Settings, row: ReturnedDataset, place: Path) -> None:
    source = desk.folder_of(settings, row.id)
    for name, expected in ((DATA, row.sha256), (CODEBOOK, row.codebook_sha256)):
        if file_digest(source / name) != expected:
            raise IntegrityError(
                f"{name} of dataset {row.id} is not the one that was submitted."
                " Restore it from the backup."
            )
    codebook = read_codebook(source / CODEBOOK)
    data = read_dataset(source / DATA, codebook)
    pseudonyms = Pseudonyms.for_project(settings, row.project_number)
    table = _table(data, codebook, pseudonyms)
    with durable.new_folder(place, mode=0o700) as partial:
        pq.write_table(table, partial / TABLE, compression="zstd")
        described = codebook.model_dump(mode="json")
        described["columns"][0] |= {"name": "person", "label": "Person key"}
        durable.write_file(partial / CODEBOOK, canonical_json(described))


def _table(data: Dataset, codebook: Codebook, pseudonyms: Pseudonyms) -> pa.Table:
    columns: dict[str, Any] = {}
    for column in codebook.columns:
        values = data.cells[column.name]
        if column.kind == "id":
            columns["person"] = pa.array(_persons(values, pseudonyms), pa.int64())
        else:
            given = values.where(values != data.missing, None)
            columns[column.name] = _typed(column, given)
    return pa.table(columns)


def _persons(values: pd.Series, pseudonyms: Pseudonyms) -> list[int]:
    persons, strangers = [], []
    for number, value in enumerate(values, start=2):
        try:
            persons.append(pseudonyms.reveal(value))
        except InputError:
            strangers.append(number)
    if strangers:
        raise InputError(
            f"{len(strangers)} rows are about nobody of this project, the first is row"
            f" {strangers[0]}: the dataset was made of other data, or its ids were"
            " changed. Refuse it."
        )
    return persons


def _typed(column: Column, values: pd.Series) -> pa.Array:
    given = [None if pd.isna(one) else str(one) for one in values]
    match column.kind:
        case "number":
            return pa.array([None if x is None else float(x) for x in given])
        case "date":
            days = [None if x is None else _day(x, column.date_format) for x in given]
            return pa.array(days, pa.date32())
        case _:
            return pa.array(given, pa.string())


def _day(text: str, written: str) -> date:
    return datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no zone
