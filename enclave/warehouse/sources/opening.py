"""From what a person types to a source."""

from pathlib import Path

from enclave.warehouse.mapping import Csv
from enclave.warehouse.sources.duckdb_file import DuckdbFile
from enclave.warehouse.sources.folder import Folder
from enclave.warehouse.sources.ibis_backend import IbisBackend
from enclave.warehouse.sources.source import Source


def open_source(address: str, written: Csv) -> Source:
    """Open a folder, a ``.duckdb`` file, or an Ibis URL such as ``postgres://…``.

    Raises
    ------
    InputError
        If it is not there or cannot be opened.
    """
    # Ibis 12 cannot list the tables of DuckDB 2, so DuckDB is read by its own library.
    path = Path(address.removeprefix("duckdb://"))
    if address.startswith("duckdb://") or path.suffix in {".duckdb", ".ddb"}:
        return DuckdbFile(path)
    if "://" in address:
        return IbisBackend(address)
    return Folder(path, written)
