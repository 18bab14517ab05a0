"""Files of SAS, Stata and SPSS, as ReadStat reads them.

Their rows are read at once: only then is it known which columns hold moments, and of
which kinds their missing values are (``.a`` to ``.z``, ``.A`` to ``.Z``, ``._``).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyreadstat

from enclave.airlock.conversion.plain_csv import MISSING
from enclave.airlock.conversion.readers.table import Table
from enclave.airlock.conversion.readers.texts import declared_as
from enclave.airlock.conversion.readers.unreadable import UnreadableError
from enclave.airlock.conversion.readers.writing import table_of
from enclave.delivery.formats.xpt_reading import read_missing_kinds


_CELLS_AT_ONCE = 1_000_000
_ROWS = 10_000
_RECORD = 80
_COUNTED = re.compile(rb"HEADER RECORD\*{7}OBSV8 +HEADER RECORD!{7} *(\d+)")
_STATA_DATE, _STATA_MOMENT = re.compile("%-?t?d"), re.compile("%-?tc")
_STATA_LEAP_SECONDS = re.compile("%-?tC")
# Before this release of its format, a file of Stata did not tell its encoding.
_STATA_TELLS = re.compile(rb"<stata_dta><header><release>(?:11[89]|1[2-9]\d)<")
# What a day is counted as.
_DAY = {"sas7bdat": 1, "xpt": 1, "dta": 1, "sav": 86_400}

Read = Callable[..., tuple[Any, Any]]
Opened = TypeVar("Opened")


def _open_stata(path: Path) -> Table:
    read = partial(pyreadstat.read_dta, user_missing=True)
    with path.open("rb") as file:
        tells = _STATA_TELLS.match(file.read(80))
    if tells:
        return _open("dta", read, path)
    return _in_some_encoding(partial(_open, "dta"), read, path)


def _in_some_encoding(
    open_: Callable[[Read, Path], Opened], read: Read, path: Path
) -> Opened:
    """Open a file that does not tell its encoding: what is UTF-8 is nothing else."""
    try:
        return open_(partial(read, encoding="UTF-8"), path)
    except (UnicodeError, pyreadstat.ReadstatError):
        return open_(partial(read, encoding="WINDOWS-1252"), path)


def _open(kind: str, read: Read, path: Path) -> Table:
    _, about = read(path, metadataonly=True)
    names = tuple(about.column_names)
    if not names or len(set(names)) < len(names):
        raise UnreadableError("names")
    whole = partial(read, path, **_formats(kind, about))
    kinds = about.readstat_variable_types
    texts = {name for name in names if kinds[name].startswith("string")}
    parts = _parts(whole, len(names), texts, _DAY[kind])
    table = pa.concat_tables(parts, promote_options="permissive")
    # SPSS files need not say how many rows they have.
    counted = about.number_rows if kind in {"dta", "sas7bdat"} else None
    if counted is not None and counted != table.num_rows:
        raise UnreadableError("damaged")
    return _opened(kind, table)


def _opened(kind: str, table: pa.Table) -> Table:
    declared = tuple(map(declared_as, table.schema.types))
    names = tuple(table.column_names)
    return table_of(kind, names, declared, lambda: iter(table.to_batches(_ROWS)))


def _formats(kind: str, about: Any) -> dict[str, Any]:
    """Name the formats of dates that a file uses; ReadStat knows but the commonest."""
    if kind != "dta":
        return {}
    used = [one for one in set(about.original_variable_types.values()) if one]
    if any(map(_STATA_LEAP_SECONDS.match, used)):
        raise UnreadableError("leap_seconds")
    return {
        "extra_date_formats": [one for one in used if _STATA_DATE.match(one)],
        "extra_datetime_formats": [one for one in used if _STATA_MOMENT.match(one)],
    }


def _parts(read: Read, columns: int, texts: set[str], day: int) -> Iterator[pa.Table]:
    step = max(1, _CELLS_AT_ONCE // columns)
    offset, size = 0, step
    while size == step:
        some = partial(read, output_format="dict", row_offset=offset, row_limit=step)
        found, _ = some()
        _check_days(some, found, day)
        part = _part(found, texts)
        size, offset = part.num_rows, offset + part.num_rows
        yield part


def _check_days(read: Read, found: Mapping[str, Sequence[Any]], day: int) -> None:
    """Refuse days with a part of a day, which nobody sees and which would be lost."""
    names = [name for name, values in found.items() if date in set(map(type, values))]
    if not names:
        return
    counted, _ = read(usecols=names, disable_datetime_conversion=True)
    numbers = (one for name in names for one in counted[name])
    if any(one % day for one in numbers if isinstance(one, int | float)):
        raise UnreadableError("part_of_day")


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
    table = _in_some_encoding(_transport, pyreadstat.read_xport, path)
    if said and int(said[1]) and int(said[1]) != table.num_rows:
        raise UnreadableError("damaged")
    letters = {
        f"{name}{MISSING}": pa.array(kinds, pa.string())
        for name, kinds in read_missing_kinds(content).items()
    }
    for name, kinds in letters.items():
        table = table.append_column(name, kinds)
    return _opened("xpt", table)


def _transport(read: Read, path: Path) -> pa.Table:
    whole = partial(read, path, output_format="dict")
    found, about = whole()
    _check_days(whole, found, _DAY["xpt"])
    kinds = about.readstat_variable_types
    return _part(found, {name for name in kinds if kinds[name].startswith("string")})


def _of_a_calendar(open_: Callable[[Path], Table], path: Path) -> Table:
    """Open a file; refuse days too large for Python, as infinity is."""
    try:
        return open_(path)
    except OverflowError as error:
        raise UnreadableError("dates") from error


_READERS: Mapping[str, Callable[[Path], Table]] = {
    "sas7bdat": partial(
        _open, "sas7bdat", partial(pyreadstat.read_sas7bdat, user_missing=True)
    ),
    "dta": _open_stata,
    "sav": partial(_open, "sav", pyreadstat.read_sav),
    "xpt": _open_transport,
}
READERS: Mapping[str, Callable[[Path], Table]] = {
    kind: partial(_of_a_calendar, open_) for kind, open_ in _READERS.items()
}
