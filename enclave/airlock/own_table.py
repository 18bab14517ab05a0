"""Own data as a project gets them: typed, and persons called as in its other tables."""

import json
from collections.abc import Mapping
from datetime import date
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave import durable
from enclave.airlock.typed_values import typed
from enclave.airlock.uploaded_table import UploadedTable
from enclave.identity.cpr import normalise
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.projects.forms.own_data import ColumnUse, OwnDataForm
from enclave.settings import Settings
from enclave.store.project_tables import Application
from enclave.store.review_tables import ApplicationEvidence


_PSEUDONYM = "pseudonym"


def pseudonymised(
    settings: Settings, form: OwnDataForm, upload: UploadedTable, project: int
) -> pa.Table:
    """Return an uploaded table as the project of that number may have it."""
    pseudonyms = Pseudonyms.for_project(settings, project)
    columns: dict[str, pa.ChunkedArray] = {}
    for column in form.columns:
        values = upload.column(column.name)
        match column.use:
            case ColumnUse.CPR:
                made = _persons(Vault.of(settings), pseudonyms, values)
                name = column.name if _PSEUDONYM in columns else _PSEUDONYM
                columns[name] = made
            case ColumnUse.RUNNING_NUMBER | ColumnUse.OTHER_KEY:
                called = {
                    value: pseudonyms.of_other_key(column.name, value)
                    for value in _different(values)
                }
                columns[column.name] = _called(values, called)
            case _:
                columns[column.name] = typed(values, column)
                # Why a value is missing stands beside it, as it came.
                if kinds := upload.kinds_of(column.name):
                    columns[kinds] = upload.column(kinds)
    table = pa.table(columns)
    # In the order of its values, for the order of arrival tells who came with whom.
    order = [(name, "ascending") for name in table.column_names]
    return table.sort_by(order)


def _persons(
    vault: Vault, pseudonyms: Pseudonyms, values: pa.ChunkedArray
) -> pa.ChunkedArray:
    """Call persons as the project's other tables do; those unknown so far are new."""
    written = {value: normalise(value) for value in _different(values)}
    numbers = sorted(set(written.values()))
    keys = vault.keys_for(numbers, kind="cpr", valid_from=date(1900, 1, 1))
    called = dict(zip(numbers, pseudonyms.of(keys.to_numpy()).to_pylist(), strict=True))
    return _called(values, {value: called[one] for value, one in written.items()})


def _different(values: pa.ChunkedArray) -> list[str]:
    return [value for value in pc.unique(values).to_pylist() if value]


def _called(values: pa.ChunkedArray, called: Mapping[str, str]) -> pa.ChunkedArray:
    """Put for each value what it is called, and nothing for nothing."""
    at = pc.index_in(values, value_set=pa.array(called, pa.string()))
    return pa.array(called.values(), pa.string()).take(at)


def write(table: pa.Table, path: Path) -> None:
    """Write a table as a Parquet file, completely or not at all.

    Its folder is held by who calls this: what else is half-written there is of nobody.
    """
    durable.sweep_partials(path.parent)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    durable.write_file(path, sink.getvalue().to_pybytes())


def free_name(session: Session, application: Application, wanted: str) -> str:
    """Name a table as no other one of the project is named: no upload replaces one."""
    documents = session.scalars(
        select(ApplicationEvidence.document)
        .join(Application, Application.id == ApplicationEvidence.application_id)
        .where(
            Application.project_number == application.project_number,
            Application.id != application.id,
            ApplicationEvidence.name == "load",
        )
    )
    taken = {json.loads(document).get("file") for document in documents}
    names = (f"{wanted}{'' if one == 1 else f'_{one}'}.parquet" for one in count(1))
    return next(name for name in names if name not in taken)
