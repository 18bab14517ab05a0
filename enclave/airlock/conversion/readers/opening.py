"""Tell what kind of file it is by its bytes, never by its name, and open it."""

from collections.abc import Callable
from pathlib import Path

from enclave.airlock.conversion.readers.table import Table
from enclave.airlock.conversion.readers.unreadable import UnreadableError


_LOOKED_AT = 64 << 10
_SAS = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_BEGINNINGS = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "xlsx"),
    (_SAS, "sas7bdat"),
    (b"HEADER RECORD*******LIB", "xpt"),
    (b"<stata_dta>", "dta"),
    *((bytes([old, order]), "dta") for old in (113, 114, 115) for order in (1, 2)),
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(beginning: bytes) -> str:
    """Return what kind of file begins so."""
    if beginning.startswith(_OLD_EXCEL):
        raise UnreadableError("old_excel")
    for bytes_, kind in _BEGINNINGS:
        if beginning.startswith(bytes_):
            return kind
    if b"\0" in beginning or not beginning.strip():
        raise UnreadableError("unknown")
    return "csv"


def open_table(path: Path) -> Table:
    """Open the table in a file.

    Raises
    ------
    UnreadableError
        If it is of no kind that is read, or not a sound one of its kind.
    """
    with path.open("rb") as file:
        kind = kind_of(file.read(_LOOKED_AT))
    return _reader(kind)(path)


def _reader(kind: str) -> Callable[[Path], Table]:
    """Return the reader of a kind; only that one is loaded."""
    # ruff: noqa: PLC0415
    if kind == "csv":
        from enclave.airlock.conversion.readers import comma_separated

        return comma_separated.open_csv
    if kind == "parquet":
        from enclave.airlock.conversion.readers import columnar

        return columnar.open_parquet
    if kind == "xlsx":
        from enclave.airlock.conversion.readers import workbook

        return workbook.open_workbook
    from enclave.airlock.conversion.readers import statistical

    return statistical.READERS[kind]
