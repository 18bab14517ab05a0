"""Files of SAS, Stata and SPSS, as ReadStat reads them.

Their rows are read at once: only then is it known which columns hold moments, and of
which kinds their missing values are (``.a`` to ``.z``, ``.A`` to ``.Z``, ``._``).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyreadstat

from enclave.airlock.conversion.plain_csv import MISSING
from enclave.airlock.conversion.readers.table import Table, UnreadableError, declared_as
from enclave.delivery.formats.xpt_reading import read_missing_kinds


_CELLS_AT_ONCE = 1_000_000
_ROWS = 10_000
_RECORD = 80
_COUNTED = re.compile(rb"HEADER RECORD\*{7}OBSV8 +HEADER RECORD!{7} *(\d+)")
_STATA_DATE, _STATA_MOMENT = re.compile("%-?t?d"), re.compile("%-?t[cC]")

Read = Callable[..., tuple[Any, Any]]


def _open(kind: str, read: Read, path: Path) -> Table:
    _, about = read(path, metadataonly=True)
    names = tuple(about.column_names)
    if not names or len(set(names)) < len(names):
        raise UnreadableError("names")
    whole = partial(read, path, **_formats(kind, about))
    kinds = about.readstat_variable_types
    texts = {name for name in names if kinds[name].startswith("string")}
    parts = _parts(whole, len(names), texts)
    table = pa.concat_tables(parts, promote_options="permissive")
    # SPSS files need not say how many rows they have.
    counted = about.number_rows if kind in {"dta", "sas7bdat"} else None
    if counted is not None and counted != table.num_rows:
        raise UnreadableError("damaged")
    return _opened(kind, table)


def _opened(kind: str, table: pa.Table) -> Table:
    declared = tuple(map(declared_as, table.schema.types))
    names = tuple(table.column_names)
    return Table(kind, names, declared, lambda: iter(table.to_batches(_ROWS)))


def _formats(kind: str, about: Any) -> dict[str, Any]:
    """Name the formats of dates that a file uses; ReadStat knows but the commonest."""
    if kind != "dta":
        return {}
    used = [one for one in set(about.original_variable_types.values()) if one]
    return {
        "extra_date_formats": [one for one in used if _STATA_DATE.match(one)],
        "extra_datetime_formats": [one for one in used if _STATA_MOMENT.match(one)],
    }


def _parts(read: Read, columns: int, texts: set[str]) -> Iterator[pa.Table]:
    step = max(1, _CELLS_AT_ONCE // columns)
    offset, size = 0, step
    while size == step:
        found, _ = read(output_format="dict", row_offset=offset, row_limit=step)
        part = _part(found, texts)
        size, offset = part.num_rows, offset + part.num_rows
        yield part


def _part(found: Mapping[str, Sequence[Any]], texts: set[str]) -> pa.Table:
    columns, kinds = {}, {}
    for name, values in found.items():
        if name in texts:
            # Neither program knows an empty text from none.
            columns[name] = pa.array((one or None for one in values), pa.string())
            continue
        # Where a number is missing for a reason, its letter stands in its place.
        letters = [one if isinstance(one, str) else None for one in values]
        if any(letters):
            kinds[f"{name}{MISSING}"] = pa.array(letters, pa.string())
        columns[name] = pa.array(
            None if isinstance(one, str) else one for one in values
        )
    return pa.table({**columns, **kinds})


def _open_transport(path: Path) -> Table:
    """Open a transport file, which tells neither its encoding nor, mostly, its end."""
    content = path.read_bytes()
    said = _COUNTED.search(content)
    if len(content) % _RECORD:
        raise UnreadableError("damaged")
    try:
        table = _transport(path)
    except Exception:  # noqa: BLE001 - a fault of bytes has many classes
        table = _transport(path, encoding="WINDOWS-1252")
    if said and int(said[1]) and int(said[1]) != table.num_rows:
        raise UnreadableError("damaged")
    letters = {
        f"{name}{MISSING}": pa.array(kinds, pa.string())
        for name, kinds in read_missing_kinds(content).items()
    }
    for name, kinds in letters.items():
        table = table.append_column(name, kinds)
    return _opened("xpt", table)


def _transport(path: Path, **options: Any) -> pa.Table:
    found, about = pyreadstat.read_xport(path, output_format="dict", **options)
    kinds = about.readstat_variable_types
    return _part(found, {name for name in kinds if kinds[name].startswith("string")})


READERS: Mapping[str, Callable[[Path], Table]] = {
    "sas7bdat": partial(
        _open, "sas7bdat", partial(pyreadstat.read_sas7bdat, user_missing=True)
    ),
    "dta": partial(_open, "dta", partial(pyreadstat.read_dta, user_missing=True)),
    "sav": partial(_open, "sav", pyreadstat.read_sav),
    "xpt": _open_transport,
}
