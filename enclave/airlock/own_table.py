"""Own data as a project gets them: typed, and persons called as in its other tables."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from enclave import durable
from enclave.airlock.typed_values import typed
from enclave.airlock.uploaded_table import UploadedTable
from enclave.identity.cpr import normalise
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.projects.forms.own_data import ColumnUse, OwnDataForm
from enclave.settings import Settings


_PSEUDONYM = "pseudonym"


def pseudonymised(
    settings: Settings, form: OwnDataForm, upload: UploadedTable, project: int
) -> pa.Table:
    """Return an uploaded table as the project of that number may have it."""
    pseudonyms = Pseudonyms.for_project(settings, project)
    columns: dict[str, pa.Array] = {}
    for column in form.columns:
        values = upload.column(column.name)
        match column.use:
            case ColumnUse.CPR:
                made = _persons(Vault.of(settings), pseudonyms, values)
                name = column.name if _PSEUDONYM in columns else _PSEUDONYM
                columns[name] = made
            case ColumnUse.RUNNING_NUMBER | ColumnUse.OTHER_KEY:
                columns[column.name] = pa.array(
                    pseudonyms.of_other_key(column.name, value) if value else None
                    for value in values
                )
            case _:
                columns[column.name] = typed(values, column)
                # Why a value is missing stands beside it, as it came.
                if kinds := upload.kinds_of(column.name):
                    columns[kinds] = pa.array(upload.column(kinds), pa.string())
    table = pa.table(columns)
    # In the order of its values, for the order of arrival tells who came with whom.
    order = [(name, "ascending") for name in table.column_names]
    return table.sort_by(order)


def _persons(
    vault: Vault, pseudonyms: Pseudonyms, values: list[str | None]
) -> pa.Array:
    """Call persons as the project's other tables do; those unknown so far are new."""
    numbers = sorted({normalise(value) for value in values if value})
    keys = vault.keys_for(numbers, kind="cpr", valid_from=date(1900, 1, 1))
    called = dict(zip(numbers, pseudonyms.of(keys.to_numpy()).to_pylist(), strict=True))
    return pa.array(called[normalise(value)] if value else None for value in values)


def write(table: pa.Table, path: Path) -> None:
    """Write a table as a Parquet file, completely or not at all."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    durable.write_file(path, sink.getvalue().to_pybytes())
