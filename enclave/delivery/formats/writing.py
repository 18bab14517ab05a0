"""Write a delivery's tables in the formats that its grant names."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.delivery.formats import names as naming
from enclave.delivery.formats import sas
from enclave.delivery.formats.csv_text import DICTIONARY, WrittenCsv, write_csv
from enclave.delivery.formats.dictionary_csv import as_csv
from enclave.delivery.formats.layout import Layout, layout_of
from enclave.delivery.formats.stata import write_stata
from enclave.delivery.formats.xpt import Version, write_xpt
from enclave.projects.forms import Format


def write_formats(
    folder: Path,
    dictionary: Mapping[str, Any],
    formats: Sequence[Format],
    csv: Mapping[str, WrittenCsv] | None = None,
) -> dict[str, str]:
    """Make all other formats from the Parquet files, and remove those if not granted.

    Parameters
    ----------
    csv
        Tables whose CSV files are there already.

    Returns
    -------
    dict
        SHA-256 of the files that were hashed as they were written.

    Raises
    ------
    InputError
        If a format cannot hold what is in a table.
    """
    hashes: dict[str, str] = {}
    others = [one for one in formats if one is not Format.PARQUET]
    if others:
        layouts = [
            layout_of(folder / f"{table['name']}.parquet", table)
            for table in dictionary["tables"]
        ]
        for one in others:
            if one is Format.CSV:
                hashes = _csv(folder, layouts, dictionary, csv or {})
            else:
                _WRITERS[one](folder, layouts, dictionary)
    if Format.PARQUET not in formats:
        for table in dictionary["tables"]:
            (folder / f"{table['name']}.parquet").unlink()
    return hashes


def main_file(table: str, formats: Sequence[Format]) -> str:
    """Return the name of a table's file in the first format that was granted."""
    match formats[0]:
        case Format.SAS:
            return sas.file_name(table, 8)
        case Format.SAS_5:
            return sas.file_name(table, 5)
        case Format.STATA:
            return f"{table}.dta"
        case other:
            return f"{table}.{other}"


def _csv(
    folder: Path,
    layouts: Sequence[Layout],
    dictionary: Mapping[str, Any],
    there: Mapping[str, WrittenCsv],
) -> dict[str, str]:
    """Write what is not there, and the dictionary; return the tables' SHA-256."""
    hashes, missing = {}, {}
    for layout in layouts:
        path = folder / f"{layout.name}.csv"
        written = there.get(layout.name) or write_csv(layout, path)
        hashes[path.name], missing[layout.name] = written.sha256, written.token
    durable.write_file(folder / DICTIONARY, as_csv(dictionary, missing))
    return hashes


def _sas(
    folder: Path, layouts: Sequence[Layout], _: Mapping[str, Any], version: Version = 8
) -> None:
    width = naming.LONG if version == 8 else naming.SHORT
    names = naming.names_for(layouts, width)
    for layout in layouts:
        path = folder / sas.file_name(layout.name, version)
        write_xpt(layout, path, version, names[layout.name])
    program = sas.program(layouts, names, version)
    durable.write_file(folder / sas.PROGRAM[version], program)
    _write_names(folder / f"names-{width}.csv", names)


def _sas_5(
    folder: Path, layouts: Sequence[Layout], dictionary: Mapping[str, Any]
) -> None:
    _sas(folder, layouts, dictionary, 5)


def _stata(folder: Path, layouts: Sequence[Layout], _: Mapping[str, Any]) -> None:
    names = naming.names_for(layouts, naming.LONG)
    for layout in layouts:
        write_stata(layout, folder / f"{layout.name}.dta", names[layout.name])
    _write_names(folder / f"names-{naming.LONG}.csv", names)


def _write_names(path: Path, names: naming.Names) -> None:
    written = naming.name_map(names)
    if written is not None:
        durable.write_file(path, written)


_Writer = Callable[[Path, Sequence[Layout], Mapping[str, Any]], None]
_WRITERS: dict[Format, _Writer] = {
    Format.SAS: _sas,
    Format.SAS_5: _sas_5,
    Format.STATA: _stata,
}
